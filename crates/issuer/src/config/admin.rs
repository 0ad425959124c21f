//! The operator's listener.

use super::file::AdminSection;
use std::net::SocketAddr;

/// Where `/metrics`, `/healthz` and `/readyz` are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// The address; never that of the public listener.
    pub address: SocketAddr,
}

pub(super) fn check(
    section: &AdminSection,
    listen: SocketAddr,
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
    Ok(Admin { address })
}
