//! What may not be told: not in the log, not in `Debug`.

use crate::command_line::Made;
use crate::fixture::{Reader, Server, Shop};
use farthing_core::bytes::to_b64u;
use farthing_core::id::Nonce;
use farthing_issuer::issuer::Issuer;
use farthing_issuer::random::SystemRandom;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

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

#[test]
fn the_log_says_what_happened_and_not_to_whom() {
    // The only test that sets the process's subscriber; the others log into it too, which is all the better.
    let lines = Lines::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .init();
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

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
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
        keys.signer()
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
