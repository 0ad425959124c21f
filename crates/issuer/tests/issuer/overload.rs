//! More than can be served: the rest is told when to come again, and those who only hold on to things do not matter.

use crate::admin::Numbers;
use crate::fixture::{Page, Reader, Server, Shop};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Connections that only stand there: a few hundred, or as many as the variable says.
fn crowd() -> usize {
    let told = std::env::var("FARTHING_TEST_CROWD").ok();
    told.map_or(400, |told| told.parse().unwrap())
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.config.listen()).unwrap();
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// Whether the other side has let go of it: the end, or a reset.
fn is_over(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match stream.read(&mut [0; 512]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// A page and a reader who can pay for it.
fn customer(server: &Server) -> (Reader, Page) {
    let shop = Shop::open(server);
    let reader = Reader::loaded(server);
    let page = shop.seal(server, &reader.manifest, "/article", 200_000);
    (reader, page)
}

/// A whole purchase, and how long it took.
fn buy(server: &Server, reader: &mut Reader, page: &Page) -> Duration {
    let attempt = reader.pay(server, page);
    let begun = Instant::now();
    let reply = reader.send(server, &attempt).ok(200);
    let took = begun.elapsed();
    reader.finish(page, &attempt, &reply.body);
    took
}

#[test]
fn too_many_at_once_are_told_when_to_come_again() {
    let server = Server::with("\n[http]\nmax_requests = 1\n");
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    // Somebody holds the ledger, so that a request stays in work.
    let held = rusqlite::Connection::open(server.books()).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let order = scope.spawn(|| server.post("/v1/orders", &load.request.to_json()));
        let refused = (0..100).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            let reply = server.get("/v1/manifests?from=1");
            (reply.status == 503).then_some(reply)
        });
        let refused = refused.unwrap();
        refused.is(503, "unavailable");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            refused.header("access-control-expose-headers"),
            Some("retry-after")
        );
        assert_eq!(server.get("/healthz").ok(200).body, "ok\n");
        let numbers = Numbers::of(&server);
        assert_eq!(numbers.count("farthing_requests_in_flight", &[]), 1);
        let shed = numbers.count("farthing_requests_shed_total", &["reason=\"work\""]);
        assert!(shed >= 1);
        held.execute_batch("ROLLBACK").unwrap();
        order.join().unwrap().ok(201);
    });
    server.get("/v1/manifests?from=1").ok(200);
    server.audit();
}

#[test]
fn requests_that_arrive_slowly_take_nobodys_place() {
    // One for the reader, one for a late notice of the payment.
    let server = Server::with("\n[http]\nmax_requests = 2\n");
    let (mut reader, page) = customer(&server);
    // Heads and a byte of their bodies, and heads that are not complete.
    let bodies = b"POST /v1/answers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";
    let heads = b"POST /v1/answers HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let begun = Instant::now();
    let mut slow: Vec<TcpStream> = (0..60)
        .map(|n| {
            let mut stream = connect(&server);
            let text = if n % 2 == 0 { &bodies[..] } else { &heads[..] };
            stream.write_all(text).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    assert!(buy(&server, &mut reader, &page) < Duration::from_secs(3));
    // Each is told, or let go, in its time: never waited for longer than ten seconds, however it drips.
    while begun.elapsed() < Duration::from_secs(13) {
        for stream in &mut slow {
            let _ = stream.write_all(b" ");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    let over = slow.iter_mut().map(|stream| {
        let mut reply = String::new();
        stream.set_nonblocking(true).unwrap();
        let _ = stream.read_to_string(&mut reply);
        reply.is_empty() || reply.starts_with("HTTP/1.1 408")
    });
    assert!(over.into_iter().all(|over| over));
    let numbers = Numbers::of(&server);
    let timeouts = numbers.count("farthing_requests_total", &["code=\"timeout\""]);
    assert_eq!(timeouts, 30);
    assert_eq!(numbers.count("farthing_requests_in_flight", &[]), 0);
    server.audit();
}

#[test]
fn huge_bodies_are_refused_and_take_no_memory() {
    let server = Server::with("\n[http]\nmax_requests = 4\n");
    let (mut reader, page) = customer(&server);
    let before = resident();
    let chunk = vec![b'z'; 1 << 20];
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                let mut stream = connect(&server);
                // Said to be endless; 24 times 12 MB do come.
                let head = "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12582912\r\nConnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).unwrap();
                for _ in 0..12 {
                    stream.write_all(&chunk).unwrap();
                }
                let mut reply = String::new();
                stream.read_to_string(&mut reply).unwrap();
                assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
            });
        }
        assert!(buy(&server, &mut reader, &page) < Duration::from_secs(5));
    });
    // Beyond sixteen times the longest it is not even read to its end.
    let mut stream = connect(&server);
    let head = "POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let cut = (0..64).any(|_| stream.write_all(&chunk).is_err());
    assert!(cut, "64 MB of one request were taken");
    let grown = resident().saturating_sub(before);
    assert!(grown < 100 << 20, "{grown} bytes more");
    server.audit();
}

/// Bytes that this process has in memory; its tests run beside each other, so it is a coarse measure.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

#[test]
fn a_crowd_of_idle_connections_does_not_matter() {
    let server = Server::with("\n[http]\nmax_connections = 32\n");
    let (mut reader, page) = customer(&server);
    let mut idle: Vec<TcpStream> = (0..crowd()).map(|_| connect(&server)).collect();
    let took = buy(&server, &mut reader, &page);
    assert!(took < Duration::from_secs(3), "{took:?}");
    let numbers = Numbers::of(&server);
    assert!(numbers.count("farthing_connections", &[]) <= 32);
    let ended = numbers.count("farthing_connections_ended_total", &[]);
    let expected = u64::try_from(crowd() - 32).unwrap();
    assert!(ended >= expected, "{ended}");
    let over = idle.iter_mut().map(is_over);
    assert!(over.filter(|over| *over).count() >= crowd() - 32);
    // Those that were left in peace end after ten seconds.
    std::thread::sleep(Duration::from_secs(12));
    assert!(idle.iter_mut().all(is_over));
    let open = Numbers::of(&server).count("farthing_connections", &[]);
    assert_eq!(open, 0);
    server.audit();
}

#[test]
fn a_connection_whose_request_is_in_work_is_not_ended_for_another() {
    let server = Server::with("\n[http]\nmax_connections = 4\n");
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    let held = rusqlite::Connection::open(server.books()).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let order = scope.spawn(|| server.post("/v1/orders", &load.request.to_json()));
        while Numbers::of(&server).count("farthing_requests_in_flight", &[]) == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        let idle: Vec<TcpStream> = (0..50).map(|_| connect(&server)).collect();
        std::thread::sleep(Duration::from_millis(300));
        held.execute_batch("ROLLBACK").unwrap();
        order.join().unwrap().ok(201);
        drop(idle);
    });
}

#[test]
fn who_asks_and_does_not_read_the_answers_is_let_go() {
    let server = Server::with("\n[http]\nrequests_per_minute = 0\n");
    let mut stream = connect(&server);
    let ask = b"GET /assets/issuer.css HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    stream.set_nonblocking(true).unwrap();
    // Until what both sides' systems hold for it is full, and it can no longer be written to either.
    let begun = Instant::now();
    let (mut blocked, mut at) = (0, 0);
    while blocked < 20 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it took everything"
        );
        match stream.write(&ask[at..]) {
            Ok(written) => (blocked, at) = (0, (at + written) % ask.len()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                blocked += 1;
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
    let open = || Numbers::of(&server).count("farthing_connections", &[]);
    assert_eq!(open(), 1);
    std::thread::sleep(Duration::from_secs(21));
    assert_eq!(open(), 0);
}
