//! The operator's listener.

use super::file::AdminSection;
use super::secret::SecretReference;
use std::net::SocketAddr;
use std::path::Path;

/// Where `/metrics`, `/healthz` and `/readyz` are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The address; never that of the public listener.
    pub address: SocketAddr,
    /// Where the bearer token is that must be shown for `/metrics`, if any must.
    pub token: Option<SecretReference>,
}

pub(super) fn check(
    section: &AdminSection,
    listen: SocketAddr,
    folder: &Path,
) -> Result<Admin, (&'static str, &'static str)> {
    let address: SocketAddr = section
        .address
        .parse()
        .map_err(|_| ("admin.address", "must be an address such as 127.0.0.1:8788"))?;
    let overlaps = address.ip() == listen.ip()
        || address.ip().is_unspecified()
        || listen.ip().is_unspecified();
    if address.port() != 0 && address.port() == listen.port() && overlaps {
        return Err((
            "admin.address",
            "must not be the public address: readers would see the numbers",
        ));
    }
    let token = match &section.token {
        Some(reference) => Some(SecretReference::parse(reference, folder).ok_or((
            "admin.token",
            "must be \"env:NAME\" or \"file:PATH\": a secret does not stand in the configuration",
        ))?),
        None => None,
    };
    if token.is_none() && !address.ip().is_loopback() {
        return Err((
            "admin.token",
            "must be set where admin.address is not on loopback: \"env:NAME\" or \"file:PATH\"",
        ));
    }
    Ok(Admin { address, token })
}
