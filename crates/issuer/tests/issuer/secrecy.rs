//! What may not be told: not in the log, not in `Debug`.

use crate::command_line::Made;
use crate::fixture::{Reader, Server, Shop};
use farthing_core::bytes::to_b64u;
use farthing_core::id::Nonce;
use farthing_issuer::config::{Log, LogFormat};
use farthing_issuer::issuer::Issuer;
use farthing_issuer::log;
use farthing_issuer::random::SystemRandom;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, OnceLock};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What is logged by this whole process: every line of every library, and what the program would write as JSON.
/// All tests log into it, which is all the better.
fn logged() -> &'static (Lines, Lines) {
    static LOGGED: OnceLock<(Lines, Lines)> = OnceLock::new();
    LOGGED.get_or_init(|| {
        let (all, json) = (Lines::default(), Lines::default());
        let everything = tracing_subscriber::fmt::layer()
            .with_writer(all.clone())
            .with_ansi(false);
        let log = Log {
            format: LogFormat::Json,
            level: tracing::Level::TRACE,
        };
        tracing_subscriber::registry()
            .with(everything)
            .with(log::layer(log, json.clone(), true))
            .init();
        (all, json)
    })
}

#[test]
fn the_log_says_what_happened_and_not_to_whom() {
    let (lines, _) = logged();
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/a-secret-article", 237_000);
    let attempt = reader.pay(&server, &page);
    let reply = reader.send(&server, &attempt).ok(200);
    reader.send(&server, &attempt).ok(200);
    let spoilt = attempt.text().replacen("a", "b", 1);
    server.post("/v1/redemptions", &spoilt);
    server.get("/v1/nothing?reader=somebody");
    let token = reader.purse().remove(0);
    reader.ask(&server, &token);
    reader.finish(&page, &attempt, &reply.body);
    drop(server);

    let log = lines.text();
    assert!(
        log.contains("route=\"/v1/redemptions\" status=200"),
        "{log}"
    );
    let fields = attempt.payment.request.fields();
    let mut secrets = vec![
        "a-secret-article".to_owned(),
        "somebody".to_owned(),
        page.offer_text.clone(),
        to_b64u(page.offer.hash().bytes()),
        to_b64u(&fields.wrap),
        to_b64u(fields.cnf.bytes()),
        to_b64u(fields.salt.bytes()),
        attempt.payment.request.binding().to_b64u(),
        reply.member("grant"),
        reply.member("key"),
    ];
    let nonce = |nonce: &Nonce| nonce.to_b64u();
    secrets.extend(fields.inputs.iter().map(|input| nonce(&input.nonce)));
    secrets.extend(fields.inputs.iter().map(|input| input.nullifier.to_b64u()));
    secrets.extend(
        attempt
            .payment
            .request
            .macs()
            .iter()
            .map(|mac| mac.to_b64u()),
    );
    secrets.extend(
        fields
            .outputs
            .iter()
            .map(|output| to_b64u(output.blinded.bytes())),
    );
    secrets.extend(reader.purse().iter().map(|token| nonce(token.nonce())));
    for secret in secrets {
        assert!(
            secret.len() > 7 && !log.contains(&secret),
            "{secret} is in the log"
        );
    }
}

#[test]
fn json_lines_of_a_purchase_and_of_refusals_name_nothing_that_was_bought_and_nobody() {
    let (_, lines) = logged();
    let server = Server::with("\n[http]\nbehind_proxy = true\n");
    let client = "203.0.113.77";
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", client),
        ("user-agent", "a-browser/1"),
    ];
    let send = |path: &str, body: &str| server.post_with(path, body, &headers);
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "the reader of json lines");
    reader.load(&server, 500_000);
    // The order: refused when its signature does not fit, or it is unknown, not paid, or drawn with the wrong coins.
    let load = reader.order(500_000);
    let order = load.order.to_b64u();
    let draw = format!("/v1/orders/{order}/draw");
    let text = load.request.to_json();
    let spoilt = text.replacen("500000", "600000", 1);
    send("/v1/orders", &spoilt).is(403, "claim_signature");
    server
        .get(&format!("/v1/orders/{order}"))
        .is(404, "order_unknown");
    send("/v1/orders", &text).ok(201);
    let pouch = reader.draw(&server, &load, 0, "0.50", 500_000).to_json();
    send(&draw, &pouch).is(409, "order_not_settled");
    server.press(&order, "approve").ok(303);
    send(&draw, &pouch).ok(200);
    // The purchase: refused when malformed, spent before, of an unknown publisher, or withdrawn.
    let page = shop.seal(&server, &reader.manifest, "/what-was-bought", 237_000);
    let attempt = reader.pay(&server, &page);
    send("/v1/redemptions", &attempt.text()).ok(200);
    let other = shop.seal(&server, &reader.manifest, "/what-was-not", 237_000);
    let conflict = reader.pay(&server, &other);
    send("/v1/redemptions", &conflict.text()).is(409, "token_spent");
    let stranger = Shop::unregistered("nobody-known");
    let foreign = stranger.seal(&server, &reader.manifest, "/elsewhere-sold", 10_000);
    let spent = attempt.payment.request.fields().inputs.iter();
    let spent: Vec<Nonce> = spent.map(|input| input.nonce).collect();
    let left = reader.purse().into_iter();
    let left: Vec<_> = left
        .filter(|token| !spent.contains(token.nonce()))
        .collect();
    let unsold = reader.pay_with(&server, &foreign, &left);
    send("/v1/redemptions", &unsold.text()).is(422, "publisher_unknown");
    send("/v1/redemptions", "{\"offer\":\"what-was-malformed\"}").is(400, "malformed");
    send("/v1/webhooks/sandbox", "{}").is(403, "webhook_signature");
    send("/v1/webhooks/somebodys", "{}").is(404, "not_found");
    send("/v1/answers?who=somebodys", "{}").is(400, "malformed");
    drop(server);

    let log = lines.text();
    let mut secrets: Vec<String> = [
        client,
        "a-browser",
        "what-was",
        "elsewhere-sold",
        "nobody-known",
        "somebodys",
        &order,
        &page.offer_text,
        &other.offer_text,
        &foreign.offer_text,
    ]
    .map(str::to_owned)
    .into();
    for page in [&page, &other, &foreign] {
        secrets.push(to_b64u(page.offer.hash().bytes()));
        secrets.push(to_b64u(&page.wrap));
    }
    for attempt in [&attempt, &conflict, &unsold] {
        let request = &attempt.payment.request;
        secrets.push(request.binding().to_b64u());
        for input in &request.fields().inputs {
            secrets.extend([input.nonce.to_b64u(), input.nullifier.to_b64u()]);
        }
        secrets.extend(request.macs().iter().map(|mac| mac.to_b64u()));
    }
    for secret in secrets {
        assert!(
            secret.len() > 7 && !log.contains(&secret),
            "{secret} is in the log"
        );
    }
    let mut codes = Vec::new();
    for line in log.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields = value["fields"].as_object().unwrap();
        assert!(
            value["level"].is_string() && value["timestamp"].is_string(),
            "{line}"
        );
        if fields["message"] == "answered" {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            let known = [
                "code", "message", "method", "ms", "request", "route", "status",
            ];
            assert!(names.iter().all(|name| known.contains(name)), "{line}");
            codes.push(fields["code"].as_str().unwrap().to_owned());
        }
    }
    for code in [
        "order_not_settled",
        "token_spent",
        "publisher_unknown",
        "webhook_signature",
        "",
    ] {
        assert!(
            codes.iter().any(|said| said == code),
            "no line says {code:?}"
        );
    }
}

#[test]
fn the_programs_log_names_no_address_and_no_path() {
    let made = Made::new();
    let text = std::fs::read_to_string(made.path("farthing.toml")).unwrap();
    let text = text.replace("level = \"info\"", "level = \"trace\"");
    std::fs::write(
        made.path("farthing.toml"),
        text.replace("format = \"text\"", "format = \"json\""),
    )
    .unwrap();
    let serving = made.serve();
    let mut stream = TcpStream::connect(made.id.strip_prefix("http://").unwrap()).unwrap();
    let port = stream.local_addr().unwrap().port().to_string();
    stream
        .write_all(
            b"GET /v1/keysets/somebody-elses HTTP/1.1\r\nHost: x\r\nUser-Agent: a-browser\r\nCookie: a=biscuit\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 404"), "{reply}");
    let log = serving.end();
    let line = log
        .lines()
        .find(|line| line.contains("/v1/keysets/{id}"))
        .unwrap();
    assert!(
        line.starts_with('{') && line.contains("\"code\":\"keyset_unknown\""),
        "{line}"
    );
    for secret in [
        "somebody-elses",
        "a-browser",
        "biscuit",
        "203.0.113.9",
        &format!(":{port}"),
    ] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[test]
fn debug_tells_no_secret() {
    let server = Server::start();
    let mut reader = Reader::loaded(&server);
    let shop = Shop::open(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 237_000);
    let attempt = reader.pay(&server, &page);
    let keys = server.keys();
    let notice = farthing_issuer::payment::Sandbox::charge(
        farthing_core::id::OrderId::new([5; 16]),
        crate::fixture::eur(),
        crate::fixture::micro(1),
    );
    let sandbox = farthing_issuer::payment::Sandbox::new(
        keys.webhook().unwrap(),
        server.url("/"),
        farthing_issuer::outbound::client(),
    );
    let mints = keys.mints();
    let mut told = format!(
        "{keys:?} {mints:?} {:?} {sandbox:?} {notice:?}",
        keys.signers()
    );
    told += &format!("{:?}", sandbox.deliver(&notice, server.now()));
    drop(mints);
    let issuer = server.block_on(Issuer::open(
        server.config.clone(),
        keys,
        server.ledger.clone(),
        Arc::new(server.clock.clone()),
        Arc::new(SystemRandom),
        Some(sandbox),
    ));
    told += &format!("{:?} {:?}", issuer.unwrap(), server.ledger);
    for entry in std::fs::read_dir(server.config.keys()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("secret = \""))
        {
            let secret = line.trim_end_matches('"').trim_start_matches("whsec_");
            assert!(
                secret.len() > 40 && !told.contains(secret),
                "a secret is told"
            );
            let bytes = farthing_core::bytes::from_b64u(secret);
            if let Some(bytes) = bytes {
                let numbers = format!("{bytes:?}");
                assert!(
                    !told.contains(numbers.trim_matches(['[', ']'])),
                    "a secret is told"
                );
            }
        }
    }
    for token in reader.purse() {
        let y = to_b64u(&token.to_bytes()[49..]);
        assert!(!format!("{token:?} {:?}", attempt.payment).contains(&y));
    }
    drop(server);
}
