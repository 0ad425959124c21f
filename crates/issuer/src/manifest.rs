//! The manifest: made from keys and configuration at start, kept in the ledger, numbered anew only when it changes.

use crate::config::Config;
use crate::keys::Keys;
use crate::terms;
use farthing_core::bytes::sha256;
use farthing_core::id::{HeadHash, KeysetId, TermsHash};
use farthing_core::jws;
use farthing_core::manifest::{Body, Head, Terms};
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::{AppendManifestError, Ledger, NewManifest, StoreError, StoredManifest};
use std::collections::BTreeSet;
use std::path::PathBuf;
use thiserror::Error;

/// How long before coins are made of them keysets are announced (R15).
const ANNOUNCED: u64 = 7 * DAY;

/// How often two starting processes may get in each other's way.
const ATTEMPTS: u32 = 8;

/// Why there is no manifest to publish.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The terms cannot be read.
    #[error("{}: {error}", path.display())]
    Terms {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The ledger is another issuer's, or was signed with keys that are not here.
    #[error("the ledger's key list is {0}: ledger, keys and issuer_id do not belong together")]
    Foreign(&'static str),
    /// No keyset of the manifest would be good today.
    #[error("no keyset is good at this time: all epochs are over or not yet begun")]
    Ended,
    /// Signing failed.
    #[error("the signing key does not sign")]
    Signing,
    /// Other processes went on publishing.
    #[error("another process is publishing key lists on this ledger")]
    Contended,
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Publishes what keys and configuration say now, unless it is what the newest manifest says. Gives the body in force.
///
/// # Errors
/// [`ManifestError`].
pub async fn publish<L: Ledger>(
    config: &Config,
    keys: &Keys,
    ledger: &L,
    now: Timestamp,
) -> Result<Body, ManifestError> {
    let terms = read_terms(config)?;
    let frozen = ledger.frozen().await?;
    let frozen: BTreeSet<KeysetId> = frozen.iter().map(|frozen| frozen.keyset).collect();
    for _ in 0..ATTEMPTS {
        let newest = ledger.newest_manifest().await?;
        if let Some(newest) = &newest {
            check_origin(config, keys, newest)?;
            let same = body(config, keys, &terms, &frozen, newest.n, now)?;
            if Body::hash(same.to_json().as_bytes()) == newest.body_hash {
                return Ok(same);
            }
        }
        let (n, previous) = newest.map_or((1, HeadHash::new([0; 32])), |newest| {
            (newest.n.saturating_add(1), newest.head_hash)
        });
        let body = body(config, keys, &terms, &frozen, n, now)?;
        let manifest = sign(config, keys, &body, &previous, now).ok_or(ManifestError::Signing)?;
        match ledger.append_manifest(manifest).await {
            Ok(()) => {
                tracing::info!(
                    n,
                    keysets = body.keysets.len(),
                    "a new key list is in force"
                );
                return Ok(body);
            }
            // Another process has just published; it may be the same list.
            Err(AppendManifestError::NotNext { .. }) => {}
            Err(AppendManifestError::Store(error)) => return Err(error.into()),
        }
    }
    Err(ManifestError::Contended)
}

fn read_terms(config: &Config) -> Result<Terms, ManifestError> {
    let version = &config.terms().version;
    let path = terms::path(config, version);
    let text = std::fs::read(&path).map_err(|error| ManifestError::Terms { path, error })?;
    Ok(Terms {
        version: version.clone(),
        sha256: TermsHash::new(sha256(&text)),
        url: format!("{}/terms/{}", config.issuer().as_str(), version.as_str()),
    })
}

/// A ledger that another issuer's keys wrote must not be continued: readers would see a fork.
fn check_origin(
    config: &Config,
    keys: &Keys,
    newest: &StoredManifest,
) -> Result<(), ManifestError> {
    let head = Head::parse(&newest.head).map_err(|_| ManifestError::Foreign("damaged"))?;
    if head.issuer() != config.issuer() {
        return Err(ManifestError::Foreign("of another issuer"));
    }
    if keys
        .signers()
        .iter()
        .all(|signer| signer.jwk().kid() != head.kid())
    {
        return Err(ManifestError::Foreign("signed by another key"));
    }
    Ok(())
}

fn body(
    config: &Config,
    keys: &Keys,
    terms: &Terms,
    frozen: &BTreeSet<KeysetId>,
    n: u64,
    now: Timestamp,
) -> Result<Body, ManifestError> {
    let listed = keys.mints().into_iter().filter(|mint| {
        now < mint.life().redeem_until && mint.life().mint_from <= now.plus(ANNOUNCED)
    });
    let mut keysets: Vec<_> = listed.map(|mint| mint.keyset().clone()).collect();
    if keysets.iter().all(|keyset| !keyset.is_redeemable(now)) {
        return Err(ManifestError::Ended);
    }
    // Nobody pays with those or asks for them, and another keyset of the denomination may stand in their place (R15).
    keysets.retain(|keyset| !frozen.contains(keyset.id()));
    Ok(Body {
        issuer: config.issuer().clone(),
        n,
        currencies: vec![config.currency().clone()],
        keysets,
        signing_keys: keys.signers().iter().map(|signer| *signer.jwk()).collect(),
        sealing_keys: keys
            .sealing_keys()
            .filter(|key| now < key.open_until())
            .cloned()
            .collect(),
        terms: terms.clone(),
    })
}

fn sign(
    config: &Config,
    keys: &Keys,
    body: &Body,
    previous: &HeadHash,
    now: Timestamp,
) -> Option<NewManifest> {
    let bytes = body.to_json().into_bytes();
    let body_hash = Body::hash(&bytes);
    let payload = Head::payload(config.issuer(), body.n, previous, &body_hash, now);
    let head = keys.signer()?.sign(jws::MANIFEST, &payload)?;
    let head_hash = Head::parse(&head).ok()?.hash();
    Some(NewManifest {
        n: body.n,
        head,
        head_hash,
        body: bytes,
        body_hash,
    })
}
