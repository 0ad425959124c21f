//! How often one address may order: counted by the minute, in memory, forgotten after it.

use super::refusal::Refusal;
use farthing_core::time::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

const MINUTE: u64 = 60;

/// How many addresses are counted in one minute. Beyond that everybody waits for the next.
const MAX_ADDRESSES: usize = 100_000;

#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    minute: u64,
    by_address: HashMap<IpAddr, u32>,
}

impl RateLimit {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            counts: Mutex::default(),
        }
    }

    /// Counts one request of that address.
    pub(super) fn count(&self, address: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.get() / MINUTE;
        if counts.minute != minute {
            *counts = Counts {
                minute,
                by_address: HashMap::new(),
            };
        }
        let retry_after = MINUTE.saturating_sub(now.get() % MINUTE);
        let full = counts.by_address.len() >= MAX_ADDRESSES;
        let address = network(address);
        if full && !counts.by_address.contains_key(&address) {
            return Err(Refusal::RateLimited { retry_after });
        }
        let count = counts.by_address.entry(address).or_default();
        if *count >= self.per_minute {
            return Err(Refusal::RateLimited { retry_after });
        }
        *count = count.saturating_add(1);
        Ok(())
    }
}

/// One household has one IPv4 address, or 2^64 IPv6 ones.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimit;
    use farthing_core::time::Timestamp;

    #[test]
    fn an_address_waits_for_the_next_minute_and_another_does_not() {
        let limit = RateLimit::new(2);
        let at = |seconds| Timestamp::new(seconds).unwrap();
        let (one, two) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!(limit.count(one, at(600)).is_ok());
        assert!(limit.count(one, at(601)).is_ok());
        assert!(limit.count(one, at(610)).is_err());
        assert!(limit.count(two, at(610)).is_ok());
        assert!(limit.count(one, at(660)).is_ok());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let limit = RateLimit::new(1);
        let now = Timestamp::new(0).unwrap();
        assert!(limit.count("2001:db8::1".parse().unwrap(), now).is_ok());
        assert!(
            limit
                .count("2001:db8::ffff:1".parse().unwrap(), now)
                .is_err()
        );
        assert!(limit.count("2001:db8:0:1::1".parse().unwrap(), now).is_ok());
        assert!(
            limit
                .count("::ffff:192.0.2.1".parse().unwrap(), now)
                .is_ok()
        );
        assert!(limit.count("192.0.2.1".parse().unwrap(), now).is_err());
    }
}
