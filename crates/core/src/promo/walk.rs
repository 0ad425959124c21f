//! The walk of a publisher's chain: signed by keys of the issuer's own manifest, from what was seen to the newest.

use super::{PromoBody, PromoHead};
use crate::bytes::sha256;
use crate::id::BodyHash;
#[cfg(feature = "promo")]
use crate::manifest::Manifest;
use crate::manifest::{Body, Pin, WalkError};
use crate::origin::PublisherId;
use crate::time::{IAT_TOLERANCE, Timestamp};
use core::ops::Deref;

/// What a publisher gives, and the keysets of it, as the issuer signed them.
#[derive(Clone, Debug)]
pub struct PromoManifest {
    body: PromoBody,
    seen: Pin,
}

impl PromoManifest {
    /// What to keep for the next walk: a list that contradicts it is a fork.
    #[must_use]
    pub const fn seen(&self) -> &Pin {
        &self.seen
    }

    /// The issuer's manifest with these keysets in place of those of money. Whatever a wallet plans on it is of the
    /// publisher's starter tokens alone.
    #[must_use]
    pub fn body_over(&self, manifest: &Body) -> Body {
        Body {
            keysets: self.body.keysets.clone(),
            ..manifest.clone()
        }
    }

    /// The same of a manifest that was walked to.
    #[cfg(feature = "promo")]
    #[must_use]
    pub fn over(&self, manifest: &Manifest) -> Manifest {
        manifest.with(self.body_over(manifest))
    }
}

impl Deref for PromoManifest {
    type Target = PromoBody;

    fn deref(&self) -> &PromoBody {
        &self.body
    }
}

/// Walks a publisher's heads from what was seen before, or from the first, to the newest, whose body's exact bytes are
/// given (R44).
///
/// # Errors
/// [`WalkError`], as of the issuer's own list.
pub fn walk(
    manifest: &Body,
    publisher: &PublisherId,
    seen: Option<&Pin>,
    heads: &[PromoHead],
    body: &[u8],
    now: Timestamp,
) -> Result<PromoManifest, WalkError> {
    let Some(last) = heads.last() else {
        // A chain that was seen does not go away.
        return Err(seen.map_or(WalkError::PinUnknown, |_| WalkError::Fork));
    };
    let newest = PromoBody::parse(body).map_err(|_| WalkError::Invalid)?;
    let unit = manifest.currency(newest.currency).map(|terms| terms.unit());
    let fits = newest.issuer == manifest.issuer
        && newest.publisher == *publisher
        && newest.n == last.n
        && unit == Some(newest.unit)
        && BodyHash::new(sha256(body)) == last.body;
    if !fits {
        return Err(WalkError::Invalid);
    }
    let mut before: Option<&PromoHead> = None;
    for head in heads {
        let is_theirs = head.issuer == manifest.issuer && head.publisher == *publisher;
        if !is_theirs || head.iat > now.plus(IAT_TOLERANCE) {
            return Err(WalkError::Invalid);
        }
        verify(manifest, head)?;
        match before {
            Some(before) => follows(before, head)?,
            None => begins(seen, head, last)?,
        }
        before = Some(head);
    }
    Ok(PromoManifest {
        seen: Pin {
            n: last.n,
            hash: last.hash(),
        },
        body: newest,
    })
}

/// By a key of the manifest in force, or by a revoked one: a promo list leads to no money, and what is signed by a key that
/// leaked gives only what costs nobody anything.
fn verify(manifest: &Body, head: &PromoHead) -> Result<(), WalkError> {
    let keys = manifest.grant_keys();
    let key = keys.iter().find(|key| key.kid() == head.kid());
    let key = key.ok_or(WalkError::KeyUnknown)?;
    head.verify(key).map_err(|_| WalkError::Invalid)
}

/// Where the heads begin: at what was seen, or at the first.
fn begins(seen: Option<&Pin>, first: &PromoHead, last: &PromoHead) -> Result<(), WalkError> {
    match seen {
        None if first.n == 1 => Ok(()),
        None => Err(WalkError::Invalid),
        Some(seen) if first.n == seen.n && first.hash() == seen.hash => Ok(()),
        Some(seen) if first.n == seen.n || last.n < seen.n => Err(WalkError::Fork),
        Some(_) => Err(WalkError::Invalid),
    }
}

/// Whether two signed heads follow one another, contradict one another, or leave a gap.
fn follows(before: &PromoHead, head: &PromoHead) -> Result<(), WalkError> {
    let next = before.n.checked_add(1) == Some(head.n);
    if next && before.hash() == head.previous {
        Ok(())
    } else if next || (before.n == head.n && before.hash() != head.hash()) {
        Err(WalkError::Fork)
    } else {
        Err(WalkError::Invalid)
    }
}
