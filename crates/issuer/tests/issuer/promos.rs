//! Starter tokens over HTTP: claimed within a day's budget, spent at their publisher only, and never money.

use crate::fixture::{Page, Reader, Reply, Server, Shop, eur, micro};
use farthing_core::bytes::to_b64u;
use farthing_core::grant::Paid;
use farthing_core::id::OrderId;
use farthing_core::json::parse_object;
use farthing_core::manifest::{Body, Pin, WalkError};
use farthing_core::origin::PublisherId;
use farthing_core::promo::{self, PromoHead, PromoManifest};
use farthing_core::request::{
    DrawResponse, Input, PromoRequest, RedeemRequest, RedeemResponse, SwapResponse,
};
use farthing_core::time::DAY;
use farthing_core::wallet::{
    self, Basket, Counters, FreshToken, Payment, Pouch, SwapCoin, SwapPlan, finish_payment,
    finish_swap,
};
use farthing_ledger::Ledger;

const GRANT: u64 = 600_000;

/// With what publisher.example gives: 0.60, three times a day.
fn giving() -> Server {
    with_claims(1_000)
}

fn with_claims(per_minute: u32) -> Server {
    Server::with(&format!(
        "claims_per_minute = {per_minute}\n\n[[promo]]\npublisher = \"https://publisher.example\"\n\
         grant = \"0.60\"\nper_day = 3\n"
    ))
}

fn heads(server: &Server, of: &PublisherId) -> Vec<PromoHead> {
    let path = format!(
        "/v1/publishers/{}/manifests?from=1",
        to_b64u(of.as_str().as_bytes())
    );
    let reply = server.get(&path).ok(200);
    let heads = parse_object(reply.body.as_bytes(), 262_144).unwrap();
    let parse = |text: &str| PromoHead::parse(text).ok();
    let heads = heads.read(|object| Some(object.texts("heads", 200, parse)));
    heads.unwrap()
}

fn list(server: &Server, reader: &Reader, shop: &Shop, seen: Option<&Pin>) -> PromoManifest {
    let heads = heads(server, &shop.id);
    let hash = heads.last().unwrap().body().to_b64u();
    let body = server.get(&format!("/v1/manifests/bodies/{hash}")).ok(200);
    let body = body.body.as_bytes();
    let now = server.now();
    promo::walk(&reader.manifest, &shop.id, seen, &heads, body, now).unwrap()
}

/// A reader's starter tokens of one publisher, with the keysets of money out of sight.
struct Starters {
    body: Body,
    tokens: Vec<FreshToken>,
}

fn claim(reader: &mut Reader, list: &PromoManifest) -> (OrderId, PromoRequest) {
    let claim = wallet::claim_promo(list, &reader.seed, reader.claims);
    reader.claims += 1;
    claim.unwrap()
}

fn drawn(server: &Server, reader: &mut Reader, list: &PromoManifest) -> Starters {
    let (order, request) = claim(reader, list);
    let reply = server.post("/v1/promo", &request.to_json()).ok(201);
    assert_eq!(reply.member("order"), order.to_b64u());
    assert_eq!(reply.member("state"), "settled");
    let body = list.body_over(&reader.manifest);
    let pouch = Pouch {
        order,
        claim_counter: reader.claims - 1,
        number: 0,
        mix: "",
        rest: micro(GRANT),
        currency: eur(),
    };
    let before = reader.counters.clone();
    let now = server.now();
    let draw = wallet::draw(&body, &reader.seed, &pouch, &mut reader.counters, now).unwrap();
    let path = format!("/v1/orders/{}/draw", order.to_b64u());
    let reply = server.post(&path, &draw.to_json()).ok(200);
    assert_eq!(server.post(&path, &draw.to_json()).body, reply.body);
    let response = DrawResponse::parse(reply.body.as_bytes()).unwrap();
    let tokens = wallet::finish_draw(&body, &reader.seed, &draw, &before, &response).unwrap();
    Starters { body, tokens }
}

fn worth(tokens: &[FreshToken]) -> u64 {
    tokens.iter().map(|fresh| fresh.amount.get()).sum()
}

fn plan(server: &Server, reader: &mut Reader, starters: &Starters, page: &Page) -> Payment {
    let tokens: Vec<_> = starters.tokens.iter().map(|f| f.token.clone()).collect();
    let basket = Basket {
        offer: &page.offer,
        offer_text: &page.offer_text,
        price: page.price(),
        wrap: page.wrap,
        tokens: &tokens,
    };
    let now = server.now();
    let (seed, counters) = (&reader.seed, &mut reader.counters);
    wallet::pay(&starters.body, seed, &basket, counters, now).unwrap()
}

fn finish(
    reader: &Reader,
    starters: &mut Starters,
    page: &Page,
    (payment, before): (&Payment, &Counters),
    reply: &Reply,
) {
    let response = RedeemResponse::parse(reply.body.as_bytes()).unwrap();
    let request = &payment.request;
    let finished = finish_payment(
        &starters.body,
        &reader.seed,
        &page.offer,
        request,
        before,
        &response,
    );
    let (decryption, sealed) = finished.unwrap();
    let purchase = sealed.opened(decryption.open().as_deref()).unwrap();
    let inputs = &request.fields().inputs;
    starters
        .tokens
        .retain(|fresh| inputs.iter().all(|i| i.nonce != *fresh.token.nonce()));
    starters.tokens.extend(purchase.change);
}

/// The accounts of the books that hold something.
fn accounts(server: &Server) -> Vec<String> {
    let snapshot = server.block_on(server.ledger.snapshot()).unwrap();
    let balances = snapshot.balances.into_iter();
    let balances = balances.filter(|balance| balance.amount != 0);
    balances.map(|balance| balance.account).collect()
}

fn balanced(server: &Server) {
    let report = server.block_on(server.ledger.audit()).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
}

#[test]
fn starters_are_claimed_and_read_with_and_nobody_is_paid() {
    let mut server = giving();
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    let given = list(&server, &reader, &shop, None);
    assert_eq!((given.grant, given.keysets.len()), (micro(GRANT), 4));
    // The keysets are found by their ids too, and are none of the issuer's own list.
    for keyset in &given.keysets {
        let path = format!("/v1/keysets/{}", keyset.id().to_b64u());
        let found = server.get(&path).ok(200);
        assert_eq!(found.member("kind"), "promo");
        assert_eq!(found.member("publisher"), shop.id.as_str());
        assert!(reader.manifest.keyset(keyset.id()).is_none());
    }

    let mut starters = drawn(&server, &mut reader, &given);
    assert_eq!(worth(&starters.tokens), GRANT);
    for (read, path) in ["/one", "/two", "/three"].into_iter().enumerate() {
        let page = shop.seal(&server, &reader.manifest, path, 200_000);
        let before = reader.counters.clone();
        let payment = plan(&server, &mut reader, &starters, &page);
        let text = payment.request.to_json();
        let reply = server.post("/v1/redemptions", &text).ok(200);
        // The same request gets the same bytes, also after a restart.
        if read == 0 {
            server.restart();
        }
        assert_eq!(server.post("/v1/redemptions", &text).body, reply.body);
        let grant = RedeemResponse::parse(reply.body.as_bytes()).unwrap().grant;
        let keys = &reader.manifest.signing_keys;
        let grant = farthing_core::grant::Grant::verify(&grant, server.id(), keys).unwrap();
        let claims = grant.claims();
        assert_eq!((claims.paid, claims.amount), (Paid::Promo, micro(200_000)));
        assert_eq!((claims.issuer_fee, claims.tax), (micro(0), micro(0)));
        finish(&reader, &mut starters, &page, (&payment, &before), &reply);
        let left = GRANT - 200_000 * (u64::try_from(read).unwrap() + 1);
        assert_eq!(worth(&starters.tokens), left);
    }
    let accounts = accounts(&server);
    assert!(
        accounts.iter().all(|name| name.starts_with("promo_")),
        "{accounts:?}"
    );
    balanced(&server);
}

#[test]
fn starters_buy_at_their_publisher_only_and_never_beside_money() {
    let server = giving();
    let shop = Shop::open(&server);
    let other = Shop::unregistered("other");
    other.register(&server, |_| {});
    let mut reader = Reader::loaded(&server);
    let given = list(&server, &reader, &shop, None);
    let starters = drawn(&server, &mut reader, &given);

    let elsewhere = other.seal(&server, &reader.manifest, "/elsewhere", 200_000);
    let payment = plan(&server, &mut reader, &starters, &elsewhere);
    let refused = server.post("/v1/redemptions", &payment.request.to_json());
    refused.is(422, "token_not_for_publisher");

    // Money with one starter token among it, change in money for starters, change in starters for money.
    let page = shop.seal(&server, &reader.manifest, "/here", 200_000);
    let money = reader.pay(&server, &page).payment;
    let payment = plan(&server, &mut reader, &starters, &page);
    let again = |fields| {
        let purse: Vec<_> = reader.purse();
        let own = starters.tokens.iter().map(|fresh| fresh.token.clone());
        let all: Vec<_> = purse.into_iter().chain(own).collect();
        let request = RedeemRequest::new(fields, server.id(), |input: &Input, binding| {
            let token = all.iter().find(|token| token.nonce() == &input.nonce)?;
            Some(token.output().mac(binding))
        });
        request.unwrap().to_json()
    };
    let mut mixed = money.request.fields().clone();
    mixed
        .inputs
        .extend(payment.request.fields().inputs.first().copied());
    mixed.inputs.sort_by_key(|input| input.nullifier);
    // The sums fit: 0.200 in money is 0.176 and 0.024 in starters, and the other way round.
    let cheap = shop.seal(&server, &reader.manifest, "/cheap", 176_000);
    let (now, change) = (server.now(), micro(24_000));
    let elements = |body: &Body, counters: &mut Counters| {
        wallet::elements_for(body, &reader.seed, eur(), change, counters, now).unwrap()
    };
    let mut counters = reader.counters.clone();
    let mut to_starters = money.request.fields().clone();
    to_starters.outputs = elements(&starters.body, &mut counters);
    let mut to_money = payment.request.fields().clone();
    to_money.outputs = elements(&reader.manifest, &mut counters);
    for fields in [&mut to_starters, &mut to_money] {
        fields.offer.clone_from(&cheap.offer_text);
        fields.price = cheap.price().clone();
        fields.wrap = cheap.wrap;
    }
    for fields in [mixed, to_starters, to_money] {
        server
            .post("/v1/redemptions", &again(fields))
            .is(422, "unbalanced");
    }
    // What was given is not given on.
    let mut gift = payment.request.fields().clone();
    gift.giver = Some(gift.cnf);
    let refused = server.post("/v1/redemptions", &again(gift));
    refused.is(422, "unsupported");
    // Nothing of all that was spent.
    server
        .post("/v1/redemptions", &payment.request.to_json())
        .ok(200);
    server
        .post("/v1/redemptions", &money.request.to_json())
        .ok(200);
    balanced(&server);
}

#[test]
fn starters_are_swapped_into_starters_and_into_nothing_else() {
    let server = giving();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let given = list(&server, &reader, &shop, None);
    let starters = drawn(&server, &mut reader, &given);
    let coin = |fresh: &'_ FreshToken| (fresh.clone(), *fresh.token.keyset());
    let coins: Vec<_> = starters.tokens.iter().map(coin).collect();
    let coins: Vec<SwapCoin<'_>> = coins
        .iter()
        .map(|(fresh, id)| SwapCoin {
            token: &fresh.token,
            keyset: starters.body.keyset(id).unwrap(),
            branch: 0,
            counter: fresh.counter,
            shown: false,
        })
        .collect();
    let plan = SwapPlan {
        currency: eur(),
        coins: &coins,
        given: &[],
    };
    let now = server.now();
    // With the issuer's own list the wallet asks for money.
    let (seed, counters) = (&reader.seed, &mut reader.counters);
    let wrong = wallet::swap(&reader.manifest, seed, &plan, counters, now).unwrap();
    server
        .post("/v1/swaps", &wrong.to_json())
        .is(422, "unbalanced");
    let before = reader.counters.clone();
    let (seed, counters) = (&reader.seed, &mut reader.counters);
    let right = wallet::swap(&starters.body, seed, &plan, counters, now).unwrap();
    let reply = server.post("/v1/swaps", &right.to_json()).ok(200);
    let response = SwapResponse::parse(reply.body.as_bytes()).unwrap();
    let fresh = finish_swap(&starters.body, &reader.seed, &right, 0, &before, &response);
    assert_eq!(worth(&fresh.unwrap()), GRANT);
    balanced(&server);
}

#[test]
fn a_publisher_gives_so_much_a_day_and_what_it_says() {
    let server = giving();
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    let given = list(&server, &reader, &shop, None);
    let (_, first) = claim(&mut reader, &given);
    let reply = server.post("/v1/promo", &first.to_json()).ok(201);
    for _ in 0..2 {
        let (_, next) = claim(&mut reader, &given);
        server.post("/v1/promo", &next.to_json()).ok(201);
    }
    let (_, late) = claim(&mut reader, &given);
    server
        .post("/v1/promo", &late.to_json())
        .is(409, "promo_spent");
    // Who has it already is told so again.
    assert_eq!(server.post("/v1/promo", &first.to_json()).body, reply.body);
    server.pass(DAY);
    server.post("/v1/promo", &late.to_json()).ok(201);

    let signed = |change: &dyn Fn(&mut farthing_core::request::PromoFields)| {
        let mut fields = first.fields().clone();
        let key = reader.seed.claim(server.id(), 77).unwrap();
        fields.claim = *key.public();
        change(&mut fields);
        let signature = key.sign(&fields.binding(server.id()));
        PromoRequest::new(fields, signature).to_json()
    };
    let more = signed(&|fields| fields.amount = micro(GRANT + 1_000));
    server.post("/v1/promo", &more).is(422, "amount_invalid");
    let nobody = signed(&|fields| fields.publisher = Shop::unregistered("nobody").id);
    server
        .post("/v1/promo", &nobody)
        .is(422, "publisher_unknown");
    let forged = PromoRequest::new(late.fields().clone(), *first.signature());
    server
        .post("/v1/promo", &forged.to_json())
        .is(403, "claim_signature");
    let signature = first.to_json();
    server
        .post(
            "/v1/promo",
            &signature.replace("publisher\"", "publishers\""),
        )
        .is(400, "malformed");
    balanced(&server);
}

#[test]
fn one_address_claims_so_often_a_minute() {
    let server = with_claims(2);
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    let given = list(&server, &reader, &shop, None);
    for _ in 0..2 {
        let (_, request) = claim(&mut reader, &given);
        server.post("/v1/promo", &request.to_json()).ok(201);
    }
    let (_, request) = claim(&mut reader, &given);
    let refused = server.post("/v1/promo", &request.to_json());
    refused.is(429, "rate_limited");
}

#[test]
fn a_list_that_contradicts_what_was_seen_is_a_fork() {
    let server = giving();
    let shop = Shop::open(&server);
    let reader = Reader::named(&server, "reader");
    let given = list(&server, &reader, &shop, None);
    let seen = given.seen();
    assert_eq!(list(&server, &reader, &shop, Some(seen)).seen(), seen);
    let heads = heads(&server, &shop.id);
    let body = given.to_json();
    let (body, now) = (body.as_bytes(), server.now());
    let walk = |of: &PublisherId, seen: Option<&Pin>, heads: &[PromoHead], body: &[u8]| {
        promo::walk(&reader.manifest, of, seen, heads, body, now).map(|list| *list.seen())
    };
    assert_eq!(walk(&shop.id, None, &heads, body), Ok(*seen));
    let other = Pin {
        hash: farthing_core::id::HeadHash::new([7; 32]),
        ..*seen
    };
    let fork = Err(WalkError::Fork);
    assert_eq!(walk(&shop.id, Some(&other), &heads, body), fork);
    let later = Pin { n: 2, ..*seen };
    assert_eq!(walk(&shop.id, Some(&later), &heads, body), fork);
    assert_eq!(walk(&shop.id, Some(seen), &[], body), fork);
    let invalid = Err(WalkError::Invalid);
    let elsewhere = Shop::unregistered("other").id;
    assert_eq!(walk(&elsewhere, None, &heads, body), invalid);
    let mut longer = body.to_vec();
    longer.push(b' ');
    assert_eq!(walk(&shop.id, None, &heads, &longer), invalid);
}
