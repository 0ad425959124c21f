//! Keysets: one VOPRF key, one denomination, four dates, one id that proves them (R8, R9).

use crate::bytes::Transcript;
use crate::id::KeysetId;
use crate::json::{MAX_DOCUMENT, Malformed, Object, Writer, parse_object};
use crate::money::{Currency, Micro};
use crate::origin::{IssuerId, PublisherId};
use crate::point::Point;
use crate::time::Timestamp;

/// What a keyset's tokens are. Tickets are reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Prepaid money.
    Money,
    /// Starter tokens: what one publisher gives away.
    Promo,
    /// Rights: worth nothing, and each good for one undo.
    #[cfg(feature = "undo")]
    Right,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Money => 0,
            Self::Promo => 1,
            #[cfg(feature = "undo")]
            Self::Right => 2,
        }
    }

    /// The name in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Promo => "promo",
            #[cfg(feature = "undo")]
            Self::Right => "right",
        }
    }
}

/// The four dates of a keyset's life (R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    mint_from: Timestamp,
    mint_until: Timestamp,
    redeem_until: Timestamp,
    claim_until: Timestamp,
}

impl Dates {
    /// `None` unless mint_from < mint_until ≤ redeem_until ≤ claim_until.
    #[must_use]
    pub fn new(
        mint_from: Timestamp,
        mint_until: Timestamp,
        redeem_until: Timestamp,
        claim_until: Timestamp,
    ) -> Option<Self> {
        (mint_from < mint_until && mint_until <= redeem_until && redeem_until <= claim_until)
            .then_some(Self {
                mint_from,
                mint_until,
                redeem_until,
                claim_until,
            })
    }

    /// Until when its tokens pay.
    #[must_use]
    pub const fn redeem_until(&self) -> Timestamp {
        self.redeem_until
    }
}

/// A keyset whose id was computed from what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyset {
    id: KeysetId,
    kind: Kind,
    currency: Currency,
    denomination: Micro,
    public_key: Point,
    dates: Dates,
}

/// Largest exponent of a denomination, exclusive.
const MAX_DOUBLINGS: u64 = 24;

impl Keyset {
    /// Puts a money keyset together and computes its id. `None` if the denomination is not unit × 2^k with k < 24.
    #[must_use]
    pub fn money(
        issuer: &IssuerId,
        currency: Currency,
        unit: Micro,
        denomination: Micro,
        public_key: Point,
        dates: Dates,
    ) -> Option<Self> {
        let of = (Kind::Money, &b""[..]);
        Self::of(issuer, of, currency, unit, denomination, public_key, dates)
    }

    /// Puts a keyset of a publisher's starter tokens together, as [`Self::money`].
    #[must_use]
    pub fn promo(
        issuer: &IssuerId,
        publisher: &PublisherId,
        currency: Currency,
        unit: Micro,
        denomination: Micro,
        public_key: Point,
        dates: Dates,
    ) -> Option<Self> {
        let of = (Kind::Promo, publisher.bytes());
        Self::of(issuer, of, currency, unit, denomination, public_key, dates)
    }

    /// Puts a keyset of rights together, whose denomination is zero.
    #[cfg(feature = "undo")]
    #[must_use]
    pub fn right(
        issuer: &IssuerId,
        currency: Currency,
        unit: Micro,
        public_key: Point,
        dates: Dates,
    ) -> Option<Self> {
        let of = (Kind::Right, &b""[..]);
        Self::of(issuer, of, currency, unit, Micro::ZERO, public_key, dates)
    }

    fn of(
        issuer: &IssuerId,
        (kind, publisher): (Kind, &[u8]),
        currency: Currency,
        unit: Micro,
        denomination: Micro,
        public_key: Point,
        dates: Dates,
    ) -> Option<Self> {
        let units = denomination.units(unit)?;
        let fits = units.is_power_of_two() && units < 1 << MAX_DOUBLINGS;
        #[cfg(feature = "undo")]
        let fits = if kind == Kind::Right {
            units == 0
        } else {
            fits
        };
        if !fits {
            return None;
        }
        let hash = Transcript::new("farthing/v1/keyset")
            .lp(issuer.bytes())
            .fixed(currency.bytes())
            .be64(unit.get())
            .be64(denomination.get())
            .fixed(&[kind.byte()])
            .lp(publisher)
            .be64(dates.mint_from.get())
            .be64(dates.mint_until.get())
            .be64(dates.redeem_until.get())
            .be64(dates.claim_until.get())
            .fixed(public_key.bytes())
            .hash();
        let id = KeysetId::from_slice(hash.split_at_checked(KeysetId::LEN)?.0)?;
        Some(Self {
            id,
            kind,
            currency,
            denomination,
            public_key,
            dates,
        })
    }

    /// Reads a keyset of a manifest body; the id must be the one that its members give.
    pub fn read(
        object: &mut Object,
        issuer: &IssuerId,
        unit_of: impl FnOnce(Currency) -> Option<Micro>,
    ) -> Option<Self> {
        Self::read_of(object, issuer, (Kind::Money, ""), unit_of)
    }

    /// Reads a keyset of rights, as [`Self::read`].
    #[cfg(feature = "undo")]
    pub fn read_right(
        object: &mut Object,
        issuer: &IssuerId,
        unit_of: impl FnOnce(Currency) -> Option<Micro>,
    ) -> Option<Self> {
        Self::read_of(object, issuer, (Kind::Right, ""), unit_of)
    }

    /// Reads a keyset of a publisher's starter tokens, as [`Self::read`].
    pub fn read_promo(
        object: &mut Object,
        issuer: &IssuerId,
        publisher: &PublisherId,
        unit_of: impl FnOnce(Currency) -> Option<Micro>,
    ) -> Option<Self> {
        Self::read_of(object, issuer, (Kind::Promo, publisher.as_str()), unit_of)
    }

    fn read_of(
        object: &mut Object,
        issuer: &IssuerId,
        (kind, publisher): (Kind, &str),
        unit_of: impl FnOnce(Currency) -> Option<Micro>,
    ) -> Option<Self> {
        let id = KeysetId::new(object.bytes("id"));
        object.word("kind", kind.name());
        object.word("publisher", publisher);
        let currency = object.parsed("currency", Currency::parse);
        let unit = object.some("currency", unit_of(currency));
        let denomination = object.amount("denomination");
        let public_key = object.point("public_key");
        let dates = Dates::new(
            object.time("mint_from"),
            object.time("mint_until"),
            object.time("redeem_until"),
            object.time("claim_until"),
        );
        let dates = object.some("mint_until", dates);
        let of = (kind, publisher.as_bytes());
        let keyset = Self::of(
            issuer,
            of,
            currency,
            unit?,
            denomination,
            public_key?,
            dates?,
        );
        object.some("id", keyset.filter(|keyset| keyset.id == id))
    }

    /// Reads the answer for one keyset of money, which is as in a manifest body and may say since when it is frozen.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(
        bytes: &[u8],
        issuer: &IssuerId,
        unit_of: impl FnOnce(Currency) -> Option<Micro>,
    ) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_DOCUMENT)?.read(|object| {
            if object.has("frozen") {
                object.time("frozen");
            }
            Self::read(object, issuer, unit_of)
        })
    }

    /// The keyset as it stands in a manifest body.
    #[must_use]
    pub fn to_json(&self) -> Writer {
        self.to_json_of("")
    }

    /// A keyset of a publisher's starter tokens as it stands in that publisher's list.
    #[must_use]
    pub fn to_promo_json(&self, publisher: &PublisherId) -> Writer {
        self.to_json_of(publisher.as_str())
    }

    fn to_json_of(&self, publisher: &str) -> Writer {
        Writer::new()
            .b64u("id", self.id.bytes())
            .text("kind", self.kind.name())
            .text("currency", self.currency.as_str())
            .text("publisher", publisher)
            .integer("denomination", self.denomination.get())
            .b64u("public_key", self.public_key.bytes())
            .integer("mint_from", self.dates.mint_from.get())
            .integer("mint_until", self.dates.mint_until.get())
            .integer("redeem_until", self.dates.redeem_until.get())
            .integer("claim_until", self.dates.claim_until.get())
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &KeysetId {
        &self.id
    }

    /// What its tokens are.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The currency of its tokens.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// What one of its tokens is worth.
    #[must_use]
    pub const fn denomination(&self) -> Micro {
        self.denomination
    }

    /// The VOPRF public key.
    #[must_use]
    pub const fn public_key(&self) -> &Point {
        &self.public_key
    }

    /// The four dates.
    #[must_use]
    pub const fn dates(&self) -> &Dates {
        &self.dates
    }

    /// Whether both could be mintable for one coin at one time, which no manifest may say (spec section 3).
    pub(crate) fn clashes(&self, other: &Self) -> bool {
        let (a, b) = (&self.dates, &other.dates);
        (self.currency, self.denomination) == (other.currency, other.denomination)
            && a.mint_from < b.mint_until
            && b.mint_from < a.mint_until
    }

    /// Whether tokens may be made of it at that time.
    #[must_use]
    pub fn is_mintable(&self, now: Timestamp) -> bool {
        self.dates.mint_from <= now && now < self.dates.mint_until
    }

    /// Whether its tokens pay at that time.
    #[must_use]
    pub fn is_redeemable(&self, now: Timestamp) -> bool {
        self.dates.mint_from <= now && now < self.dates.redeem_until
    }

    /// Whether its tokens are still changed into others at that time.
    #[must_use]
    pub fn is_claimable(&self, now: Timestamp) -> bool {
        self.dates.mint_from <= now && now < self.dates.claim_until
    }
}
