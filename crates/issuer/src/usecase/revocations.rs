//! revocations: the signed list of grants that are no longer good (spec section 13, R53).

use crate::issuer::Issuer;
use farthing_core::gift::{RevokedClaims, list_hash, list_json};
use farthing_core::id::GrantId;
use farthing_core::jws;
use farthing_ledger::{Ledger, StoreError};
use std::sync::Arc;

/// Most ids of a page: a quarter of a megabyte of text.
const PAGE: usize = 8_192;

/// Why nothing is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationsRefusal {
    /// The ledger could not be asked.
    Store(StoreError),
    /// Another replica has made the signing key, and it has not come here yet.
    KeyLacking,
    /// A fault of the issuer.
    Internal(&'static str),
}

/// The page of the list that begins after that id, as text.
///
/// # Errors
/// [`RevocationsRefusal`].
pub async fn revocations<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    after: Option<GrantId>,
) -> Result<String, RevocationsRefusal> {
    let now = issuer.now();
    // One more than is told, to know whether there is more.
    let found = issuer.ledger().revoked(after, PAGE.saturating_add(1)).await;
    let mut revoked = found.map_err(RevocationsRefusal::Store)?;
    let more = revoked.len() > PAGE;
    revoked.truncate(PAGE);
    let claims = RevokedClaims {
        issuer: issuer.id().clone(),
        iat: now,
        after,
        more,
        hash: list_hash(&revoked),
    };
    let write = {
        let in_force = issuer.in_force();
        move || {
            let signer = in_force.signer(now).ok_or(RevocationsRefusal::KeyLacking)?;
            let head = signer.sign(jws::REVOKED, &claims.to_json());
            let head = head.ok_or(RevocationsRefusal::Internal("a list was not signed"))?;
            Ok(list_json(&head, &revoked))
        }
    };
    let written = issuer.compute().run(write).await;
    written.map_err(|_| RevocationsRefusal::Internal("a list was not made"))?
}
