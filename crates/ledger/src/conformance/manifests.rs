//! Manifests: numbered without gaps, found by number and by hash.

use super::world::{hash, publisher_id};
use crate::{AppendManifestError, Ledger, NewManifest};
use farthing_core::id::{BodyHash, HeadHash};
use std::sync::Arc;

fn manifest(n: u64) -> NewManifest {
    NewManifest {
        n,
        head: format!("head {n}"),
        head_hash: HeadHash::new(hash("head", n)),
        body: format!("body {n}").into_bytes(),
        body_hash: BodyHash::new(hash("body", n)),
    }
}

/// Only the next number is accepted, from 1 on.
pub async fn numbers_have_no_gaps<L: Ledger>(ledger: Arc<L>) {
    assert_eq!(ledger.newest_manifest().await, Ok(None));
    for wrong in [0, 2] {
        let refused = ledger.append_manifest(manifest(wrong)).await;
        assert_eq!(refused, Err(AppendManifestError::NotNext { expected: 1 }));
    }
    assert_eq!(ledger.append_manifest(manifest(1)).await, Ok(()));
    for wrong in [1, 3] {
        let refused = ledger.append_manifest(manifest(wrong)).await;
        assert_eq!(refused, Err(AppendManifestError::NotNext { expected: 2 }));
    }
    assert_eq!(ledger.append_manifest(manifest(2)).await, Ok(()));
    let newest = ledger
        .newest_manifest()
        .await
        .expect("a store")
        .expect("a manifest");
    assert_eq!((newest.n, newest.head.as_str()), (2, "head 2"));
    assert_eq!(newest.head_hash, manifest(2).head_hash);
    assert_eq!(newest.body_hash, manifest(2).body_hash);
}

/// Heads come ascending from a number on, up to a limit.
pub async fn heads_are_read_from_a_number<L: Ledger>(ledger: Arc<L>) {
    for n in 1..=5 {
        ledger
            .append_manifest(manifest(n))
            .await
            .expect("a manifest");
    }
    let numbers = async |from, limit| {
        let heads = ledger.manifests_from(from, limit).await.expect("a store");
        heads.into_iter().map(|head| head.n).collect::<Vec<_>>()
    };
    assert_eq!(numbers(1, 200).await, [1, 2, 3, 4, 5]);
    assert_eq!(numbers(4, 200).await, [4, 5]);
    assert_eq!(numbers(2, 2).await, [2, 3]);
    assert_eq!(numbers(6, 200).await, [0; 0]);
}

/// Each publisher's starter tokens have a chain of their own, beside the issuer's.
pub async fn each_publisher_has_a_chain<L: Ledger>(ledger: Arc<L>) {
    let of = |n| publisher_id(n);
    assert_eq!(ledger.newest_promo_manifest(of(1)).await, Ok(None));
    ledger
        .append_manifest(manifest(1))
        .await
        .expect("a manifest");
    for n in 1..=3 {
        let late = ledger.append_promo_manifest(of(1), manifest(9)).await;
        let refused = Err(AppendManifestError::NotNext { expected: n });
        assert_eq!(late, refused);
        let next = NewManifest {
            n,
            ..manifest(10 + n)
        };
        assert_eq!(ledger.append_promo_manifest(of(1), next).await, Ok(()));
    }
    let theirs = NewManifest {
        n: 1,
        ..manifest(20)
    };
    assert_eq!(ledger.append_promo_manifest(of(2), theirs).await, Ok(()));
    let heads = ledger.promo_manifests_from(of(1), 2, 200).await;
    let heads = heads.expect("a store").into_iter();
    let heads: Vec<_> = heads.map(|head| (head.n, head.head)).collect();
    assert_eq!(heads, [(2, "head 12".into()), (3, "head 13".into())]);
    let newest = ledger.newest_promo_manifest(of(2)).await.expect("a store");
    let newest = newest.expect("a manifest");
    assert_eq!((newest.n, newest.body_hash), (1, manifest(20).body_hash));
    let issuers = ledger.manifests_from(1, 200).await.expect("a store");
    assert_eq!(issuers.len(), 1);
    for n in [1, 11, 13, 20] {
        let body = ledger.manifest_body(manifest(n).body_hash).await;
        assert_eq!(body, Ok(Some(manifest(n).body)));
    }
}

/// A body is found by its hash, bytes as given.
pub async fn bodies_are_found_by_hash<L: Ledger>(ledger: Arc<L>) {
    ledger
        .append_manifest(manifest(1))
        .await
        .expect("a manifest");
    let body = ledger.manifest_body(manifest(1).body_hash).await;
    assert_eq!(body, Ok(Some(b"body 1".to_vec())));
    assert_eq!(ledger.manifest_body(manifest(2).body_hash).await, Ok(None));
}
