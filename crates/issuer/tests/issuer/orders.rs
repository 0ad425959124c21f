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
    // An issuer without a purse takes pocket orders alone, whatever the Origin says.
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
fn a_client_orders_so_often_and_not_more() {
    // A bucket of 60, filled again by one a second.
    let server = Server::limited(60);
    let refused = (0..200).find_map(|asked| {
        let reply = server.post("/v1/orders", "{}");
        (reply.status == 429).then_some((asked, reply))
    });
    let (asked, reply) = refused.unwrap();
    assert!(asked >= 60, "{asked}");
    reply.is(429, "rate_limited");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(
        reply.header("ratelimit-policy"),
        Some("\"requests\";q=6000;w=60, \"orders\";q=60;w=60")
    );
    let standing = reply.header("ratelimit").unwrap();
    assert!(standing.ends_with(", \"orders\";r=0;t=1"), "{standing}");
    // Other requests are not counted as orders, and who waits as told is heard.
    let other = server.get("/v1/manifests?from=1").ok(200);
    let policy = other.header("ratelimit-policy");
    assert_eq!(policy, Some("\"requests\";q=6000;w=60"));
    std::thread::sleep(std::time::Duration::from_secs(1));
    server.post("/v1/orders", "{}").is(400, "malformed");
}

#[test]
fn clients_behind_a_proxy_are_told_apart_and_one_may_not_pose_as_many() {
    let more = "\n[http]\nrequests_per_minute = 5\n";
    let header = |address: &str| format!("198.51.100.9, {address}");
    let ask = |server: &Server, address: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", address),
        ];
        server.post_with("/v1/answers", "{}", &headers).status
    };
    let server = Server::with(&format!("{more}behind_proxy = true\n"));
    let (one, two) = (header("203.0.113.1"), header("203.0.113.2"));
    let first: Vec<u16> = (0..6).map(|_| ask(&server, &one)).collect();
    assert_eq!(first, [400, 400, 400, 400, 400, 429]);
    assert_eq!(ask(&server, &two), 400);
    // What a client itself writes in front of what the proxy adds changes nothing.
    assert_eq!(ask(&server, "192.0.2.77, 203.0.113.1"), 429);
    // Nobody is believed who is not a proxy.
    for more in [
        more.to_owned(),
        format!("{more}behind_proxy = true\nproxies = [\"192.0.2.0/24\"]\n"),
    ] {
        let server = Server::with(&more);
        let posing = (0..6).map(|n| ask(&server, &format!("203.0.113.{n}")));
        assert_eq!(posing.last(), Some(429), "{more}");
    }
    // Without a limit.
    let server = Server::with("\n[http]\nrequests_per_minute = 0\n");
    assert!((0..50).all(|_| ask(&server, "") == 400));
}
