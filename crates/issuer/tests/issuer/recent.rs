//! What was checked for one purchase holds for the next only for as long as it is true.

use crate::fixture::{NOW, Page, Reader, Server, Shop, micro, time};
use farthing_core::content::ContentKey;
use farthing_core::publisher::wrap;
use farthing_core::request::RedeemFields;
use farthing_core::time::DAY;

/// An article that has been sold once.
struct Sold {
    server: Server,
    shop: Shop,
    reader: Reader,
    page: Page,
}

impl Sold {
    fn once() -> Self {
        let server = Server::start();
        let shop = Shop::open(&server);
        let mut reader = Reader::loaded(&server);
        reader.load(&server, 500_000);
        let page = shop.seal(&server, &reader.manifest, "/article", 10_000);
        let mut sold = Self {
            server,
            shop,
            reader,
            page,
        };
        sold.sells();
        sold
    }

    fn sells(&mut self) {
        let attempt = self.reader.pay(&self.server, &self.page);
        let reply = self.reader.send(&self.server, &attempt).ok(200);
        self.reader.finish(&self.page, &attempt, &reply.body);
    }

    /// Nor is it sold with other fields.
    fn refused_with(&mut self, status: u16, code: &str, change: impl FnOnce(&mut RedeemFields)) {
        let attempt = self.reader.pay(&self.server, &self.page);
        let request = self.reader.changed(&self.server, &attempt, change);
        let send = || self.server.post("/v1/redemptions", &request.to_json());
        self.server.unmoved(send).is(status, code);
    }

    fn refused(&mut self, status: u16, code: &str) {
        self.refused_with(status, code, |_| {});
    }
}

#[test]
fn an_offer_that_sold_ends_all_the_same() {
    let mut sold = Sold::once();
    let attempt = sold.reader.pay(&sold.server, &sold.page);
    sold.server.pass(30 * DAY);
    let reply = sold.reader.send(&sold.server, &attempt);
    reply.is(422, "offer_expired");
    sold.server.clock.set(time(NOW));
    sold.sells();
}

#[test]
fn an_offer_that_sold_is_refused_once_its_publishers_keys_are_others() {
    let mut sold = Sold::once();
    let other = Shop::unregistered("stranger").jwk().to_json().finish();
    sold.shop.register(&sold.server, |publisher| {
        publisher.keys = format!("{{\"keys\":[{other}]}}");
    });
    sold.refused(422, "offer_invalid");
    // With the old key beside the new one it sells again, and with the old one alone.
    let own = sold.shop.jwk().to_json().finish();
    sold.shop.register(&sold.server, |publisher| {
        publisher.keys = format!("{{\"keys\":[{other},{own}]}}");
    });
    sold.sells();
    sold.shop.register(&sold.server, |_| {});
    sold.sells();
}

#[test]
fn an_offer_that_sold_follows_its_publishers_registration() {
    let mut sold = Sold::once();
    sold.shop.register(&sold.server, |publisher| {
        publisher.max_price = micro(9_000);
    });
    sold.refused(422, "price_limit");
    sold.shop.register(&sold.server, |publisher| {
        publisher.fee_basis_points = 5_000;
    });
    let attempt = sold.reader.pay(&sold.server, &sold.page);
    let reply = sold.reader.send(&sold.server, &attempt).ok(200);
    let purchase = sold.reader.finish(&sold.page, &attempt, &reply.body);
    let grant = farthing_core::grant::Grant::verify(
        &purchase.grant,
        sold.server.id(),
        &sold.reader.manifest.signing_keys,
    );
    assert_eq!(grant.unwrap().claims().issuer_fee, micro(5_000));
    sold.shop.register(&sold.server, |publisher| {
        publisher.offers_valid_from = time(NOW);
    });
    sold.refused(410, "offer_withdrawn");
}

#[test]
fn another_signature_of_an_offer_that_sold_is_checked() {
    let mut sold = Sold::once();
    let (input, _) = sold.page.offer_text.rsplit_once('.').unwrap();
    let other = sold
        .shop
        .seal(&sold.server, &sold.reader.manifest, "/other", 10_000);
    let (_, signature) = other.offer_text.rsplit_once('.').unwrap();
    let spliced = format!("{input}.{signature}");
    // The hash of the offer, and so the binding, are those of the good one.
    sold.refused_with(422, "offer_invalid", |fields| fields.offer = spliced);
    sold.sells();
}

#[test]
fn another_wrap_for_an_offer_that_sold_is_opened() {
    let mut sold = Sold::once();
    sold.refused_with(422, "wrap_invalid", |fields| fields.wrap[112] ^= 1);
    let key = sold.reader.manifest.sealing_keys[0].clone();
    let content = ContentKey::new([9; 32]);
    let id = sold.server.id().clone();
    let mut random = |bytes: &mut [u8]| bytes.fill(1);
    let hash = sold.page.offer.hash();
    let foreign = wrap(&content, &id, key.public_key(), hash, &mut random).unwrap();
    sold.refused_with(422, "key_mismatch", |fields| fields.wrap = foreign);
    sold.refused_with(422, "key_mismatch", |fields| fields.wrap = foreign);
    // Nor does the wrap of one article that sold open another.
    let first = sold.page.clone();
    sold.page = sold
        .shop
        .seal(&sold.server, &sold.reader.manifest, "/other", 10_000);
    sold.sells();
    sold.refused_with(422, "wrap_invalid", |fields| fields.wrap = first.wrap);
    sold.sells();
    sold.server.audit();
}
