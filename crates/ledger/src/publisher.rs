//! Publishers as the issuer registered them.

use farthing_core::money::Micro;
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;

/// Offers for the resources at and below a path that are older than a time are no longer honoured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withdrawal {
    /// A resource (R7); it covers itself and everything below it, on segment borders.
    pub path: String,
    /// The earliest `iat` that still counts.
    pub offers_valid_from: Timestamp,
}

impl Withdrawal {
    fn covers(&self, resource: &str) -> bool {
        self.path == "/"
            || resource
                .strip_prefix(self.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A publisher whose origin was proved by its publisher document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The proved origin.
    pub origin: PublisherId,
    /// For people.
    pub name: String,
    /// The `keys` of the publisher document as JSON text, verified by the issuer before it came here.
    pub keys: String,
    /// Offers above this are refused, in every currency.
    pub max_price: Micro,
    /// The issuer's part of a sale, in hundredths of a percent, at most 10,000.
    pub fee_basis_points: u16,
    /// Offers with an earlier `iat` are withdrawn. 0: none.
    pub offers_valid_from: Timestamp,
    /// The same for parts of the site, by path.
    pub withdrawals: Vec<Withdrawal>,
}

impl Publisher {
    /// The earliest `iat` of an offer for `resource` that still counts: the latest of the publisher's own and those of
    /// the paths that cover it.
    #[must_use]
    pub fn valid_from(&self, resource: &str) -> Timestamp {
        self.withdrawals
            .iter()
            .filter(|withdrawal| withdrawal.covers(resource))
            .map(|withdrawal| withdrawal.offers_valid_from)
            .fold(self.offers_valid_from, Timestamp::max)
    }
}
