//! From an order to the text.

use crate::fixture::shop::TEXT;
use crate::fixture::{Reader, Server, Shop, eur, micro};
use farthing_core::bytes::sha256;
use farthing_core::content;
use farthing_core::disclosure::Disclosure;
use farthing_core::grant::Grant;
use farthing_core::json::parse_object;
use farthing_core::jwk::PublicJwk;
use farthing_core::request::OrderResponse;
use farthing_core::wallet::{OwnedGrant, open_owned};

#[test]
fn an_order_is_paid_drawn_and_spent_and_the_books_balance() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");

    // The order: a signed disclosure, nothing evaluated yet.
    let load = reader.order(2_000_000);
    let reply = server.post("/v1/orders", &load.request.to_json()).ok(201);
    let order = OrderResponse::parse(reply.body.as_bytes()).unwrap();
    assert_eq!(order.state, "quoted");
    assert_eq!(
        order.checkout,
        server.url(&format!("/checkout/{}", load.order.to_b64u()))
    );
    let keys = &reader.manifest.signing_keys;
    let disclosure = Disclosure::verify(&order.disclosure, server.id(), keys).unwrap();
    let claims = disclosure.claims();
    assert_eq!(
        (claims.total, claims.value),
        (micro(2_000_000), micro(2_000_000))
    );
    assert_eq!(
        (claims.order, claims.currency, claims.sandbox),
        (load.order, eur(), true)
    );
    assert_eq!(claims.terms.sha256.bytes(), &sha256(b"Be fair.\n"));
    assert_eq!(server.get("/terms/2026-11-22").body, "Be fair.\n");

    // Paid at the checkout; the same again changes nothing.
    let id = load.order.to_b64u();
    server.press(&id, "approve").ok(303);
    server.press(&id, "approve").ok(303);
    assert_eq!(
        server.get(&format!("/v1/orders/{id}")).member("state"),
        "settled"
    );

    // Drawn, bought, read.
    let mut reader = Reader::named(&server, "another reader");
    reader.load(&server, 2_000_000);
    assert_eq!(reader.balance(), 2_000_000);
    let page = shop.seal(&server, &reader.manifest, "/2026/turnpikes", 200_000);
    let attempt = reader.pay(&server, &page);
    let reply = reader.send(&server, &attempt).ok(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let purchase = reader.finish(&page, &attempt, &reply.body);
    assert_eq!(reader.balance(), 1_800_000);
    let owned = OwnedGrant {
        grant: &purchase.grant,
        key: &purchase.key,
        binding: &purchase.binding,
        lead_keyset: &purchase.lead_keyset,
        lead_nonce: &purchase.lead_nonce,
    };
    let (decryption, sealed) =
        open_owned(&reader.manifest, &page.offer, &reader.seed, &owned).unwrap();
    let (grant, key) = sealed.opened(decryption.open().as_deref()).unwrap();
    let part = content::SealedPart::parse(&page.part).unwrap();
    assert_eq!(content::open(&part, &key).unwrap(), TEXT);
    let claims = grant.claims();
    assert_eq!(
        (claims.amount, claims.issuer_fee, claims.tax),
        (micro(200_000), micro(20_000), micro(0))
    );
    assert_eq!(claims.refund_until, Some(server.now().plus(60)));
    assert_eq!(claims.access_until, None);

    // Change that needs a coin to be broken.
    let cheap = shop.seal(&server, &reader.manifest, "/small", 2_000);
    for _ in 0..4 {
        let attempt = reader.pay(&server, &cheap);
        let reply = reader.send(&server, &attempt).ok(200);
        reader.finish(&cheap, &attempt, &reply.body);
    }
    assert_eq!(reader.balance(), 1_792_000);
    server.audit();
}

#[test]
fn a_grant_is_verified_by_the_published_keys() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let reply = reader.send(&server, &attempt).ok(200);
    let purchase = reader.finish(&page, &attempt, &reply.body);

    let reply = server.get("/.well-known/jwks.json").ok(200);
    assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
    let set = parse_object(reply.body.as_bytes(), 65_536).unwrap();
    let keys = set.read(|set| Some(set.list("keys", 16, PublicJwk::read)));
    let keys = keys.unwrap();
    assert!(Grant::verify(&purchase.grant, server.id(), &keys).is_ok());
    let stranger = Shop::unregistered("stranger").jwk();
    assert!(Grant::verify(&purchase.grant, server.id(), &[stranger]).is_err());
}

#[test]
fn a_grant_for_one_article_does_not_open_another() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let one = shop.seal(&server, &reader.manifest, "/article-1", 10_000);
    let ten = shop.seal(&server, &reader.manifest, "/article-10", 100_000);
    let attempt = reader.pay(&server, &one);
    let reply = reader.send(&server, &attempt).ok(200);
    let purchase = reader.finish(&one, &attempt, &reply.body);
    let owned = OwnedGrant {
        grant: &purchase.grant,
        key: &purchase.key,
        binding: &purchase.binding,
        lead_keyset: &purchase.lead_keyset,
        lead_nonce: &purchase.lead_nonce,
    };
    assert!(open_owned(&reader.manifest, &one.offer, &reader.seed, &owned).is_ok());
    assert!(open_owned(&reader.manifest, &ten.offer, &reader.seed, &owned).is_err());
}

#[test]
fn the_manifest_is_the_same_after_a_restart_and_changes_only_with_its_body() {
    let mut server = Server::start();
    let first = server.get("/v1/manifests?from=1").ok(200);
    server.pass(3_600);
    server.restart();
    assert_eq!(server.get("/v1/manifests?from=1").ok(200).body, first.body);
    let manifest = server.manifest();
    let keyset = manifest.keysets.first().unwrap();
    let reply = server
        .get(&format!("/v1/keysets/{}", keyset.id().to_b64u()))
        .ok(200);
    assert_eq!(reply.body, keyset.to_json().finish());

    // A new version of the terms is a new body.
    let terms = server.folder().join("terms");
    std::fs::write(terms.join("2026-11-22.txt"), "Be fairer.\n").unwrap();
    server.restart();
    let manifest = server.manifest();
    assert_eq!(manifest.n, 2);
    assert_eq!(
        server
            .get("/v1/manifests?from=2")
            .member("heads")
            .matches('.')
            .count(),
        2
    );
}
