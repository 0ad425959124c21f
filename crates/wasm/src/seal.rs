//! Sealing and signing, for the publisher's command line tool. Behind the feature `publisher`.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::random;
use farthing_core::content::{self, ContentKey, Header, MIN_CHUNK, SealedPart};
use farthing_core::id::OfferHash;
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::offer::{ClaimsError, OfferClaims, OfferError};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::point::Point;
use farthing_core::publisher;
use farthing_core::resource::{Resource, ResourceError, Version};
use farthing_core::sign::SecretKey;
use js_sys::{JSON, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{from_value, preserve, to_value};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A public ES256 key as the publisher document lists it. */
export interface PublicJwk { kty: "EC"; crv: "P-256"; x: string; y: string; kid: string; alg: "ES256"; use: "sig" }
export interface OfferKey { secret: Uint8Array; jwk: PublicJwk }
/** What a part is of; `chunkSize` is that of a whole ciphertext chunk with its tag, 65,536 unless said. */
export interface PartOf { publisher: string; resource: string; version: string; chunkSize?: number }
export interface Sealed { part: Uint8Array; ct_hash: string }
export interface SignedOffer { jws: string; hash: string }
/** To whom, and for which offer, a content key is wrapped; the key as in the manifest's `sealing_keys`. */
export interface WrapFor { issuer: string; kid: string; sealingPublicKey: string; offerHash: string }
"#;

/// What a part is of, as JavaScript gives it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartOf {
    publisher: String,
    resource: String,
    version: String,
    chunk_size: Option<u32>,
}

/// To whom, and for which offer, a content key is wrapped, as JavaScript gives it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrapFor {
    issuer: String,
    kid: String,
    sealing_public_key: String,
    offer_hash: String,
}

#[derive(Serialize)]
struct OfferKey {
    #[serde(with = "preserve")]
    secret: Uint8Array,
    #[serde(with = "preserve")]
    jwk: JsValue,
}

#[derive(Serialize)]
struct Sealed {
    #[serde(with = "preserve")]
    part: Uint8Array,
    ct_hash: String,
}

#[derive(Serialize)]
struct SignedOffer {
    jws: String,
    hash: String,
}

fn given<T: DeserializeOwned>(value: &JsValue, name: &'static str) -> Result<T, Failure> {
    from_value(value.clone()).map_err(|_| Failure::caller(name, "an object of its members"))
}

fn made(value: &impl Serialize) -> Result<JsValue, Failure> {
    to_value(value).map_err(|_| Failure::refused("internal", "the result could not be given out"))
}

fn secret_key(secret: &[u8]) -> Result<SecretKey, Failure> {
    let all = Arguments::new();
    let bytes = all.secret(secret, "secret");
    all.check()?;
    SecretKey::from_bytes(&bytes).ok_or_else(|| Failure::caller("secret", "a P-256 scalar"))
}

fn content_key(key: &[u8]) -> Result<ContentKey, Failure> {
    let all = Arguments::new();
    let bytes = all.secret(key, "key");
    all.check().map(|()| ContentKey::new(*bytes))
}

fn jwk(secret: &SecretKey) -> Result<JsValue, Failure> {
    let point = secret.public();
    let point = point.ok_or_else(|| Failure::caller("secret", "a P-256 scalar"))?;
    let json = PublicJwk::new(point).to_json().finish();
    JSON::parse(&json).map_err(|_| Failure::refused("internal", "the key could not be written"))
}

fn resource(path: &str) -> Result<Resource, Failure> {
    Resource::normalise(path).map_err(|error| match error {
        ResourceError::Query => Failure::refused("unsupported", "a resource cannot have a query"),
        ResourceError::Refused => Failure::caller("resource", "a path in the form of rule R7"),
    })
}

/// A new key to sign offers with: 32 secret bytes, and the public half for the publisher document.
///
/// # Errors
/// `internal` if the platform gives no random bytes.
#[wasm_bindgen(js_name = generateOfferKey, unchecked_return_type = "OfferKey")]
pub fn generate_offer_key() -> Result<JsValue, Failure> {
    // Of 2^32 numbers one is not below the group order.
    let (bytes, secret) = loop {
        let bytes = random::bytes()?;
        if let Some(secret) = SecretKey::from_bytes(&bytes) {
            break (bytes, secret);
        }
    };
    made(&OfferKey {
        secret: Uint8Array::from(bytes.as_slice()),
        jwk: jwk(&secret)?,
    })
}

/// The public half of a key that signs offers.
///
/// # Errors
/// A `TypeError` if it is no key.
#[wasm_bindgen(js_name = publicJwk, unchecked_return_type = "PublicJwk")]
pub fn public_jwk(secret: &[u8]) -> Result<JsValue, Failure> {
    jwk(&secret_key(secret)?)
}

/// A new content key, 32 bytes; a new one for every new text.
///
/// # Errors
/// `internal` if the platform gives no random bytes.
#[wasm_bindgen(js_name = newContentKey)]
pub fn new_content_key() -> Result<Vec<u8>, Failure> {
    Ok(random::bytes()?.to_vec())
}

/// What an offer says about a content key (R16).
///
/// # Errors
/// A `TypeError` if it has not 32 bytes.
#[wasm_bindgen(js_name = keyCommit)]
pub fn key_commit(key: &[u8]) -> Result<String, Failure> {
    Ok(content_key(key)?.commit().to_b64u())
}

/// Seals a plaintext under a fresh salt.
///
/// # Errors
/// A `TypeError` for an argument that is not in its form, `unsupported` for a resource with a query.
#[wasm_bindgen(js_name = sealPart, unchecked_return_type = "Sealed")]
pub fn seal_part(
    #[wasm_bindgen(js_name = of, unchecked_param_type = "PartOf")] of: &JsValue,
    plaintext: &[u8],
    key: &[u8],
) -> Result<JsValue, Failure> {
    let of: PartOf = given(of, "of")?;
    let all = Arguments::new();
    let publisher = all.parsed(&of.publisher, "publisher", |publisher| {
        PublisherId::parse(publisher, OriginPolicy::LoopbackHttp)
    });
    let version = all.parsed(&of.version, "version", Version::parse);
    all.check()?;
    let header = Header::new(
        publisher,
        resource(&of.resource)?,
        version,
        *random::bytes()?,
        of.chunk_size.unwrap_or(MIN_CHUNK),
        plaintext.len().try_into().unwrap_or(u64::MAX),
    );
    let header = header.ok_or_else(|| Failure::caller("chunkSize", "65,536 to 1,048,576"))?;
    let part = content::seal(&header, &content_key(key)?, plaintext);
    // Read back as a reader would: what does not parse is not published.
    let unsealed = || Failure::refused("internal", "the part could not be sealed");
    let part = part.ok_or_else(unsealed)?;
    let ct_hash = SealedPart::parse(&part).ok_or_else(unsealed)?.ct_hash();
    made(&Sealed {
        ct_hash: ct_hash.to_b64u(),
        part: Uint8Array::from(part.as_slice()),
    })
}

/// Signs an offer; `claims` is the payload of section 7 as an object. It is read back as a buyer would.
///
/// # Errors
/// `offer_invalid`, with a message that says what to mend, or `unsupported`.
#[wasm_bindgen(js_name = signOffer, unchecked_return_type = "SignedOffer")]
pub fn sign_offer(
    secret: &[u8],
    #[wasm_bindgen(unchecked_param_type = "object")] claims: &JsValue,
) -> Result<JsValue, Failure> {
    let secret = secret_key(secret)?;
    let json = JSON::stringify(claims)
        .ok()
        .and_then(|json| json.as_string());
    let json = json.ok_or_else(|| Failure::caller("claims", "an object of JSON"))?;
    let claims = OfferClaims::from_json(json.as_bytes()).map_err(|error| match error {
        ClaimsError::Unsupported => OfferError::Unsupported.into(),
        error => Failure::refused("offer_invalid", error.words()),
    })?;
    let (jws, hash) = publisher::sign_offer(&secret, &claims)?;
    let hash = hash.to_b64u();
    made(&SignedOffer { jws, hash })
}

/// Wraps a content key to an issuer's sealing key for one offer: 113 bytes.
///
/// # Errors
/// A `TypeError` for an argument that is not in its form, or a `kid` that is not the key's.
#[wasm_bindgen(js_name = wrapKey)]
pub fn wrap_key(
    key: &[u8],
    #[wasm_bindgen(js_name = wrapFor, unchecked_param_type = "WrapFor")] wrap_for: &JsValue,
) -> Result<Vec<u8>, Failure> {
    let key = content_key(key)?;
    let wrap_for: WrapFor = given(wrap_for, "wrapFor")?;
    let all = Arguments::new();
    let issuer = all.issuer(&wrap_for.issuer);
    let sealing_key = Point::parse(all.id(&wrap_for.sealing_public_key, "sealingPublicKey"));
    let offer = OfferHash::new(all.id(&wrap_for.offer_hash, "offerHash"));
    let kid = Kid::parse(&wrap_for.kid);
    let sealing_key = all.some(sealing_key, "sealingPublicKey", "in its form");
    let key_is_named = kid.is_some() && kid == sealing_key.as_ref().map(Kid::of);
    all.some(key_is_named.then_some(()), "kid", "in its form");
    all.check()?;
    let sealing_key = sealing_key.ok_or_else(|| Failure::caller("kid", "in its form"))?;
    let mut filled = Ok(());
    let wrap = publisher::wrap(&key, &issuer, &sealing_key, &offer, &mut |to| {
        if let Err(failure) = random::fill(to) {
            filled = Err(failure);
        }
    });
    // A wrap made without randomness would tell everybody the key: it never leaves here.
    filled?;
    let wrap = wrap.map_err(|_| Failure::refused("internal", "the key could not be wrapped"))?;
    Ok(wrap.to_vec())
}

/// The normal form of a path (R7).
///
/// # Errors
/// `unsupported` for a query, a `TypeError` for another path that is refused.
#[wasm_bindgen(js_name = normaliseResource)]
pub fn normalise_resource(path: &str) -> Result<String, Failure> {
    resource(path).map(|resource| String::from(resource.as_str()))
}
