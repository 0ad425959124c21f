//! The accounts of the two books.

use core::fmt;
use farthing_core::id::KeysetId;
use farthing_core::origin::{OriginPolicy, PublisherId};

/// An account of one of the two books. The list is closed: a name that is not here is a damaged journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Fees the issuer earned and has not yet swept out of the safeguarded account. Both books, credit.
    FeeIncome,
    /// What is owed to one publisher. Use book, credit.
    PublisherPayable(PublisherId),
    /// Readers' money at the safeguarding bank. Funding book, debit.
    SafeguardedCash,
    /// Tax taken and not yet handed on. Both books, credit.
    TaxHeld,
    /// The control account that both books share: credited when tokens are drawn (funding), debited when they are
    /// spent (use). The difference of the two is the value of the tokens in readers' hands.
    Tokens,
    /// What the tokens of a keyset were worth that were never shown before it ended: owed still, and no income. Use book,
    /// credit.
    Unclaimed(KeysetId),
    /// Settled value of orders that has not been drawn as tokens. Funding book, credit.
    Unminted,
}

const PAYABLE: &str = "publisher_payable:";
const UNCLAIMED: &str = "unclaimed:";

impl Account {
    /// Reads a name as [`fmt::Display`] writes it; `None` for any other text.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "fee_income" => Some(Self::FeeIncome),
            "safeguarded_cash" => Some(Self::SafeguardedCash),
            "tax_held" => Some(Self::TaxHeld),
            "tokens" => Some(Self::Tokens),
            "unminted" => Some(Self::Unminted),
            // The issuer decided at registration whether plain http on loopback may be a publisher.
            _ => match name.strip_prefix(UNCLAIMED) {
                Some(keyset) => KeysetId::parse(keyset).map(Self::Unclaimed),
                None => PublisherId::parse(name.strip_prefix(PAYABLE)?, OriginPolicy::LoopbackHttp)
                    .map(Self::PublisherPayable),
            },
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FeeIncome => f.write_str("fee_income"),
            Self::PublisherPayable(origin) => write!(f, "{PAYABLE}{}", origin.as_str()),
            Self::SafeguardedCash => f.write_str("safeguarded_cash"),
            Self::TaxHeld => f.write_str("tax_held"),
            Self::Tokens => f.write_str("tokens"),
            Self::Unclaimed(keyset) => write!(f, "{UNCLAIMED}{}", keyset.to_b64u()),
            Self::Unminted => f.write_str("unminted"),
        }
    }
}
