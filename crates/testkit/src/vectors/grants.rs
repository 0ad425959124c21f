//! Grants, as a reader or a publisher's server checks them (R20, R21).

use super::jws::{crafted, header, payload, twin};
use super::wallets::Scene;
use super::{Folder, b64u, parsed, with};
use farthing_core::grant::Opening;
use farthing_core::jws;
use farthing_core::sign::SecretKey;
use serde_json::{Value, json};

/// Members of a grant that is not for what was asked.
pub(super) fn faults() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "iss_of_another_issuer",
            "/iss",
            "https://other.example".into(),
        ),
        (
            "aud_of_another_publisher",
            "/aud",
            "https://other.example".into(),
        ),
        ("aud_shorter", "/aud", "https://publisher.exampl".into()),
        (
            "aud_longer",
            "/aud",
            "https://publisher.example.evil.example".into(),
        ),
        (
            "aud_with_port",
            "/aud",
            "https://publisher.example:8443".into(),
        ),
        (
            "aud_with_slash",
            "/aud",
            "https://publisher.example/".into(),
        ),
        ("jti_of_another_request", "/jti", b64u([1; 16])),
        ("subject_of_another_article", "/subject", b64u([1; 32])),
        ("kind_unknown", "/kind", "pass".into()),
        ("amount_less", "/amount", 1_000.into()),
        ("amount_more", "/amount", 200_001.into()),
        ("currency", "/currency", "USD".into()),
        ("paid_promo", "/paid", "promo".into()),
        (
            "giver",
            "/giver",
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into(),
        ),
        ("cnf_of_another_reader", "/cnf/jwk", jwk()),
        (
            "cnf_with_another_member",
            "/cnf/jkt",
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into(),
        ),
    ]
}

/// A key of nobody.
fn jwk() -> Value {
    let key = SecretKey::from_bytes(&[5; 32]).unwrap().public().unwrap();
    let uncompressed = key.uncompressed();
    let (x, y) = uncompressed[1..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "x": b64u(x), "y": b64u(y) })
}

/// The grant of the purchase, with its opening.
pub(super) fn grants(scene: &Scene) -> Folder {
    let mut folder = Folder::new("grant");
    let response = parsed(&scene.redeem.1);
    let grant = response["grant"].as_str().unwrap();
    let fields = scene.payment.request.fields();
    let offer = scene.article.offer(&scene.publisher);
    let opening = Opening::of(&offer, fields.salt);
    let input = json!({
        "manifest": scene.issuer.body_bytes(),
        "publisher": scene.publisher.id.as_str(),
        "binding": b64u(scene.payment.request.binding().bytes()),
        "cnf": b64u(fields.cnf.bytes()),
        "amount": fields.price.amount.get(),
        "currency": "EUR",
        "opening": {
            "salt": b64u(opening.salt.bytes()),
            "resource": opening.resource.as_str(),
            "version": opening.version.as_str(),
            "offer_hash": b64u(opening.offer_hash.bytes()),
            "key_commit": b64u(opening.key_commit.bytes()),
        },
        "grant": grant,
    });
    let claims = parsed(&payload(grant));
    let expect = json!({ "subject": claims["subject"], "jti": claims["jti"] });
    let resign = |claims: &Value| {
        let secret = &scene.issuer.signing;
        with(
            &input,
            "/grant",
            crafted(secret, &header(secret, jws::GRANT), &claims.to_string()),
        )
    };
    folder.good("article", "An article, for ever.", "R21", &input, &expect);
    folder.good(
        "other_signature",
        "(r, n - s) is a signature too: the grant is the same.",
        "R2",
        &with(&input, "/grant", twin(grant)),
        &expect,
    );
    let late = with(&claims, "/iat", claims["iat"].as_u64().unwrap() + 86_400);
    folder.good(
        "iat_of_a_faster_clock",
        "Its iat is no reason to refuse.",
        "R21",
        &resign(&late),
        &expect,
    );
    for (fault, text) in super::jws::faults(&scene.issuer.signing, grant, jws::GRANT) {
        folder.bad(
            fault,
            "Not a JWS of this issuer's as R4 has it.",
            "R4",
            &with(&input, "/grant", text),
            "grant_invalid",
        );
    }
    for (fault, pointer, value) in faults() {
        folder.bad(
            fault,
            "It is not for what was asked.",
            "R21",
            &resign(&with(&claims, pointer, value)),
            "grant_invalid",
        );
    }
    let openings = [
        ("opening_with_another_salt", "/opening/salt", b64u([1; 32])),
        (
            "opening_of_a_longer_path",
            "/opening/resource",
            "/2026/turnpikes0".into(),
        ),
        (
            "opening_of_another_version",
            "/opening/version",
            "10".into(),
        ),
        (
            "opening_of_another_offer",
            "/opening/offer_hash",
            b64u([1; 32]),
        ),
        (
            "opening_of_another_key",
            "/opening/key_commit",
            b64u([1; 32]),
        ),
    ];
    for (fault, pointer, value) in openings {
        folder.bad(
            fault,
            "The opening is not of this grant's subject.",
            "section 8",
            &with(&input, pointer, value),
            "grant_invalid",
        );
    }
    folder
}
