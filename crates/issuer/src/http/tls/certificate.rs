//! The certificate and its key: read, checked against each other and against the issuer's name, replaced at any time.

use crate::config::{self, Config, SecretError};
use rustls::client::verify_server_name;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;

/// Why a certificate is not used. No variant holds the key.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The file cannot be read.
    #[error("tls.certificate: {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not a chain of certificates.
    #[error("tls.certificate: {} holds no certificate; it must be PEM, with BEGIN CERTIFICATE", .0.display())]
    None(PathBuf),
    /// What the file calls a certificate is none.
    #[error("tls.certificate: the first certificate in {} cannot be read", .0.display())]
    Malformed(PathBuf),
    /// Readers would be warned of it.
    #[error("tls.certificate: {} is for another name than {name}, which readers come to", path.display())]
    Name {
        /// Which file.
        path: PathBuf,
        /// The issuer's host.
        name: String,
    },
    /// The key cannot be had.
    #[error("tls.key: {0}")]
    Secret(#[from] SecretError),
    /// What was named as key is none.
    #[error(
        "tls.key names no private key; it must be PEM, with BEGIN PRIVATE KEY, and not encrypted"
    )]
    NoKey,
    /// The key is of a kind that is not supported.
    #[error(
        "tls.key is of a kind that is not supported; ECDSA P-256 or P-384, Ed25519 and RSA are"
    )]
    KeyKind,
    /// The key belongs to another certificate.
    #[error("tls.key is not the key of the first certificate in {}; the chain begins with the issuer's own", .0.display())]
    Mismatch(PathBuf),
}

/// The certificate in use. Clones share it.
#[derive(Clone)]
pub struct Certificate {
    place: config::Tls,
    /// The host that it must be for; none behind a proxy, which may know the issuer by another name.
    name: Option<String>,
    current: Arc<RwLock<Arc<CertifiedKey>>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Certificate");
        shown.field("place", &self.place).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads what the configuration names; `None` if it names none.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn open(config: &Config) -> Result<Option<Self>, CertificateError> {
        let Some(place) = config.tls() else {
            return Ok(None);
        };
        let name = match config.limits().proxies {
            Some(_) => None,
            None => host(config.issuer().as_str()),
        };
        let read = read(place, name.as_deref())?;
        Ok(Some(Self {
            place: place.clone(),
            name,
            current: Arc::new(RwLock::new(Arc::new(read))),
        }))
    }

    /// Where it lies.
    pub(super) const fn place(&self) -> &config::Tls {
        &self.place
    }

    /// Reads it anew. Connections that stand keep what they agreed on; if it is not to be used, so do new ones.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub(super) fn renew(&self) -> Result<(), CertificateError> {
        let read = Arc::new(read(&self.place, self.name.as_deref())?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn read(place: &config::Tls, name: Option<&str>) -> Result<CertifiedKey, CertificateError> {
    let path = &place.certificate;
    let chain = chain(path)?;
    let none = || CertificateError::None(path.clone());
    let first = chain.first().ok_or_else(none)?;
    let parsed = ParsedCertificate::try_from(first)
        .map_err(|_| CertificateError::Malformed(path.clone()))?;
    if let Some(name) = name {
        let is_for = ServerName::try_from(name)
            .is_ok_and(|server| verify_server_name(&parsed, &server).is_ok());
        if !is_for {
            return Err(CertificateError::Name {
                path: path.clone(),
                name: name.to_owned(),
            });
        }
    }
    let secret = place.key.read()?;
    let key =
        PrivateKeyDer::from_pem_slice(secret.as_bytes()).map_err(|_| CertificateError::NoKey)?;
    let key = any_supported_type(&key).map_err(|_| CertificateError::KeyKind)?;
    let certified = CertifiedKey::new(chain, key);
    certified
        .keys_match()
        .map_err(|_| CertificateError::Mismatch(path.clone()))?;
    Ok(certified)
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let text = std::fs::read(path).map_err(|error| CertificateError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>();
    chain.map_err(|_| CertificateError::Malformed(path.to_owned()))
}

/// The host of an origin, without the port and without an IPv6 address's brackets.
fn host(origin: &str) -> Option<String> {
    let authority = origin.strip_prefix("https://")?;
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    Some(host.to_owned())
}
