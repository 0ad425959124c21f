//! A grant without what follows from the request: its text is made again, signature and all.

use crate::bytes::{Reader, Transcript};
use crate::grant::{GrantClaims, Paid, grant_id};
use crate::id::{Binding, Subject};
use crate::jwk::Kid;
use crate::jws::{self, Unverified};
use crate::money::{Currency, Micro};
use crate::origin::{IssuerId, PublisherId};
use crate::point::Point;
use crate::time::Timestamp;
use alloc::string::String;

/// A grant that was signed, of an article: all of it but issuer, id, the reader's key and a giver.
///
/// The signature is kept and not made again, because the key that made it is rotated, and grants stand as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedGrant {
    kid: Kid,
    signature: [u8; 64],
    subject: Subject,
    currency: Currency,
    paid: Paid,
    amount: Micro,
    issuer_fee: Micro,
    tax: Micro,
    iat: Timestamp,
    access_until: Option<Timestamp>,
    refund_until: Option<Timestamp>,
    publisher: PublisherId,
}

impl PackedGrant {
    /// Signs a grant by `sign`, which has the key of that name. `None` if it does not sign.
    pub fn sign(
        claims: &GrantClaims,
        kid: Kid,
        sign: impl FnOnce(&[u8]) -> Option<[u8; 64]>,
    ) -> Option<Self> {
        let input = jws::signing_input(&kid, jws::GRANT, &claims.to_json());
        Some(Self {
            kid,
            signature: sign(input.as_bytes())?,
            subject: claims.subject,
            currency: claims.currency,
            paid: claims.paid,
            amount: claims.amount,
            issuer_fee: claims.issuer_fee,
            tax: claims.tax,
            iat: claims.iat,
            access_until: claims.access_until,
            refund_until: claims.refund_until,
            publisher: claims.publisher.clone(),
        })
    }

    /// Of a grant's text, which nobody has verified yet. `None` if it is none, or is not written as issuers write it.
    #[must_use]
    pub fn of(text: &str, issuer: &IssuerId, binding: &Binding) -> Option<Self> {
        let unverified = Unverified::parse(text, jws::GRANT).ok()?;
        let (kid, signature) = (unverified.kid(), *unverified.signed.signature());
        let claims = unverified.payload.read(GrantClaims::read).ok()?;
        let packed = Self::sign(&claims, kid, |_| Some(signature))?;
        let again = packed.text(issuer, binding, &claims.cnf, claims.giver);
        (again == text).then_some(packed)
    }

    /// What it says, of the redemption with that binding; `giver` is the thumbprint of its giver key, if it is a gift.
    #[must_use]
    pub fn claims(
        &self,
        issuer: &IssuerId,
        binding: &Binding,
        cnf: &Point,
        giver: Option<Kid>,
    ) -> GrantClaims {
        GrantClaims {
            issuer: issuer.clone(),
            publisher: self.publisher.clone(),
            id: grant_id(binding),
            iat: self.iat,
            subject: self.subject,
            amount: self.amount,
            currency: self.currency,
            paid: self.paid,
            issuer_fee: self.issuer_fee,
            tax: self.tax,
            access_until: self.access_until,
            refund_until: self.refund_until,
            cnf: *cnf,
            giver,
        }
    }

    /// The grant's text, the very bytes that were sent at first. Only under the same issuer, binding and key does its
    /// signature verify.
    #[must_use]
    pub fn text(
        &self,
        issuer: &IssuerId,
        binding: &Binding,
        cnf: &Point,
        giver: Option<Kid>,
    ) -> String {
        let payload = self.claims(issuer, binding, cnf, giver).to_json();
        let input = jws::signing_input(&self.kid, jws::GRANT, &payload);
        jws::with_signature(input, &self.signature)
    }

    pub(crate) fn write(&self, start: Transcript) -> Transcript {
        let time = |time: Option<Timestamp>| time.unwrap_or_default().get();
        start
            .fixed(self.kid.bytes())
            .fixed(&self.signature)
            .fixed(self.subject.bytes())
            .fixed(self.currency.bytes())
            .number(self.amount.get())
            .number(self.issuer_fee.get())
            .number(self.tax.get())
            .number(self.iat.get())
            .number(time(self.access_until))
            .number(time(self.refund_until))
            .fixed(self.publisher.bytes())
    }

    /// What was paid with, which the form of the packed answer says.
    pub(super) const fn paid(&self) -> Paid {
        self.paid
    }

    /// Reads all that is left.
    pub(crate) fn read(mut reader: Reader<'_>, paid: Paid) -> Option<Self> {
        let text = |bytes| core::str::from_utf8(bytes).ok();
        let kid = Kid::named(reader.array()?);
        let signature = reader.array()?;
        let subject = Subject::new(reader.array()?);
        let currency = Currency::parse(text(reader.take(3)?)?)?;
        let mut amount = || Micro::new(reader.number()?);
        let (amount, issuer_fee, tax) = (amount()?, amount()?, amount()?);
        let mut time = || Timestamp::new(reader.number()?);
        let optional = |time: Timestamp| (time.get() > 0).then_some(time);
        Some(Self {
            kid,
            signature,
            subject,
            currency,
            paid,
            amount,
            issuer_fee,
            tax,
            iat: time()?,
            access_until: optional(time()?),
            refund_until: optional(time()?),
            publisher: PublisherId::named(text(reader.rest())?)?,
        })
    }
}
