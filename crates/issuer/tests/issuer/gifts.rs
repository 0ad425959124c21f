//! Gifts over HTTP: bought, claimed, taken back, and listed; whoever is first.

use crate::fixture::reader::Attempt;
use crate::fixture::{Page, Reader, Server, Shop, fixed};
use crate::replicas::all_at_once;
use farthing_core::gift::{GiftLink, RevokedList};
use farthing_core::grant::{Grant, GrantClaims, grant_id};
use farthing_core::id::GrantId;
use farthing_core::request::{RebindFields, RebindRequest, RebindResponse, RedeemResponse};
use farthing_core::sign::SecretKey;
use farthing_core::time::DAY;
use farthing_core::wallet::{
    self, Basket, Purchase, Seed, claim, finish_gift, finish_rebind, gift_link, open_gift,
    take_back,
};
use farthing_issuer::keys::{Kind, Wanted, revoke, rotate};
use farthing_issuer::random::SystemRandom;
use farthing_issuer::usecase::expire::expire;
use farthing_testkit::postgres::Cluster;

const REBIND: &str = "/v1/grants/rebind";

/// A gift that was bought, and its link.
pub(crate) struct Gift {
    bought: String,
    page: Page,
    giver: Reader,
    purchase: Purchase,
    link: GiftLink,
}

fn plan(server: &Server, giver: &mut Reader, page: &Page) -> Attempt {
    let before = giver.counters.clone();
    let tokens = giver.purse();
    let basket = Basket {
        offer: &page.offer,
        offer_text: &page.offer_text,
        price: page.price(),
        wrap: page.wrap,
        tokens: &tokens,
    };
    let (manifest, seed, now) = (&giver.manifest, &giver.seed, server.now());
    let payment = wallet::pay_gift(manifest, seed, &basket, &mut giver.counters, now);
    Attempt {
        payment: payment.unwrap(),
        before,
    }
}

impl Gift {
    /// Bought with access for so many seconds, 0 for ever.
    pub(crate) fn lasting(server: &Server, access: u64) -> Self {
        Self::by(server, "giver", access)
    }

    fn by(server: &Server, name: &str, access: u64) -> Self {
        let shop = Shop::open(server);
        let mut giver = Reader::named(server, name);
        giver.load(server, 500_000);
        let page = shop.seal_as(server, &giver.manifest, "/article", 200_000, |claims| {
            claims.access = access;
        });
        let attempt = plan(server, &mut giver, &page);
        let body = giver.send(server, &attempt).ok(200).body;
        assert_eq!(giver.send(server, &attempt).ok(200).body, body);
        let response = RedeemResponse::parse(body.as_bytes()).unwrap();
        let request = &attempt.payment.request;
        let (manifest, seed) = (&giver.manifest, &giver.seed);
        let (decryption, sealed) = finish_gift(
            manifest,
            seed,
            &page.offer,
            request,
            &attempt.before,
            &response,
        )
        .unwrap();
        let purchase = sealed.opened(decryption.open().as_deref()).unwrap();
        let link = gift_link(server.id(), seed, &page.offer, &purchase).unwrap();
        // What goes into the link and comes out of it is all that the friend has.
        let link = GiftLink::parse(&link.to_fragment()).unwrap();
        Self {
            bought: attempt.text(),
            page,
            giver,
            purchase,
            link,
        }
    }

    /// The redemption's text.
    pub(crate) fn bought(&self) -> &str {
        &self.bought
    }

    pub(crate) fn claim(&self, name: &str) -> String {
        claim(&friend(name), &self.link).unwrap().to_json()
    }

    pub(crate) fn take_back(&self) -> String {
        let (keyset, nonce) = (&self.purchase.lead_keyset, &self.purchase.lead_nonce);
        let request = take_back(&self.giver.seed, &self.link, keyset, nonce);
        request.unwrap().to_json()
    }

    fn id(&self) -> GrantId {
        grant_id(&self.link.binding)
    }

    /// What the new grant says; its holder reads with it.
    fn opened(&self, server: &Server, seed: &Seed, request: &str, body: &str) -> GrantClaims {
        let request = RebindRequest::parse(request.as_bytes(), server.id()).unwrap();
        let response = RebindResponse::parse(body.as_bytes()).unwrap();
        let manifest = server.manifest();
        let grant = finish_rebind(&manifest, &self.link, &request, &response).unwrap();
        let (decryption, sealed) = open_gift(&manifest, seed, &self.link, &grant).unwrap();
        let (grant, key) = sealed.opened(decryption.open().as_deref()).unwrap();
        assert_eq!(key.commit(), self.page.offer.claims().key_commit);
        grant.claims().clone()
    }
}

fn friend(name: &str) -> Seed {
    Seed::new(fixed(name))
}

/// The ids that are listed, all pages.
fn revoked(server: &Server) -> Vec<GrantId> {
    let reply = server.get("/v1/revocations").ok(200);
    let control = reply.header("cache-control");
    assert_eq!(control, Some("public, max-age=300"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let keys = server.manifest().signing_keys.clone();
    let list = RevokedList::verify(reply.body.as_bytes(), server.id(), &keys, None);
    let list = list.unwrap();
    assert_eq!((list.next(), list.iat()), (None, server.now()));
    list.ids().to_vec()
}

#[test]
fn a_friend_claims_the_gift_and_reads() {
    let mut server = Server::start();
    let gift = Gift::lasting(&server, 30 * DAY);
    assert_eq!(revoked(&server), Vec::new());
    server.pass(3_600);
    let request = gift.claim("friend");
    let before = server.audit();
    let body = server.post(REBIND, &request).ok(200).body;
    let claims = gift.opened(&server, &friend("friend"), &request, &body);
    let keys = server.manifest().signing_keys.clone();
    let old = Grant::verify(&gift.purchase.grant, server.id(), &keys).unwrap();
    let old = old.claims();
    // The same right with the same end; no undo, and no gift any more.
    assert_eq!(claims.subject, old.subject);
    assert_eq!(claims.access_until, old.access_until);
    assert!(old.access_until.is_some() && old.refund_until.is_some());
    assert_eq!((claims.refund_until, claims.giver), (None, None));
    assert_eq!(
        (old.giver, claims.iat),
        (Some(gift.link.giver), server.now())
    );
    assert_eq!(revoked(&server), vec![gift.id()]);
    // No money moved.
    assert_eq!(server.audit(), before);
    // The same request gets the same bytes: later, after a restart, when another key signs.
    server.pass(DAY);
    assert_eq!(server.post(REBIND, &request).ok(200).body, body);
    let wanted = Wanted::Next(vec![Kind::Signing]);
    let signs = |server: &Server| {
        let keys = server.keys();
        let shown = server.manifest().signing_keys.clone();
        keys.signer(&shown, server.now()).unwrap().jwk().kid()
    };
    let first = signs(&server);
    rotate(
        &server.config,
        &server.keys(),
        &wanted,
        server.now(),
        &SystemRandom,
    )
    .unwrap();
    server.restart();
    server.pass(20 * DAY);
    server.renew().unwrap();
    assert_ne!(signs(&server), first);
    assert_eq!(server.post(REBIND, &request).ok(200).body, body);
    assert_eq!(revoked(&server), vec![gift.id()]);
    // It was bought like anything else.
    assert_eq!(gift.giver.balance(), 500_000);
}

#[test]
fn a_link_is_opened_by_the_first_only() {
    let server = Server::start();
    let gift = Gift::lasting(&server, 0);
    let first = gift.claim("friend");
    let body = server.post(REBIND, &first).ok(200).body;
    server
        .post(REBIND, &gift.claim("another"))
        .is(409, "grant_rebound");
    server
        .post(REBIND, &gift.take_back())
        .is(409, "grant_rebound");
    // The friend's own grant is no gift: it goes no further, by nobody's key.
    let response = RebindResponse::parse(body.as_bytes()).unwrap();
    let own = friend("friend").rebound(server.id(), &gift.id()).unwrap();
    let fields = |grant: &str| RebindFields {
        grant: grant.to_owned(),
        ..RebindRequest::parse(first.as_bytes(), server.id())
            .unwrap()
            .fields()
            .clone()
    };
    let sign = |binding: &farthing_core::id::Binding| own.sign(binding.bytes());
    let again = RebindRequest::new(fields(&response.grant), server.id(), sign, sign).unwrap();
    server
        .post(REBIND, &again.to_json())
        .is(422, "grant_invalid");
    assert_eq!(revoked(&server), vec![gift.id()]);
    assert_eq!(server.post(REBIND, &first).ok(200).body, body);
}

#[test]
fn a_gift_that_was_taken_back_is_not_claimed() {
    let server = Server::start();
    let gift = Gift::lasting(&server, 0);
    let request = gift.take_back();
    let body = server.post(REBIND, &request).ok(200).body;
    let claims = gift.opened(&server, &gift.giver.seed, &request, &body);
    assert_eq!((claims.giver, claims.access_until), (None, None));
    server
        .post(REBIND, &gift.claim("friend"))
        .is(409, "grant_rebound");
    assert_eq!(server.post(REBIND, &request).ok(200).body, body);
}

#[test]
fn only_the_links_key_and_the_givers_bind_a_gift() {
    let server = Server::start();
    let gift = Gift::lasting(&server, 30 * DAY);
    let good = RebindRequest::parse(gift.claim("friend").as_bytes(), server.id()).unwrap();
    let (link, own) = (
        gift.link.secret.cnf().unwrap(),
        friend("friend").rebound(server.id(), &gift.id()).unwrap(),
    );
    let thief = SecretKey::from_bytes(&fixed("thief")).unwrap();
    let send = |fields: RebindFields, by: &SecretKey, own: &SecretKey| {
        let by = |binding: &farthing_core::id::Binding| by.sign(binding.bytes());
        let own = |binding: &farthing_core::id::Binding| own.sign(binding.bytes());
        let request = RebindRequest::new(fields, server.id(), by, own).unwrap();
        server.post(REBIND, &request.to_json())
    };
    let fields = || good.fields().clone();
    send(fields(), &thief, &own).is(403, "grant_signature");
    send(fields(), &link, &thief).is(403, "grant_signature");
    send(fields(), &own, &link).is(403, "grant_signature");
    // Another key called the giver's; the giver's own for what the link's key signed.
    let called = RebindFields {
        giver: thief.public(),
        ..fields()
    };
    send(called, &thief, &own).is(422, "grant_invalid");
    let (keyset, nonce) = (&gift.purchase.lead_keyset, &gift.purchase.lead_nonce);
    let giver = gift.giver.seed.giver(server.id(), keyset, nonce).unwrap();
    let mixed = RebindFields {
        giver: giver.public(),
        ..fields()
    };
    send(mixed, &link, &own).is(403, "grant_signature");
    send(fields(), &giver, &own).is(403, "grant_signature");
    // A signature for other fields.
    let text = good.to_json();
    let other = gift.claim("another");
    let memory = |text: &str| text.split("\"memory\":\"").nth(1).unwrap()[..43].to_owned();
    let swapped = text.replace(&memory(&text), &memory(&other));
    server.post(REBIND, &swapped).is(403, "grant_signature");
    // A grant that nobody here signed, one by a made-up key, and no grant at all.
    let forged = RebindFields {
        grant: {
            let mut claims = gift.link.grant.claims(
                server.id(),
                &gift.link.binding,
                &link.public().unwrap(),
                Some(gift.link.giver),
            );
            claims.access_until = None;
            let text = claims.to_json();
            thief.sign_jws(farthing_core::jws::GRANT, &text).unwrap()
        },
        ..fields()
    };
    send(forged, &link, &own).is(422, "grant_invalid");
    let broken = text.replacen("\"grant\":\"e", "\"grant\":\"", 1);
    server.post(REBIND, &broken).is(400, "malformed");
    server.post(REBIND, "{}").is(400, "malformed");
    assert_eq!(revoked(&server), Vec::new());
    server.post(REBIND, &text).ok(200);
}

#[test]
fn an_article_bought_for_oneself_is_no_gift() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let body = reader.send(&server, &attempt).ok(200).body;
    let response = RedeemResponse::parse(body.as_bytes()).unwrap();
    let key = SecretKey::from_bytes(&fixed("friend")).unwrap();
    let fields = RebindFields {
        grant: response.grant,
        giver: None,
        cnf: key.public().unwrap(),
        memory: farthing_core::request::MemoryKey::new(fixed("memory")),
    };
    let sign = |binding: &farthing_core::id::Binding| key.sign(binding.bytes());
    let request = RebindRequest::new(fields, server.id(), sign, sign).unwrap();
    server
        .post(REBIND, &request.to_json())
        .is(422, "grant_invalid");
}

#[test]
fn a_gift_whose_access_is_over_is_not_claimed_and_leaves_the_list() {
    let server = Server::start();
    let gift = Gift::lasting(&server, 2 * DAY);
    let late = Gift::by(&server, "another giver", 2 * DAY);
    let request = gift.claim("friend");
    let body = server.post(REBIND, &request).ok(200).body;
    server.pass(2 * DAY - 1);
    let last = late.claim("late");
    server.pass(1);
    server.post(REBIND, &last).is(410, "grant_expired");
    // What was answered is answered, as long as it is kept.
    assert_eq!(server.post(REBIND, &request).ok(200).body, body);
    server.pass(3_600);
    let dropped = server.block_on(expire(&server.ledger, &server.clock));
    assert_eq!(dropped, Ok(0), "answers");
    assert_eq!(revoked(&server), Vec::new());
    server.post(REBIND, &request).is(410, "grant_expired");
    server
        .post(REBIND, &gift.claim("another"))
        .is(410, "grant_expired");
}

#[test]
fn a_grant_by_a_revoked_key_is_bound_to_nobody() {
    let mut server = Server::start();
    let gift = Gift::lasting(&server, 0);
    let keys = server.keys();
    let kid = keys.signers()[0].jwk().kid();
    revoke(&server.config, &keys, kid, server.now(), &SystemRandom).unwrap();
    server.restart();
    server
        .post(REBIND, &gift.claim("friend"))
        .is(422, "grant_invalid");
}

#[test]
fn gifts_are_sold_where_the_operator_allows_them_and_stay_good() {
    let mut server = Server::start();
    let directory = "/.well-known/farthing-issuer.json";
    let told = server.get(directory).ok(200).body;
    assert!(
        told.ends_with("\"kinds\":[\"article\",\"gift\"]}"),
        "{told}"
    );
    let gift = Gift::lasting(&server, 0);
    let file = server.folder().join("farthing.toml");
    let text = std::fs::read_to_string(&file).unwrap() + "\n[rights]\ngifts = false\n";
    server.config = farthing_issuer::config::Config::parse(&text, &file).unwrap();
    server.restart();
    let told = server.get(directory).ok(200).body;
    assert!(told.ends_with("\"kinds\":[\"article\"]}"), "{told}");
    let shop = Shop::open(&server);
    let mut giver = Reader::named(&server, "another giver");
    giver.load(&server, 500_000);
    let page = shop.seal(&server, &giver.manifest, "/other", 200_000);
    let attempt = plan(&server, &mut giver, &page);
    giver.send(&server, &attempt).is(422, "unsupported");
    giver.all_unspent(&server);
    server.post(REBIND, &gift.claim("friend")).ok(200);
}

#[test]
fn of_a_crowd_that_opens_a_link_at_two_issuers_one_gets_it() {
    let database = Cluster::shared().database();
    let one = Server::on(&database);
    let two = one.replica();
    let gift = Gift::lasting(&one, 0);
    let requests: Vec<_> = (0..12)
        .map(|n: usize| {
            let server = if n.is_multiple_of(2) { &one } else { &two };
            // Each friend opens the link twice.
            (server, REBIND, gift.claim(&format!("friend {}", n / 2)))
        })
        .collect();
    let replies = all_at_once(&requests);
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 2);
    assert_eq!(won[0].body, won[1].body);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.is(409, "grant_rebound");
    }
    assert_eq!(revoked(&one), vec![gift.id()]);
    assert_eq!(revoked(&two), vec![gift.id()]);
    one.audit();
}

#[test]
fn a_list_is_asked_for_by_an_id_or_nothing() {
    let server = Server::start();
    let gift = Gift::lasting(&server, 0);
    server.post(REBIND, &gift.claim("friend")).ok(200);
    let after = gift.id().to_b64u();
    let reply = server
        .get(&format!("/v1/revocations?after={after}"))
        .ok(200);
    let keys = server.manifest().signing_keys.clone();
    let verify = |after| RevokedList::verify(reply.body.as_bytes(), server.id(), &keys, after);
    assert_eq!(verify(Some(gift.id())).unwrap().ids(), []);
    assert_eq!(verify(None), None, "it is not the first page");
    for wrong in ["after=", "after=AA", "before=1", "after=0&after=1"] {
        let reply = server.get(&format!("/v1/revocations?{wrong}"));
        reply.is(400, "malformed");
    }
}
