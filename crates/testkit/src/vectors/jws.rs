//! JWS as nobody should make them.

use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::jwk::Kid;
use farthing_core::sign::SecretKey;
use serde_json::{Value, json};

/// Signs any header over any payload.
pub(super) fn crafted(secret: &SecretKey, header: &Value, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        to_b64u(header.to_string().as_bytes()),
        to_b64u(payload.as_bytes())
    );
    let signature = secret.sign(input.as_bytes());
    format!("{input}.{}", to_b64u(&signature))
}

/// The right header for that key.
pub(super) fn header(secret: &SecretKey, typ: &str) -> Value {
    let kid = Kid::of(&secret.public().unwrap()).to_text();
    json!({ "alg": "ES256", "typ": typ, "kid": kid })
}

/// The payload of a JWS.
pub(super) fn payload(text: &str) -> String {
    let payload = text.split('.').nth(1).unwrap();
    String::from_utf8(from_b64u(payload).unwrap()).unwrap()
}

/// The same JWS with the other signature, (r, n − s), that ES256 takes too (R2).
#[must_use]
pub fn twin(text: &str) -> String {
    let (input, signature) = text.rsplit_once('.').unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&from_b64u(signature).unwrap()).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    format!("{input}.{}", to_b64u(&twin.to_bytes()))
}

/// Headers and texts that R4 refuses, by the name of their fault.
pub(super) fn faults(secret: &SecretKey, text: &str, typ: &str) -> Vec<(&'static str, String)> {
    let payload = payload(text);
    let good = header(secret, typ);
    let signed = |header: &Value| crafted(secret, header, &payload);
    let other = SecretKey::from_bytes(&[5; 32]).unwrap();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" });
    let (input, signature) = text.rsplit_once('.').unwrap();
    let (head, body) = input.split_once('.').unwrap();
    let mut changed = from_b64u(signature).unwrap();
    changed[63] ^= 1;
    let without = |name: &str| {
        let mut header = good.clone();
        header.as_object_mut().unwrap().remove(name);
        signed(&header)
    };
    let plus = |name: &str, value: Value| signed(&super::with(&good, &format!("/{name}"), value));
    let unsigned = json!({ "alg": "none", "typ": typ, "kid": good["kid"] });
    let none = format!("{}.{body}.", to_b64u(unsigned.to_string().as_bytes()));
    vec![
        ("alg_none", none),
        ("alg_hs256", plus("alg", "HS256".into())),
        ("alg_lower_case", plus("alg", "es256".into())),
        ("alg_missing", without("alg")),
        ("typ_of_another_object", plus("typ", "JWT".into())),
        ("typ_missing", without("typ")),
        ("kid_missing", without("kid")),
        (
            "kid_of_another_key",
            crafted(secret, &header(&other, typ), &payload),
        ),
        ("signed_by_another_key", crafted(&other, &good, &payload)),
        (
            "key_of_nobody",
            crafted(&other, &header(&other, typ), &payload),
        ),
        ("header_jwk", plus("jwk", jwk)),
        (
            "header_jku",
            plus("jku", "https://evil.example/jwks.json".into()),
        ),
        ("header_x5c", plus("x5c", json!(["AA"]))),
        ("header_crit", plus("crit", json!(["exp"]))),
        ("header_b64", plus("b64", false.into())),
        (
            "signature_changed",
            format!("{input}.{}", to_b64u(&changed)),
        ),
        ("signature_empty", format!("{input}.")),
        (
            "signature_63_bytes",
            format!("{input}.{}", to_b64u(&changed[..63])),
        ),
        ("signature_zero", format!("{input}.{}", to_b64u(&[0; 64]))),
        ("base64_padded", format!("{head}.{body}=.{signature}")),
        (
            "base64_standard_alphabet",
            format!("{head}.{body}+.{signature}"),
        ),
        ("two_parts", input.to_owned()),
        ("four_parts", format!("{text}.AA")),
        ("truncated", text[..text.len() - 20].to_owned()),
        (
            "duplicate_member",
            crafted(
                secret,
                &good,
                &payload.replacen("{\"iss\"", "{\"iss\":\"https://evil.example\",\"iss\"", 1),
            ),
        ),
        (
            "extra_member",
            crafted(secret, &good, &payload.replacen('{', "{\"extra\":0,", 1)),
        ),
        (
            "bytes_after_the_payload",
            crafted(secret, &good, &format!("{payload}x")),
        ),
        (
            "payload_with_byte_order_mark",
            crafted(secret, &good, &format!("\u{feff}{payload}")),
        ),
        (
            "number_with_a_fraction",
            crafted(
                secret,
                &good,
                &payload.replacen("\"iat\":", "\"iat\":0.", 1),
            ),
        ),
        (
            "longer_than_16_kib",
            crafted(
                secret,
                &good,
                &format!("{payload}{}", " ".repeat(16 * 1024)),
            ),
        ),
    ]
}
