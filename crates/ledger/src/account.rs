//! The accounts of the two books.

use core::fmt;
use farthing_core::id::KeysetId;
use farthing_core::origin::{OriginPolicy, PublisherId};

/// An account of one of the two books. The list is closed: a name that is not here is a damaged journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Fees the issuer earned and has not yet swept out of the safeguarded account. Both books, credit.
    FeeIncome,
    /// What the issuer lost to forged tokens: readers' claims on a frozen keyset beyond what it issued, because forged ones
    /// were spent in their place. Use book, debit; to be paid in by the issuer.
    ForgeryLoss,
    /// Starter value that one publisher gave away: nobody paid it in, and nobody is paid for it. Funding book, debit; the
    /// other side of that publisher's other promo accounts.
    PromoGiven(PublisherId),
    /// What starter tokens of one publisher were worth that were never shown before their keyset ended. Use book, credit.
    PromoLapsed(PublisherId),
    /// What was claimed on a frozen keyset of one publisher's starter tokens beyond what it issued. Use book, debit.
    PromoLost(PublisherId),
    /// The control account that both books share for the starter tokens of one publisher, as [`Self::Tokens`] is for money.
    PromoTokens(PublisherId),
    /// Starter value of one publisher that has not been drawn as tokens. Funding book, credit.
    PromoUnminted(PublisherId),
    /// What one publisher's starter tokens bought from it. Owed to nobody. Use book, credit.
    PromoUsed(PublisherId),
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
const PROMO_GIVEN: &str = "promo_given:";
const PROMO_LAPSED: &str = "promo_lapsed:";
const PROMO_LOST: &str = "promo_lost:";
const PROMO_TOKENS: &str = "promo_tokens:";
const PROMO_UNMINTED: &str = "promo_unminted:";
const PROMO_USED: &str = "promo_used:";
const UNCLAIMED: &str = "unclaimed:";

/// Makes an account of a publisher.
type OfPublisher = fn(PublisherId) -> Account;

/// The accounts of one publisher, by the beginning of their names.
const OF_PUBLISHERS: [(&str, OfPublisher); 7] = [
    (PROMO_GIVEN, Account::PromoGiven),
    (PROMO_LAPSED, Account::PromoLapsed),
    (PROMO_LOST, Account::PromoLost),
    (PROMO_TOKENS, Account::PromoTokens),
    (PROMO_UNMINTED, Account::PromoUnminted),
    (PROMO_USED, Account::PromoUsed),
    (PAYABLE, Account::PublisherPayable),
];

impl Account {
    /// Reads a name as [`fmt::Display`] writes it; `None` for any other text.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "fee_income" => Some(Self::FeeIncome),
            "forgery_loss" => Some(Self::ForgeryLoss),
            "safeguarded_cash" => Some(Self::SafeguardedCash),
            "tax_held" => Some(Self::TaxHeld),
            "tokens" => Some(Self::Tokens),
            "unminted" => Some(Self::Unminted),
            _ => match name.strip_prefix(UNCLAIMED) {
                Some(keyset) => KeysetId::parse(keyset).map(Self::Unclaimed),
                None => OF_PUBLISHERS.iter().find_map(|(prefix, account)| {
                    // The issuer decided at registration whether plain http on loopback may be a publisher.
                    let origin = name.strip_prefix(prefix)?;
                    PublisherId::parse(origin, OriginPolicy::LoopbackHttp).map(account)
                }),
            },
        }
    }

    /// Where value comes from: paid in, or given by the publisher whose starter value it is.
    pub(crate) fn source(promo: Option<&PublisherId>) -> Self {
        promo.map_or(Self::SafeguardedCash, |of| Self::PromoGiven(of.clone()))
    }

    /// Value of orders that has not been drawn.
    pub(crate) fn unminted_of(promo: Option<&PublisherId>) -> Self {
        promo.map_or(Self::Unminted, |of| Self::PromoUnminted(of.clone()))
    }

    /// The control account of tokens.
    pub(crate) fn tokens_of(promo: Option<&PublisherId>) -> Self {
        promo.map_or(Self::Tokens, |of| Self::PromoTokens(of.clone()))
    }

    /// What was claimed beyond what was issued.
    pub(crate) fn lost_of(promo: Option<&PublisherId>) -> Self {
        promo.map_or(Self::ForgeryLoss, |of| Self::PromoLost(of.clone()))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FeeIncome => f.write_str("fee_income"),
            Self::ForgeryLoss => f.write_str("forgery_loss"),
            Self::PromoGiven(origin) => write!(f, "{PROMO_GIVEN}{}", origin.as_str()),
            Self::PromoLapsed(origin) => write!(f, "{PROMO_LAPSED}{}", origin.as_str()),
            Self::PromoLost(origin) => write!(f, "{PROMO_LOST}{}", origin.as_str()),
            Self::PromoTokens(origin) => write!(f, "{PROMO_TOKENS}{}", origin.as_str()),
            Self::PromoUnminted(origin) => write!(f, "{PROMO_UNMINTED}{}", origin.as_str()),
            Self::PromoUsed(origin) => write!(f, "{PROMO_USED}{}", origin.as_str()),
            Self::PublisherPayable(origin) => write!(f, "{PAYABLE}{}", origin.as_str()),
            Self::SafeguardedCash => f.write_str("safeguarded_cash"),
            Self::TaxHeld => f.write_str("tax_held"),
            Self::Tokens => f.write_str("tokens"),
            Self::Unclaimed(keyset) => write!(f, "{UNCLAIMED}{}", keyset.to_b64u()),
            Self::Unminted => f.write_str("unminted"),
        }
    }
}
