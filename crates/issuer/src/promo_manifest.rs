//! The lists of publishers' starter tokens: each a chain of its own in the ledger, made and continued as the manifest is.

use crate::config::Config;
use crate::in_force::InForce;
use crate::keys::Mint;
use crate::manifest::{ANNOUNCED, ManifestError};
use farthing_core::bytes::sha256;
use farthing_core::id::{BodyHash, HeadHash};
use farthing_core::jws;
use farthing_core::money::Micro;
use farthing_core::origin::PublisherId;
use farthing_core::promo::{PromoBody, PromoHead};
use farthing_core::time::Timestamp;
use farthing_ledger::{AppendManifestError, Ledger, NewManifest};
use std::collections::BTreeSet;

/// How often two processes may get in each other's way.
const ATTEMPTS: u32 = 8;

/// Publishes what keys and configuration say now of each publisher's starter tokens, where it is not what its newest list
/// says. Gives the lists in force. With `running`, what is given is what was published last, as with the manifest.
pub(crate) async fn publish<L: Ledger>(
    config: &Config,
    in_force: &InForce,
    ledger: &L,
    now: Timestamp,
    running: bool,
) -> Result<Vec<PromoBody>, ManifestError> {
    let mints = in_force.keys().mints();
    let with_keys = mints.iter().filter_map(|mint| mint.promo());
    let configured = config.promos().iter().map(|promo| &promo.publisher);
    let publishers: BTreeSet<&PublisherId> = with_keys.chain(configured).collect();
    let mut bodies = Vec::new();
    for publisher in publishers {
        bodies.extend(publish_one(config, in_force, ledger, publisher, now, running).await?);
    }
    Ok(bodies)
}

async fn publish_one<L: Ledger>(
    config: &Config,
    in_force: &InForce,
    ledger: &L,
    publisher: &PublisherId,
    now: Timestamp,
    running: bool,
) -> Result<Option<PromoBody>, ManifestError> {
    let frozen = ledger.frozen().await?;
    for _ in 0..ATTEMPTS {
        let newest = newest(ledger, publisher).await?;
        let (n, previous) = newest
            .as_ref()
            .map_or((0, HeadHash::new([0; 32])), |(hash, body)| (body.n, *hash));
        let mut next = body(config, in_force, publisher, now);
        let is_frozen = |id| frozen.iter().any(|frozen| frozen.keyset == id);
        next.keysets.retain(|keyset| !is_frozen(*keyset.id()));
        if let Some((_, shown)) = newest {
            if running {
                next.grant = shown.grant;
            }
            let is_lacking = |keyset: &&farthing_core::keyset::Keyset| {
                now < keyset.dates().redeem_until() && in_force.mint(keyset.id()).is_none()
            };
            next.n = shown.n;
            // Of keys that another replica has made and this one has not got, nothing is taken back.
            if shown.keysets.iter().any(|keyset| is_lacking(&keyset)) || next == shown {
                return Ok(Some(shown));
            }
        } else if next.keysets.is_empty() {
            // Its keys are still to be made, or to come from where they were made.
            return Ok(None);
        }
        next.n = n.saturating_add(1);
        let manifest = sign(in_force, &next, &previous, now).ok_or(ManifestError::Signing)?;
        let appended = ledger.append_promo_manifest(publisher.clone(), manifest);
        match appended.await {
            Ok(()) => {
                let (n, keysets) = (next.n, next.keysets.len());
                tracing::info!(n, keysets, "a new list of starter tokens is in force");
                return Ok(Some(next));
            }
            // Another process has just published; it may be the same list.
            Err(AppendManifestError::NotNext { .. }) => {}
            Err(AppendManifestError::Store(error)) => return Err(error.into()),
        }
    }
    Err(ManifestError::Contended)
}

async fn newest<L: Ledger>(
    ledger: &L,
    publisher: &PublisherId,
) -> Result<Option<(HeadHash, PromoBody)>, ManifestError> {
    let Some(stored) = ledger.newest_promo_manifest(publisher.clone()).await? else {
        return Ok(None);
    };
    let body = ledger.manifest_body(stored.body_hash).await?;
    let body = body.and_then(|bytes| PromoBody::parse(&bytes).ok());
    let body = body.ok_or(ManifestError::Foreign("damaged"))?;
    Ok(Some((stored.head_hash, body)))
}

/// What keys and configuration say.
fn body(config: &Config, in_force: &InForce, publisher: &PublisherId, now: Timestamp) -> PromoBody {
    let keys = in_force.keys();
    let listed = keys.mints().into_iter().filter(|mint: &&Mint| {
        let life = mint.life();
        mint.promo() == Some(publisher)
            && now < life.redeem_until
            && life.mint_from <= now.plus(ANNOUNCED)
            && !keys.is_replaced(mint.keyset().id())
    });
    let promo = config.promo(publisher);
    PromoBody {
        issuer: config.issuer().clone(),
        publisher: publisher.clone(),
        n: 1,
        currency: config.currency().currency(),
        unit: config.currency().unit(),
        grant: promo.map_or(Micro::ZERO, |promo| promo.grant),
        keysets: listed.map(|mint| mint.keyset().clone()).collect(),
    }
}

fn sign(
    in_force: &InForce,
    body: &PromoBody,
    previous: &HeadHash,
    now: Timestamp,
) -> Option<NewManifest> {
    let bytes = body.to_json().into_bytes();
    let body_hash = BodyHash::new(sha256(&bytes));
    let payload = PromoHead::payload(
        &body.issuer,
        &body.publisher,
        body.n,
        previous,
        &body_hash,
        now,
    );
    let head = in_force.signer(now)?.sign(jws::PROMO_MANIFEST, &payload)?;
    let head_hash = PromoHead::parse(&head).ok()?.hash();
    Some(NewManifest {
        n: body.n,
        head,
        head_hash,
        body: bytes,
        body_hash,
    })
}
