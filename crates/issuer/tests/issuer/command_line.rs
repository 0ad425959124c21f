//! The program itself: init, serve, publisher add and list, keys list, audit.

use crate::fixture::{Reader, Server, Shop};
use farthing_core::origin::{IssuerId, OriginPolicy, PublisherId};
use farthing_core::publisher_document::PublisherDocument;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use tempfile::TempDir;

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farthing-issuer"));
    command.env_remove("RUST_LOG");
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

pub(crate) fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

pub(crate) fn fails(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// A port that is free, and the next one, where the operator's listener will be.
fn free_port() -> u16 {
    let free = || {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let next = TcpListener::bind(("127.0.0.1", port.checked_add(1)?));
        next.is_ok().then_some(port)
    };
    (0..50).find_map(|_| free()).unwrap()
}

/// A sandbox issuer in a folder of its own, on a port that was free a moment ago.
pub(crate) struct Made {
    folder: TempDir,
    pub(crate) id: String,
}

impl Made {
    pub(crate) fn new() -> Self {
        Self::with(|_| Vec::new())
    }

    /// With this id; where the id tells no port, on one that is free.
    pub(crate) fn named(id: &str) -> Self {
        Self::init(id, |_| Vec::new())
    }

    /// With more arguments.
    pub(crate) fn with(more: impl FnOnce(&Self) -> Vec<String>) -> Self {
        Self::init(&format!("http://127.0.0.1:{}", free_port()), more)
    }

    fn init(id: &str, more: impl FnOnce(&Self) -> Vec<String>) -> Self {
        let folder = TempDir::new().unwrap();
        let id = id.to_owned();
        let made = Self { folder, id };
        let folder = made.path("");
        let mut arguments = vec!["init", "--sandbox", "--issuer-id", &made.id];
        arguments.extend(["--dir", folder.to_str().unwrap()]);
        let more = more(&made);
        arguments.extend(more.iter().map(String::as_str));
        ok(&arguments);
        if made.id.starts_with("https://") {
            let text = std::fs::read_to_string(made.config()).unwrap();
            let port = free_port();
            let text = text.replace("127.0.0.1:8787", &format!("127.0.0.1:{port}"));
            let text = text.replace("127.0.0.1:8788", &format!("127.0.0.1:{}", port + 1));
            std::fs::write(made.config(), text).unwrap();
        }
        made
    }

    /// Beside the issuer's folder.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it listens.
    pub(crate) fn listen(&self) -> SocketAddr {
        let text = std::fs::read_to_string(self.config()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("listen = "));
        line.unwrap().trim_matches('"').parse().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("issuer").join(name)
    }

    /// An address of the operator's listener.
    pub(crate) fn operators(&self, path: &str) -> String {
        let (host, port) = self.id.rsplit_once(':').unwrap();
        format!("{host}:{}{path}", port.parse::<u16>().unwrap() + 1)
    }

    pub(crate) fn config(&self) -> String {
        self.path("farthing.toml").to_str().unwrap().to_owned()
    }

    /// Starts it and waits until it says that it serves.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&["serve", "--config", &self.config()])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Serving {
        let mut command = program();
        command.args(arguments);
        Self::started(command)
    }

    /// With so many open files and no more.
    pub(crate) fn serve_with_files(&self, files: u32) -> Serving {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")]);
        command.arg(program().get_program());
        command.args(["serve", "--config", &self.config()]);
        Self::started(command)
    }

    fn started(mut command: Command) -> Serving {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        while !first.contains("serving") {
            assert!(log.read_line(&mut first).unwrap() > 0, "it ended: {first}");
        }
        // Whoever does not read what a program says stops it when the pipe is full.
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while log.read_line(&mut line).unwrap() > 0 {
                let _ = send.send(std::mem::take(&mut line));
            }
        });
        Serving {
            child,
            first,
            lines,
        }
    }
}

/// A running program.
pub(crate) struct Serving {
    child: Child,
    first: String,
    lines: mpsc::Receiver<String>,
}

impl Serving {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says that.
    pub(crate) fn wait_for(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line = self.lines.recv().unwrap();
            self.first += &line;
        }
    }

    /// Asks it to read its certificate and its keys anew.
    pub(crate) fn hang_up(&self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-HUP", &id]).status();
        assert!(status.unwrap().success());
    }

    /// Sends SIGTERM, waits for a clean end, and gives the whole log.
    pub(crate) fn end(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        // Until it has closed its log, which is its end.
        let rest: String = self.lines.iter().collect();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        std::mem::take(&mut self.first) + &rest
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A site that answers every request with these bytes.
fn site(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

fn json(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A document for an origin and an issuer.
fn document(origin: &str, issuer: &str) -> String {
    let shop = Shop::unregistered("publisher");
    PublisherDocument {
        publisher: PublisherId::parse(origin, OriginPolicy::LoopbackHttp).unwrap(),
        name: "The Example".to_owned(),
        contact: "desk@publisher.example".to_owned(),
        keys: vec![shop.jwk()],
        issuers: vec![IssuerId::parse(issuer, OriginPolicy::LoopbackHttp).unwrap()],
    }
    .to_json()
}

/// A site whose document is right for this issuer.
pub(crate) fn publisher(made: &Made) -> String {
    // The document names the origin, which has the port, which only the listener knows.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answer = json(&document(&origin, &made.id));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4_096];
            let read = stream.read(&mut head).unwrap_or_default();
            let asked = String::from_utf8_lossy(&head[..read]).into_owned();
            assert!(
                asked.starts_with("GET /.well-known/farthing.json HTTP/1.1\r\n"),
                "{asked}"
            );
            let _ = stream.write_all(&answer);
        }
    });
    origin
}

#[test]
fn an_issuer_is_made_once_with_keys_for_its_owner_only() {
    let made = Made::new();
    let folder = made.path("");
    let keys: Vec<_> = std::fs::read_dir(made.path("keys"))
        .unwrap()
        .map(|k| k.unwrap())
        .collect();
    // Five files of keys, and the lock of whoever writes.
    assert_eq!(keys.len(), 6);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for key in &keys {
            assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let mode = std::fs::metadata(made.path("keys"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let before = std::fs::read_to_string(made.path("farthing.toml")).unwrap();
    let folder = folder.to_str().unwrap();
    let words = fails(&["init", "--sandbox", "--dir", folder]);
    assert!(words.contains("already there"), "{words}");
    assert_eq!(
        std::fs::read_to_string(made.path("farthing.toml")).unwrap(),
        before
    );
    // Keys alone, without their configuration, are not overwritten either.
    std::fs::remove_file(made.path("farthing.toml")).unwrap();
    assert!(fails(&["init", "--sandbox", "--dir", folder]).contains("already there"));
}

#[test]
fn an_issuer_id_is_an_origin() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("new");
    let dir = folder.to_str().unwrap();
    for wrong in [
        "https://Issuer.example",
        "https://issuer.example/",
        "issuer.example",
        "http://issuer.example",
        "https://issuer.example:443",
    ] {
        for more in [&["--sandbox"][..], &["--unencrypted"]] {
            let arguments = [&["init", "--dir", dir, "--issuer-id", wrong][..], more].concat();
            assert!(fails(&arguments).contains("issuer_id"), "{wrong}");
        }
    }
    assert!(
        fails(&[
            "init",
            "--unencrypted",
            "--dir",
            dir,
            "--issuer-id",
            "http://127.0.0.1:9"
        ])
        .contains("sandbox")
    );
    assert!(!folder.exists(), "a refused init left something behind");
    // Real money's keys are not left in the clear by default.
    let init = [
        "init",
        "--dir",
        dir,
        "--issuer-id",
        "https://issuer.example",
    ];
    assert!(fails(&init).contains("--key-file"));
    assert!(!folder.exists(), "a refused init left something behind");
    let words = ok(&[&init[..], &["--unencrypted"]].concat());
    assert!(
        words.contains("proxy") && words.contains("payment provider"),
        "{words}"
    );
}

#[test]
fn unknown_keys_and_impossible_values_are_errors_with_a_hint() {
    let made = Made::new();
    let config = made.config();
    let good = std::fs::read_to_string(&config).unwrap();
    let list = ["keys", "list", "--config", &config];
    let ids = ok(&list);
    assert_eq!(ids.matches("mintable").count(), 12);
    let at = |key: &str, plus: u16| {
        let port = made.id.rsplit(':').next().unwrap().parse::<u16>().unwrap();
        format!("{key} = \"127.0.0.1:{}\"", port + plus)
    };
    let (admin, public) = (at("address", 1), at("address", 0));
    for (wrong, right, hint) in [
        (
            "per_minut = 30",
            "per_minute = 30",
            "did you mean `per_minute`?",
        ),
        ("lisen =", "listen =", "did you mean `listen`?"),
        ("[htpt]", "[http]", "did you mean `http`?"),
        ("fee_bps = 10001", "fee_bps = 1000", "publishers.fee_bps"),
        ("unit = \"0\"", "unit = \"0.001\"", "currency.unit"),
        ("mixes = [\"0.0005\"", "mixes = [\"0.50\"", "currency.mixes"),
        ("[admni]", "[admin]", "did you mean `admin`?"),
        ("address = \"127.0.0.1\"", &admin, "admin.address"),
        (&public, &admin, "must not be the public address"),
        ("level = \"loud\"", "level = \"info\"", "log.level"),
        (
            "quote_seconds = 1",
            "quote_seconds = 1800",
            "orders.quote_seconds",
        ),
    ] {
        assert!(good.contains(right), "{right}");
        std::fs::write(&config, good.replacen(right, wrong, 1)).unwrap();
        let words = fails(&list);
        assert!(words.contains(hint), "{wrong}: {words}");
    }
    std::fs::write(&config, good.replacen("[log]", "[log]\ncolour = true", 1)).unwrap();
    let words = fails(&list);
    let line = good.lines().position(|line| line == "[log]").unwrap() + 2;
    assert!(
        words.contains(&format!("farthing.toml:{line}: unknown field `colour`")),
        "{words}"
    );
    assert!(fails(&["serve", "--config", "/nowhere/farthing.toml"]).contains("init"));
}

#[test]
fn keys_that_others_can_read_or_that_do_not_fit_are_not_used() {
    let made = Made::new();
    let config = made.config();
    let list = ["keys", "list", "--config", &config];
    let key = |start: &str| {
        let entries = std::fs::read_dir(made.path("keys")).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(start)
            })
            .unwrap()
    };
    let tokens = key("tokens-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(mode));
        mode(0o640).unwrap();
        assert!(fails(&list).contains("chmod 600"));
        mode(0o600).unwrap();
    }
    // A date changed by hand is another keyset.
    let text = std::fs::read_to_string(&tokens).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("redeem_until"))
        .unwrap();
    std::fs::write(&tokens, text.replacen(line, &format!("{line}0"), 1)).unwrap();
    let words = fails(&list);
    assert!(words.contains("tokens-EUR"), "{words}");
    // Whatever is wrong with a file, its secrets are not quoted.
    std::fs::write(&tokens, text.replacen("secret = ", "secrets = ", 1)).unwrap();
    let words = fails(&list);
    let secret = text
        .lines()
        .find_map(|line| line.strip_prefix("secret = \""))
        .unwrap();
    assert!(!words.contains(&secret[..20]), "{words}");
    std::fs::write(&tokens, &text).unwrap();
    std::fs::remove_file(key("sealing-")).unwrap();
    assert!(fails(&list).contains("no sealing key"));
}

#[test]
fn a_publisher_proves_its_origin() {
    let made = Made::new();
    let config = made.config();
    let serving = made.serve();
    let add = |origin: &str, more: &[&str]| -> Vec<String> {
        let arguments = [&["publisher", "add", origin, "--config", &config][..], more].concat();
        arguments.into_iter().map(str::to_owned).collect()
    };
    let refused = |origin: &str, hint: &str| {
        let arguments = add(origin, &[]);
        let words = fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(words.contains(hint), "{origin}: {words}");
    };
    refused("http://publisher.example", "https");
    refused("https://publisher.example/blog", "origin");
    refused("ftp://127.0.0.1", "origin");
    // Nobody there, nothing there, elsewhere, too much, something else, another's, not for us.
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    refused(&format!("http://{gone}"), "farthing.json");
    let answer = |bytes: Vec<u8>| format!("http://{}", site(bytes));
    let missing = answer(
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    );
    refused(&missing, "404");
    let good = publisher(&made);
    let elsewhere = format!(
        "HTTP/1.1 302 Found\r\nLocation: {good}/.well-known/farthing.json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    refused(
        &answer(elsewhere.into_bytes()),
        "redirects are not followed",
    );
    refused(&answer(json(&"x".repeat(300_000))), "farthing.json");
    refused(&answer(json("{\"v\":1}")), "not a publisher document");
    refused(
        &answer(json(&document("https://other.example", &made.id))),
        "own document",
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let port: SocketAddr = origin.strip_prefix("http://").unwrap().parse().unwrap();
    let foreign = json(&document(&origin, "https://elsewhere.example"));
    let listener = TcpListener::bind(port).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4_096]);
        let _ = stream.write_all(&foreign);
    });
    refused(&origin, "does not name this issuer");
    assert!(ok(&["publisher", "list", "--config", &config]).contains("No publishers"));

    let arguments = add(&good, &["--max-price", "0.50EUR", "--fee-bps", "1250"]);
    let words = ok(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        words.contains("prices up to 0.50 EUR") && words.contains("12.50 %"),
        "{words}"
    );
    let listed = ok(&["publisher", "list", "--config", &config]);
    assert!(
        listed.contains(&good) && listed.contains("The Example"),
        "{listed}"
    );
    for price in ["0.50", "0.50USD", "-1EUR", "0EUR", "EUR"] {
        let arguments = add(&good, &["--max-price", price]);
        fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let arguments = add(&good, &["--fee-bps", "10001"]);
    fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    drop(serving);
}

#[test]
fn it_serves_until_it_is_told_to_end_and_its_books_balance() {
    let made = Made::new();
    let config = made.config();
    let audit = ["audit", "--config", &config];
    assert!(fails(&audit).contains("no books"));
    let serving = made.serve();
    let address = made.id.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    // A request in work when the signal comes is still answered.
    stream
        .write_all(
            b"POST /v1/answers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{",
        )
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let (host, port) = address.rsplit_once(':').unwrap();
    let operators = format!("{host}:{}", port.parse::<u16>().unwrap() + 1);
    let connect = |_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        TcpStream::connect(&operators).ok()
    };
    let mut numbers = (0..50).find_map(connect).unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    numbers.write_all(ask).unwrap();
    let mut text = String::new();
    numbers.read_to_string(&mut text).unwrap();
    assert!(text.contains("\nfarthing_connections 1\n"), "{text}");
    let words = ok(&audit);
    assert!(words.ends_with("difference 0\n"), "{words}");
    let answered = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        stream.write_all(b"}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    });
    let log = serving.end();
    let reply = answered.join().unwrap();
    assert!(
        reply.starts_with("HTTP/1.1 400") && reply.contains("\"malformed\""),
        "{reply}"
    );
    assert!(log.contains("ended"), "{log}");
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn an_audit_fails_on_a_difference_of_one_unit_and_says_where() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 237_000);
    let attempt = reader.pay(&server, &page);
    reader.send(&server, &attempt).ok(200);
    let folder = server.folder();
    let config = folder.join("farthing.toml");
    let audit = ["audit", "--config", config.to_str().unwrap()];
    // While it serves.
    assert!(ok(&audit).ends_with("\ndifference 0\n"));
    let books = rusqlite::Connection::open(server.books()).unwrap();
    let change = "UPDATE funding_balances SET amount = amount - 1 WHERE account = 'unminted'";
    assert_eq!(books.execute(change, []).unwrap(), 1);
    let words = fails(&audit);
    let last = words.lines().last().unwrap();
    assert!(
        last.starts_with("difference ") && last != "difference 0",
        "{words}"
    );
    assert!(
        words.lines().any(|line| line.contains("difference 1")),
        "{words}"
    );
    assert_eq!(books.execute(&change.replace('-', "+"), []).unwrap(), 1);
    ok(&audit);
}

#[test]
fn a_damaged_ledger_is_not_served() {
    let made = Made::new();
    made.serve().end();
    std::fs::write(made.path("ledger.sqlite"), b"this is no ledger").unwrap();
    // Whatever the write-ahead log still holds would mend the file.
    for rest in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(made.path(rest));
    }
    let config = made.config();
    fails(&["audit", "--config", &config]);
    fails(&["serve", "--config", &config]);
}
