//! Offers (R4, R5, R17, R19).

use super::jws::{crafted, faults, header, payload, twin};
use super::{Folder, b64u, parsed, with};
use crate::fixed::{DAY, NOW, page};
use crate::issuer::TestIssuer;
use crate::publisher::{Article, TestPublisher};
use farthing_core::jws;
use serde_json::{Value, json};

/// Offers as a browser and as an issuer read them.
pub(super) fn offers() -> Folder {
    let mut folder = Folder::new("offer");
    let (issuer, publisher) = (TestIssuer::new(), TestPublisher::new());
    let mut article = Article::new("/article-1");
    article.embedders = vec![page("embedder")];
    let sealed = publisher.seal(&issuer, &article);
    let document = publisher.document(&issuer.id).to_json();
    let input = json!({
        "clock": "issuer", "now": NOW, "document": document, "page": publisher.id.as_str(), "path": "/article-1.html", "offer": sealed.offer_text,
    });
    let expect = json!({ "offer_hash": b64u(sealed.offer_hash.bytes()), "key_commit": b64u(sealed.claims.key_commit.bytes()) });
    let browser = with(&input, "/clock", "browser");
    let (iat, exp) = (sealed.claims.iat.get(), sealed.claims.exp.get());
    let embedded = with(
        &with(&input, "/page", "https://embedder.example"),
        "/path",
        "/anything",
    );
    let good = [
        ("article", "An article at one price.", "R19", input.clone()),
        (
            "other_signature",
            "(r, n - s) is a signature too: the offer is the same.",
            "R2",
            with(&input, "/offer", twin(&sealed.offer_text)),
        ),
        (
            "embedder",
            "A page of an embedder may show it at any path.",
            "R19",
            embedded.clone(),
        ),
        (
            "last_second",
            "It stands until the second before exp.",
            "R5",
            with(&input, "/now", exp - 1),
        ),
        (
            "iat_300_seconds_ahead",
            "An iat may be 300 seconds ahead.",
            "R5",
            with(&input, "/now", iat - 300),
        ),
        (
            "browser_a_day_late",
            "In a browser exp is a hint with a day's tolerance.",
            "R5",
            with(&browser, "/now", exp + DAY - 1),
        ),
        (
            "index_html",
            "Another spelling of the page's path.",
            "R7",
            with(&input, "/path", "/article-1/index.html"),
        ),
    ];
    for (name, about, rule, input) in good {
        folder.good(name, about, rule, &input, &expect);
    }
    let expired = [
        ("exp_at_the_second", with(&input, "/now", exp)),
        ("iat_301_seconds_ahead", with(&input, "/now", iat - 301)),
        (
            "browser_more_than_a_day_late",
            with(&browser, "/now", exp + DAY),
        ),
        (
            "browser_iat_301_seconds_ahead",
            with(&browser, "/now", iat - 301),
        ),
    ];
    for (fault, input) in expired {
        folder.bad(
            fault,
            "It does not stand at that time.",
            "R5",
            &input,
            "offer_expired",
        );
    }
    let elsewhere = [
        ("audience_longer_path", "/path", "/article-10"),
        ("audience_shorter_path", "/path", "/article-"),
        ("audience_path_below", "/path", "/article-1/comments"),
        ("audience_dot_segments", "/path", "/x/../article-1"),
        (
            "audience_origin_with_port",
            "/page",
            "https://publisher.example:8443",
        ),
        (
            "audience_origin_longer",
            "/page",
            "https://publisher.example.evil.example",
        ),
    ];
    for (fault, pointer, value) in elsewhere {
        folder.bad(
            fault,
            "The page is another.",
            "R19",
            &with(&input, pointer, value),
            "offer_audience",
        );
    }
    let stranger = with(&embedded, "/page", "https://embedder.example.evil.example");
    folder.bad(
        "audience_embedder_not_named",
        "The page's origin is no embedder.",
        "R19",
        &stranger,
        "offer_audience",
    );
    for (fault, text) in faults(&publisher.signing, &sealed.offer_text, jws::OFFER) {
        folder.bad(
            fault,
            "Not a JWS of this publisher's as R4 has it.",
            "R4",
            &with(&input, "/offer", text),
            "offer_invalid",
        );
    }

    let claims = parsed(&payload(&sealed.offer_text));
    let resign = |claims: &Value| {
        let text = crafted(
            &publisher.signing,
            &header(&publisher.signing, jws::OFFER),
            &claims.to_string(),
        );
        with(&input, "/offer", text)
    };
    let price = claims["prices"][0].clone();
    let pin = claims["pins"][0].clone();
    let mut dearer = price.clone();
    dearer["amount"] = 300_000.into();
    let mut other_issuer = pin.clone();
    other_issuer["issuer"] = "https://other.example".into();
    let part = claims["content"][0].clone();
    let invalid = [
        (
            "two_prices_of_one_issuer_and_currency",
            "/prices",
            json!([price, dearer]),
        ),
        ("no_price", "/prices", json!([])),
        ("amount_zero", "/prices/0/amount", 0.into()),
        ("pin_missing", "/pins", json!([])),
        ("pin_twice", "/pins", json!([pin, pin])),
        (
            "pin_of_an_issuer_without_price",
            "/pins",
            json!([pin, other_issuer]),
        ),
        ("pin_number_zero", "/pins/0/n", 0.into()),
        ("life_over_400_days", "/exp", (iat + 400 * DAY + 1).into()),
        ("ends_before_it_begins", "/exp", iat.into()),
        (
            "iss_of_another_publisher",
            "/iss",
            "https://other.example".into(),
        ),
        (
            "resource_not_in_normal_form",
            "/resource",
            "/article-1.html".into(),
        ),
        (
            "resource_with_dot_segments",
            "/resource",
            "/x/../article-1".into(),
        ),
        ("no_content", "/content", json!([])),
        (
            "place_on_another_host",
            "/content/0/place",
            "//evil.example/x".into(),
        ),
        (
            "place_with_backslash",
            "/content/0/place",
            "/\\evil.example/x".into(),
        ),
        (
            "place_with_tab",
            "/content/0/place",
            "/\t/evil.example/x".into(),
        ),
        ("key_commit_too_short", "/key_commit", "AAAA".into()),
        ("title_empty", "/title", "".into()),
        ("version_with_space", "/version", "a b".into()),
        (
            "seventeen_embedders",
            "/embedders",
            vec!["https://embedder.example"; 17].into(),
        ),
        (
            "embedder_with_path",
            "/embedders",
            json!(["https://embedder.example/"]),
        ),
    ];
    for (fault, pointer, value) in invalid {
        folder.bad(
            fault,
            "What it says does not fit together.",
            "section 7",
            &resign(&with(&claims, pointer, value)),
            "offer_invalid",
        );
    }
    let reserved = [
        (
            "query_in_the_resource",
            "/resource",
            "/article-1?page=2".into(),
        ),
        (
            "uses",
            "/sold",
            json!({ "kind": "uses", "n": 10, "block": 1, "block_price": 1_000 }),
        ),
        (
            "pass",
            "/sold",
            json!({ "kind": "pass", "seconds": 86_400, "scope": "/2026" }),
        ),
        ("two_content_parts", "/content", json!([part, part])),
    ];
    for (fault, pointer, value) in reserved {
        folder.bad(
            fault,
            "It sells what is reserved.",
            "section 7",
            &resign(&with(&claims, pointer, value)),
            "unsupported",
        );
    }
    folder
}
