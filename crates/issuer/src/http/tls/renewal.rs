//! A new certificate is taken while readers are served: on SIGHUP, and when its files change.

use super::certificate::Certificate;
use crate::config::{SecretReference, Tls};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::Signal;

/// How often the files are looked at. Whoever renews does so weeks before the end.
const EVERY: Duration = Duration::from_secs(5);

/// What tells one state of a file from another: which file, and when anything about it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    changed: (i64, i64),
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp {
        inode: metadata.ino(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

fn stamps(place: &Tls) -> [Option<Stamp>; 2] {
    let key = match &place.key {
        SecretReference::File(path) => stamp(path),
        SecretReference::Env(_) => None,
    };
    [stamp(&place.certificate), key]
}

/// Renews the certificate for ever. One that cannot be used is told in the log, and the one before it stays.
pub async fn keep_renewed(certificate: Certificate, mut hangup: Signal) {
    let mut seen = stamps(certificate.place());
    loop {
        let told = tokio::select! {
            told = hangup.recv() => told.is_some(),
            () = tokio::time::sleep(EVERY) => false,
        };
        let now = stamps(certificate.place());
        if !told && now == seen {
            continue;
        }
        seen = now;
        match certificate.renew() {
            Ok(()) => tracing::info!("the certificate was read anew"),
            Err(error) => {
                tracing::error!(%error, "the new certificate is not used; the one before it stays");
            }
        }
    }
}
