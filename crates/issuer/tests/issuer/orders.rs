//! Bad orders.

use crate::fixture::{Reader, Server, eur, micro};
use farthing_core::money::Currency;
use farthing_core::request::OrderRequest;

/// The reader's next order with other fields, signed by its claim key.
fn order_with(
    reader: &mut Reader,
    server: &Server,
    change: impl FnOnce(&mut farthing_core::request::OrderFields),
) -> String {
    let load = reader.order(500_000);
    let mut fields = *load.request.fields();
    change(&mut fields);
    let claim = reader.seed.claim(server.id(), reader.claims - 1).unwrap();
    OrderRequest::new(fields, claim.sign(&fields.binding(server.id()))).to_json()
}

#[test]
fn amounts_terms_and_currencies_are_checked() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    server.unmoved(|| {
        let mut refused = |status, code, amount: u64| {
            let text = order_with(&mut reader, &server, |fields| fields.amount = micro(amount));
            server.post("/v1/orders", &text).is(status, code);
        };
        refused(422, "amount_invalid", 0);
        refused(422, "amount_invalid", 499_000);
        refused(422, "amount_invalid", 500_500);
        refused(422, "pocket_limit", 2_001_000);
        refused(422, "pocket_limit", 9_007_199_254_740_000);
        let text = order_with(&mut reader, &server, |fields| {
            fields.terms = farthing_core::id::TermsHash::new([1; 32]);
        });
        server.post("/v1/orders", &text).is(409, "terms_changed");
        let text = order_with(&mut reader, &server, |fields| {
            fields.currency = Currency::parse("KRW").unwrap();
        });
        server.post("/v1/orders", &text).is(422, "unsupported");
    });
    // From any page the limit is the pocket's, whatever the Origin says.
    let text = order_with(&mut reader, &server, |fields| {
        fields.amount = micro(8_000_000)
    });
    let own = server.url("");
    for origin in [own.as_str(), "https://publisher.example", "null"] {
        let headers = [("content-type", "application/json"), ("origin", origin)];
        server
            .post_with("/v1/orders", &text, &headers)
            .is(422, "pocket_limit");
    }
    assert_eq!(
        reader.manifest.currency(eur()).unwrap().pocket_max(),
        micro(2_000_000)
    );
}

#[test]
fn the_claim_key_signs_and_has_one_order() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    let text = load.request.to_json();
    server.unmoved(|| {
        let other = text.replacen("500000", "600000", 1);
        server.post("/v1/orders", &other).is(403, "claim_signature");
        server
            .post("/v1/orders", &text.replacen('{', "{\"x\":1,", 1))
            .is(400, "malformed");
        server
            .post("/v1/orders", &text[..text.len() - 2])
            .is(400, "malformed");
        let twice = text.replacen("\"amount\":", "\"amount\":500000,\"amount\":", 1);
        server.post("/v1/orders", &twice).is(400, "malformed");
    });
    server.post("/v1/orders", &text).ok(201);
    let claim = reader.seed.claim(server.id(), reader.claims - 1).unwrap();
    let mut fields = *load.request.fields();
    fields.amount = micro(600_000);
    let other = OrderRequest::new(fields, claim.sign(&fields.binding(server.id())));
    server.unmoved(|| {
        server
            .post("/v1/orders", &other.to_json())
            .is(409, "order_conflict")
    });
}

#[test]
fn a_stranger_learns_one_word() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    let path = format!("/v1/orders/{}", load.order.to_b64u());
    server.get(&path).is(404, "order_unknown");
    server.get("/v1/orders/x").is(404, "order_unknown");
    server.post("/v1/orders", &load.request.to_json()).ok(201);
    assert_eq!(server.get(&path).ok(200).body, r#"{"state":"quoted"}"#);
    server.pass(1_800);
    assert_eq!(server.get(&path).ok(200).body, r#"{"state":"expired"}"#);
}

#[test]
fn an_address_orders_so_often_and_not_more() {
    let limited = Server::limited(3);
    for _ in 0..3 {
        limited.post("/v1/orders", "{}").is(400, "malformed");
    }
    let reply = limited.post("/v1/orders", "{}");
    reply.is(429, "rate_limited");
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    // Other requests are not counted, and the minute passes.
    limited.get("/v1/manifests?from=1").ok(200);
    limited.pass(wait);
    limited.post("/v1/orders", "{}").is(400, "malformed");
}
