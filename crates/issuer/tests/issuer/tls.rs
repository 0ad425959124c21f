//! TLS without a proxy: agreed on, renewed, refused, and told to nobody.

use crate::admin::Numbers;
use crate::command_line::{Made, Serving, fails};
use crate::fixture::server::write_secret;
use crate::fixture::{Reader, Server, Shop};
use farthing_issuer::config::Config;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion, RootCertStore, StreamOwned,
    SupportedProtocolVersion,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// An authority that tests alone trust.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

/// A certificate and its key, as PEM.
struct Pair {
    certificate: String,
    key: String,
    der: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    fn pair(&self, name: &str) -> Pair {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().to_vec(),
        }
    }
}

/// An issuer of `https://localhost` with a certificate, and lines in `[http]`.
fn made(pair: &Pair, http: &str) -> Made {
    let made = Made::named("https://localhost");
    put(&made, pair);
    let path = made.config();
    let text = std::fs::read_to_string(&path).unwrap();
    let tls = "[tls]\ncertificate = \"chain.pem\"\nkey = \"file:key.pem\"\n";
    let text = text.replacen("requests_per_minute = 6000", http, 1);
    std::fs::write(&path, format!("{text}\n{tls}")).unwrap();
    made
}

/// Writes the pair as one who renews does: to another name, and moved over the old.
fn put(made: &Made, pair: &Pair) {
    for (name, text) in [("chain.pem", &pair.certificate), ("key.pem", &pair.key)] {
        let new = made.path("new.pem");
        write_secret(&new, text);
        std::fs::rename(new, made.path(name)).unwrap();
    }
}

fn numbers(made: &Made) -> Numbers {
    let config = Config::read(Path::new(&made.config())).unwrap();
    let url = format!("http://{}/metrics", config.admin().unwrap().address);
    let reply = ureq::get(url).call().unwrap().into_body().read_to_string();
    Numbers::read(&reply.unwrap())
}

/// How browsers come: with these protocols, over these versions of TLS.
fn client(
    authority: &Authority,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der.clone().into()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

fn tcp(made: &Made) -> TcpStream {
    let stream = TcpStream::connect(made.listen()).unwrap();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    stream
}

fn shake(made: &Made, config: &Arc<ClientConfig>) -> std::io::Result<Stream> {
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, tcp(made));
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(stream)
}

/// Asks on a connection that stands.
fn ask(stream: &mut Stream) -> String {
    stream
        .write_all(b"GET /v1/keysets/none HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut reply = Vec::new();
    while !reply.ends_with(b"}") {
        let mut some = [0; 2_048];
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0, "the connection was ended");
        reply.extend_from_slice(&some[..read]);
    }
    String::from_utf8(reply).unwrap()
}

#[test]
fn a_reader_buys_over_tls_and_is_told_never_to_come_without() {
    let authority = Authority::new();
    let made = made(&authority.pair("localhost"), "requests_per_minute = 0");
    let serving = made.serve();
    let config = Config::read(Path::new(&made.config())).unwrap();
    let base = format!("https://localhost:{}", made.listen().port());
    let server = Server::elsewhere(&config, &base).trusting(&authority.der);
    let shop = Shop::open(&server);
    // The sandbox's provider tells of the payment, too.
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let reply = reader.send(&server, &attempt).ok(200);
    reader.finish(&page, &attempt, &reply.body);
    for path in ["/", "/healthz", "/nothing", "/v1/keysets/none"] {
        let hsts = server.get(path);
        let hsts = hsts.header("strict-transport-security");
        assert_eq!(hsts, Some("max-age=31536000"), "{path}");
    }
    server.audit();

    for (version, is) in [
        (&TLS13, ProtocolVersion::TLSv1_3),
        (&TLS12, ProtocolVersion::TLSv1_2),
    ] {
        let both = client(&authority, &[version], &[b"h2", b"http/1.1"]);
        // A second connection is not known again: no ticket came with the first.
        for _ in 0..2 {
            let mut stream = shake(&made, &both).unwrap();
            assert_eq!(stream.conn.protocol_version(), Some(is));
            assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
            assert!(ask(&mut stream).starts_with("HTTP/1.1 404"));
            assert_ne!(stream.conn.handshake_kind(), Some(HandshakeKind::Resumed));
        }
    }
    assert!(shake(&made, &client(&authority, &[&TLS13], &[b"h2"])).is_err());
    assert!(shake(&made, &client(&Authority::new(), &[&TLS13], &[])).is_err());
    drop(server);
    serving.end();
}

/// Shakes hands until the certificate is this one.
fn until_shown(made: &Made, config: &Arc<ClientConfig>, pair: &Pair) {
    for _ in 0..600 {
        let stream = shake(made, config).unwrap();
        if stream.conn.peer_certificates().unwrap()[0].as_ref() == pair.der {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the new certificate is not shown");
}

#[test]
fn a_renewed_certificate_is_taken_while_connections_stand_and_a_wrong_one_is_not() {
    let authority = Authority::new();
    let first = authority.pair("localhost");
    let made = made(&first, "requests_per_minute = 0");
    let serving = made.serve();
    let config = client(&authority, &[&TLS13], &[]);
    until_shown(&made, &config, &first);
    let mut standing = shake(&made, &config).unwrap();
    ask(&mut standing);
    // The files change, and nobody says so.
    let second = authority.pair("localhost");
    put(&made, &second);
    until_shown(&made, &config, &second);
    // Somebody says so.
    let third = authority.pair("localhost");
    put(&made, &third);
    serving.hang_up();
    until_shown(&made, &config, &third);
    // A key that is not the certificate's.
    write_secret(&made.path("key.pem"), &first.key);
    serving.hang_up();
    let mut standing = shake(&made, &config).unwrap();
    for _ in 0..20 {
        ask(&mut standing);
        until_shown(&made, &config, &third);
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(standing);
    let log = serving.end();
    assert!(log.contains("the certificate was read anew"), "{log}");
    let refused = log.lines().find(|line| line.contains("is not used"));
    assert!(
        refused.unwrap().contains("tls.key is not the key of"),
        "{log}"
    );
}

#[test]
fn a_signal_to_renew_ends_no_issuer_that_has_nothing_to_renew() {
    let made = Made::new();
    let serving = made.serve();
    serving.hang_up();
    std::thread::sleep(Duration::from_millis(300));
    let reply = ureq::get(format!("{}/healthz", made.id)).call().unwrap();
    assert_eq!(reply.status(), 200);
    serving.end();
}

#[test]
fn a_wrong_certificate_or_key_is_named_before_anybody_is_served() {
    let authority = Authority::new();
    let (good, other) = (authority.pair("localhost"), authority.pair("localhost"));
    let made = made(&good, "requests_per_minute = 0");
    let refused = |hint: &str| {
        let words = fails(&["serve", "--config", &made.config()]);
        assert!(words.contains(hint), "{hint}: {words}");
        for key in [&good.key, &other.key] {
            let line = key.lines().nth(1).unwrap();
            assert!(!words.contains(line), "{words}");
        }
        put(&made, &good);
    };
    write_secret(&made.path("key.pem"), &other.key);
    refused("tls.key is not the key of the first certificate");
    write_secret(&made.path("key.pem"), &good.certificate);
    refused("tls.key names no private key");
    std::fs::remove_file(made.path("key.pem")).unwrap();
    refused("key.pem: No such file");
    write_secret(&made.path("chain.pem"), &good.key);
    refused("holds no certificate");
    write_secret(
        &made.path("chain.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    refused("cannot be read");
    std::fs::remove_file(made.path("chain.pem")).unwrap();
    refused("chain.pem: No such file");
    let elsewhere = authority.pair("elsewhere.example");
    put(&made, &elsewhere);
    refused("is for another name than localhost");
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(made.path("key.pem"), open).unwrap();
    refused("chmod 600");
    let path = made.config();
    let text = std::fs::read_to_string(&path).unwrap();
    let written = |text: &str, hint: &str| {
        std::fs::write(&path, text).unwrap();
        let words = fails(&["serve", "--config", &path]);
        assert!(words.contains(hint), "{hint}: {words}");
    };
    written(&text.replace("file:key.pem", "key.pem"), "tls.key");
    written(
        &text.replace("https://localhost", "http://localhost"),
        "issuer_id that begins with https",
    );
    written(
        &text.replace("certificate =", "certifcate ="),
        "did you mean `certificate`?",
    );
    // Behind a proxy it may be known by another name.
    put(&made, &elsewhere);
    std::fs::write(
        &path,
        text.replace("behind_proxy = false", "behind_proxy = true"),
    )
    .unwrap();
    made.serve().end();
}

/// A program whose log has everything that it would ever write.
fn talkative(made: &Made) -> Serving {
    let path = made.config();
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("level = \"info\"", "level = \"trace\"");
    std::fs::write(
        &path,
        text.replace("format = \"text\"", "format = \"json\""),
    )
    .unwrap();
    made.serve()
}

#[test]
fn who_does_not_get_through_the_handshake_is_counted_and_not_named() {
    let authority = Authority::new();
    let made = made(&authority.pair("localhost"), "requests_per_minute = 0");
    let serving = talkative(&made);
    let config = client(&authority, &[&TLS13], &[]);
    let mut ports = Vec::new();
    let mut begun: Vec<TcpStream> = Vec::new();
    for said in [
        &b"GET /somebodys-secret HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16",
        b"",
    ] {
        for _ in 0..100 {
            let mut stream = tcp(&made);
            ports.push(stream.local_addr().unwrap().port());
            stream.write_all(said).unwrap();
            begun.push(stream);
        }
    }
    // The rest is served all the while.
    let mut stream = shake(&made, &config).unwrap();
    ask(&mut stream);
    // Those who said something wrong are told, and let go.
    for stream in &mut begun[..200] {
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        assert!(!reply.starts_with(b"HTTP"), "{reply:?}");
    }
    let failed = |labels: &[&str]| numbers(&made).count("farthing_handshakes_total", labels);
    while failed(&["outcome=\"failed\""]) < 200 {
        std::thread::sleep(Duration::from_millis(50));
    }
    // Who says nothing more is let go after ten seconds, or for another.
    while failed(&[]) - failed(&["outcome=\"done\""]) < 500 {
        std::thread::sleep(Duration::from_millis(200));
    }
    drop((begun, stream));
    let log = serving.end();
    for secret in ["somebodys-secret", "127.0.0.1:"] {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        let listening =
            |line: &&str| line.contains("serving;") || line.contains("metrics and health");
        assert!(told.iter().all(listening), "{told:?}");
    }
    for port in ports {
        assert!(!log.contains(&format!(":{port}")), "{port}: {log}");
    }
}

#[test]
fn handshakes_count_as_requests_of_their_client() {
    let authority = Authority::new();
    let made = made(&authority.pair("localhost"), "requests_per_minute = 20");
    let serving = made.serve();
    let config = client(&authority, &[&TLS13], &[]);
    let through = (0..60).filter(|_| shake(&made, &config).is_ok()).count();
    // Twenty at once, and what has grown back in the meantime.
    assert!((20..50).contains(&through), "{through}");
    let limited = numbers(&made).count("farthing_handshakes_total", &["outcome=\"limited\""]);
    assert_eq!(limited, u64::try_from(60 - through).unwrap());
    serving.end();
}
