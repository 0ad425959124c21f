//! spent: the signed list of what was spent, under a prefix that hides which token is meant (spec section 10, R37).

use crate::issuer::Issuer;
use farthing_core::id::KeysetId;
use farthing_core::jws;
use farthing_core::spent::{Prefix, SpentClaims, list_hash, list_json};
use farthing_ledger::{Hour, Ledger, SpentError};
use std::sync::Arc;

/// Why nothing is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpentRefusal {
    /// The keyset is not this issuer's, or its key is destroyed.
    KeysetUnknown,
    /// Another replica has made the key, and it has not come here yet.
    KeyLacking,
    /// The ledger refused.
    Spent(SpentError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// The list as text. Within an hour this process reads it once, as long as it is among those asked for last, so that
/// whoever asks again and again does not see when a token is spent.
///
/// # Errors
/// [`SpentRefusal`].
pub async fn spent<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    keyset: KeysetId,
    prefix: Prefix,
) -> Result<Arc<str>, SpentRefusal> {
    let in_force = issuer.in_force();
    if in_force.mint(&keyset).is_none() {
        return Err(if in_force.lacks_one([&keyset]) {
            SpentRefusal::KeyLacking
        } else {
            SpentRefusal::KeysetUnknown
        });
    }
    let now = issuer.now();
    let hour = Hour::of(now);
    if let Some(list) = issuer.recent().spent(keyset, prefix, hour) {
        return Ok(list);
    }
    let spent = issuer.ledger().spent_under(keyset, prefix).await;
    let spent = spent.map_err(SpentRefusal::Spent)?;
    let claims = SpentClaims {
        issuer: issuer.id().clone(),
        iat: hour.begins(),
        keyset,
        prefix: prefix.to_text(),
        hash: list_hash(&spent),
    };
    let write = move || {
        let signer = in_force.signer(now)?;
        let head = signer.sign(jws::SPENT, &claims.to_json())?;
        Some(list_json(&head, &spent))
    };
    let list = issuer.compute().run(write).await.ok().flatten();
    let list = list.ok_or(SpentRefusal::Internal("a list was not signed"))?;
    Ok(issuer
        .recent()
        .keep_spent(keyset, prefix, hour, list.into()))
}
