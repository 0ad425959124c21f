//! What the operator sees: the numbers are right, and nothing in them tells of anybody.

use crate::fixture::{Reader, Server, Shop, eur};
use farthing_core::bytes::to_b64u;
use std::collections::BTreeMap;

/// Samples by name and labels, as they are written.
pub(crate) struct Numbers(BTreeMap<String, f64>);

impl Numbers {
    pub(crate) fn of(server: &Server) -> Self {
        let reply = server.admin("/metrics").ok(200);
        assert!(
            reply
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("application/openmetrics-text;")),
            "{reply:?}"
        );
        Self::read(&reply.body)
    }

    pub(crate) fn read(body: &str) -> Self {
        assert!(body.ends_with("# EOF\n"), "{body}");
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        };
        let lines = body.lines().filter(|line| !line.starts_with('#'));
        Self(lines.map(sample).collect())
    }

    /// The sum of the samples of that name whose labels contain all of these.
    pub(crate) fn count(&self, name: &str, labels: &[&str]) -> u64 {
        let of_name = |key: &str| key.split('{').next() == Some(name);
        let sum: f64 = self
            .0
            .iter()
            .filter(|(key, _)| of_name(key) && labels.iter().all(|label| key.contains(label)))
            .map(|(_, value)| value)
            .sum();
        format!("{sum}").parse().unwrap()
    }
}

fn ended(operation: &str, outcome: &str) -> [String; 2] {
    [
        format!("operation=\"{operation}\""),
        format!("outcome=\"{outcome}\""),
    ]
}

#[test]
fn a_purchase_is_counted_and_nothing_in_the_numbers_identifies_it() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 500_000);
    let request = reader.draw(&server, &load, 0, "0.50", 500_000);
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    server.post(&path, &request.to_json()).ok(200);
    server.post(&path, &request.to_json()).ok(200);

    let mut buyer = Reader::named(&server, "buyer");
    buyer.load(&server, 500_000);
    let page = shop.seal(&server, &buyer.manifest, "/a-secret-article", 200_000);
    let attempt = buyer.pay(&server, &page);
    buyer.send(&server, &attempt).ok(200);
    buyer.send(&server, &attempt).ok(200);
    // Another request with the same coins.
    let other = shop.seal(&server, &buyer.manifest, "/another-secret", 200_000);
    let conflict = buyer.pay(&server, &other);
    buyer.send(&server, &conflict).is(409, "token_spent");
    server.get("/v1/keysets/somebody").is(404, "keyset_unknown");
    server.get("/v1/somewhere").is(404, "not_found");

    let numbers = Numbers::of(&server);
    let done = |operation: &str, outcome: &str| {
        let labels = ended(operation, outcome);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        numbers.count("farthing_operations_total", &labels)
    };
    assert_eq!((done("order", "done"), done("settlement", "done")), (2, 2));
    assert_eq!((done("draw", "done"), done("draw", "repeated")), (2, 1));
    assert_eq!(done("redemption", "done"), 1);
    assert_eq!(done("redemption", "repeated"), 1);
    assert_eq!(done("redemption", "refused"), 1);

    let redemptions = "endpoint=\"/v1/redemptions\"";
    let requests = |labels: &[&str]| numbers.count("farthing_requests_total", labels);
    assert_eq!(requests(&[redemptions, "code=\"\"", "status=\"200\""]), 2);
    assert_eq!(requests(&[redemptions, "code=\"token_spent\""]), 1);
    assert_eq!(
        requests(&["endpoint=\"/v1/keysets/{id}\"", "code=\"keyset_unknown\""]),
        1
    );
    assert_eq!(requests(&["endpoint=\"-\"", "code=\"not_found\""]), 1);
    assert_eq!(
        numbers.count("farthing_request_seconds_count", &[redemptions]),
        3
    );
    let commits = |operation: &str| {
        let label = format!("operation=\"{operation}\"");
        numbers.count("farthing_ledger_commit_seconds_count", &[&label])
    };
    assert_eq!((commits("redemption"), commits("draw")), (1, 3));
    // Every write was in a group.
    let steps = numbers.count("farthing_ledger_steps_total", &[]);
    let groups = numbers.count("farthing_ledger_groups_total", &[]);
    let writes = numbers.count("farthing_ledger_commit_seconds_count", &[]);
    // The publisher was registered by another hand than the issuer's.
    assert_eq!(steps, writes + 1);
    assert!(groups >= 1 && groups <= steps, "{groups}");
    assert_eq!(numbers.count("farthing_requests_in_flight", &[]), 0);
    assert!(numbers.count("farthing_connections", &[]) >= 1);

    // Nothing that came from outside, and no label but these.
    let text = server.admin("/metrics").ok(200).body;
    let fields = attempt.payment.request.fields();
    let mut secrets = vec![
        "secret".to_owned(),
        "somebody".to_owned(),
        "somewhere".to_owned(),
        "publisher".to_owned() + ".example",
        "127.0.0.1".to_owned(),
        eur().as_str().to_owned(),
        load.order.to_b64u(),
        to_b64u(page.offer.hash().bytes()),
        attempt.payment.request.binding().to_b64u(),
    ];
    secrets.extend(fields.inputs.iter().map(|input| input.keyset.to_b64u()));
    secrets.extend(fields.inputs.iter().map(|input| input.nonce.to_b64u()));
    secrets.extend(fields.inputs.iter().map(|input| input.nullifier.to_b64u()));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in the numbers");
    }
    let known = [
        "endpoint",
        "method",
        "status",
        "code",
        "operation",
        "outcome",
        "reason",
        "le",
        "version",
    ];
    let before_values: Vec<&str> = text.split("=\"").collect();
    assert!(before_values.len() > 100);
    for text in &before_values[..before_values.len() - 1] {
        let name = text.rsplit(['{', ',']).next().unwrap();
        assert!(known.contains(&name), "{name} is no label of ours");
    }
}

#[test]
fn readers_do_not_reach_the_operators_numbers() {
    let server = Server::start();
    server.get("/metrics").is(404, "not_found");
    assert_eq!(server.admin("/healthz").ok(200).body, "ok\n");
    assert_eq!(server.admin("/v1/manifests?from=1").status, 404);
}

#[test]
fn ready_means_that_the_ledger_takes_steps() {
    let server = Server::start();
    assert_eq!(server.admin("/readyz").ok(200).body, "ok\n");
    // Somebody else holds the ledger's lock: reading goes on, writing does not.
    let mut held = rusqlite::Connection::open(server.books()).unwrap();
    let lock = held
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    assert_eq!(server.admin("/readyz").status, 503);
    assert_eq!(server.admin("/healthz").ok(200).body, "ok\n");
    drop(lock);
    let ready = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        server.admin("/readyz").status == 200
    });
    assert!(ready, "it did not recover");
    server.audit();
}
