//! What a run is made of. All of it can be written to a file; numbers stand for orders, tokens and charges.

use serde::{Deserialize, Serialize};

/// One request of a client. The same value is the same request: its binding follows from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are said with their variant")]
pub enum Request {
    /// Makes an order; `other`: another request under the same claim key.
    Order { order: u16, other: bool },
    /// Says that it was paid, by a charge; `more`: a wrong amount.
    Settle { order: u16, charge: u16, more: bool },
    /// Says that it will not be paid.
    Decline { order: u16 },
    /// Draws a pouch of tokens numbered from `first`; `rest`: as the remainder.
    Draw {
        order: u16,
        pouch: u32,
        first: u32,
        count: u32,
        rest: bool,
    },
    /// Asks how an order stands.
    Look { order: u16 },
    /// Buys with these tokens; change comes back as tokens of these numbers; `off`: a price that does not add up.
    Redeem {
        tokens: Vec<u32>,
        change: Vec<u32>,
        shop: u8,
        off: bool,
    },
    /// Asks first whether a purchase by these tokens was answered, as an issuer does.
    Stored {
        tokens: Vec<u32>,
        change: Vec<u32>,
        shop: u8,
        off: bool,
    },
    /// Asks what a token was spent for.
    Answer { token: u32 },
    /// Changes these tokens for others; `shown` says what is shown of their issuance.
    Swap {
        tokens: Vec<u32>,
        others: Vec<u32>,
        shown: Shown,
    },
    /// The operator freezes the keyset of a denomination, by the place of that denomination.
    Freeze { keyset: u8 },
    /// The operator takes a freeze back.
    Thaw { keyset: u8 },
    /// The issuer drops answers whose time is over, and archives what they were for.
    Expire,
    /// Registers a publisher anew; what it withdrew stays withdrawn.
    Publisher { publisher: u8, fee: u16, from: u32 },
    /// Publishes a manifest.
    Manifest { n: u8 },
}

/// What a swap shows of its tokens' issuance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// Of each the element that it was issued as; a forged one has none, so its own is one that nobody evaluated.
    Issuance,
    /// Elements that nobody evaluated.
    Invented,
}

/// Tokens from this number on are made by somebody who has the issuer's keys: they prove as well as any other, and were
/// never issued.
pub const FORGED: u32 = 2_000_000;

impl Request {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Stored { .. } | Self::Answer { .. } | Self::Look { .. }
        )
    }

    /// The tokens it brings; a client has only those that it was given.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        match self {
            Self::Redeem { tokens, .. }
            | Self::Stored { tokens, .. }
            | Self::Swap { tokens, .. } => tokens,
            Self::Answer { token } => core::slice::from_ref(token),
            _ => &[],
        }
    }

    /// The tokens that a client has once this was answered.
    #[must_use]
    pub fn issues(&self) -> Vec<u32> {
        match self {
            Self::Draw { first, count, .. } => (*first..first.saturating_add(*count)).collect(),
            Self::Redeem { change, .. } => change.clone(),
            Self::Swap { others, .. } => others.clone(),
            _ => Vec::new(),
        }
    }
}

/// What becomes of a request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are said with their variant")]
pub enum Fate {
    /// The client reads the answer.
    Answered,
    /// The answer is lost.
    Unanswered,
    /// The machine's power fails before anything is answered. Of what was being written `kept` of 255 parts reached the
    /// disk: 0 is none, 255 is all, and then the process alone died. `tear` says which parts.
    PowerFails { kept: u8, tear: u32 },
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are said with their variant")]
pub enum Step {
    /// A request arrives; `joined`: together with the next one.
    Send {
        request: Request,
        fate: Fate,
        joined: bool,
    },
    /// The clock moves, forward or back.
    Pass { seconds: i64 },
    /// The issuer ends and starts again.
    Restart,
}
