//! Orders: value that was paid in and waits to be drawn as tokens.

use core::fmt;
use farthing_core::bytes::to_b64u;
use farthing_core::id::{Binding, OrderId, QuoteId};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;

/// The wallet's public key for one order: a compressed P-256 point, checked by the issuer before it comes here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimKey([u8; 33]);

impl ClaimKey {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn new(bytes: [u8; 33]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 33] {
        &self.0
    }
}

impl fmt::Debug for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimKey({})", to_b64u(&self.0))
    }
}

/// What an order costs and for how long that holds: total = value + fee + tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    id: QuoteId,
    expiry: Timestamp,
    value: Micro,
    fee: Micro,
    tax: Micro,
    total: Micro,
}

impl Quote {
    /// `None` if value, fee and tax do not fit into one amount, or the value is zero.
    #[must_use]
    pub fn new(
        id: QuoteId,
        expiry: Timestamp,
        value: Micro,
        fee: Micro,
        tax: Micro,
    ) -> Option<Self> {
        let total = value.plus(fee)?.plus(tax)?;
        (value > Micro::ZERO).then_some(Self {
            id,
            expiry,
            value,
            fee,
            tax,
            total,
        })
    }

    /// Names the quote in the disclosure.
    #[must_use]
    pub const fn id(&self) -> QuoteId {
        self.id
    }

    /// From this second on the quote no longer stands.
    #[must_use]
    pub const fn expiry(&self) -> Timestamp {
        self.expiry
    }

    /// What the reader can draw.
    #[must_use]
    pub const fn value(&self) -> Micro {
        self.value
    }

    /// The issuer's fee for the load.
    #[must_use]
    pub const fn fee(&self) -> Micro {
        self.fee
    }

    /// Tax on the load.
    #[must_use]
    pub const fn tax(&self) -> Micro {
        self.tax
    }

    /// What the payment provider must collect.
    #[must_use]
    pub const fn total(&self) -> Micro {
        self.total
    }
}

/// An order to be created.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Derived from the claim key (spec section 10): one key, one order.
    pub id: OrderId,
    /// Signs whatever is later asked of the order.
    pub claim: ClaimKey,
    /// Over the whole request (R22): what tells a repetition from another request.
    pub binding: Binding,
    /// ISO 4217.
    pub currency: Currency,
    /// What it costs.
    pub quote: Quote,
    /// Whether it was made from another origin than the wallet's (R30).
    pub pocket: bool,
    /// Whose starter value it is; `None` for money.
    pub promo: Option<PublisherId>,
    /// The signed disclosure as it was sent, to be sent again. Starter value has none: nothing is paid.
    pub disclosure: Vec<u8>,
}

impl fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The claim key and the disclosure name a payer: not for logs.
        f.debug_struct("NewOrder")
            .field("id", &self.id)
            .field("currency", &self.currency)
            .field("quote", &self.quote)
            .field("pocket", &self.pocket)
            .finish_non_exhaustive()
    }
}

/// The order's account, in micro. Always: settled − fee − tax = unminted + locked + drawn − deposited + returned + voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OrderAccount {
    /// Collected by the payment provider, fees and tax included.
    pub settled: Micro,
    /// Waits to be drawn.
    pub unminted: Micro,
    /// Set aside for a cash-out under way.
    pub locked: Micro,
    /// Was drawn as tokens.
    pub drawn: Micro,
    /// Came back as tokens.
    pub deposited: Micro,
    /// Went back to where it was paid from.
    pub returned: Micro,
    /// Was annulled after a chargeback.
    pub voided: Micro,
}

/// What a stranger may know of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderState {
    /// Ended by a chargeback: nothing more can be drawn.
    Closed,
    /// The payer or the provider said no.
    Declined,
    /// The quote ran out before anything was paid. Never stored: it follows from the clock.
    Expired,
    /// Waits to be paid.
    Quoted,
    /// Paid; its value can be drawn.
    Settled,
}

impl OrderState {
    /// The word of the HTTP answer.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Quoted => "quoted",
            Self::Settled => "settled",
        }
    }

    /// Reads a word that can be stored; `expired` cannot.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn stored(word: &str) -> Option<Self> {
        [Self::Closed, Self::Declined, Self::Quoted, Self::Settled]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// The charge that settled an order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Charge {
    pub(crate) provider: String,
    pub(crate) reference: String,
}

/// An order as it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// As it was created.
    pub terms: NewOrder,
    /// When, by the issuer's clock.
    pub created: Timestamp,
    /// Its money.
    pub account: OrderAccount,
    /// The number of the next pouch: pouches count from 0 without gaps (R31).
    pub next_pouch: u32,
    pub(crate) charge: Option<Charge>,
    pub(crate) stored_state: OrderState,
}

impl Order {
    /// The state at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> OrderState {
        if self.stored_state == OrderState::Quoted && now >= self.terms.quote.expiry() {
            OrderState::Expired
        } else {
            self.stored_state
        }
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("terms", &self.terms)
            .field("state", &self.stored_state)
            .field("account", &self.account)
            .field("next_pouch", &self.next_pouch)
            .finish_non_exhaustive()
    }
}

/// What `create_order` found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The same request made it before; here is what it made.
    Existing(Box<Order>),
    /// It is new.
    New(Box<Order>),
}

impl Created {
    /// The order, whichever it is.
    #[must_use]
    pub fn order(&self) -> &Order {
        match self {
            Self::Existing(order) | Self::New(order) => order,
        }
    }
}

/// Whether an idempotent step was taken now or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It had been taken before by the same request; nothing changed.
    AlreadyDone,
    /// It was taken now.
    Done,
}
