//! Every parser that meets bytes from elsewhere, as a function of bytes: for fuzzing and for the replay of its seeds.
//!
//! Each panics where a parser panics, or where what it accepted does not write itself back.

use crate::fixed::{issuer_id, publisher_id};
use farthing_core::answer::PackedAnswer;
use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::content::{ContentKey, SealedPart, open};
use farthing_core::disclosure::Disclosure;
use farthing_core::gift::GiftLink;
use farthing_core::grant::Grant;
use farthing_core::id::{Binding, KeysetId, OrderId};
use farthing_core::json::{MAX_DOCUMENT, parse_object};
use farthing_core::jwk::PublicJwk;
use farthing_core::jws::{self, Unverified};
use farthing_core::manifest::{Body, Head};
use farthing_core::offer::UnverifiedOffer;
use farthing_core::origin::{IssuerId, OriginPolicy};
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::request::{
    AnswerRequest, AnswerResponse, DrawRequest, DrawResponse, FindRequest, FindResponse,
    OrderRequest, OrderResponse, RebindRequest, RebindResponse, RedeemRequest, RedeemResponse,
    RefundRequest, RefundResponse, RestoreRequest, RestoreResponse, SwapRequest, SwapResponse,
};
use farthing_core::resource::{Resource, Version};
use farthing_core::sign::SecretKey;
use farthing_core::spent::{Prefix, SpentList, list_json};
use farthing_core::token::{Evidence, Token};

/// A parser by its name.
pub type Parser = (&'static str, fn(&[u8]));

/// All of them: `fuzz/fuzz_targets` has one file for each.
pub const ALL: [Parser; 12] = [
    ("json", json),
    ("jws", compact_jws),
    ("manifest", manifest),
    ("offer", offer),
    ("grant", grant),
    ("requests", requests),
    ("part", part),
    ("token", token),
    ("packed", packed_answer),
    ("spent", spent),
    ("resource", resource),
    ("origin", origin),
];

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// A key whose signatures a fuzzer cannot make; [`signed`] makes them for it.
fn key() -> (SecretKey, PublicJwk) {
    let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
    let public = PublicJwk::new(secret.public().unwrap());
    (secret, public)
}

/// The bytes as a payload, rightly signed: so that the fuzzer gets behind the signature.
fn signed(typ: &str, payload: &[u8]) -> String {
    key().0.sign_jws(typ, text(payload)).unwrap()
}

/// The reader of R3; serde_json must agree that it is JSON.
pub fn json(bytes: &[u8]) {
    if parse_object(bytes, MAX_DOCUMENT).is_ok() {
        let theirs: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
        assert!(theirs.is_ok_and(|value| value.is_object()));
    }
    if let Some(decoded) = from_b64u(text(bytes)) {
        assert_eq!(to_b64u(&decoded), text(bytes));
    }
}

/// What is stored of an answer; a grant's text can be made from whatever is accepted.
pub fn packed_answer(bytes: &[u8]) {
    if let Some(packed) = PackedAnswer::parse(bytes) {
        assert_eq!(*packed.to_bytes(), bytes);
        if let PackedAnswer::Redeem { grant, .. } | PackedAnswer::Gift { grant, .. } = packed {
            let (binding, cnf) = (Binding::new([7; 32]), *key().1.point());
            let text = grant.text(&issuer_id("issuer"), &binding, &cnf, Some(key().1.kid()));
            assert!(Unverified::parse(&text, jws::GRANT).is_ok());
        }
    }
}

/// R4, for each `typ`.
pub fn compact_jws(bytes: &[u8]) {
    for typ in [jws::OFFER, jws::GRANT, jws::MANIFEST, jws::DISCLOSURE] {
        if let Ok(unverified) = Unverified::parse(text(bytes), typ) {
            let _ = unverified.hash();
            let _ = unverified.verify(&key().1);
        }
    }
}

/// Bodies, heads, publisher documents.
pub fn manifest(bytes: &[u8]) {
    if let Ok(body) = Body::parse(bytes) {
        assert_eq!(Body::parse(body.to_json().as_bytes()), Ok(body));
    }
    if let Ok(document) = PublisherDocument::parse(bytes) {
        assert_eq!(
            PublisherDocument::parse(document.to_json().as_bytes()),
            Ok(document)
        );
    }
    let _ = Head::parse(text(bytes));
    let _ = Head::parse(&signed(jws::MANIFEST, bytes));
}

/// Offers, before and behind the signature.
pub fn offer(bytes: &[u8]) {
    let _ = UnverifiedOffer::parse(text(bytes));
    if let Ok(offer) = UnverifiedOffer::parse(&signed(jws::OFFER, bytes)) {
        let publisher = offer
            .claimed_publisher()
            .unwrap_or_else(|_| publisher_id("publisher"));
        if let Ok(offer) = offer.verify(&publisher, &[key().1]) {
            let again = signed(jws::OFFER, offer.claims().to_json().as_bytes());
            let again = UnverifiedOffer::parse(&again)
                .unwrap()
                .verify(&publisher, &[key().1]);
            assert_eq!(again.unwrap().claims(), offer.claims());
        }
    }
}

/// Grants and disclosures, before and behind the signature.
pub fn grant(bytes: &[u8]) {
    let (issuer, keys) = (issuer_id("issuer"), [key().1]);
    let _ = Grant::verify(text(bytes), &issuer, &keys);
    if let Ok(grant) = Grant::verify(&signed(jws::GRANT, bytes), &issuer, &keys) {
        let again = signed(jws::GRANT, grant.claims().to_json().as_bytes());
        assert_eq!(Grant::verify(&again, &issuer, &keys), Ok(grant));
    }
    if let Ok(disclosure) = Disclosure::verify(&signed(jws::DISCLOSURE, bytes), &issuer, &keys) {
        let again = signed(jws::DISCLOSURE, disclosure.claims().to_json().as_bytes());
        assert_eq!(Disclosure::verify(&again, &issuer, &keys), Ok(disclosure));
    }
}

/// All requests and all answers.
pub fn requests(bytes: &[u8]) {
    let (issuer, order) = (issuer_id("issuer"), OrderId::new([1; 16]));
    if let Ok(request) = OrderRequest::parse(bytes) {
        let again = OrderRequest::parse(request.to_json().as_bytes()).unwrap();
        assert_eq!(again.fields(), request.fields());
        let _ = request.is_signed(&issuer);
    }
    if let Ok(request) = DrawRequest::parse(bytes, order) {
        let again = DrawRequest::parse(request.to_json().as_bytes(), order).unwrap();
        assert_eq!(again.fields(), request.fields());
    }
    if let Ok(request) = RedeemRequest::parse(bytes, &issuer) {
        let again = RedeemRequest::parse(request.to_json().as_bytes(), &issuer).unwrap();
        assert_eq!(
            (again.binding(), again.macs()),
            (request.binding(), request.macs())
        );
    }
    if let Ok(request) = AnswerRequest::parse(bytes) {
        assert_eq!(
            AnswerRequest::parse(request.to_json().as_bytes()),
            Ok(request)
        );
    }
    if let Ok(request) = SwapRequest::parse(bytes, &issuer) {
        let again = SwapRequest::parse(request.to_json().as_bytes(), &issuer).unwrap();
        assert_eq!(again.fields(), request.fields());
        assert_eq!(
            (again.binding(), again.macs()),
            (request.binding(), request.macs())
        );
    }
    if let Ok(request) = RestoreRequest::parse(bytes) {
        let again = RestoreRequest::parse(request.to_json().as_bytes());
        assert_eq!(again, Ok(request));
    }
    if let Ok(request) = RebindRequest::parse(bytes, &issuer_id("issuer")) {
        let again = RebindRequest::parse(request.to_json().as_bytes(), &issuer_id("issuer"));
        assert_eq!(again.unwrap().binding(), request.binding());
    }
    if let Ok(request) = RefundRequest::parse(bytes, &issuer_id("issuer")) {
        let again = RefundRequest::parse(request.to_json().as_bytes(), &issuer_id("issuer"));
        assert_eq!(again.unwrap().binding(), request.binding());
    }
    if let Ok(response) = RefundResponse::parse(bytes) {
        let again = RefundResponse::parse(response.to_json().as_bytes());
        assert_eq!(again.unwrap().to_json(), response.to_json());
    }
    if let Ok(response) = RebindResponse::parse(bytes) {
        assert_eq!(
            RebindResponse::parse(response.to_json().as_bytes()),
            Ok(response)
        );
    }
    if let Some(link) = GiftLink::parse(text(bytes)) {
        assert_eq!(GiftLink::parse(&link.to_fragment()), Some(link));
    }
    if let Ok(request) = FindRequest::parse(bytes) {
        let again = FindRequest::parse(request.to_json().as_bytes()).unwrap();
        assert_eq!(again.to_json(), request.to_json());
    }
    if let Ok(found) = FindResponse::parse(bytes) {
        assert_eq!(FindResponse::parse(found.to_json().as_bytes()), Ok(found));
    }
    let _ = RestoreResponse::parse(bytes);
    let _ = OrderResponse::parse(bytes);
    let _ = SwapResponse::parse(bytes);
    let _ = DrawResponse::parse(bytes);
    let _ = RedeemResponse::parse(bytes);
    let _ = AnswerResponse::parse(bytes);
}

/// Lists of spent tokens, before and behind the signature, and the prefixes they are asked for by.
pub fn spent(bytes: &[u8]) {
    if let Some(prefix) = Prefix::parse(text(bytes)) {
        assert_eq!(prefix.to_text(), text(bytes));
        assert!(prefix.covers(&prefix.first()) && prefix.covers(&prefix.last()));
    }
    let (issuer, keys) = (issuer_id("issuer"), [key().1]);
    let (keyset, all) = (KeysetId::new([1; 16]), Prefix::parse("all").unwrap());
    let verify = |list: &str| SpentList::verify(list.as_bytes(), &issuer, &keys, &keyset, all);
    let _ = verify(text(bytes));
    let _ = verify(&list_json(&signed(jws::SPENT, bytes), &[]));
}

/// Sealed parts.
pub fn part(bytes: &[u8]) {
    if let Some(part) = SealedPart::parse(bytes) {
        assert_eq!(part.header().to_bytes(), part.header_bytes());
        let _ = part.ct_hash();
        let _ = open(&part, &ContentKey::new([1; 32]));
    }
}

/// Kept tokens and their evidence.
pub fn token(bytes: &[u8]) {
    if let Some(token) = Token::parse(bytes) {
        assert_eq!(token.to_bytes().as_slice(), bytes);
    }
    if let Some(evidence) = Evidence::parse(bytes) {
        assert_eq!(evidence.to_bytes(), bytes);
    }
}

/// Resources and versions.
pub fn resource(bytes: &[u8]) {
    if let Ok(resource) = Resource::normalise(text(bytes)) {
        assert_eq!(Resource::parse(resource.as_str()), Ok(resource));
    }
    let _ = Version::parse(text(bytes));
}

/// Origins.
pub fn origin(bytes: &[u8]) {
    for policy in [OriginPolicy::HttpsOnly, OriginPolicy::LoopbackHttp] {
        if let Some(id) = IssuerId::parse(text(bytes), policy) {
            assert_eq!(id.bytes(), bytes);
        }
    }
}
