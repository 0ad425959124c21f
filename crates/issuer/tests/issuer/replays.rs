//! The same request, the same answer: after a restart, after every clock has run out, and all at once.

use crate::fixture::{NOW, Reader, Server, Shop, eur, micro, time};
use farthing_core::answer;
use farthing_core::id::KeysetId;
use farthing_core::money::Micro;
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::{Commitment, Element, Hour, Input, Ledger, Redemption, SealedAnswer, Split};
use std::sync::Barrier;

#[test]
fn fifty_at_once_get_the_same_bytes_and_pay_once() {
    // More than so many are refused where there are few cores.
    let server = Server::with("\n[http]\nmax_requests = 64\n");
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let text = attempt.text();
    let together = Barrier::new(50);
    let bodies: Vec<String> = std::thread::scope(|scope| {
        let ask = || {
            scope.spawn(|| {
                together.wait();
                server.post("/v1/redemptions", &text).ok(200).body
            })
        };
        let asked: Vec<_> = (0..50).map(|_| ask()).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(bodies.iter().all(|body| body == &bodies[0]));
    reader.finish(&page, &attempt, &bodies[0]);
    assert_eq!(reader.balance(), 300_000);
    reader.all_unspent(&server);
    server.audit();
}

#[test]
fn an_accepted_request_is_answered_again_whatever_has_changed() {
    let mut server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let first = reader.send(&server, &attempt).ok(200).body;
    let after = server.audit();
    server.restart();
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    // The publisher's limit sinks, its offers are withdrawn, the offer and the keysets end.
    shop.register(&server, |publisher| {
        publisher.max_price = micro(1);
        publisher.offers_valid_from = server.now().plus(DAY);
    });
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    server.pass(600 * DAY);
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    assert_eq!(server.audit(), after);
    // Fourteen months after the end of the coins the answer is gone; the coins stay spent.
    server.pass(400 * DAY);
    reader.send(&server, &attempt).is(410, "answer_expired");
    let token = attempt.payment.request.fields().inputs[0];
    let token = reader
        .tokens
        .iter()
        .find(|t| t.token.nonce() == &token.nonce)
        .unwrap();
    reader.ask(&server, &token.token).is(410, "answer_expired");
    server.audit();
}

/// Until answers were packed the bodies themselves were stored, and those must be found again too.
#[test]
fn an_answer_stored_as_a_body_is_given_again_as_it_is() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 237_000);
    let attempt = reader.pay(&server, &page);
    let (request, keys) = (&attempt.payment.request, server.keys());
    let fields = request.fields();
    let body = r#"{"grant":"of then","key":"of then","change":[]}"#;
    let purse = reader.purse();
    let lead = purse.iter().find(|t| *t.nonce() == fields.inputs[0].nonce);
    let sealed = answer::seal(lead.unwrap().output(), request.binding(), body.as_bytes());
    let worth = |id: &KeysetId| keys.mint(id).unwrap().keyset().denomination();
    let inputs = fields.inputs.iter().map(|input| Input {
        keyset: input.keyset,
        denomination: worth(&input.keyset),
        nullifier: input.nullifier,
    });
    let outputs = fields.outputs.iter();
    let outputs = outputs.map(|o| Element::new(o.keyset, worth(&o.keyset), o.blinded.bytes()));
    let redemption = Redemption {
        promo: false,
        binding: *request.binding(),
        currency: eur(),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        split: Split::new(micro(237_000), micro(23_700), Micro::ZERO).unwrap(),
        publisher: shop.id.clone(),
        offer: *page.offer.hash(),
        hour: Hour::of(server.now()),
        answer_expires: Hour::from_then_on(server.now().plus(DAY)),
        commitment: Commitment::new([7; 16]),
        answer: SealedAnswer::new(sealed.unwrap()),
    };
    server.block_on(server.ledger.redeem(redemption)).unwrap();
    assert_eq!(reader.send(&server, &attempt).ok(200).body, body);
    server.audit();
}

#[test]
fn a_spent_token_is_named_and_nothing_else_of_the_request_is_spent() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let purse = reader.tokens.clone();
    let reply = reader.send(&server, &attempt).ok(200);
    reader.finish(&page, &attempt, &reply.body);

    // Another copy of the wallet does not know, and takes some of the same coins for another article.
    let other = shop.seal(&server, &reader.manifest, "/other", 300_000);
    let kept = std::mem::replace(&mut reader.tokens, purse);
    let second = reader.pay(&server, &other);
    let spent_nonces: Vec<_> = attempt
        .payment
        .request
        .fields()
        .inputs
        .iter()
        .map(|input| input.nonce)
        .collect();
    let inputs = &second.payment.request.fields().inputs;
    let expected: Vec<String> = inputs
        .iter()
        .enumerate()
        .filter(|(_, input)| spent_nonces.contains(&input.nonce))
        .map(|(index, _)| index.to_string())
        .collect();
    assert!(
        !expected.is_empty() && expected.len() < inputs.len(),
        "some, not all"
    );
    let reply = server.unmoved(|| reader.send(&server, &second));
    reply.is(409, "token_spent");
    assert_eq!(reply.member("spent"), format!("[{}]", expected.join(",")));
    reader.tokens = kept;
    reader.all_unspent(&server);
}

#[test]
fn of_two_requests_with_one_token_at_once_exactly_one_is_accepted() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let pages: Vec<_> = (0..8)
        .map(|n| shop.seal(&server, &reader.manifest, &format!("/article-{n}"), 500_000))
        .collect();
    let texts: Vec<String> = pages
        .iter()
        .map(|page| reader.pay(&server, page).text())
        .collect();
    let together = Barrier::new(texts.len());
    let replies: Vec<_> = std::thread::scope(|scope| {
        let (together, server) = (&together, &server);
        let mut asked = Vec::new();
        for text in &texts {
            asked.push(scope.spawn(move || {
                together.wait();
                server.post("/v1/redemptions", text)
            }));
        }
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 200).count(),
        1
    );
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.is(409, "token_spent");
    }
    server.audit();
}

#[test]
fn a_drawn_pouch_is_answered_again_after_its_keysets_are_no_longer_made() {
    let mut server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 1_000_000);
    let request = reader.draw(&server, &load, 0, "0.50", 0).to_json();
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    let first = server.post(&path, &request).ok(200).body;
    assert_eq!(server.post(&path, &request).ok(200).body, first);
    server.restart();
    assert_eq!(server.post(&path, &request).ok(200).body, first);
    let next = reader.draw(&server, &load, 1, "0.50", 0).to_json();
    server.clock.set(time(NOW + 200 * DAY));
    server.unmoved(|| {
        assert_eq!(server.post(&path, &request).ok(200).body, first);
        let reply = server.post(&path, &next);
        reply.is(409, "keyset_not_mintable");
        assert_eq!(reply.member("manifest"), "1");
    });
    assert!(server.now() > Timestamp::new(NOW).unwrap());
}

#[test]
fn an_order_is_answered_again_with_the_same_disclosure() {
    let mut server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    let text = load.request.to_json();
    let first = server.post("/v1/orders", &text).ok(201).body;
    server.pass(60);
    server.restart();
    assert_eq!(server.post("/v1/orders", &text).ok(201).body, first);
    server.pass(1_800);
    let late = server.post("/v1/orders", &text).ok(201);
    assert_eq!(late.member("state"), "expired");
    server.audit();
}

#[test]
fn an_unknown_outcome_is_told_as_one_and_repeating_finds_out() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let load = reader.settled(&server, 500_000);
    let draw = reader.draw(&server, &load, 0, "0.50", 0).to_json();
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    // Somebody else holds the books, longer than the ledger waits.
    let books = rusqlite::Connection::open(server.books()).unwrap();
    books.execute_batch("BEGIN IMMEDIATE").unwrap();
    let text = attempt.text();
    let asked = [("/v1/redemptions", &text), (path.as_str(), &draw)];
    std::thread::scope(|scope| {
        for (path, text) in asked {
            let server = &server;
            scope.spawn(move || {
                let reply = server.post(path, text);
                reply.is(503, "unavailable");
                assert_eq!(reply.header("retry-after"), Some("1"));
            });
        }
    });
    // Questions that write nothing are answered meanwhile.
    server.get("/v1/manifests?from=1").ok(200);
    server.get("/healthz").ok(200);
    server.get("/readyz").is(503, "unavailable");
    books.execute_batch("ROLLBACK").unwrap();
    for (path, text) in asked {
        let first = server.post(path, text).ok(200);
        assert_eq!(server.post(path, text).ok(200).body, first.body);
    }
    server.audit();
}
