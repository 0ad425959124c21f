//! Purchases given back over HTTP: within their time, once, for a right, and the same answer again.

use crate::fixture::{Page, Reader, Server, Shop, eur, micro};
use crate::replicas::all_at_once;
use farthing_core::grant::{Grant, GrantClaims};
use farthing_core::id::{KeysetId, Nonce};
use farthing_core::request::{
    AnswerResponse, DrawRequest, DrawResponse, RedeemResponse, RefundFields, RefundRequest,
    RefundResponse,
};
use farthing_core::time::HOUR;
use farthing_core::wallet::{
    self, Counters, FreshToken, Undo, finish_draw, finish_refund, inquire,
};
use farthing_issuer::config::Config;
use farthing_issuer::keys::{Wanted, rotate};
use farthing_issuer::random::SystemRandom;
use farthing_issuer::usecase::expire::expire;

const REFUNDS: &str = "/v1/refunds";

/// One right for each 0.20 of a load, and 1.00 a day from each publisher.
fn giving() -> Server {
    Server::with("\n[undo]\nright_per = \"0.20\"\nper_day = \"1.00\"\n")
}

/// A purchase, and what its reader needs to give it back.
struct Bought {
    grant: String,
    claims: GrantClaims,
    keyset: KeysetId,
    nonce: Nonce,
}

fn buy(server: &Server, shop: &Shop, reader: &mut Reader, path: &str, amount: u64) -> Bought {
    let page = page(server, shop, reader, path, amount);
    pay_for(server, reader, &page)
}

fn pay_for(server: &Server, reader: &mut Reader, page: &Page) -> Bought {
    let attempt = reader.pay(server, page);
    let body = reader.send(server, &attempt).ok(200).body;
    let response = RedeemResponse::parse(body.as_bytes()).unwrap();
    let purchase = reader.finish(page, &attempt, &body);
    let keys = reader.manifest.grant_keys();
    let grant = Grant::verify(&response.grant, server.id(), &keys).unwrap();
    Bought {
        grant: response.grant,
        claims: grant.claims().clone(),
        keyset: purchase.lead_keyset,
        nonce: purchase.lead_nonce,
    }
}

fn page(server: &Server, shop: &Shop, reader: &Reader, path: &str, amount: u64) -> Page {
    shop.seal_as(server, &reader.manifest, path, amount, |claims| {
        claims.refund = HOUR;
    })
}

/// A reader with 0.50 in coins and the two rights of that load.
fn reader(server: &Server, name: &str) -> (Reader, Vec<FreshToken>) {
    let mut reader = Reader::named(server, name);
    reader.load(server, 500_000);
    let (_, request, before) = rights_draw(server, &mut reader, 1);
    let reply = server
        .post(&draw_path(&request), &request.to_json())
        .ok(200);
    let response = DrawResponse::parse(reply.body.as_bytes()).unwrap();
    let rights = finish_draw(&reader.manifest, &reader.seed, &request, &before, &response);
    let rights = rights.unwrap();
    assert_eq!(rights.len(), 2);
    (reader, rights)
}

fn draw_path(request: &DrawRequest) -> String {
    format!("/v1/orders/{}/draw", request.fields().order.to_b64u())
}

/// Asks for the rights of the order made last.
fn rights_draw(
    server: &Server,
    reader: &mut Reader,
    pouch: u32,
) -> (wallet::Load, DrawRequest, Counters) {
    reader.claims -= 1;
    let load = reader.order(500_000);
    let before = reader.counters.clone();
    let request = reader.draw(server, &load, pouch, "rights", 500_000);
    (load, request, before)
}

fn plan(
    server: &Server,
    reader: &mut Reader,
    bought: &Bought,
    right: &FreshToken,
) -> (RefundRequest, Counters) {
    let before = reader.counters.clone();
    let undo = Undo {
        grant: &bought.grant,
        claims: &bought.claims,
        lead_keyset: &bought.keyset,
        lead_nonce: &bought.nonce,
        right: &right.token,
    };
    let now = server.now();
    let (manifest, seed) = (&reader.manifest, &reader.seed);
    let request = wallet::refund(manifest, seed, &undo, &mut reader.counters, now);
    (request.unwrap(), before)
}

fn keep(reader: &mut Reader, request: &RefundRequest, before: &Counters, body: &str) {
    let response = RefundResponse::parse(body.as_bytes()).unwrap();
    let (manifest, seed) = (&reader.manifest, &reader.seed);
    let fresh = finish_refund(manifest, seed, request, before, &response);
    reader.tokens.extend(fresh.unwrap());
}

/// The same request with other fields, with the mac and the signature of the one that it was.
fn changed(
    server: &Server,
    request: &RefundRequest,
    change: impl FnOnce(&mut RefundFields),
) -> String {
    let mut fields = request.fields().clone();
    change(&mut fields);
    let (mac, signature) = (*request.mac(), *request.signature());
    let request = RefundRequest::new(fields, server.id(), |_| Some(mac), |_| Some(signature));
    request.unwrap().to_json()
}

#[test]
fn a_purchase_comes_back_as_coins_that_pay_and_the_same_request_gets_the_same_answer() {
    let mut server = giving();
    assert!(
        server
            .get("/.well-known/farthing-issuer.json")
            .body
            .contains("\"refunds\":[\"undo\"]")
    );
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let bought = buy(&server, &shop, &mut reader, "/article", 200_000);
    assert_eq!(reader.balance(), 300_000);
    let (request, before) = plan(&server, &mut reader, &bought, &rights[0]);
    let text = request.to_json();
    let body = server.post(REFUNDS, &text).ok(200).body;
    assert_eq!(server.post(REFUNDS, &text).ok(200).body, body);
    let audited = server.audit();
    assert_eq!(audited.difference(), 0);
    server.restart();
    // Whatever the clock says by now.
    server.pass(400 * 24 * HOUR);
    assert_eq!(server.post(REFUNDS, &text).ok(200).body, body);
    server.clock.set(crate::fixture::time(crate::fixture::NOW));
    keep(&mut reader, &request, &before, &body);
    assert_eq!(reader.balance(), 500_000);
    assert_eq!(server.audit(), audited);
    // It stands on the list that servers and purses read.
    let list = server.get("/v1/revocations").ok(200).body;
    assert!(list.contains(&grant_id_text(&bought)), "{list}");
    let again = buy(&server, &shop, &mut reader, "/article", 500_000);
    assert_eq!(again.claims.amount, micro(500_000));
    assert_eq!(reader.balance(), 0);
    // Who has the right and nothing else learns what became of it.
    let asked = inquire(server.id(), &rights[0].token).to_json();
    let reply = server.post("/v1/answers", &asked).ok(200);
    let answer = AnswerResponse::parse(reply.body.as_bytes()).unwrap();
    assert_eq!(answer.operation, "refund");
    assert_eq!(answer.binding, *request.binding());
}

/// Sends what is answered, and what is refused for one reason or another: the text, and status and code of the refusal.
pub(crate) fn one_of_each(server: &Server, mut send: impl FnMut(&str, Option<(u16, &str)>)) {
    let shop = Shop::open(server);
    let (mut reader, rights) = reader(server, "undoer");
    let bought = buy(server, &shop, &mut reader, "/undo", 100_000);
    let (request, _) = plan(server, &mut reader, &bought, &rights[0]);
    send(&request.to_json(), None);
    let (again, _) = plan(server, &mut reader, &bought, &rights[1]);
    send(&again.to_json(), Some((409, "grant_revoked")));
    let less = changed(server, &again, |fields| {
        fields.outputs.pop();
    });
    send(&less, Some((422, "token_invalid")));
    send("{}", Some((400, "malformed")));
    let late = buy(server, &shop, &mut reader, "/late", 100_000);
    let (late, _) = plan(server, &mut reader, &late, &rights[1]);
    server.pass(HOUR);
    send(&late.to_json(), Some((410, "refund_over")));
    server.clock.set(crate::fixture::time(crate::fixture::NOW));
}

fn grant_id_text(bought: &Bought) -> String {
    let id = bought.claims.id.to_b64u();
    // The list is of bytes, sixteen for each; one alone reads as its id does, but for the last digit.
    id[..id.len() - 1].to_owned()
}

#[test]
fn a_grant_is_given_back_once_and_only_by_whom_it_is_for() {
    let server = giving();
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let bought = buy(&server, &shop, &mut reader, "/article", 100_000);
    let other = buy(&server, &shop, &mut reader, "/other", 100_000);
    let (request, _) = plan(&server, &mut reader, &bought, &rights[0]);
    // Another's signature, or of another grant: nothing is spent.
    let stolen = |fields: &mut RefundFields| fields.grant.clone_from(&other.grant);
    let stolen = server.post(REFUNDS, &changed(&server, &request, stolen));
    stolen.is(422, "token_invalid");
    let (of_other, _) = plan(&server, &mut reader, &other, &rights[0]);
    let fields = request.fields().clone();
    let mac = |binding: &_| Some(rights[0].token.output().mac(binding));
    let forged = RefundRequest::new(fields, server.id(), mac, |_| Some(*of_other.signature()));
    let forged = server.post(REFUNDS, &forged.unwrap().to_json());
    forged.is(403, "grant_signature");
    // More than was paid, another right's mac, money in the place of a right.
    let less = changed(&server, &request, |fields| {
        fields.outputs.pop();
    });
    server.post(REFUNDS, &less).is(422, "token_invalid");
    server.post(REFUNDS, &request.to_json()).ok(200);
    let (again, _) = plan(&server, &mut reader, &bought, &rights[1]);
    server
        .post(REFUNDS, &again.to_json())
        .is(409, "grant_revoked");
    let (spent, _) = plan(&server, &mut reader, &other, &rights[0]);
    server
        .post(REFUNDS, &spent.to_json())
        .is(409, "token_spent");
    let (good, _) = plan(&server, &mut reader, &other, &rights[1]);
    server.post(REFUNDS, &good.to_json()).ok(200);
    assert_eq!(server.audit().difference(), 0);
}

#[test]
fn outputs_that_are_not_the_price_are_refused_and_spend_nothing() {
    let server = giving();
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let bought = buy(&server, &shop, &mut reader, "/article", 300_000);
    let (request, _) = plan(&server, &mut reader, &bought, &rights[0]);
    let cnf = |binding: &farthing_core::id::Binding| wallet_signature(&reader, &bought, binding);
    let with = |change: &dyn Fn(&mut RefundFields)| {
        let mut fields = request.fields().clone();
        change(&mut fields);
        let mac = |binding: &_| Some(rights[0].token.output().mac(binding));
        let request = RefundRequest::new(fields, server.id(), mac, |b| Some(cnf(b)));
        server.post(REFUNDS, &request.unwrap().to_json())
    };
    let less = with(&|fields| {
        fields.outputs.pop();
    });
    less.is(422, "unbalanced");
    let rights_keyset = *rights[1].token.keyset();
    let right = with(&|fields| fields.outputs[0].keyset = rights_keyset);
    right.is(422, "unbalanced");
    let unknown = with(&|fields| fields.outputs[0].keyset = KeysetId::new([7; 16]));
    unknown.is(422, "keyset_unknown");
    with(&|_| {}).ok(200);
}

fn wallet_signature(
    reader: &Reader,
    bought: &Bought,
    binding: &farthing_core::id::Binding,
) -> [u8; 64] {
    let key = reader
        .seed
        .cnf(&reader.manifest.issuer, &bought.keyset, &bought.nonce);
    key.unwrap().sign(binding.bytes())
}

#[test]
fn the_time_and_the_day_of_the_publisher_bound_it() {
    let server = giving();
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let bought = buy(&server, &shop, &mut reader, "/article", 100_000);
    let (request, before) = plan(&server, &mut reader, &bought, &rights[0]);
    server.pass(HOUR);
    server
        .post(REFUNDS, &request.to_json())
        .is(410, "refund_over");
    server.clock.set(crate::fixture::time(crate::fixture::NOW));
    let body = server.post(REFUNDS, &request.to_json()).ok(200).body;
    keep(&mut reader, &request, &before, &body);
    // 1.00 a day: ten of 0.10 are given back, the eleventh is not.
    let mut given = 1;
    for n in 0.. {
        let (mut another, rights) = self::reader(&server, &format!("reader {n}"));
        for right in &rights {
            let bought = buy(&server, &shop, &mut another, "/article", 100_000);
            let (request, _) = plan(&server, &mut another, &bought, right);
            let reply = server.post(REFUNDS, &request.to_json());
            if given == 10 {
                reply.is(409, "refund_budget");
                server.pass(24 * HOUR);
                // The next day has its own; by then the time for this one is over.
                server
                    .post(REFUNDS, &request.to_json())
                    .is(410, "refund_over");
                return;
            }
            reply.ok(200);
            given += 1;
        }
    }
}

#[test]
fn a_grant_is_not_given_back_twice_because_its_access_was_shorter_than_its_undo() {
    let server = giving();
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let sealed = shop.seal_as(&server, &reader.manifest, "/brief", 100_000, |claims| {
        claims.access = 60;
        claims.refund = 6 * HOUR;
    });
    let bought = pay_for(&server, &mut reader, &sealed);
    let (first, _) = plan(&server, &mut reader, &bought, &rights[0]);
    server.post(REFUNDS, &first.to_json()).ok(200);
    server.pass(3 * HOUR);
    server
        .block_on(expire(&server.ledger, &server.clock))
        .unwrap();
    let (again, _) = plan(&server, &mut reader, &bought, &rights[1]);
    let again = again.to_json();
    server.post(REFUNDS, &again).is(409, "grant_revoked");
    // When it is forgotten, the time is over as well.
    server.pass(4 * HOUR);
    server
        .block_on(expire(&server.ledger, &server.clock))
        .unwrap();
    server.post(REFUNDS, &again).is(410, "refund_over");
    assert_eq!(server.audit().difference(), 0);
}

#[test]
fn an_issuer_without_undo_announces_none_and_gives_nothing_back() {
    let server = Server::start();
    let directory = server.get("/.well-known/farthing-issuer.json").body;
    assert!(!directory.contains("refunds"), "{directory}");
    let manifest = server.manifest();
    assert!(manifest.rights.is_empty());
    // Nor does a load give rights.
    let mut reader = Reader::loaded(&server);
    let load = reader.settled(&server, 500_000);
    let with = giving();
    let (_, rights) = self::reader(&with, "other");
    let request = format!(
        "{{\"manifest\":1,\"pouch\":0,\"mix\":\"rights\",\"elements\":[],\"signature\":\"{}\"}}",
        "A".repeat(86)
    );
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    server.post(&path, &request).is(403, "claim_signature");
    assert_eq!(rights.len(), 2);
}

#[test]
fn rights_are_as_many_as_the_load_gives_and_come_last() {
    let server = giving();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 500_000);
    let early = reader.draw(&server, &load, 0, "rights", 500_000);
    let reply = server.post(&draw_path(&early), &early.to_json());
    reply.is(409, "pouch_unavailable");
    let all = reader.draw(&server, &load, 0, "0.50", 0);
    server.post(&draw_path(&all), &all.to_json()).ok(200);
    // As if more had been loaded.
    let more = reader.draw(&server, &load, 1, "rights", 600_000);
    let reply = server.post(&draw_path(&more), &more.to_json());
    reply.is(422, "pouch_mismatch");
    let right = reader.draw(&server, &load, 1, "rights", 500_000);
    let body = server
        .post(&draw_path(&right), &right.to_json())
        .ok(200)
        .body;
    let again = server
        .post(&draw_path(&right), &right.to_json())
        .ok(200)
        .body;
    assert_eq!(again, body);
    let twice = reader.draw(&server, &load, 2, "rights", 500_000);
    let reply = server.post(&draw_path(&twice), &twice.to_json());
    reply.is(409, "pouch_unavailable");
    assert_eq!(server.audit().difference(), 0);
}

#[test]
fn of_refunds_of_one_grant_at_once_one_counts() {
    let server = giving();
    let shop = Shop::open(&server);
    let (mut reader, rights) = reader(&server, "reader");
    let bought = buy(&server, &shop, &mut reader, "/article", 100_000);
    let requests: Vec<(&Server, &str, String)> = rights
        .iter()
        .map(|right| {
            let (request, _) = plan(&server, &mut reader, &bought, right);
            (&server, REFUNDS, request.to_json())
        })
        .collect();
    let replies = all_at_once(&requests);
    let mut replies: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    replies.sort_unstable();
    assert_eq!(replies, [200, 409]);
    assert_eq!(server.audit().difference(), 0);
}

#[test]
fn undo_switched_on_later_makes_its_key_and_none_of_money() {
    let mut server = Server::start();
    let reader = Reader::loaded(&server);
    let was = reader.manifest.n;
    let path = server.folder().join("farthing.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = format!("{text}\n[undo]\nright_per = \"0.20\"\n");
    server.config = Config::parse(&text, &path).unwrap();
    rotate(
        &server.config,
        &server.keys(),
        &Wanted::Due,
        server.now(),
        &SystemRandom,
    )
    .unwrap();
    server.restart();
    let manifest = server.manifest();
    assert!(manifest.n > was);
    let rights = manifest.rights(eur()).unwrap();
    assert_eq!(rights.per(), micro(200_000));
    assert_eq!(rights.keysets().len(), 1);
    // And nothing of money was made anew.
    assert_eq!(manifest.keysets, reader.manifest.keysets);
}
