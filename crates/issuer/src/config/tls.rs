//! The certificate that readers are shown.

use super::file::TlsSection;
use super::secret::SecretReference;
use farthing_core::origin::IssuerId;
use std::path::{Path, PathBuf};

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain as PEM, the issuer's own certificate first.
    pub certificate: PathBuf,
    /// The key as PEM.
    pub key: SecretReference,
}

pub(super) fn check(
    section: &TlsSection,
    issuer: &IssuerId,
    folder: &Path,
) -> Result<Tls, (&'static str, &'static str)> {
    if !issuer.as_str().starts_with("https://") {
        return Err((
            "tls",
            "is for an issuer_id that begins with https: readers come to this one over http",
        ));
    }
    let key = SecretReference::parse(&section.key, folder).ok_or((
        "tls.key",
        "must be \"file:PATH\" or \"env:NAME\": a secret does not stand in the configuration",
    ))?;
    Ok(Tls {
        certificate: folder.join(&section.certificate),
        key,
    })
}
