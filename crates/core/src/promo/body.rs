//! The body: what a publisher gives to whoever asks, and the keysets of its starter tokens.

use crate::id::KeysetId;
use crate::json::{Array, MAX_DOCUMENT, Malformed, Object, Writer, parse_object};
use crate::keyset::Keyset;
use crate::money::{Currency, Micro};
use crate::origin::{IssuerId, PublisherId};
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// Most denominations of one publisher's starter tokens that are mintable at a time.
pub const MAX_DENOMINATIONS: usize = 4;

/// Most keysets of a body: of several epochs.
const MAX_KEYSETS: usize = 64;

/// A parsed body. That an issuer stands behind it is known only through a signed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromoBody {
    /// Whose body it is.
    pub issuer: IssuerId,
    /// Whose starter tokens.
    pub publisher: PublisherId,
    /// Its number.
    pub n: u64,
    /// The currency of what is given.
    pub currency: Currency,
    /// The currency's unit.
    pub unit: Micro,
    /// What one claim gives; zero where nothing more is given.
    pub grant: Micro,
    /// The keysets, at most 64, of at most four denominations mintable at a time.
    pub keysets: Vec<Keyset>,
}

impl PromoBody {
    /// Reads a body.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_DOCUMENT)?.read(Self::read)
    }

    fn read(object: &mut Object) -> Option<Self> {
        let issuer = object.parsed("iss", IssuerId::named);
        let publisher = object.parsed("publisher", PublisherId::named);
        let currency = object.parsed("currency", Currency::parse);
        let unit = object.amount("unit");
        let keysets = object.list("keysets", MAX_KEYSETS, |keyset| {
            let unit_of = |of| (of == currency).then_some(unit);
            Keyset::read_promo(keyset, &issuer, &publisher, unit_of)
        });
        let body = Self {
            n: object.integer("n"),
            grant: object.amount("grant"),
            issuer,
            publisher,
            currency,
            unit,
            keysets,
        };
        object.check("n", body.n > 0);
        object.check("unit", body.unit > Micro::ZERO);
        object.check("grant", body.grant.units(body.unit).is_some());
        object.check("keysets", body.is_one_coin_each());
        Some(body)
    }

    /// Whether no keyset stands twice, and no two of one denomination are mintable at one time.
    fn is_one_coin_each(&self) -> bool {
        self.keysets.iter().enumerate().all(|(index, keyset)| {
            let mut later = self.keysets.iter().skip(index.saturating_add(1));
            !later.any(|other| other.id() == keyset.id() || other.clashes(keyset))
        })
    }

    /// The exact bytes to publish.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("iss", self.issuer.as_str())
            .text("publisher", self.publisher.as_str())
            .integer("n", self.n)
            .text("currency", self.currency.as_str())
            .integer("unit", self.unit.get())
            .integer("grant", self.grant.get())
            .array(
                "keysets",
                Array::new().objects(&self.keysets, |keyset| {
                    keyset.to_promo_json(&self.publisher)
                }),
            )
            .finish()
    }

    /// The keyset of that id.
    #[must_use]
    pub fn keyset(&self, id: &KeysetId) -> Option<&Keyset> {
        self.keysets.iter().find(|keyset| keyset.id() == id)
    }

    /// All denominations that are mintable then.
    #[must_use]
    pub fn mintable_denominations(&self, now: Timestamp) -> Vec<Micro> {
        let keysets = self.keysets.iter();
        let mintable = keysets.filter(|keyset| keyset.is_mintable(now));
        mintable.map(Keyset::denomination).collect()
    }
}
