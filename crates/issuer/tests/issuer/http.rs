//! Addresses, methods, limits and headers.

use crate::fixture::{Reader, Server};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn any_origin_may_ask_without_credentials() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.config.listen()).unwrap();
    stream
        .write_all(
            b"OPTIONS /v1/redemptions HTTP/1.1\r\nHost: x\r\nOrigin: https://publisher.example\r\n\
              Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let reply = reply.to_ascii_lowercase();
    assert!(reply.starts_with("http/1.1 204"), "{reply}");
    for header in [
        "access-control-allow-origin: *\r\n",
        "access-control-allow-methods: get, post\r\n",
        "access-control-allow-headers: content-type\r\n",
        "access-control-max-age: 86400\r\n",
    ] {
        assert!(reply.contains(header), "{reply}");
    }
    assert!(!reply.contains("allow-credentials"));
    // Every answer of the API, refusals included; nothing else.
    for path in [
        "/v1/manifests?from=1",
        "/v1/manifests",
        "/v1/orders/x",
        "/v1/nothing",
        "/.well-known/jwks.json",
        "/.well-known/farthing-issuer.json",
    ] {
        assert_eq!(
            server.get(path).header("access-control-allow-origin"),
            Some("*"),
            "{path}"
        );
    }
    for path in ["/", "/healthz", "/terms/2026-11-22", "/wallet/", "/nothing"] {
        assert_eq!(
            server.get(path).header("access-control-allow-origin"),
            None,
            "{path}"
        );
    }
}

#[test]
fn addresses_methods_and_media_types() {
    let server = Server::start();
    server.get("/nothing").is(404, "not_found");
    server.get("/v1/").is(404, "not_found");
    server.get("/v1/redemptions").is(405, "method_not_allowed");
    server.get("/v1/orders").is(405, "method_not_allowed");
    server
        .post("/v1/manifests?from=1", "{}")
        .is(405, "method_not_allowed");
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        for path in ["/v1/redemptions", "/v1/orders", "/v1/answers"] {
            let headers = [("content-type", media_type)];
            server.post_with(path, "{}", &headers).is(415, "media_type");
        }
    }
    let headers = [("content-type", "Application/JSON; charset=utf-8")];
    server
        .post_with("/v1/answers", "{}", &headers)
        .is(400, "malformed");
    for query in [
        "",
        "?from=",
        "?from=0",
        "?from=-1",
        "?from=01",
        "?from=+1",
        "?from=1&from=2",
        "?from=x",
        "?from=9007199254740992",
        "?to=1",
    ] {
        server
            .get(&format!("/v1/manifests{query}"))
            .is(400, "malformed");
    }
    assert_eq!(
        server.get("/v1/manifests?from=2").ok(200).body,
        r#"{"heads":[]}"#
    );
    assert_eq!(
        server
            .get("/v1/manifests?from=9007199254740991")
            .ok(200)
            .body,
        r#"{"heads":[]}"#
    );
    server
        .get("/v1/manifests/bodies/AAAA")
        .is(404, "manifest_unknown");
    server
        .get(&format!("/v1/manifests/bodies/{}", "A".repeat(43)))
        .is(404, "manifest_unknown");
    server.get("/v1/keysets/x").is(404, "keyset_unknown");
    server
        .get("/v1/keysets/AAAAAAAAAAAAAAAAAAAAAA")
        .is(404, "keyset_unknown");
    assert_eq!(server.get("/healthz").ok(200).body, "ok\n");
    assert_eq!(server.get("/readyz").ok(200).body, "ok\n");
    let ids: Vec<String> = (0..2)
        .map(|_| {
            server
                .get("/healthz")
                .header("x-request-id")
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn ten_megabytes_are_too_large_however_they_come() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    server.unmoved(|| {
        let large = format!("{{\"x\":\"{}\"}}", "y".repeat(10_000_000));
        for path in ["/v1/redemptions", "/v1/orders", "/v1/answers"] {
            server.post(path, &large).is(413, "too_large");
        }
        let just = "{".repeat(65_536);
        server.post("/v1/redemptions", &just).is(400, "malformed");
        server
            .post("/v1/redemptions", &format!("{just} "))
            .is(413, "too_large");
        // In chunks, with no length said before.
        let mut stream = TcpStream::connect(server.config.listen()).unwrap();
        stream
            .write_all(
                b"POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                  Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
            )
            .unwrap();
        let chunk = format!("10000\r\n{}\r\n", "z".repeat(65_536));
        for _ in 0..160 {
            stream.write_all(chunk.as_bytes()).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
        assert!(reply.contains("\"code\":\"too_large\""), "{reply}");
    });
    reader.all_unspent(&server);
}

#[test]
fn what_does_not_arrive_in_ten_seconds_is_not_waited_for() {
    let server = Server::start();
    let begun = Instant::now();
    let ask = |text: &'static str| {
        let mut stream = TcpStream::connect(server.config.listen()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(15)))
            .unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut reply = String::new();
        let read = stream.read_to_string(&mut reply);
        (read.is_ok(), reply)
    };
    std::thread::scope(|scope| {
        // A body that stops.
        scope.spawn(|| {
            let (_, reply) = ask(
                "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Content-Length: 1000\r\nConnection: close\r\n\r\n{\"manifest\":",
            );
            assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
            assert!(reply.contains("\"code\":\"timeout\""), "{reply}");
        });
        // A head that stops.
        scope.spawn(|| {
            let (closed, reply) = ask("POST /v1/redemptions HTTP/1.1\r\nHost: x\r\n");
            assert!(closed, "the connection stayed open: {reply}");
        });
    });
    let waited = begun.elapsed();
    assert!(
        waited >= Duration::from_secs(9) && waited < Duration::from_secs(14),
        "{waited:?}"
    );
}
