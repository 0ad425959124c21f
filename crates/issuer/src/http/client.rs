//! Whose request it is, as far as counting goes: an address, known only by a hash under a key of this process.

use super::connections::Peer;
use crate::config::{Proxies, household};
use crate::random::{Random, RandomError, secret};
use axum::extract::Request;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;
use zeroize::Zeroizing;

/// A client without its address. It means nothing after the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client(pub(super) [u8; 16]);

/// Tells clients apart.
pub(super) struct Clients {
    key: Zeroizing<[u8; 32]>,
    proxies: Option<Proxies>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    pub(super) fn new(proxies: Option<Proxies>, random: &dyn Random) -> Result<Self, RandomError> {
        let key = secret::<32>(random)?;
        Ok(Self { key, proxies })
    }

    /// Who sent it: the other end of the connection, or whoever a trusted proxy says.
    pub(super) fn of(&self, request: &Request) -> Client {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.hashed(
            self.proxies
                .as_ref()
                .map_or(peer, |proxies| behind(proxies, peer, request)),
        )
    }

    /// Who begins a connection, if that can be known before the first request: not behind a proxy.
    pub(super) fn beginning(&self, peer: Peer) -> Option<Client> {
        let proxies = self.proxies.as_ref();
        let is_proxy = proxies.is_some_and(|proxies| proxies.contain(peer.0));
        (!is_proxy).then(|| self.hashed(peer.0))
    }

    fn hashed(&self, address: IpAddr) -> Client {
        let octets = match household(address) {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        let mut hash = [0; 16];
        // HMAC takes keys of every length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.key) {
            mac.update(&octets);
            let whole = mac.finalize().into_bytes();
            hash.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        }
        Client(hash)
    }
}

/// The last address in the header that is no proxy's. Whoever is not a proxy may write what he likes into it.
fn behind(proxies: &Proxies, peer: IpAddr, request: &Request) -> IpAddr {
    static TOLD: Once = Once::new();
    if !proxies.contain(peer) {
        TOLD.call_once(|| {
            tracing::warn!("requests come from an address that is not in http.proxies: its header is not believed");
        });
        return peer;
    }
    let values = request.headers().get_all(&proxies.header);
    let texts: Vec<&str> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in texts.into_iter().rev() {
        match address(text.trim()) {
            Some(address) if proxies.contain(address) => {}
            Some(address) => return address,
            // What stands left of something unreadable was not written by a proxy that we know.
            None => return peer,
        }
    }
    peer
}

fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::{Client, Clients};
    use crate::config::{Network, Proxies};
    use crate::http::connections::Peer;
    use crate::random::SystemRandom;
    use axum::body::Body;
    use axum::extract::Request;

    fn clients() -> Clients {
        let networks = ["127.0.0.1", "10.0.0.0/8"];
        let networks = networks.iter().map(|text| Network::parse(text).unwrap());
        let proxies = Proxies {
            networks: networks.collect(),
            header: "x-forwarded-for".to_owned(),
        };
        Clients::new(Some(proxies), &SystemRandom).unwrap()
    }

    fn from(clients: &Clients, peer: &str, header: &str) -> Client {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        if !header.is_empty() {
            let value = header.parse().unwrap();
            request.headers_mut().insert("x-forwarded-for", value);
        }
        clients.of(&request)
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        let clients = clients();
        let reader = from(&clients, "203.0.113.9", "");
        for (peer, header) in [
            ("127.0.0.1", "203.0.113.9"),
            ("::ffff:127.0.0.1", "203.0.113.9"),
            ("127.0.0.1", "198.51.100.1, 203.0.113.9"),
            ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3"),
            ("127.0.0.1", "203.0.113.9:4711"),
            ("203.0.113.9", "198.51.100.1"),
        ] {
            assert!(from(&clients, peer, header) == reader, "{peer} {header}");
        }
        let proxy = from(&clients, "127.0.0.1", "");
        assert!(from(&clients, "127.0.0.1", "203.0.113.9, rubbish") == proxy);
        assert!(from(&clients, "127.0.0.1", "10.1.1.1") == proxy);
    }

    #[test]
    fn a_household_is_one_client_and_another_process_knows_it_by_another_hash() {
        let one = clients();
        let home = from(&one, "2001:db8::1", "");
        assert!(from(&one, "2001:db8::ffff:1", "") == home);
        assert!(from(&one, "2001:db8:0:1::1", "") != home);
        assert!(from(&clients(), "2001:db8::1", "") != home);
    }
}
