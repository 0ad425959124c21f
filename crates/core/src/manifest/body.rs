//! The body: currencies, keysets, signing and sealing keys, terms.

use super::Mix;
use crate::bytes::sha256;
use crate::gather::gather;
use crate::id::{BodyHash, KeysetId, TermsHash};
use crate::json::{Array, MAX_DOCUMENT, Malformed, Object, Writer, parse_object};
use crate::jwk::{Kid, PublicJwk};
use crate::keyset::Keyset;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::resource::{Version, is_name};
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// What an issuer says of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyTerms {
    currency: Currency,
    unit: Micro,
    pocket_max: Micro,
    mixes: Vec<Mix>,
}

impl CurrencyTerms {
    /// `None` unless the unit is positive, there are 1 to 8 mixes with different names, and every amount is whole units.
    #[must_use]
    pub fn new(
        currency: Currency,
        unit: Micro,
        pocket_max: Micro,
        mixes: Vec<Mix>,
    ) -> Option<Self> {
        let whole = |amount: Micro| amount.units(unit).is_some();
        let names_differ = pairs(&mixes).all(|(a, b)| a.name() != b.name());
        (unit > Micro::ZERO
            && (1..=8).contains(&mixes.len())
            && names_differ
            && mixes
                .iter()
                .all(|mix| mix.denominations().into_iter().all(whole)))
        .then_some(Self {
            currency,
            unit,
            pocket_max,
            mixes,
        })
    }

    fn parse(mut object: Object) -> Result<Self, Malformed> {
        let currency = object.parsed("currency", Currency::parse)?;
        let unit = object.number("unit", Micro::new)?;
        let pocket_max = object.number("pocket_max", Micro::new)?;
        let mixes = object.list("mixes", 8, Mix::parse)?;
        object.finish()?;
        Self::new(currency, unit, pocket_max, mixes).ok_or(Malformed("mixes"))
    }

    fn to_json(&self) -> Writer {
        Writer::new()
            .text("currency", self.currency.as_str())
            .integer("unit", self.unit.get())
            .integer("pocket_max", self.pocket_max.get())
            .array("mixes", Array::new().objects(&self.mixes, Mix::to_json))
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The smallest coin: every charge is a whole number of these.
    #[must_use]
    pub const fn unit(&self) -> Micro {
        self.unit
    }

    /// The most that a page's pocket is filled with at a time.
    #[must_use]
    pub const fn pocket_max(&self) -> Micro {
        self.pocket_max
    }

    /// The pouches that can be drawn.
    #[must_use]
    pub fn mixes(&self) -> &[Mix] {
        &self.mixes
    }

    /// The pouch of that name.
    #[must_use]
    pub fn mix(&self, name: &str) -> Option<&Mix> {
        self.mixes.iter().find(|mix| mix.name() == name)
    }

    /// The smallest pouch: below its amount a rest is drawn in its canonical split (R31).
    #[must_use]
    pub fn smallest_mix(&self) -> Micro {
        self.mixes.iter().map(Mix::amount).min().unwrap_or_default()
    }
}

/// A key to which publishers seal content keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKey {
    kid: Kid,
    public_key: Point,
    seal_until: Timestamp,
    open_until: Timestamp,
}

impl SealingKey {
    /// `None` unless seal_until ≤ open_until.
    #[must_use]
    pub fn new(public_key: Point, seal_until: Timestamp, open_until: Timestamp) -> Option<Self> {
        let kid = Kid::of(&public_key);
        (seal_until <= open_until).then_some(Self {
            kid,
            public_key,
            seal_until,
            open_until,
        })
    }

    fn parse(mut object: Object) -> Result<Self, Malformed> {
        let kid = object.parsed("kid", Kid::parse)?;
        let public_key =
            Point::parse(object.bytes("public_key")?).ok_or(Malformed("public_key"))?;
        let seal_until = object.number("seal_until", Timestamp::new)?;
        let open_until = object.number("open_until", Timestamp::new)?;
        object.finish()?;
        let key = Self::new(public_key, seal_until, open_until).ok_or(Malformed("open_until"))?;
        if key.kid == kid {
            Ok(key)
        } else {
            Err(Malformed("kid"))
        }
    }

    fn to_json(&self) -> Writer {
        Writer::new()
            .text("kid", &self.kid.to_text())
            .b64u("public_key", self.public_key.bytes())
            .integer("seal_until", self.seal_until.get())
            .integer("open_until", self.open_until.get())
    }

    /// Its thumbprint.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &Point {
        &self.public_key
    }

    /// Until when publishers may seal to it.
    #[must_use]
    pub const fn seal_until(&self) -> Timestamp {
        self.seal_until
    }

    /// Until when the issuer opens what was sealed to it.
    #[must_use]
    pub const fn open_until(&self) -> Timestamp {
        self.open_until
    }
}

/// The issuer's terms, by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Their version.
    pub version: Version,
    /// H of their text.
    pub sha256: TermsHash,
    /// Where the text stands.
    pub url: String,
}

/// What may stand in a link: never a script.
fn is_web_address(url: &str) -> bool {
    url.len() <= 1024 && (url.starts_with("https://") || url.starts_with("http://"))
}

impl Terms {
    pub(crate) fn parse(mut object: Object) -> Result<Self, Malformed> {
        let terms = Self {
            version: object.parsed("version", Version::parse)?,
            sha256: object.parsed("sha256", TermsHash::parse)?,
            url: object.parsed("url", |url| is_web_address(url).then(|| String::from(url)))?,
        };
        object.finish().map(|()| terms)
    }

    pub(crate) fn to_json(&self) -> Writer {
        Writer::new()
            .text("version", self.version.as_str())
            .b64u("sha256", self.sha256.bytes())
            .text("url", &self.url)
    }
}

/// A parsed body. That an issuer stands behind it is known only through a signed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Whose body it is.
    pub issuer: IssuerId,
    /// Its number.
    pub n: u64,
    /// The currencies, at most 4.
    pub currencies: Vec<CurrencyTerms>,
    /// The keysets, at most 256.
    pub keysets: Vec<Keyset>,
    /// The signing keys, at most 16.
    pub signing_keys: Vec<PublicJwk>,
    /// The sealing keys, at most 16.
    pub sealing_keys: Vec<SealingKey>,
    /// The terms in force.
    pub terms: Terms,
}

impl Body {
    /// Reads a body.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut object = parse_object(bytes, MAX_DOCUMENT)?;
        let issuer = object.parsed("iss", IssuerId::named)?;
        let n = object.integer("n")?;
        let currencies = object.list("currencies", 4, CurrencyTerms::parse)?;
        let unit_of = |currency| {
            currencies
                .iter()
                .find(|c| c.currency == currency)
                .map(|c| c.unit)
        };
        let keysets = object.list("keysets", 256, |keyset| {
            Keyset::parse(keyset, &issuer, unit_of)
        })?;
        let signing_keys = object.list("signing_keys", 16, PublicJwk::parse)?;
        let sealing_keys = object.list("sealing_keys", 16, SealingKey::parse)?;
        let terms = Terms::parse(object.object("terms")?)?;
        object.finish()?;
        let currencies_differ = pairs(&currencies).all(|(a, b)| a.currency != b.currency);
        if !currencies_differ {
            return Err(Malformed("currencies"));
        }
        if pairs(&keysets).any(|(a, b)| a.clashes(b)) {
            return Err(Malformed("keysets"));
        }
        Ok(Self {
            issuer,
            n,
            currencies,
            keysets,
            signing_keys,
            sealing_keys,
            terms,
        })
    }

    /// The exact bytes to publish.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("iss", self.issuer.as_str())
            .integer("n", self.n)
            .array(
                "currencies",
                Array::new().objects(&self.currencies, CurrencyTerms::to_json),
            )
            .array(
                "keysets",
                Array::new().objects(&self.keysets, Keyset::to_json),
            )
            .array(
                "signing_keys",
                Array::new().objects(&self.signing_keys, PublicJwk::to_json),
            )
            .array(
                "sealing_keys",
                Array::new().objects(&self.sealing_keys, SealingKey::to_json),
            )
            .object("terms", self.terms.to_json())
            .finish()
    }

    /// The name of a body: H of its bytes.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> BodyHash {
        BodyHash::new(sha256(bytes))
    }

    /// What it says of a currency.
    #[must_use]
    pub fn currency(&self, currency: Currency) -> Option<&CurrencyTerms> {
        self.currencies.iter().find(|c| c.currency == currency)
    }

    /// The keyset of that id.
    #[must_use]
    pub fn keyset(&self, id: &KeysetId) -> Option<&Keyset> {
        self.keysets.iter().find(|keyset| keyset.id() == id)
    }

    /// The keyset of that denomination which is mintable then.
    #[must_use]
    pub fn mintable(
        &self,
        currency: Currency,
        denomination: Micro,
        now: Timestamp,
    ) -> Option<&Keyset> {
        self.keysets.iter().find(|keyset| {
            keyset.currency() == currency
                && keyset.denomination() == denomination
                && keyset.is_mintable(now)
        })
    }

    /// All denominations of a currency that are mintable then.
    #[must_use]
    pub fn mintable_denominations(&self, currency: Currency, now: Timestamp) -> Vec<Micro> {
        let keysets = self.keysets.iter();
        let mintable = keysets.filter(|k| k.currency() == currency && k.is_mintable(now));
        gather(mintable.map(Keyset::denomination))
    }

    /// The sealing key of that kid.
    #[must_use]
    pub fn sealing_key(&self, kid: &Kid) -> Option<&SealingKey> {
        self.sealing_keys.iter().find(|key| key.kid == *kid)
    }
}

/// Every two items of a list.
fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    let later = |index: usize| items.iter().skip(index.saturating_add(1));
    items
        .iter()
        .enumerate()
        .flat_map(move |(index, item)| later(index).map(move |other| (item, other)))
}

/// Whether a text is a mix name as requests carry it: empty for the canonical split of a rest, else 1 to 16 characters.
#[must_use]
pub(crate) fn is_mix_name(text: &str) -> bool {
    text.is_empty() || is_name(text, 16)
}
