//! The provider's notices.

use crate::fixture::{Reader, Server, eur, micro};
use farthing_core::money::Currency;
use farthing_issuer::payment::{Notice, Sandbox};

fn quoted(server: &Server, reader: &mut Reader) -> farthing_core::id::OrderId {
    let load = reader.order(500_000);
    server.post("/v1/orders", &load.request.to_json()).ok(201);
    load.order
}

fn state(server: &Server, order: farthing_core::id::OrderId) -> String {
    server
        .get(&format!("/v1/orders/{}", order.to_b64u()))
        .ok(200)
        .member("state")
}

#[test]
fn a_notice_settles_once_however_often_it_comes() {
    let mut server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let order = quoted(&server, &mut reader);
    let paid = Sandbox::charge(order, eur(), micro(500_000));
    server.notify(&paid).ok(204);
    assert_eq!(state(&server, order), "settled");
    let after = server.audit();
    server.notify(&paid).ok(204);
    server.restart();
    server.pass(3_600);
    server.notify(&paid).ok(204);
    // The reader comes back and the provider says it again on that way.
    server.press(&order.to_b64u(), "approve").ok(303);
    assert_eq!(server.audit(), after);
    // What was paid is not declined any more.
    server
        .notify(&Notice::Declined { order })
        .is(409, "order_conflict");
    assert_eq!(state(&server, order), "settled");
}

#[test]
fn the_checkout_really_sends_its_notice() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let order = quoted(&server, &mut reader);
    let keys = server.keys();
    // The provider by itself: nobody presses anything, nobody comes back.
    let url = server.url("/v1/webhooks/sandbox");
    let sandbox = Sandbox::new(
        keys.webhook().unwrap(),
        url,
        farthing_issuer::outbound::client(),
    );
    let paid = Sandbox::charge(order, eur(), micro(500_000));
    assert!(sandbox.deliver(&paid, server.now()).unwrap().send());
    assert_eq!(state(&server, order), "settled");
    server.audit();
}

#[test]
fn only_the_provider_is_believed_and_only_for_five_minutes() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let order = quoted(&server, &mut reader);
    let paid = Sandbox::charge(order, eur(), micro(500_000));
    server.unmoved(|| {
        let body = paid.to_json();
        server
            .post("/v1/webhooks/sandbox", &body)
            .is(403, "webhook_signature");
        let stamp = server.now().get().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", stamp.as_str()),
            (
                "webhook-signature",
                "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ),
        ];
        server
            .post_with("/v1/webhooks/sandbox", &body, &headers)
            .is(403, "webhook_signature");
        server
            .notify_signed_at(&paid, server.now().minus(301))
            .is(403, "webhook_signature");
        server
            .notify_signed_at(&paid, server.now().plus(301))
            .is(403, "webhook_signature");
        server
            .post("/v1/webhooks/stripe", &body)
            .is(404, "not_found");
    });
    assert_eq!(state(&server, order), "quoted");
}

#[test]
fn a_notice_fits_its_order() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let order = quoted(&server, &mut reader);
    let other = quoted(&server, &mut reader);
    let paid = |order, reference: &str, amount, currency| Notice::Paid {
        order,
        reference: reference.to_owned(),
        currency,
        amount: micro(amount),
    };
    let krw = Currency::parse("KRW").unwrap();
    server.unmoved(|| {
        server
            .notify(&paid(order, "c1", 499_999, eur()))
            .is(422, "amount_invalid");
        server
            .notify(&paid(order, "c1", 500_001, eur()))
            .is(422, "amount_invalid");
        server
            .notify(&paid(order, "c1", 500_000, krw))
            .is(422, "amount_invalid");
        let nobody = farthing_core::id::OrderId::new([1; 16]);
        server
            .notify(&paid(nobody, "c1", 500_000, eur()))
            .is(404, "order_unknown");
    });
    server.notify(&paid(order, "c1", 500_000, eur())).ok(204);
    server.unmoved(|| {
        // One charge, one order; one order, one charge.
        server
            .notify(&paid(other, "c1", 500_000, eur()))
            .is(409, "order_conflict");
        server
            .notify(&paid(order, "c2", 500_000, eur()))
            .is(409, "order_conflict");
    });
    // Too late, and after a no.
    server.notify(&Notice::Declined { order: other }).ok(204);
    server.notify(&Notice::Declined { order: other }).ok(204);
    server
        .notify(&paid(other, "c3", 500_000, eur()))
        .is(409, "order_conflict");
    let late = quoted(&server, &mut reader);
    server.pass(1_800);
    server
        .notify(&paid(late, "c4", 500_000, eur()))
        .is(409, "order_expired");
    assert_eq!(state(&server, late), "expired");
    server.audit();
}
