//! Who may say where a request came from.

use super::file::HttpSection;
use axum::http::HeaderName;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in the usual notation: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// An IPv4 address that came in IPv6's clothes is the IPv4 address.
const fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => address,
        },
    }
}

/// The first `bits` of an address; all of it if it has fewer.
fn masked(address: IpAddr, bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32_u32.saturating_sub(bits))
                .unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128_u32.saturating_sub(bits))
                .unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// One household has one IPv4 address, or 2^64 IPv6 ones.
const HOUSEHOLD: u32 = 64;

/// What stands for a client in counts: the address, or the network that a household has of IPv6.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match plain(address) {
        v4 @ IpAddr::V4(_) => v4,
        v6 @ IpAddr::V6(_) => masked(v6, HOUSEHOLD),
    }
}

impl Network {
    /// Reads `address` or `address/bits`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(longest), |bits| bits.parse().ok())?;
        // A bit set beyond the mask is a slip of the pen.
        let fits = bits <= longest && masked(address, bits) == address;
        fits.then_some(Self { address, bits })
    }

    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = plain(address);
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.bits) == self.address
    }
}

/// Proxies in front, and the header in which they tell whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxies {
    /// Where proxies are.
    pub networks: Vec<Network>,
    /// A list of addresses, each proxy's at the end of what it was given; lower case.
    pub header: String,
}

impl Proxies {
    /// Whether a proxy is at that address.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }
}

pub(super) fn check(
    section: &HttpSection,
) -> Result<Option<Proxies>, (&'static str, &'static str)> {
    let networks = section.proxies.iter().map(|text| Network::parse(text));
    let networks = networks.collect::<Option<Vec<_>>>().ok_or((
        "http.proxies",
        "must be addresses or networks such as \"10.0.0.0/8\"",
    ))?;
    let header = section.client_header.to_ascii_lowercase();
    if HeaderName::from_lowercase(header.as_bytes()).is_err() {
        return Err(("http.client_header", "must be the name of a header"));
    }
    Ok(section.behind_proxy.then_some(Proxies { networks, header }))
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let inside = |network: &str, address: &str| {
            Network::parse(network)
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(inside("127.0.0.1", "127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(inside("10.0.0.0/8", "10.255.0.1") && !inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && !inside("0.0.0.0/0", "::1"));
        assert!(inside("2001:db8::/32", "2001:db8:1::1"));
        for wrong in [
            "10.0.0.1/8",
            "10.0.0.0/33",
            "proxy",
            "",
            "10.0.0.0/",
            "::1/129",
        ] {
            assert!(Network::parse(wrong).is_none(), "{wrong}");
        }
    }
}
