//! The operator's listener.

use super::Secret;
use super::file::AdminSection;
use std::net::SocketAddr;
use std::path::Path;

/// Where `/metrics`, `/healthz` and `/readyz` are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The address; never that of the public listener.
    pub address: SocketAddr,
    /// What must be shown for `/metrics` as a bearer token, if anything.
    pub token: Option<Secret>,
}

pub(super) fn check(
    section: &AdminSection,
    listen: SocketAddr,
    folder: &Path,
    variables: &[(String, String)],
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
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| known == name)?;
        Some(found.1.clone())
    };
    let follow = |reference: &String| Secret::follow(reference, folder, variable);
    let token = section.token.as_ref().map(follow).transpose();
    let token = token.map_err(|reason| ("admin.token", reason))?;
    if token.is_none() && !address.ip().is_loopback() {
        return Err((
            "admin.token",
            "must be set where admin.address is not on loopback: \"env:NAME\" or \"file:PATH\"",
        ));
    }
    Ok(Admin { address, token })
}
