//! Manifests, kept outside too: readers hold the lost ones, and another of the same number would look like a fork.

use super::RestoreError;
use crate::outside::Log;
use farthing_core::bytes::sha256;
use farthing_core::id::BodyHash;
use farthing_core::manifest::Head;
use farthing_ledger::{AppendManifestError, Ledger, NewManifest};

/// How many are read at a time.
const PAGE: usize = 100;

fn manifests(log: &Log) -> Result<Vec<NewManifest>, RestoreError> {
    if !log.exists() {
        return Ok(Vec::new());
    }
    let records = log.records()?;
    let manifest = |record: crate::outside::Record| {
        let head = Head::parse(&record.head).ok()?;
        Some(NewManifest {
            n: head.n(),
            head_hash: head.hash(),
            body_hash: BodyHash::new(sha256(&record.body)),
            head: record.head,
            body: record.body,
        })
    };
    let of_kind = records
        .into_iter()
        .filter(|record| record.kind == "manifest");
    Ok(of_kind.filter_map(manifest).collect())
}

/// Puts back the manifests that readers have and the ledger has not. Gives how many there were.
///
/// # Errors
/// [`RestoreError`].
pub async fn put_back_manifests<L: Ledger>(ledger: &L, log: &Log) -> Result<usize, RestoreError> {
    let mut put: usize = 0;
    for manifest in manifests(log)? {
        match ledger.append_manifest(manifest).await {
            Ok(()) => put = put.saturating_add(1),
            Err(AppendManifestError::NotNext { .. }) => {}
            Err(AppendManifestError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(put)
}

/// Keeps outside what was published since; `noted` is the last that is there, or 0 if that is not known yet.
///
/// # Errors
/// [`RestoreError`].
pub async fn note_manifests<L: Ledger>(
    ledger: &L,
    log: &Log,
    noted: &mut u64,
) -> Result<(), RestoreError> {
    let newest = ledger.newest_manifest().await?.map_or(0, |newest| newest.n);
    if newest <= *noted {
        return Ok(());
    }
    let there = manifests(log)?.iter().map(|manifest| manifest.n).max();
    *noted = there.unwrap_or_default();
    while *noted < newest {
        let from = noted.saturating_add(1);
        for manifest in ledger.manifests_from(from, PAGE).await? {
            let body = ledger.manifest_body(manifest.body_hash).await?;
            log.append("manifest", &manifest.head, &body.unwrap_or_default())?;
            *noted = manifest.n;
        }
    }
    Ok(())
}
