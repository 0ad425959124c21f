//! A new certificate is taken while readers are served: on SIGHUP, and when its files change.

use super::certificate::Certificate;
use crate::config::{SecretReference, Tls};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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

/// A certificate and what its files were like when they were read last.
#[derive(Debug)]
pub struct WatchedCertificate {
    certificate: Certificate,
    seen: [Option<Stamp>; 2],
}

impl WatchedCertificate {
    /// Of files that were read just now.
    #[must_use]
    pub fn new(certificate: Certificate) -> Self {
        let seen = stamps(certificate.place());
        Self { certificate, seen }
    }

    /// Takes it anew if a file has changed.
    pub(crate) fn look(&mut self) {
        if stamps(self.certificate.place()) != self.seen {
            self.renew();
        }
    }

    /// Takes it anew, and says whether it is good. One that cannot be used is told in the log, and the one before it stays.
    pub(crate) fn renew(&mut self) -> bool {
        self.seen = stamps(self.certificate.place());
        match self.certificate.renew() {
            Ok(()) => {
                tracing::info!("the certificate was read anew");
                true
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate is not used; the one before it stays");
                false
            }
        }
    }
}
