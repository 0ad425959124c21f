//! The walk (R14): from what is known to the newest head, or a refusal that says why.

use super::{Body, Head};
use crate::id::HeadHash;
use crate::jwk::Kid;
use crate::origin::IssuerId;
use crate::time::{IAT_TOLERANCE, Timestamp};
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// A head that a signed offer names: where a first walk starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The head's number.
    pub n: u64,
    /// The head's hash.
    pub hash: HeadHash,
}

/// What a reader keeps of an issuer between walks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The newest head accepted.
    pub pin: Pin,
    /// The signing keys trusted through it.
    pub kids: Vec<Kid>,
}

/// Why a walk ends in refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkError {
    /// A head, the body, or a signature is not what it must be.
    Invalid,
    /// A head is signed by a key that no accepted body lists yet.
    KeyUnknown,
    /// The pin is of no head that the issuer signed.
    PinUnknown,
    /// Two signed lists contradict each other: the issuer may be marking readers.
    Fork,
}

impl WalkError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "manifest_invalid",
            Self::KeyUnknown => "manifest_key_unknown",
            Self::PinUnknown => "pin_unknown",
            Self::Fork => "manifest_fork",
        }
    }
}

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "the issuer's key list is damaged",
            Self::KeyUnknown => "the issuer's key list is signed by a key not yet known",
            Self::PinUnknown => "the page names a key list that the issuer never signed",
            Self::Fork => "the issuer showed two different key lists",
        })
    }
}

impl core::error::Error for WalkError {}

/// A manifest whose head chain, signatures and body were checked.
#[derive(Clone, Debug)]
pub struct Manifest {
    body: Body,
    trust: Trust,
}

impl Manifest {
    /// What to keep for the next walk.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }
}

impl Deref for Manifest {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.body
    }
}

/// Walks the heads from the higher of `trust` and `pin` to the newest, whose body's exact bytes are given.
///
/// A pin below the stored head is only checked when the heads reach down to it; the stored head was walked to before.
///
/// # Errors
/// [`WalkError`] as R14 says.
pub fn walk(
    issuer: &IssuerId,
    trust: Option<&Trust>,
    pin: Option<&Pin>,
    heads: &[Head],
    body: &[u8],
    now: Timestamp,
) -> Result<Manifest, WalkError> {
    let first = heads.first().ok_or(match trust {
        // The newest is below one that was seen before.
        Some(_) => WalkError::Fork,
        None => WalkError::PinUnknown,
    })?;
    let last = heads.last().ok_or(WalkError::Invalid)?;
    let newest = Body::parse(body).map_err(|_| WalkError::Invalid)?;
    let fits = newest.issuer == *issuer && newest.n == last.n() && Body::hash(body) == *last.body();
    if !fits {
        return Err(WalkError::Invalid);
    }
    let stored_start = trust.filter(|trust| pin.is_none_or(|pin| pin.n <= trust.pin.n));
    let mut kids = trust.map(|trust| trust.kids.clone()).unwrap_or_default();
    match (stored_start, pin) {
        (Some(stored), _) if first.n() != stored.pin.n || first.hash() != stored.pin.hash => {
            return Err(signed_or_invalid(first, &newest, &kids, WalkError::Fork));
        }
        (None, Some(pin)) if first.n() != pin.n || first.hash() != pin.hash => {
            return Err(WalkError::PinUnknown);
        }
        (None, None) => return Err(WalkError::PinUnknown),
        _ => {}
    }
    if trust.is_none() {
        // The pin's hash covers the header, so the kid in it is the pinned one; a kid proves its key.
        kids.push(first.kid());
    }
    let mut before: Option<&Head> = None;
    for head in heads {
        if head.issuer() != issuer || head.iat() > now.plus(IAT_TOLERANCE) {
            return Err(WalkError::Invalid);
        }
        let key = newest
            .signing_keys
            .iter()
            .find(|key| key.kid() == head.kid());
        let key = key
            .filter(|key| kids.contains(&key.kid()))
            .ok_or(WalkError::KeyUnknown)?;
        head.verify(key).map_err(|_| WalkError::Invalid)?;
        if let Some(before) = before
            && (before.n().checked_add(1) != Some(head.n()) || before.hash() != *head.previous())
        {
            return Err(WalkError::Fork);
        }
        before = Some(head);
    }
    if let (Some(stored), Some(pin)) = (stored_start, pin)
        && pin.n == stored.pin.n
        && pin.hash != stored.pin.hash
    {
        // One number, two hashes; but nobody has shown a signature for the page's one.
        return Err(WalkError::PinUnknown);
    }
    for key in &newest.signing_keys {
        if !kids.contains(&key.kid()) {
            kids.push(key.kid());
        }
    }
    let pin = Pin {
        n: last.n(),
        hash: last.hash(),
    };
    Ok(Manifest {
        body: newest,
        trust: Trust { pin, kids },
    })
}

/// Equivocation is two *signed* heads; an unsigned one is only damage.
fn signed_or_invalid(head: &Head, newest: &Body, kids: &[Kid], signed: WalkError) -> WalkError {
    let key = newest
        .signing_keys
        .iter()
        .find(|key| key.kid() == head.kid());
    match key.filter(|key| kids.contains(&key.kid())) {
        Some(key) if head.verify(key).is_ok() => signed,
        _ => WalkError::Invalid,
    }
}
