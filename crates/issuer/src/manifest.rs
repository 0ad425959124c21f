//! The manifest: made from keys and configuration at start and while running, kept in the ledger, numbered anew only
//! when it changes.

use crate::config::Config;
use crate::in_force::{InForce, Lacking};
use crate::keys::{Keys, Mint, Signer};
use crate::{promo_manifest, terms};
use farthing_core::bytes::sha256;
use farthing_core::id::{BodyHash, HeadHash, KeysetId, TermsHash};
use farthing_core::jwk::PublicJwk;
use farthing_core::jws;
use farthing_core::manifest::{Body, Head, RevokedKey, Rights, SealingKey, Terms};
use farthing_core::money::Micro;
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::{AppendManifestError, Ledger, NewManifest, StoreError, StoredManifest};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// How long before coins are made of them keysets are announced (R15).
pub(crate) const ANNOUNCED: u64 = 7 * DAY;

/// As many signing keys, and as many sealing keys, as a body lists; of more, the newest.
const MOST_KEYS: usize = 16;

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
    #[error(
        "no keyset is good at this time: all epochs are over or not yet begun; run: farthing-issuer keys rotate"
    )]
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

/// Publishes what keys and configuration say now, unless it is what the newest manifest says. If that one lists keys
/// which are not here, another replica has made them, and nothing is published: it would take them back. Gives the body
/// in force with the keys.
///
/// With `running`, currencies and terms are those published last: replicas whose configurations differ for a while must
/// not take turns at publishing. A configuration is published at start.
///
/// # Errors
/// [`ManifestError`].
pub async fn publish<L: Ledger>(
    config: &Config,
    keys: Arc<Keys>,
    ledger: &L,
    now: Timestamp,
    running: bool,
) -> Result<InForce, ManifestError> {
    let in_force = publish_own(config, keys, ledger, now, running).await?;
    let promos = promo_manifest::publish(config, &in_force, ledger, now, running).await?;
    Ok(in_force.with_promos(promos))
}

async fn publish_own<L: Ledger>(
    config: &Config,
    keys: Arc<Keys>,
    ledger: &L,
    now: Timestamp,
    running: bool,
) -> Result<InForce, ManifestError> {
    let terms = read_terms(config)?;
    let frozen = ledger.frozen().await?;
    let frozen: BTreeSet<KeysetId> = frozen.iter().map(|frozen| frozen.keyset).collect();
    for _ in 0..ATTEMPTS {
        let newest = match ledger.newest_manifest().await? {
            Some(stored) => Some(Newest::read(config, &keys, ledger, stored).await?),
            None => None,
        };
        let mut next = body(config, &keys, &terms, newest.as_ref(), now);
        let has_ended = next.keysets.iter().all(|keyset| !keyset.is_redeemable(now));
        // Nobody pays with a frozen one or asks for it, and another of its denomination may stand in its place (R15).
        next.keysets.retain(|keyset| !frozen.contains(keyset.id()));
        let per = config.undo().map(|undo| undo.right_per);
        let shown = newest.as_ref().map(|newest| newest.body.rights.as_slice());
        let per = match shown {
            Some(shown) if running => shown.first().map(Rights::per),
            _ => per,
        };
        next.rights = per.map_or_else(Vec::new, |per| rights(config, &keys, per, &frozen, now));
        if let Some(newest) = &newest {
            if running {
                next.currencies.clone_from(&newest.body.currencies);
                next.terms = newest.body.terms.clone();
            }
            let known = Lacking::of(&newest.body, &keys, now);
            if !known.is_empty() {
                return Ok(InForce::new(keys, newest.body.clone(), known));
            }
            let same = Body {
                n: newest.n,
                ..next.clone()
            };
            if Body::hash(same.to_json().as_bytes()) == newest.body_hash {
                return Ok(InForce::new(keys, same, Lacking::default()));
            }
        }
        if has_ended {
            return Err(ManifestError::Ended);
        }
        let manifest = sign(config, &keys, &next, newest.as_ref(), now);
        let manifest = manifest.ok_or(ManifestError::Signing)?;
        match ledger.append_manifest(manifest).await {
            Ok(()) => {
                let (n, keysets) = (next.n, next.keysets.len());
                tracing::info!(n, keysets, "a new key list is in force");
                if is_revocation_due(&keys, &next) {
                    // This one announced the key that signs the next, which revokes the other.
                    continue;
                }
                return Ok(InForce::new(keys, next, Lacking::default()));
            }
            // Another process has just published; it may be the same list.
            Err(AppendManifestError::NotNext { .. }) => {}
            Err(AppendManifestError::Store(error)) => return Err(error.into()),
        }
    }
    Err(ManifestError::Contended)
}

/// The newest manifest that the ledger has.
struct Newest {
    n: u64,
    head_hash: HeadHash,
    body_hash: BodyHash,
    body: Body,
}

impl Newest {
    /// A ledger that another issuer's keys wrote must not be continued: readers would see a fork. One key that is listed
    /// and here is enough to know that they belong together; others may have been made elsewhere.
    async fn read<L: Ledger>(
        config: &Config,
        keys: &Keys,
        ledger: &L,
        stored: StoredManifest,
    ) -> Result<Self, ManifestError> {
        let head = Head::parse(&stored.head).map_err(|_| ManifestError::Foreign("damaged"))?;
        if head.issuer() != config.issuer() {
            return Err(ManifestError::Foreign("of another issuer"));
        }
        let body = ledger.manifest_body(stored.body_hash).await?;
        let body = body.and_then(|bytes| Body::parse(&bytes).ok());
        let body = body.ok_or(ManifestError::Foreign("damaged"))?;
        let is_here = |jwk: &PublicJwk| {
            let mut signers = keys.signers().iter();
            signers.any(|signer| signer.jwk().kid() == jwk.kid())
        };
        let revoked = body.revoked_keys.iter().map(|revoked| &revoked.key);
        if !body.signing_keys.iter().chain(revoked).any(is_here) {
            return Err(ManifestError::Foreign("signed by another key"));
        }
        Ok(Self {
            n: stored.n,
            head_hash: stored.head_hash,
            body_hash: stored.body_hash,
            body,
        })
    }
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

/// The keysets of money and of rights that readers are shown. Coins of a keyset that was replaced are changed into others;
/// readers find it under its id.
fn listed(keys: &Keys, now: Timestamp) -> impl Iterator<Item = &Mint> {
    keys.mints().into_iter().filter(move |mint| {
        let life = mint.life();
        mint.promo().is_none()
            && now < life.redeem_until
            && life.mint_from <= now.plus(ANNOUNCED)
            && !keys.is_replaced(mint.keyset().id())
    })
}

/// What loads give beside money: nothing as long as there are no keys for it.
fn rights(
    config: &Config,
    keys: &Keys,
    per: Micro,
    frozen: &BTreeSet<KeysetId>,
    now: Timestamp,
) -> Vec<Rights> {
    let keysets = listed(keys, now).filter(|mint| mint.is_of_rights());
    let keysets = keysets.map(|mint| mint.keyset().clone());
    let keysets: Vec<_> = keysets.filter(|k| !frozen.contains(k.id())).collect();
    if keysets.is_empty() {
        return Vec::new();
    }
    let currency = config.currency().currency();
    Rights::new(currency, per, keysets).into_iter().collect()
}

/// What keys and configuration say, with the number after the newest.
fn body(
    config: &Config,
    keys: &Keys,
    terms: &Terms,
    newest: Option<&Newest>,
    now: Timestamp,
) -> Body {
    let listed = listed(keys, now).filter(|mint| !mint.is_of_rights());
    let sealing_keys = keys.sealing_keys().filter(|key| now < key.open_until());
    // A date that was brought forward stays so, also by a replica that does not know of it yet.
    let shortened = |key: &SealingKey| {
        let shown = newest.and_then(|newest| newest.body.sealing_key(&key.kid()));
        let seal_until = shown.map_or(key.seal_until(), |shown| shown.seal_until());
        let seal_until = seal_until.min(key.seal_until());
        SealingKey::new(*key.public_key(), seal_until, key.open_until())
    };
    let sealing_keys: Vec<_> = sealing_keys.filter_map(shortened).collect();
    let n = newest.map_or(1, |newest| newest.n.saturating_add(1));
    let revoked_keys = newest.map_or_else(Vec::new, |newest| revoked(keys, &newest.body, n));
    let signers: Vec<&Signer> = keys.signers().iter().collect();
    let is_good = |signer: &&Signer| !revoked_keys.iter().any(|r| r.key == *signer.jwk());
    let signers: Vec<&Signer> = signers.into_iter().filter(is_good).collect();
    let beyond = |count: usize| count.saturating_sub(MOST_KEYS);
    Body {
        rights: Vec::new(),
        issuer: config.issuer().clone(),
        n,
        currencies: vec![config.currency().clone()],
        keysets: listed.map(|mint| mint.keyset().clone()).collect(),
        signing_keys: signers
            .iter()
            .skip(beyond(signers.len()))
            .map(|signer| *signer.jwk())
            .collect(),
        revoked_keys,
        sealing_keys: sealing_keys
            .iter()
            .skip(beyond(sealing_keys.len()))
            .cloned()
            .collect(),
        terms: terms.clone(),
    }
}

/// Whether there is a key to be revoked, and readers know another that can sign that.
fn is_revocation_due(keys: &Keys, shown: &Body) -> bool {
    let is_shown = |signer: &&Signer| shown.signing_keys.contains(signer.jwk());
    let mut shown = keys.signers().iter().filter(is_shown);
    shown.clone().any(|signer| signer.revoked().is_some())
        && shown.any(|signer| signer.revoked().is_none())
}

/// The keys that manifest `n` revokes: those that were revoked before it, by whichever replica, and those that are here.
/// Of more than are listed the latest.
fn revoked(keys: &Keys, before: &Body, n: u64) -> Vec<RevokedKey> {
    let mut revoked = before.revoked_keys.clone();
    if is_revocation_due(keys, before) {
        let signers = keys.signers().iter();
        let now =
            signers.filter(|s| s.revoked().is_some() && before.signing_keys.contains(s.jwk()));
        revoked.extend(now.map(|signer| RevokedKey {
            key: *signer.jwk(),
            from: n,
        }));
    }
    let beyond = revoked.len().saturating_sub(MOST_KEYS);
    revoked.split_off(beyond)
}

/// Signed by a key that the manifest before lists: readers know it already (R14).
fn sign(
    config: &Config,
    keys: &Keys,
    body: &Body,
    newest: Option<&Newest>,
    now: Timestamp,
) -> Option<NewManifest> {
    let bytes = body.to_json().into_bytes();
    let body_hash = Body::hash(&bytes);
    let previous = newest.map_or(HeadHash::new([0; 32]), |newest| newest.head_hash);
    let shown = newest.map_or(&body.signing_keys, |newest| &newest.body.signing_keys);
    let payload = Head::payload(config.issuer(), body.n, &previous, &body_hash, now);
    let head = keys.signer(shown, now)?.sign(jws::MANIFEST, &payload)?;
    let head_hash = Head::parse(&head).ok()?.hash();
    Some(NewManifest {
        n: body.n,
        head,
        head_hash,
        body: bytes,
        body_hash,
    })
}
