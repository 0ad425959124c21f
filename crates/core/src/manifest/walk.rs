//! The walk (R14): from what is known to the newest head, or a refusal that says why.

use super::{Body, Head};
use crate::gather::gather;
use crate::id::HeadHash;
use crate::jwk::{Kid, PublicJwk};
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

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Invalid => "the issuer's key list is damaged",
            Self::KeyUnknown => "the issuer's key list is signed by a key not yet known",
            Self::PinUnknown => "the page names a key list that the issuer never signed",
            Self::Fork => "the issuer showed two different key lists",
        }
    }
}

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
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

    /// The same with another body, whose keysets were verified by this one's keys.
    #[cfg(feature = "promo")]
    pub(crate) fn with(&self, body: Body) -> Self {
        Self {
            body,
            trust: self.trust.clone(),
        }
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
/// A pin below the stored head is not looked at: what is stored was walked to before.
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
    let start = Start::of(trust, pin).ok_or(WalkError::PinUnknown)?;
    let (Some(first), Some(last)) = (heads.first(), heads.last()) else {
        return Err(start.nothing());
    };
    let newest = Body::parse(body).map_err(|_| WalkError::Invalid)?;
    let fits = newest.issuer == *issuer && newest.n == last.n() && Body::hash(body) == *last.body();
    if !fits {
        return Err(WalkError::Invalid);
    }
    // The pin's hash covers the header, so the kid in it is the pinned one; a kid proves its key.
    let mut kids = trust.map_or_else(|| alloc::vec![first.kid()], |trust| trust.kids.clone());
    let signed = |head: &Head| verify(head, &newest, &kids);
    if first.n() != start.pin().n || first.hash() != start.pin().hash {
        return Err(start.elsewhere(first, last, signed));
    }
    let mut before: Option<&Head> = None;
    for head in heads {
        if head.issuer() != issuer || head.iat() > now.plus(IAT_TOLERANCE) {
            return Err(WalkError::Invalid);
        }
        signed(head)?;
        if let Some(before) = before {
            follows(before, head)?;
        }
        before = Some(head);
    }
    if pin.is_some_and(|pin| pin.n == first.n() && pin.hash != first.hash()) {
        // One number, two hashes; but nobody has shown a signature for the page's one.
        return Err(WalkError::PinUnknown);
    }
    // Those alone: a key that was revoked, or only left out, introduces no other again.
    kids = gather(newest.signing_keys.iter().map(PublicJwk::kid));
    let pin = Pin {
        n: last.n(),
        hash: last.hash(),
    };
    Ok(Manifest {
        body: newest,
        trust: Trust { pin, kids },
    })
}

/// Where a walk starts.
enum Start<'a> {
    /// At what was accepted before: the issuer signed it.
    Stored(&'a Pin),
    /// At what the page names: nobody knows yet whether the issuer signed it.
    Pinned(&'a Pin),
}

impl<'a> Start<'a> {
    fn of(trust: Option<&'a Trust>, pin: Option<&'a Pin>) -> Option<Self> {
        match (trust, pin) {
            (Some(trust), Some(pin)) if pin.n > trust.pin.n => Some(Self::Pinned(pin)),
            (Some(trust), _) => Some(Self::Stored(&trust.pin)),
            (None, Some(pin)) => Some(Self::Pinned(pin)),
            (None, None) => None,
        }
    }

    const fn pin(&self) -> &'a Pin {
        match self {
            Self::Stored(pin) | Self::Pinned(pin) => pin,
        }
    }

    /// The issuer has no head of that number: it took one back, or the page made one up.
    const fn nothing(&self) -> WalkError {
        match self {
            Self::Stored(_) => WalkError::Fork,
            Self::Pinned(_) => WalkError::PinUnknown,
        }
    }

    /// The heads begin at another one. Equivocation is two *signed* heads; unsigned ones are only damage.
    fn elsewhere(
        &self,
        first: &Head,
        last: &Head,
        signed: impl Fn(&Head) -> Result<(), WalkError>,
    ) -> WalkError {
        match self {
            Self::Pinned(_) => WalkError::PinUnknown,
            Self::Stored(stored) => {
                let same_number = first.n() == stored.n && signed(first).is_ok();
                let taken_back = last.n() < stored.n && signed(last).is_ok();
                if same_number || taken_back {
                    WalkError::Fork
                } else {
                    WalkError::Invalid
                }
            }
        }
    }
}

/// Checks a head's signature by a key of the newest body that is trusted by now, and was when the head was made.
fn verify(head: &Head, newest: &Body, kids: &[Kid]) -> Result<(), WalkError> {
    let mut key = None;
    for good in &newest.signing_keys {
        if good.kid() == head.kid() {
            key = Some(good);
        }
    }
    for revoked in &newest.revoked_keys {
        if head.n() < revoked.from && revoked.key.kid() == head.kid() {
            key = Some(&revoked.key);
        }
    }
    let key = key.filter(|key| kids.contains(&key.kid()));
    let key = key.ok_or(WalkError::KeyUnknown)?;
    head.verify(key).map_err(|_| WalkError::Invalid)
}

/// Whether two signed heads follow one another, contradict one another, or leave a gap.
fn follows(before: &Head, head: &Head) -> Result<(), WalkError> {
    let next = before.n().checked_add(1) == Some(head.n());
    if next && before.hash() == *head.previous() {
        Ok(())
    } else if next || (before.n() == head.n() && before.hash() != head.hash()) {
        Err(WalkError::Fork)
    } else {
        Err(WalkError::Invalid)
    }
}
