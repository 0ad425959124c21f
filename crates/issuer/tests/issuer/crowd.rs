//! The program under a crowd that only holds on to things: ten thousand connections, and one of which wants all.

use crate::admin::Numbers;
use crate::command_line::{Made, Serving};
use crate::fixture::{Reader, Server, Shop};
use farthing_issuer::config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpSocket;

/// Connections of a crowd: ten thousand, or as many as the system lets this process have.
fn crowd() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let room = limit.maximum.unwrap_or(u64::MAX).saturating_sub(1_000);
    usize::try_from(room).unwrap_or(usize::MAX).min(10_000)
}

/// A program with these lines in `[http]`.
fn program(made: &Made, lines: &str) -> (Serving, Server) {
    let path = made.config();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut text = text.replacen("[http]", &format!("[http]\n{lines}"), 1);
    for line in lines.lines() {
        let (key, _) = line.split_once(" = ").unwrap();
        let usual = text
            .lines()
            .filter(|line| line.starts_with(&format!("{key} = ")))
            .nth(1);
        let usual = usual.unwrap().to_owned();
        let at = text.rfind(&usual).unwrap();
        text.replace_range(at..at + usual.len(), "");
    }
    std::fs::write(&path, text).unwrap();
    let serving = made.serve();
    let server = Server::elsewhere(&Config::read(Path::new(&path)).unwrap(), &made.id);
    (serving, server)
}

fn numbers(made: &Made) -> Numbers {
    let config = Config::read(Path::new(&made.config())).unwrap();
    let url = format!("http://{}/metrics", config.admin().unwrap().address);
    let reply = ureq::get(url).call().unwrap().into_body().read_to_string();
    Numbers::read(&reply.unwrap())
}

/// A connection from an address of this machine's own network.
fn connect(server: &Server, from: Ipv4Addr) -> TcpStream {
    let stream = server.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let to: SocketAddr = server.config.listen();
        socket.connect(to).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// The `n`th of many addresses, 200 connections each.
fn stranger(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, u8::try_from(n / 200).unwrap())
}

/// Asks on a connection that stands, which must be answered on it.
fn ask(stream: &mut TcpStream) {
    let request = b"GET /v1/keysets/none HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut reply = Vec::new();
    // A problem document ends with its only brace.
    while !reply.ends_with(b"}") {
        let mut some = [0; 2_048];
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0, "the connection was ended");
        reply.extend_from_slice(&some[..read]);
    }
    assert!(reply.starts_with(b"HTTP/1.1 404"));
}

/// Whether the other side has let go of it: the end, or a reset.
fn is_over(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0; 512]);
    match read {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// The most memory that the program has had, in KiB.
fn peak(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    words[1].parse().unwrap()
}

/// A reader buys an article on connections of its own, and the books balance.
fn buy(server: &Server, reader: &mut Reader, shop: &Shop, path: &str) {
    let page = shop.seal(server, &reader.manifest, path, 100_000);
    let attempt = reader.pay(server, &page);
    let reply = reader.send(server, &attempt).ok(200);
    reader.finish(&page, &attempt, &reply.body);
    server.audit();
}

#[test]
fn ten_thousand_who_say_nothing_shut_nobody_out_and_throw_no_customer_out() {
    let made = Made::new();
    let (serving, server) = program(&made, "requests_per_minute = 0");
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let mut customer = connect(&server, Ipv4Addr::LOCALHOST);
    ask(&mut customer);
    let most = crowd();
    let mut idle = Vec::with_capacity(most);
    for n in 0..most {
        let mut stream = connect(&server, stranger(n));
        // Some say nothing, some a part of a head, some a part of a body.
        let part: &[u8] = match n % 3 {
            0 => b"",
            1 => b"POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            _ => b"POST /v1/redemptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{",
        };
        // One that was already ended for another is written to in vain.
        let _ = stream.write_all(part);
        idle.push(stream);
        if n % 500 == 0 {
            ask(&mut customer);
        }
    }
    buy(&server, &mut reader, &shop, "/article");
    ask(&mut customer);
    let counted = numbers(&made);
    assert!(counted.count("farthing_connections", &[]) <= 1_024);
    assert!(counted.count("farthing_connections_ended_total", &[]) > 0);
    assert!(idle.iter_mut().map(is_over).filter(|over| *over).count() >= most - 1_024);
    let peak = peak(&serving);
    assert!(peak < 100 << 10, "{peak} KiB");
    drop((idle, customer, server));
    serving.end();
}

#[test]
fn ten_thousand_connections_are_held_where_that_many_are_allowed() {
    let made = Made::new();
    let (serving, server) = program(&made, "max_connections = 12000");
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let most = crowd();
    let idle: Vec<TcpStream> = (0..most).map(|n| connect(&server, stranger(n))).collect();
    buy(&server, &mut reader, &shop, "/article");
    let ended = numbers(&made).count("farthing_connections_ended_total", &[]);
    let peak = peak(&serving);
    assert!(peak < 300 << 10, "{peak} KiB");
    drop((idle, server));
    let log = serving.end();
    assert!(ended == 0 || log.contains("too few open files"), "{ended}");
}

#[test]
fn one_address_takes_only_its_part_and_loses_its_own() {
    let made = Made::new();
    let (serving, server) = program(&made, "connections_per_client = 40");
    let mut other = connect(&server, Ipv4Addr::new(127, 0, 0, 7));
    ask(&mut other);
    let mut quiet = connect(&server, Ipv4Addr::new(127, 0, 0, 7));
    let greedy = Ipv4Addr::new(127, 0, 0, 8);
    let mut idle: Vec<TcpStream> = (0..400).map(|_| connect(&server, greedy)).collect();
    // Later than all of them, so that they have been accepted.
    ask(&mut connect(&server, Ipv4Addr::new(127, 0, 0, 7)));
    assert!(numbers(&made).count("farthing_connections", &[]) <= 43);
    let left = idle.iter_mut().map(|stream| !is_over(stream));
    assert!(left.filter(|left| *left).count() <= 40);
    ask(&mut other);
    assert!(!is_over(&mut quiet));
    drop((idle, server));
    serving.end();
}

#[test]
fn an_issuer_with_few_open_files_says_so_and_serves_with_those() {
    let made = Made::new();
    let serving = made.serve_with_files(300);
    let server = Server::elsewhere(&Config::read(Path::new(&made.config())).unwrap(), &made.id);
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let idle: Vec<TcpStream> = (0..1_000).map(|n| connect(&server, stranger(n))).collect();
    buy(&server, &mut reader, &shop, "/article");
    assert!(numbers(&made).count("farthing_connections", &[]) <= 172);
    drop((idle, server));
    let log = serving.end();
    assert!(log.contains("too few open files"), "{log}");
}

#[test]
fn heads_without_end_are_refused_and_take_no_memory() {
    let made = Made::new();
    let (serving, server) = program(&made, "requests_per_minute = 0");
    let before = peak(&serving);
    let head = [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ".to_vec(),
        vec![b'x'; 300_000],
    ]
    .concat();
    let mut streams: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = connect(&server, Ipv4Addr::LOCALHOST);
            // It is cut off within; what is left is written in vain.
            let _ = stream.write_all(&head);
            stream
        })
        .collect();
    for stream in &mut streams {
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        assert!(
            reply.is_empty() || reply.starts_with(b"HTTP/1.1 431"),
            "{reply:?}"
        );
    }
    let grown = peak(&serving) - before;
    assert!(grown < 20 << 10, "{grown} KiB more");
    server.get("/healthz").ok(200);
    drop((streams, server));
    serving.end();
}
