//! The body: currencies, keysets, signing and sealing keys, terms.

#[cfg(feature = "undo")]
use super::Rights;
use super::{CurrencyTerms, RevokedKey, SealingKey, Terms};
use crate::bytes::sha256;
use crate::gather::gather;
use crate::id::{BodyHash, KeysetId};
use crate::json::{Array, MAX_DOCUMENT, Malformed, Object, Writer, parse_object};
use crate::jwk::{Kid, PublicJwk};
use crate::keyset::Keyset;
use crate::money::{Currency, Micro};
use crate::origin::IssuerId;
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

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
    /// Signing keys that are trusted no longer, at most 16.
    pub revoked_keys: Vec<RevokedKey>,
    /// The sealing keys, at most 16.
    pub sealing_keys: Vec<SealingKey>,
    /// What loads give beside money, at most one for each currency.
    #[cfg(feature = "undo")]
    pub rights: Vec<Rights>,
    /// The terms in force.
    pub terms: Terms,
}

impl Body {
    /// Reads a body.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_DOCUMENT)?.read(Self::read)
    }

    fn read(object: &mut Object) -> Option<Self> {
        let issuer = object.parsed("iss", IssuerId::named);
        let currencies = object.list("currencies", 4, CurrencyTerms::read);
        let unit_of = |currency| {
            let mut terms = currencies.iter();
            terms
                .find(|c| c.currency() == currency)
                .map(CurrencyTerms::unit)
        };
        let keysets = object.list("keysets", 256, |keyset| {
            Keyset::read(keyset, &issuer, unit_of)
        });
        // Left out where there is none: who does not know this member reads every other body, and stops at this one.
        let revoked_keys = if object.has("revoked_keys") {
            object.list("revoked_keys", 16, RevokedKey::read)
        } else {
            Vec::new()
        };
        // Left out where there are none.
        #[cfg(feature = "undo")]
        let rights = if object.has("rights") {
            object.list("rights", 4, |rights| Rights::read(rights, &issuer, unit_of))
        } else {
            Vec::new()
        };
        #[cfg(not(feature = "undo"))]
        if object.has("rights") {
            object.array("rights", 4);
        }
        let body = Self {
            #[cfg(feature = "undo")]
            rights,
            revoked_keys,
            n: object.integer("n"),
            signing_keys: object.list("signing_keys", 16, PublicJwk::read),
            sealing_keys: object.list("sealing_keys", 16, SealingKey::read),
            terms: object.object("terms", Terms::read)?,
            issuer,
            currencies,
            keysets,
        };
        let differ = pairs(&body.currencies).all(|(a, b)| a.currency() != b.currency());
        object.check("currencies", differ);
        object.check(
            "revoked_keys",
            body.revoked_keys.iter().all(|r| body.may_revoke(r)),
        );
        object.check("keysets", !pairs(&body.keysets).any(|(a, b)| a.clashes(b)));
        #[cfg(feature = "undo")]
        {
            let differ = pairs(&body.rights).all(|(a, b)| a.currency() != b.currency());
            object.check("rights", differ);
        }
        Some(body)
    }

    /// A revocation is of this manifest or one before, and the key is not a good one as well.
    fn may_revoke(&self, revoked: &RevokedKey) -> bool {
        revoked.from <= self.n && !self.signing_keys.contains(&revoked.key)
    }

    /// Keys that a grant may be signed by which the reader owns already: also those revoked since. It opens nothing but what
    /// was paid for, so that its reader loses nothing by a leak.
    #[must_use]
    pub fn grant_keys(&self) -> Vec<PublicJwk> {
        let mut keys = self.signing_keys.clone();
        for revoked in &self.revoked_keys {
            keys.push(revoked.key);
        }
        keys
    }

    /// The exact bytes to publish.
    #[must_use]
    pub fn to_json(&self) -> String {
        let body = Writer::new()
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
            .object("terms", self.terms.to_json());
        #[cfg(feature = "undo")]
        let body = if self.rights.is_empty() {
            body
        } else {
            body.array(
                "rights",
                Array::new().objects(&self.rights, Rights::to_json),
            )
        };
        if self.revoked_keys.is_empty() {
            return body.finish();
        }
        let revoked = Array::new().objects(&self.revoked_keys, RevokedKey::to_json);
        body.array("revoked_keys", revoked).finish()
    }

    /// The name of a body: H of its bytes.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> BodyHash {
        BodyHash::new(sha256(bytes))
    }

    /// What it says of a currency.
    #[must_use]
    pub fn currency(&self, currency: Currency) -> Option<&CurrencyTerms> {
        self.currencies.iter().find(|c| c.currency() == currency)
    }

    /// The keyset of that id, also of rights.
    #[must_use]
    pub fn keyset(&self, id: &KeysetId) -> Option<&Keyset> {
        let keysets = self.keysets.iter();
        #[cfg(feature = "undo")]
        let keysets = keysets.chain(self.rights.iter().flat_map(Rights::keysets));
        let mut keysets = keysets;
        keysets.find(|keyset| keyset.id() == id)
    }

    /// What loads of a currency give beside money.
    #[cfg(feature = "undo")]
    #[must_use]
    pub fn rights(&self, currency: Currency) -> Option<&Rights> {
        self.rights
            .iter()
            .find(|rights| rights.currency() == currency)
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
        self.sealing_keys.iter().find(|key| key.kid() == *kid)
    }
}

/// Every two items of a list.
pub(super) fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    let later = |index: usize| items.iter().skip(index.saturating_add(1));
    items
        .iter()
        .enumerate()
        .flat_map(move |(index, item)| later(index).map(move |other| (item, other)))
}
