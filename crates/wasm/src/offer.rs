//! An offer, verified for a page.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::record::{Given, Made};
use farthing_core::content::{ContentError, SealedPart};
use farthing_core::jwk::Kid;
use farthing_core::manifest::Pin;
use farthing_core::money::Currency;
use farthing_core::offer::{self as core, ContentPart, OfferError, PriceEntry, UnverifiedOffer};
use farthing_core::origin::{IssuerId, OriginPolicy, PageOrigin};
use farthing_core::publisher_document::PublisherDocument;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** One price: at one issuer, in one currency. */
export interface Price { issuer: string; currency: string; amount: number; sealing_kid: string }
export interface ContentView { ct_hash: string; length: number; media_type: string; place: string }
/** What a signed offer says, with the publisher's name from its document. `access` 0 is for ever, `refund` 0 is none. */
export interface OfferView {
  publisher: string; name: string; resource: string; version: string; title: string; words: number;
  access: number; refund: number; terms: string; iat: number; exp: number; prices: Price[];
  pins: { issuer: string; n: number; hash: string }[]; content: ContentView[]; hash: string;
}
"#;

/// The price entry that the caller names; `None` if it can be in no offer.
pub(crate) fn given_price(given: &Given<'_>) -> Option<PriceEntry> {
    let issuer = IssuerId::parse(&given.text("issuer"), OriginPolicy::LoopbackHttp);
    let currency = Currency::parse(&given.text("currency"));
    let sealing_kid = Kid::parse(&given.text("sealing_kid"));
    Some(PriceEntry {
        amount: given.amount("amount"),
        issuer: issuer?,
        currency: currency?,
        sealing_kid: sealing_kid?,
    })
}

fn price(price: &PriceEntry) -> JsValue {
    Made::new()
        .text("issuer", price.issuer.as_str())
        .text("currency", price.currency.as_str())
        .number("amount", price.amount.get())
        .text("sealing_kid", &price.sealing_kid.to_text())
        .into()
}

fn pin((issuer, pin): &(IssuerId, Pin)) -> JsValue {
    Made::new()
        .text("issuer", issuer.as_str())
        .number("n", pin.n)
        .id("hash", pin.hash.bytes())
        .into()
}

fn part(part: &ContentPart) -> JsValue {
    Made::new()
        .id("ct_hash", part.ct_hash.bytes())
        .number("length", part.length)
        .text("media_type", &part.media_type)
        .text("place", &part.place)
        .into()
}

/// An offer that the keys of its publisher's document signed.
pub(crate) fn verified(
    jws: &str,
    document: &[u8],
) -> Result<(core::Offer, PublisherDocument), Failure> {
    let unverified = UnverifiedOffer::parse(jws).map_err(OfferError::from)?;
    let publisher = unverified.claimed_publisher()?;
    let document = PublisherDocument::parse(document).map_err(OfferError::from)?;
    // Another origin's document would let its keys speak for this publisher.
    if document.publisher != publisher {
        return Err(OfferError::Invalid.into());
    }
    let offer = unverified.verify(&publisher, &document.keys)?;
    Ok((offer, document))
}

/// A sealed part of the shape that its header demands.
pub(crate) fn sealed_part(bytes: &[u8]) -> Result<SealedPart<'_>, ContentError> {
    SealedPart::parse(bytes).ok_or(ContentError::Mismatch)
}

/// An offer that its publisher signed and that is for the page it was opened on.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Offer {
    pub(crate) offer: Rc<core::Offer>,
    pub(crate) text: String,
    name: String,
}

#[wasm_bindgen]
impl Offer {
    /// Checks signature, publisher and audience (R19). The document is what `/.well-known/farthing.json` of the
    /// publisher's origin answered, to the byte.
    ///
    /// # Errors
    /// `offer_invalid`, `offer_audience`, `unsupported`.
    pub fn open(
        jws: &str,
        #[wasm_bindgen(js_name = publisherDocument)] document: &[u8],
        #[wasm_bindgen(js_name = pageOrigin)] origin: &str,
        #[wasm_bindgen(js_name = pagePath)] path: &str,
    ) -> Result<Self, Failure> {
        let (offer, document) = verified(jws, document)?;
        // A page of no such origin, as one from a file, is nobody's page.
        let origin = PageOrigin::parse(origin, OriginPolicy::LoopbackHttp);
        offer.check_audience(&origin.ok_or(OfferError::Audience)?, path)?;
        Ok(Self {
            offer: Rc::new(offer),
            text: String::from(jws),
            name: document.name,
        })
    }

    /// Whether it seems to stand at `now`, in seconds; a browser's clock is only a hint (R5).
    ///
    /// # Errors
    /// `offer_expired`.
    #[wasm_bindgen(js_name = checkTime)]
    pub fn check_time(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] now: &JsValue,
    ) -> Result<(), Failure> {
        let all = Arguments::new();
        let now = all.time(now, "now");
        all.check()?;
        Ok(self.offer.check_time_as_hint(now)?)
    }

    /// Whether a sealed part is the one that is sold (R16).
    ///
    /// # Errors
    /// `content_mismatch`.
    #[wasm_bindgen(js_name = checkPart)]
    pub fn check_part(&self, part: &[u8]) -> Result<(), Failure> {
        Ok(self.offer.check_part(&sealed_part(part)?)?)
    }

    /// What it says.
    #[wasm_bindgen(unchecked_return_type = "OfferView")]
    #[must_use]
    pub fn view(&self) -> JsValue {
        let claims = self.offer.claims();
        Made::new()
            .text("publisher", claims.publisher.as_str())
            .text("name", &self.name)
            .text("resource", claims.resource.as_str())
            .text("version", claims.version.as_str())
            .text("title", &claims.title)
            .number("words", claims.words)
            .number("access", claims.access)
            .number("refund", claims.refund)
            .id("terms", claims.terms.bytes())
            .number("iat", claims.iat.get())
            .number("exp", claims.exp.get())
            .list("prices", &claims.prices, price)
            .list("pins", &claims.pins, pin)
            .list("content", [&claims.content], part)
            .id("hash", self.offer.hash().bytes())
            .into()
    }
}
