//! A wallet that has its seed and nothing else.

use crate::fixture::{Page, Reader, Reply, Server, Shop, fixed};
use farthing_core::id::Nullifier;
use farthing_core::keyset::Keyset;
use farthing_core::request::{
    FindRequest, FindResponse, RestoreRequest, RestoreResponse, order_id,
};
use farthing_core::spent::{Prefix, SpentList};
use farthing_core::token::nullifier;
use farthing_core::wallet::{FreshToken, GAP, Seed, finish_search, search};

fn page(server: &Server) -> (Shop, Page) {
    let shop = Shop::open(server);
    let page = shop.seal(server, &server.manifest(), "/article", 123_000);
    (shop, page)
}

fn find(server: &Server, seed: &Seed, counter: u32) -> Reply {
    let claim = seed.claim(server.id(), counter).unwrap();
    let binding = FindRequest::binding(server.id(), claim.public());
    let request = FindRequest {
        claim: *claim.public(),
        signature: claim.sign(&binding),
    };
    server.post("/v1/orders/find", &request.to_json())
}

fn restore(server: &Server, request: &RestoreRequest) -> RestoreResponse {
    let reply = server.post("/v1/restore", &request.to_json()).ok(200);
    RestoreResponse::parse(reply.body.as_bytes()).unwrap()
}

/// Every token of a keyset that was ever made from this seed and branch, spent ones among them.
fn recover(server: &Server, seed: &Seed, keyset: &Keyset) -> Vec<FreshToken> {
    let (mut from, mut missed) = (0, 0);
    let mut tokens = Vec::new();
    while missed < GAP {
        let request = search(server.id(), seed, *keyset.id(), from, 50).unwrap();
        let response = restore(server, &request);
        for issued in &response.issued {
            missed = if *issued { 0 } else { missed + 1 };
        }
        let found = finish_search(server.id(), seed, keyset, from, &request, &response);
        tokens.extend(found.unwrap());
        from += 50;
    }
    tokens
}

fn spent(server: &Server, keyset: &Keyset) -> SpentList {
    let id = keyset.id().to_b64u();
    let reply = server.get(&format!("/v1/keysets/{id}/spent/all")).ok(200);
    let control = reply.header("cache-control").unwrap();
    assert_eq!(control, "public, max-age=3600");
    let all = Prefix::parse("all").unwrap();
    let keys = &server.manifest().signing_keys;
    SpentList::verify(reply.body.as_bytes(), server.id(), keys, keyset.id(), all).unwrap()
}

fn spend_identity(server: &Server, fresh: &FreshToken) -> Nullifier {
    nullifier(server.id(), fresh.token.keyset(), fresh.token.nonce())
}

#[test]
fn a_seed_brings_back_every_coin_that_was_not_spent_and_those_pay() {
    let server = Server::start();
    let (shop, page) = page(&server);
    let mut reader = Reader::loaded(&server);
    let attempt = reader.pay(&server, &page);
    let body = reader.send(&server, &attempt).ok(200).body;
    reader.finish(&page, &attempt, &body);
    let left = reader.balance();
    assert_eq!(left, 500_000 - 123_000);

    // All is lost but the seed.
    let mut lost = Reader::named(&server, "reader");
    let order = find(&server, &lost.seed, 0).ok(200);
    let order = FindResponse::parse(order.body.as_bytes()).unwrap();
    assert_eq!(order.state, "settled");
    assert_eq!((order.value.get(), order.unminted.get()), (500_000, 0));
    assert_eq!(order.pouches, 1);
    find(&server, &lost.seed, 1).is(404, "order_unknown");

    let manifest = server.manifest();
    let keysets: Vec<&Keyset> = manifest.keysets.iter().collect();
    for keyset in &keysets {
        let list = spent(&server, keyset);
        for fresh in recover(&server, &lost.seed, keyset) {
            if list.has(&spend_identity(&server, &fresh)) == Some(false) {
                lost.tokens.push(fresh);
            }
        }
    }
    assert_eq!(lost.balance(), left);
    lost.all_unspent(&server);

    // On a branch of its own no counter meets one that was used.
    lost.seed = lost.seed.on_branch(1);
    for keyset in &keysets {
        assert!(recover(&server, &lost.seed, keyset).is_empty());
    }
    let another = shop.seal(&server, &manifest, "/another", 77_000);
    let attempt = lost.pay(&server, &another);
    let body = lost.send(&server, &attempt).ok(200).body;
    lost.finish(&another, &attempt, &body);
    assert_eq!(lost.balance(), left - 77_000);
    assert_eq!(server.audit().difference(), 0);
}

#[test]
fn nothing_is_evaluated_that_was_not_evaluated_before() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    let keyset = *reader.tokens[0].token.keyset();
    let others = Seed::new(fixed("somebody else"));
    let request = search(server.id(), &others, keyset, 0, 50).unwrap();
    let response = server.unmoved(|| restore(&server, &request));
    assert_eq!(response.issued, vec![false; 50]);
    assert!(response.evaluation.is_none());

    // Among those that were: only those.
    let mut mixed = search(server.id(), &reader.seed, keyset, 0, 1).unwrap();
    mixed.elements.extend(request.elements[..3].iter().cloned());
    mixed.elements.swap(0, 2);
    let response = server.unmoved(|| restore(&server, &mixed));
    assert_eq!(response.issued, [false, false, true, false]);
    assert_eq!(response.evaluation.unwrap().evaluated.len(), 1);

    // Elements of one keyset are nothing in another.
    let other = server.manifest();
    let other = other.keysets.iter().find(|k| *k.id() != keyset).unwrap();
    let request = search(server.id(), &reader.seed, keyset, 0, 1).unwrap();
    let elsewhere = RestoreRequest {
        keyset: *other.id(),
        ..request.clone()
    };
    assert_eq!(restore(&server, &elsewhere).issued, [false]);

    // The same bytes for the same question.
    let ask = || server.post("/v1/restore", &request.to_json()).ok(200).body;
    assert_eq!(ask(), ask());
}

#[test]
fn a_restore_that_is_no_restore_is_refused_with_its_code() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    let keyset = *reader.tokens[0].token.keyset();
    let good = search(server.id(), &reader.seed, keyset, 0, 50).unwrap();
    let refused = |request: &RestoreRequest, status, code: &str| {
        let reply = server.unmoved(|| server.post("/v1/restore", &request.to_json()));
        reply.is(status, code);
    };
    let with = |change: &dyn Fn(&mut RestoreRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    refused(&with(&|r| r.elements.clear()), 400, "malformed");
    refused(
        &with(&|r| r.elements.extend(r.elements.clone())),
        400,
        "malformed",
    );
    refused(
        &with(&|r| r.elements[1] = r.elements[0].clone()),
        422,
        "element_repeated",
    );
    let unknown = farthing_core::id::KeysetId::new([9; 16]);
    refused(&with(&|r| r.keyset = unknown), 422, "keyset_unknown");
    let point = good.elements[0].bytes();
    let text = good.to_json();
    let no_point = text.replacen(&farthing_core::bytes::to_b64u(point), &"A".repeat(44), 1);
    server
        .post("/v1/restore", &no_point)
        .is(422, "element_invalid");
    let more = text.replacen('{', "{\"more\":1,", 1);
    server.post("/v1/restore", &more).is(400, "malformed");
}

#[test]
fn an_order_is_told_of_to_its_claim_key_only() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    let claim = reader.seed.claim(server.id(), 0).unwrap();
    let thief = Seed::new(fixed("thief")).claim(server.id(), 0).unwrap();
    let binding = FindRequest::binding(server.id(), claim.public());
    let stolen = FindRequest {
        claim: *claim.public(),
        signature: thief.sign(&binding),
    };
    let reply = server.post("/v1/orders/find", &stolen.to_json());
    reply.is(403, "claim_signature");
    assert!(
        !reply
            .body
            .contains(&order_id(server.id(), claim.public()).to_b64u())
    );
    // A signature for something else of the same key.
    let load = {
        let mut again = Reader::named(&server, "reader");
        again.order(500_000)
    };
    let other = FindRequest {
        claim: *claim.public(),
        signature: *load.request.signature(),
    };
    server
        .post("/v1/orders/find", &other.to_json())
        .is(403, "claim_signature");
    find(&server, &Seed::new(fixed("nobody")), 0).is(404, "order_unknown");
}

#[test]
fn what_is_spent_is_listed_by_the_hour_and_signed() {
    let server = Server::start();
    let (shop, page) = page(&server);
    let mut reader = Reader::loaded(&server);
    let manifest = server.manifest();
    let lists =
        || -> Vec<SpentList> { manifest.keysets.iter().map(|k| spent(&server, k)).collect() };
    let before = lists();
    let attempt = reader.pay(&server, &page);
    let body = reader.send(&server, &attempt).ok(200).body;
    let inputs: Vec<FreshToken> = reader.tokens.clone();
    reader.finish(&page, &attempt, &body);
    // Nobody who asks every second sees when a token is spent.
    assert_eq!(lists(), before);
    server.pass(3_600);
    let after = lists();
    for fresh in &inputs {
        let identity = spend_identity(&server, fresh);
        let is_kept = reader
            .tokens
            .iter()
            .any(|kept| kept.token.nonce() == fresh.token.nonce());
        let at = manifest
            .keysets
            .iter()
            .position(|k| k.id() == fresh.token.keyset())
            .unwrap();
        assert_eq!(before[at].has(&identity), Some(false));
        assert_eq!(after[at].has(&identity), Some(!is_kept));
        assert!(after[at].iat() > before[at].iat());
    }

    // No list passes for another's.
    let keyset = &manifest.keysets[0];
    let id = keyset.id().to_b64u();
    let reply = server.get(&format!("/v1/keysets/{id}/spent/all")).ok(200);
    let all = Prefix::parse("all").unwrap();
    let verify = |text: &str, of: &Keyset, prefix| {
        let keys = &manifest.signing_keys;
        SpentList::verify(text.as_bytes(), server.id(), keys, of.id(), prefix)
    };
    assert!(verify(&reply.body, keyset, all).is_ok());
    assert!(verify(&reply.body, &manifest.keysets[1], all).is_err());
    assert!(verify(&reply.body, keyset, Prefix::parse("0").unwrap()).is_err());
    let longer = reply.body.replacen(
        "\"spent\":\"",
        &format!("\"spent\":\"{}", "A".repeat(128)),
        1,
    );
    assert!(verify(&longer, keyset, all).is_err());
    drop(shop);
}

#[test]
fn a_prefix_has_the_length_that_hides_a_token() {
    let server = Server::start();
    let id = server.manifest().keysets[0].id().to_b64u();
    let ask = |prefix: &str| server.get(&format!("/v1/keysets/{id}/spent/{prefix}"));
    let reply = ask("0110");
    reply.is(422, "prefix_length");
    assert!(reply.body.contains("\"bits\":0"));
    ask("2").is(400, "malformed");
    ask(&"0".repeat(33)).is(400, "malformed");
    server
        .get("/v1/keysets/AAAAAAAAAAAAAAAAAAAAAA/spent/all")
        .is(404, "keyset_unknown");
    server
        .get("/v1/keysets/x/spent/all")
        .is(404, "keyset_unknown");
}
