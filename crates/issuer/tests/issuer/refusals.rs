//! Bad redemptions: each with its code, and with no coin spent and no book moved.

use crate::fixture::reader::Attempt;
use crate::fixture::{NOW, Page, Reader, Reply, Server, Shop, eur, fixed, micro, time};
use farthing_core::bytes::to_b64u;
use farthing_core::content::ContentKey;
use farthing_core::id::Mac;
use farthing_core::origin::{IssuerId, OriginPolicy};
use farthing_core::publisher::wrap;
use farthing_core::request::{Input, RedeemFields, RedeemRequest};
use farthing_core::time::DAY;
use farthing_ledger::Withdrawal;

/// A server, a publisher, a reader with 0.50 and an article for 0.20.
struct Scene {
    server: Server,
    shop: Shop,
    reader: Reader,
    page: Page,
}

impl Scene {
    fn new() -> Self {
        let server = Server::start();
        let shop = Shop::open(&server);
        let reader = Reader::loaded(&server);
        let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
        Self {
            server,
            shop,
            reader,
            page,
        }
    }

    fn attempt(&mut self) -> Attempt {
        self.reader.pay(&self.server, &self.page)
    }

    /// A purchase for 0.100 with one coin of 0.128, so that change is asked for; `which` of the two such coins.
    fn attempt_with_change(&mut self, which: usize) -> Attempt {
        let coins = self
            .reader
            .tokens
            .iter()
            .filter(|fresh| fresh.amount == micro(128_000));
        let coin = coins.map(|fresh| fresh.token.clone()).nth(which).unwrap();
        let page = self
            .shop
            .seal(&self.server, &self.reader.manifest, "/change", 100_000);
        let attempt = self.reader.pay_with(&self.server, &page, &[coin]);
        assert_eq!(attempt.payment.request.fields().outputs.len(), 3);
        self.page = page;
        attempt
    }

    /// Sends a text that must be refused, and looks whether anything moved.
    fn refused(&self, text: &str, status: u16, code: &str) -> Reply {
        let reply = self
            .server
            .unmoved(|| self.server.post("/v1/redemptions", text));
        reply.is(status, code);
        self.reader.all_unspent(&self.server);
        reply
    }

    /// The attempt with other fields, well authenticated, must be refused.
    fn refused_with(
        &mut self,
        status: u16,
        code: &str,
        change: impl FnOnce(&mut RedeemFields),
    ) -> Reply {
        let attempt = self.attempt();
        let request = self.reader.changed(&self.server, &attempt, change);
        self.refused(&request.to_json(), status, code)
    }

    /// After all that was refused, the same coins still buy.
    fn still_buys(&mut self) {
        let attempt = self.attempt();
        let reply = self.reader.send(&self.server, &attempt).ok(200);
        self.reader.finish(&self.page, &attempt, &reply.body);
        self.server.audit();
    }
}

#[test]
fn a_forged_token_is_named_and_burns_nothing() {
    let mut scene = Scene::new();
    let attempt = scene.attempt();
    let fields = attempt.payment.request.fields().clone();
    let forged = RedeemRequest::new(fields.clone(), scene.server.id(), |_, _| {
        Some(Mac::new(fixed("guess")))
    });
    let reply = scene.refused(&forged.unwrap().to_json(), 422, "token_invalid");
    assert_eq!(reply.member("index"), "0");

    // One made-up nonce among honest ones: the honest ones are not spent either.
    let purse = scene.reader.purse();
    let mut fields = fields;
    let made_up = Input::new(
        scene.server.id(),
        fields.inputs[0].keyset,
        farthing_core::id::Nonce::new(fixed("nonce")),
    );
    fields.inputs[0] = made_up;
    fields.inputs.sort_by_key(|input| input.nullifier);
    let index = fields
        .inputs
        .iter()
        .position(|input| input == &made_up)
        .unwrap();
    let request = RedeemRequest::new(fields, scene.server.id(), |input, binding| {
        let honest = purse.iter().find(|token| token.nonce() == &input.nonce);
        Some(honest.map_or(Mac::new([0; 32]), |token| token.output().mac(binding)))
    });
    let reply = scene.refused(&request.unwrap().to_json(), 422, "token_invalid");
    assert_eq!(reply.member("index"), index.to_string());
    scene.still_buys();
}

#[test]
fn another_requests_macs_do_not_authenticate() {
    let mut scene = Scene::new();
    let dear = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/dear", 200_000);
    let attempt = scene.attempt();
    let macs: Vec<Mac> = attempt.payment.request.macs().to_vec();
    let mut fields = attempt.payment.request.fields().clone();
    // A proxy that saw the request puts another article, or its own keys, into it.
    fields.offer.clone_from(&dear.offer_text);
    fields.wrap = dear.wrap;
    let inputs = fields.inputs.clone();
    let request = RedeemRequest::new(fields, scene.server.id(), |input, _| {
        inputs
            .iter()
            .position(|known| known == input)
            .map(|index| macs[index])
    });
    scene.refused(&request.unwrap().to_json(), 422, "token_invalid");
    scene.still_buys();
}

#[test]
fn tokens_of_another_issuer_are_not_known() {
    let mut scene = Scene::new();
    let elsewhere = Server::start();
    let stranger = Reader::loaded(&elsewhere);
    let attempt = scene.attempt();
    let token = stranger.purse().remove(0);
    let mut fields = attempt.payment.request.fields().clone();
    fields.inputs = vec![Input::new(
        scene.server.id(),
        *token.keyset(),
        *token.nonce(),
    )];
    let request = RedeemRequest::new(fields, scene.server.id(), |_, binding| {
        Some(token.output().mac(binding))
    });
    scene.refused(&request.unwrap().to_json(), 422, "keyset_unknown");
    // Change in a foreign keyset is no better.
    let foreign = *elsewhere.manifest().keysets[0].id();
    let attempt = scene.attempt_with_change(0);
    let request = scene.reader.changed(&scene.server, &attempt, |fields| {
        fields.outputs[0].keyset = foreign;
    });
    scene.refused(&request.to_json(), 422, "keyset_unknown");
    scene.still_buys();
}

#[test]
fn a_wrap_moved_from_another_article_does_not_open() {
    let mut scene = Scene::new();
    let cheap = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/article-1", 1_000);
    let tenth = scene.shop.seal(
        &scene.server,
        &scene.reader.manifest,
        "/article-10",
        200_000,
    );
    // The cheap offer with the dear article's wrap, and the other way round.
    scene.page = Page {
        wrap: tenth.wrap,
        ..cheap.clone()
    };
    let attempt = scene.attempt();
    scene.refused(&attempt.text(), 422, "wrap_invalid");
    scene.page = Page {
        wrap: cheap.wrap,
        ..tenth.clone()
    };
    let attempt = scene.attempt();
    scene.refused(&attempt.text(), 422, "wrap_invalid");
    scene.page = tenth;
    scene.refused_with(422, "wrap_invalid", |fields| fields.wrap[100] ^= 1);
    scene.refused_with(422, "wrap_invalid", |fields| fields.wrap = [4; 113]);
    scene.still_buys();
}

#[test]
fn a_wrap_of_another_key_than_the_committed_one_is_refused_before_anything_is_spent() {
    let mut scene = Scene::new();
    let sealing = *scene.reader.manifest.sealing_keys[0].public_key();
    let other = ContentKey::new(fixed("another key"));
    let mut random = |bytes: &mut [u8]| bytes.copy_from_slice(&fixed("random")[..bytes.len()]);
    let hash = *scene.page.offer.hash();
    let bad = wrap(&other, scene.server.id(), &sealing, &hash, &mut random).unwrap();
    scene.refused_with(422, "key_mismatch", |fields| fields.wrap = bad);
    scene.still_buys();
}

#[test]
fn a_price_that_is_not_the_offers_is_refused() {
    let mut scene = Scene::new();
    scene.refused_with(422, "price_mismatch", |fields| {
        // Pays less, and balances: the rest comes back as change in name only.
        fields.price.amount = micro(100_000);
    });
    let elsewhere = IssuerId::parse("https://elsewhere.example", OriginPolicy::HttpsOnly).unwrap();
    scene.refused_with(422, "price_mismatch", |fields| {
        fields.price.issuer = elsewhere
    });
    scene.refused_with(422, "price_mismatch", |fields| {
        fields.price.sealing_kid = farthing_core::jwk::Kid::parse(&to_b64u(&[1; 32])).unwrap();
    });
    scene.still_buys();
}

#[test]
fn prices_that_cannot_be_paid_or_may_not_be_asked_are_refused() {
    let mut scene = Scene::new();
    let good = scene.page.clone();
    let seal = |scene: &Scene, price| {
        scene
            .shop
            .seal(&scene.server, &scene.reader.manifest, "/odd", price)
    };
    // 0.0015 is no whole number of coins. The wallet would not ask for it, so the request is made from another.
    let odd = seal(&scene, 1_500);
    scene.refused_with(422, "price_not_payable", |fields| {
        fields.offer.clone_from(&odd.offer_text);
        fields.price = odd.price().clone();
        fields.wrap = odd.wrap;
    });
    scene.shop.register(&scene.server, |publisher| {
        publisher.max_price = micro(150_000)
    });
    let attempt = scene.attempt();
    scene.refused(&attempt.text(), 422, "price_limit");
    scene.shop.register(&scene.server, |_| {});
    scene.page = good;
    scene.still_buys();
}

#[test]
fn inputs_are_price_plus_change_exactly() {
    let mut scene = Scene::new();
    scene.page = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/x", 499_000);
    // 0.499 of coins of 0.500 needs change or one coin less; take the change away, or a coin.
    let purse = scene.reader.purse();
    let attempt = scene.reader.pay_with(&scene.server, &scene.page, &purse);
    let with_all = scene.reader.changed(&scene.server, &attempt, |fields| {
        fields.inputs = purse
            .iter()
            .map(|token| Input::new(scene.server.id(), *token.keyset(), *token.nonce()))
            .collect();
        fields.inputs.sort_by_key(|input| input.nullifier);
        fields.outputs.clear();
    });
    scene.refused(&with_all.to_json(), 422, "unbalanced");
    scene.refused_with(422, "unbalanced", |fields| {
        fields.inputs.pop();
    });
    scene.still_buys();
}

#[test]
fn expired_and_unborn_offers_are_refused() {
    let mut scene = Scene::new();
    let attempt = scene.attempt();
    scene.server.pass(30 * DAY);
    scene.refused(&attempt.text(), 422, "offer_expired");
    scene.server.clock.set(time(NOW));
    let (server, manifest) = (&scene.server, &scene.reader.manifest);
    scene.page = scene
        .shop
        .seal_as(server, manifest, "/article", 200_000, |claims| {
            claims.iat = time(NOW + 301);
        });
    let attempt = scene.attempt();
    scene.refused(&attempt.text(), 422, "offer_expired");
    scene.server.pass(1);
    let attempt = scene.attempt();
    let reply = scene.reader.send(&scene.server, &attempt).ok(200);
    scene.reader.finish(&scene.page, &attempt, &reply.body);
    scene.server.audit();
}

#[test]
fn an_ended_keyset_no_longer_pays_and_an_ended_epoch_makes_no_change() {
    let mut scene = Scene::new();
    let at = |scene: &mut Scene, days: u64| {
        scene.server.clock.set(time(NOW + days * DAY));
        let (server, manifest) = (&scene.server, &scene.reader.manifest);
        scene.page = scene.shop.seal(server, manifest, "/late", 100_000);
    };
    let attempt = scene.attempt_with_change(0);
    at(&mut scene, 184);
    let late = scene.page.clone();
    let renewed = |fields: &mut RedeemFields| {
        fields.offer.clone_from(&late.offer_text);
        fields.wrap = late.wrap;
    };
    let request = scene.reader.changed(&scene.server, &attempt, renewed);
    let reply = scene.refused(&request.to_json(), 409, "keyset_not_mintable");
    assert_eq!(reply.member("manifest"), "1");
    // Without change the old coins still pay.
    scene.page = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/even", 128_000);
    let attempt = scene.attempt();
    assert!(attempt.payment.request.fields().outputs.is_empty());
    let reply = scene.reader.send(&scene.server, &attempt).ok(200);
    scene.reader.finish(&scene.page, &attempt, &reply.body);
    // And no longer after their end.
    let rest = scene.reader.purse();
    let even = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/again", 128_000);
    let attempt = scene.reader.pay_with(&scene.server, &even, &rest);
    at(&mut scene, 549);
    let ended = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/again", 128_000);
    let request = scene.reader.changed(&scene.server, &attempt, |fields| {
        fields.offer.clone_from(&ended.offer_text);
        fields.wrap = ended.wrap;
    });
    scene.refused(&request.to_json(), 422, "keyset_expired");
}

#[test]
fn an_ended_sealing_key_opens_nothing() {
    let mut scene = Scene::new();
    // Its keysets end before it, so only the order of checks shows: the coins are refused first.
    scene.server.pass(5 * 365 * DAY);
    let (server, manifest) = (&scene.server, &scene.reader.manifest);
    let late = scene.shop.seal(server, manifest, "/late", 200_000);
    scene.server.clock.set(time(NOW));
    let attempt = scene.attempt();
    scene.server.pass(5 * 365 * DAY);
    let request = scene.reader.changed(&scene.server, &attempt, |fields| {
        fields.offer.clone_from(&late.offer_text);
        fields.wrap = late.wrap;
    });
    scene.refused(&request.to_json(), 422, "keyset_expired");
    scene.server.clock.set(time(NOW));
    // A sealing key that never was.
    let (server, manifest) = (&scene.server, &scene.reader.manifest);
    let foreign = scene
        .shop
        .seal_as(server, manifest, "/foreign", 200_000, |claims| {
            claims.prices[0].sealing_kid = scene.shop.jwk().kid();
        });
    scene.refused_with(422, "sealing_key_unknown", |fields| {
        fields.offer.clone_from(&foreign.offer_text);
        fields.price = foreign.price().clone();
    });
    scene.still_buys();
}

#[test]
fn strangers_offers_and_damaged_offers_are_refused() {
    let mut scene = Scene::new();
    let stranger = Shop::unregistered("stranger");
    let (server, manifest) = (&scene.server, &scene.reader.manifest);
    let page = stranger.seal(server, manifest, "/article", 200_000);
    let unsigned = |page: &Page| {
        let (page, text) = (page.clone(), page.offer_text.clone());
        move |fields: &mut RedeemFields| {
            fields.offer = text;
            fields.wrap = page.wrap;
        }
    };
    scene.refused_with(422, "publisher_unknown", unsigned(&page));
    // A registered origin, another's key.
    let thief = Shop {
        id: scene.shop.id.clone(),
        signing: stranger.signing,
    };
    let stolen = thief.seal(&scene.server, &scene.reader.manifest, "/article", 200_000);
    scene.refused_with(422, "offer_invalid", unsigned(&stolen));
    // A signature of the right key over another text.
    let text = scene.page.offer_text.clone();
    let other = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/other", 200_000);
    let (input, _) = text.rsplit_once('.').unwrap();
    let (_, signature) = other.offer_text.rsplit_once('.').unwrap();
    let spliced = format!("{input}.{signature}");
    scene.refused_with(422, "offer_invalid", |fields| fields.offer = spliced);
    scene.still_buys();
}

#[test]
fn withdrawn_offers_are_gone_on_segment_borders() {
    let mut scene = Scene::new();
    let withdrawal = Withdrawal {
        path: "/article-1".to_owned(),
        offers_valid_from: time(NOW),
    };
    scene.shop.register(&scene.server, |publisher| {
        publisher.withdrawals = vec![withdrawal]
    });
    let seal = |scene: &Scene, path: &str| {
        scene
            .shop
            .seal(&scene.server, &scene.reader.manifest, path, 10_000)
    };
    for path in ["/article-1", "/article-1/notes"] {
        scene.page = seal(&scene, path);
        let attempt = scene.attempt();
        scene.refused(&attempt.text(), 410, "offer_withdrawn");
    }
    scene.page = seal(&scene, "/article-10");
    scene.still_buys();
    scene.shop.register(&scene.server, |publisher| {
        publisher.offers_valid_from = time(NOW)
    });
    scene.page = seal(&scene, "/article-11");
    let attempt = scene.attempt();
    scene.refused(&attempt.text(), 410, "offer_withdrawn");
}

#[test]
fn elements_are_new_different_and_on_the_curve() {
    let mut scene = Scene::new();
    let first = scene.attempt_with_change(0);
    let second = scene.attempt_with_change(1);
    // Twice in one request.
    let text = first.text();
    let blinded = |attempt: &Attempt, index: usize| {
        to_b64u(
            attempt.payment.request.fields().outputs[index]
                .blinded
                .bytes(),
        )
    };
    let twice = text.replace(&blinded(&first, 1), &blinded(&first, 0));
    scene.refused(&twice, 422, "element_repeated");
    // No point of the curve; the identity's encodings are none either.
    let mut off_curve = [0xff; 33];
    off_curve[0] = 2;
    let off_curve = to_b64u(&off_curve);
    scene.refused(
        &text.replace(&blinded(&first, 0), &off_curve),
        422,
        "element_invalid",
    );
    let identity = to_b64u(&[0; 33]);
    scene.refused(
        &text.replace(&blinded(&first, 0), &identity),
        422,
        "element_invalid",
    );
    // Evaluated before for another request.
    let reply = scene.reader.send(&scene.server, &first).ok(200);
    scene.reader.finish(&scene.page, &first, &reply.body);
    let known = first.payment.request.fields().outputs.clone();
    let reused = scene
        .reader
        .changed(&scene.server, &second, |fields| fields.outputs = known);
    let reply = scene.refused(&reused.to_json(), 409, "element_reused");
    assert_eq!(reply.member("elements"), "[0,1,2]");
    let reply = scene.reader.send(&scene.server, &second).ok(200);
    scene.reader.finish(&scene.page, &second, &reply.body);
    scene.server.audit();
}

#[test]
fn inputs_stand_in_order_and_are_different() {
    let mut scene = Scene::new();
    scene.refused_with(422, "inputs_order", |fields| fields.inputs.reverse());
    scene.refused_with(422, "inputs_order", |fields| {
        let first = fields.inputs[0];
        fields.inputs.insert(0, first);
    });
    scene.refused_with(400, "malformed", |fields| fields.inputs.clear());
    scene.still_buys();
}

#[test]
fn texts_that_are_not_the_request_are_refused() {
    let mut scene = Scene::new();
    let attempt = scene.attempt();
    let text = attempt.text();
    let cases = [
        // Cut off, at every kind of place.
        text[..text.len() - 1].to_owned(),
        text[..text.len() / 2].to_owned(),
        String::new(),
        "{".to_owned(),
        // More than one object, or none.
        format!("{text}{text}"),
        format!("{text} x"),
        format!("[{text}]"),
        "null".to_owned(),
        format!("\u{feff}{text}"),
        // A member that nobody knows, a member twice, a member missing.
        text.replacen('{', "{\"note\":\"\",", 1),
        text.replacen('{', "{\"kind_data\":\"\",", 1),
        text.replacen(
            "\"kind_data\":\"\"",
            "\"kind_data\":\"\",\"kind_data\":\"\"",
            1,
        ),
        text.replacen(",\"kind_data\":\"\"", "", 1),
        text.replacen("{\"keyset\":", "{\"worth\":1,\"keyset\":", 1),
        // Numbers that are none.
        text.replacen("\"amount\":200000", "\"amount\":200000.0", 1),
        text.replacen("\"amount\":200000", "\"amount\":2e5", 1),
        text.replacen("\"amount\":200000", "\"amount\":-200000", 1),
        text.replacen("\"amount\":200000", "\"amount\":0200000", 1),
        text.replacen("\"amount\":200000", "\"amount\":9007199254740992", 1),
        text.replacen("\"amount\":200000", "\"amount\":\"200000\"", 1),
        // Bytes of another length, with padding, or in the other alphabet.
        text.replacen("\"salt\":\"", "\"salt\":\"AA", 1),
        text.replacen("\"kind_data\":\"\"", "\"kind_data\":1", 1),
    ];
    for case in cases {
        assert_ne!(case, text);
        scene.refused(&case, 400, "malformed");
    }
    scene.refused(
        &text.replacen("\"kind_data\":\"\"", "\"kind_data\":\"AQ\"", 1),
        422,
        "unsupported",
    );
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    scene.refused(&deep, 400, "malformed");
    scene.still_buys();
}

#[test]
fn another_currency_is_not_dealt_in() {
    let mut scene = Scene::new();
    let (server, manifest) = (&scene.server, &scene.reader.manifest);
    let won = scene
        .shop
        .seal_as(server, manifest, "/won", 200_000, |claims| {
            claims.prices[0].currency = farthing_core::money::Currency::parse("KRW").unwrap();
        });
    scene.refused_with(422, "unsupported", |fields| {
        fields.offer.clone_from(&won.offer_text);
        fields.price = won.price().clone();
        fields.wrap = won.wrap;
    });
    assert_eq!(scene.page.price().currency, eur());
    scene.still_buys();
}
