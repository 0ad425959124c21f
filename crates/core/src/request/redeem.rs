//! redeem: tokens for a content key and a grant.

use super::evaluation::{
    bind_outputs, read_evaluations, read_outputs, write_evaluations, write_outputs,
};
use super::{Evaluation, MAX_ITEMS, Output, RequestError, binding_of};
#[cfg(feature = "gift")]
use crate::bytes::array_from_b64u;
use crate::bytes::sha256;
use crate::gather::gather_all;
use crate::hpke::SealedKey;
use crate::id::{Binding, GrantSalt, KeysetId, Mac, Nonce, Nullifier, OfferHash};
use crate::json::{Array, MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::offer::{PriceEntry, UnverifiedOffer};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::token::nullifier;
use alloc::{string::String, vec::Vec};

/// A token named as input: its identity, not yet its mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Which keyset.
    pub keyset: KeysetId,
    /// Its public random part.
    pub nonce: Nonce,
    /// Its spend identity.
    pub nullifier: Nullifier,
}

impl Input {
    /// Computes the nullifier.
    #[must_use]
    pub fn new(issuer: &IssuerId, keyset: KeysetId, nonce: Nonce) -> Self {
        Self {
            keyset,
            nonce,
            nullifier: nullifier(issuer, &keyset, &nonce),
        }
    }
}

/// Everything a redemption says but the macs.
#[derive(Clone, Debug)]
pub struct RedeemFields {
    /// The newest manifest the wallet knows.
    pub manifest: u64,
    /// The offer's text.
    pub offer: String,
    /// The price entry chosen.
    pub price: PriceEntry,
    /// The content key, wrapped to the issuer.
    pub wrap: SealedKey,
    /// The tokens to spend, in strictly ascending order of nullifier (R23).
    pub inputs: Vec<Input>,
    /// The change.
    pub outputs: Vec<Output>,
    /// The reader's key in the grant.
    pub cnf: Point,
    /// To which the content key is released.
    pub sealing: Point,
    /// The salt of the grant's subject.
    pub salt: GrantSalt,
    /// The giver's key, if this buys a gift.
    pub giver: Option<Point>,
}

impl RedeemFields {
    /// The hash over every field (R22).
    ///
    /// # Errors
    /// [`RequestError::OfferInvalid`] if the offer's text is no JWS.
    pub fn binding(&self, issuer: &IssuerId) -> Result<Binding, RequestError> {
        offer_hash(&self.offer).map(|offer| self.binding_on(&offer, issuer))
    }

    fn binding_on(&self, offer: &OfferHash, issuer: &IssuerId) -> Binding {
        let transcript = binding_of("redeem", issuer)
            .be64(self.manifest)
            .fixed(offer.bytes())
            .lp(self.price.issuer.bytes())
            .fixed(self.price.currency.bytes())
            .be64(self.price.amount.get())
            .lp(self.price.sealing_kid.to_text().as_bytes())
            .fixed(&sha256(&self.wrap))
            .count(self.inputs.len());
        let transcript = self.inputs.iter().fold(transcript, |transcript, input| {
            transcript
                .fixed(input.keyset.bytes())
                .fixed(input.nonce.bytes())
        });
        let transcript = bind_outputs(transcript, &self.outputs)
            .fixed(self.cnf.bytes())
            .fixed(self.sealing.bytes())
            .fixed(self.salt.bytes())
            .lp(&kind_data(self.giver.as_ref()));
        Binding::new(transcript.hash())
    }

    /// The input with the smallest nullifier: inputs are in that order.
    #[must_use]
    pub fn lead(&self) -> Option<&Input> {
        self.inputs.first()
    }
}

/// What a redemption says besides of a gift: 2 and the giver's key.
#[cfg(feature = "gift")]
const GIFT: u8 = 2;

#[cfg(not(feature = "gift"))]
const fn kind_data(_: Option<&Point>) -> Vec<u8> {
    Vec::new()
}

#[cfg(not(feature = "gift"))]
#[expect(
    clippy::option_option,
    reason = "none given is not the same as none read"
)]
fn read_kind_data(text: &str) -> Option<Option<Point>> {
    text.is_empty().then_some(None)
}

#[cfg(feature = "gift")]
fn kind_data(giver: Option<&Point>) -> Vec<u8> {
    let mut data = Vec::new();
    if let Some(giver) = giver {
        data.push(GIFT);
        data.extend_from_slice(giver.bytes());
    }
    data
}

/// The giver's key, if there is one; `None` for what is reserved or nothing at all.
#[cfg(feature = "gift")]
#[expect(
    clippy::option_option,
    reason = "none given is not the same as none read"
)]
fn read_kind_data(text: &str) -> Option<Option<Point>> {
    if text.is_empty() {
        return Some(None);
    }
    match array_from_b64u::<34>(text)?.split_first()? {
        (&GIFT, giver) => Point::parse(giver.try_into().ok()?).map(Some),
        _ => None,
    }
}

fn offer_hash(text: &str) -> Result<OfferHash, RequestError> {
    let offer = UnverifiedOffer::parse(text).map_err(|_| RequestError::OfferInvalid)?;
    Ok(offer.hash())
}

/// A parsed redemption: fields, macs, and the binding made from the fields.
#[derive(Clone, Debug)]
pub struct RedeemRequest {
    fields: RedeemFields,
    macs: Vec<Mac>,
    binding: Binding,
}

impl RedeemRequest {
    /// A request with the mac of each input, made by `mac` from the binding.
    ///
    /// # Errors
    /// [`RequestError::OfferInvalid`] if the offer's text is no JWS.
    pub fn new(
        fields: RedeemFields,
        issuer: &IssuerId,
        mac: impl Fn(&Input, &Binding) -> Option<Mac>,
    ) -> Result<Self, RequestError> {
        let binding = fields.binding(issuer)?;
        let macs = gather_all(fields.inputs.iter().map(|input| mac(input, &binding)));
        let macs = macs.ok_or(Malformed("inputs"))?;
        Ok(Self {
            fields,
            macs,
            binding,
        })
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError`] for its shape, its points and its order.
    pub fn parse(bytes: &[u8], issuer: &IssuerId) -> Result<Self, RequestError> {
        Self::parse_with(bytes, issuer, offer_hash)
    }

    /// Reads a request whose offer is perhaps `known`: the hash of an offer of that very text, which is then not parsed.
    ///
    /// # Errors
    /// As of [`Self::parse`].
    #[cfg(feature = "issuer")]
    pub fn parse_knowing(
        bytes: &[u8],
        issuer: &IssuerId,
        known: impl FnOnce(&str) -> Option<OfferHash>,
    ) -> Result<Self, RequestError> {
        let hash = |text: &str| known(text).map_or_else(|| offer_hash(text), Ok);
        Self::parse_with(bytes, issuer, hash)
    }

    fn parse_with(
        bytes: &[u8],
        issuer: &IssuerId,
        offer_hash: impl FnOnce(&str) -> Result<OfferHash, RequestError>,
    ) -> Result<Self, RequestError> {
        let (mut reserved, mut refused) = (false, None);
        let read = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let giver = read_kind_data(&object.text("kind_data"));
            reserved = giver.is_none();
            let mut inputs: Vec<Input> = Vec::new();
            let macs = object.list("inputs", MAX_ITEMS, |item| {
                let keyset = KeysetId::new(item.bytes("keyset"));
                let nonce = Nonce::new(item.bytes("nonce"));
                let input = Input::new(issuer, keyset, nonce);
                let last = inputs.last();
                if last.is_some_and(|last| last.nullifier >= input.nullifier) {
                    refused.get_or_insert(RequestError::InputsOrder);
                }
                inputs.push(input);
                Some(Mac::new(item.bytes("mac")))
            });
            object.check("inputs", !inputs.is_empty());
            let fields = RedeemFields {
                manifest: object.integer("manifest"),
                offer: object.text("offer"),
                wrap: object.bytes("wrap"),
                inputs,
                outputs: read_outputs(object, "outputs", &mut refused),
                salt: GrantSalt::new(object.bytes("salt")),
                price: object.object("price", PriceEntry::read)?,
                cnf: object.point("cnf")?,
                sealing: object.point("sealing")?,
                giver: giver.flatten(),
            };
            Some((fields, macs))
        });
        if reserved {
            return Err(RequestError::Unsupported);
        }
        let (fields, macs) = read?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let binding = fields.binding_on(&offer_hash(&fields.offer)?, issuer);
        Ok(Self {
            fields,
            macs,
            binding,
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let inputs = self.fields.inputs.iter().zip(&self.macs);
        Writer::new()
            .integer("manifest", self.fields.manifest)
            .text("offer", &self.fields.offer)
            .object("price", self.fields.price.to_json())
            .b64u("wrap", &self.fields.wrap)
            .array(
                "inputs",
                Array::new().objects(inputs, |(input, mac)| {
                    Writer::new()
                        .b64u("keyset", input.keyset.bytes())
                        .b64u("nonce", input.nonce.bytes())
                        .b64u("mac", mac.bytes())
                }),
            )
            .array("outputs", write_outputs(&self.fields.outputs))
            .b64u("cnf", self.fields.cnf.bytes())
            .b64u("sealing", self.fields.sealing.bytes())
            .b64u("salt", self.fields.salt.bytes())
            .b64u("kind_data", &kind_data(self.fields.giver.as_ref()))
            .finish()
    }

    /// What it says.
    #[must_use]
    pub const fn fields(&self) -> &RedeemFields {
        &self.fields
    }

    /// The mac of each input, in the same order.
    #[must_use]
    pub fn macs(&self) -> &[Mac] {
        &self.macs
    }

    /// The hash over every field.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }
}

/// The answer to a redemption.
#[derive(Clone, Debug)]
pub struct RedeemResponse {
    /// The grant's text.
    pub grant: String,
    /// The content key, sealed to the reader.
    pub key: SealedKey,
    /// The change.
    pub change: Vec<Evaluation>,
}

impl RedeemResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                grant: object.text("grant"),
                key: object.bytes("key"),
                change: read_evaluations(object, "change"),
            })
        })
    }

    /// The answer's text: of one request always the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("grant", &self.grant)
            .b64u("key", &self.key)
            .array("change", write_evaluations(&self.change))
            .finish()
    }
}
