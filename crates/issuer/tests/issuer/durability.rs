//! What an operator does when the ledger was lost, and when the clock is wrong: with the program itself.

use crate::command_line::{Made, Serving, fails, ok, program};
use crate::fixture::reader::Attempt;
use crate::fixture::server::write_secret;
use crate::fixture::{Page, Reader, Server, Shop};
use crate::replicas::on_database;
use farthing_issuer::config::Config;
use farthing_testkit::postgres::Cluster;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const COIN: u64 = 1_000;

/// A sandbox with a witness log, its program, a publisher, and a reader with coins.
struct Trial {
    made: Made,
    serving: Option<Serving>,
    server: Server,
    shop: Shop,
    reader: Reader,
}

/// A purchase and the answer that its reader got.
struct Bought {
    attempt: Attempt,
    answer: String,
}

impl Trial {
    fn begin() -> Self {
        let made = Made::new();
        let path = made.path("farthing.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("per_minute = 30", "per_minute = 1000");
        std::fs::write(&path, text + "\n[witness]\ndir = \"witness\"\n").unwrap();
        let serving = made.serve();
        let config = Config::read(&path).unwrap();
        let server = Server::elsewhere(&config, &made.id);
        let shop = Shop::open(&server);
        let mut reader = Reader::named(&server, "reader");
        reader.load(&server, 2_000_000);
        Self {
            made,
            serving: Some(serving),
            server,
            shop,
            reader,
        }
    }

    fn page(&self, path: &str, price: u64) -> Page {
        let manifest = &self.reader.manifest;
        self.shop.seal(&self.server, manifest, path, price)
    }

    fn buy(&mut self, name: &str) -> Bought {
        self.buy_for(name, 3 * COIN)
    }

    fn buy_for(&mut self, name: &str, price: u64) -> Bought {
        let page = self.page(&format!("/{name}"), price);
        let attempt = self.reader.pay(&self.server, &page);
        let answer = self.reader.send(&self.server, &attempt).ok(200).body;
        self.reader.finish(&page, &attempt, &answer);
        Bought { attempt, answer }
    }

    fn buy_many(&mut self, name: &str, count: usize) -> Vec<Bought> {
        (0..count)
            .map(|n| self.buy(&format!("{name}-{n}")))
            .collect()
    }

    fn command(&self, arguments: &[&str]) -> Vec<String> {
        let config = self.made.config();
        let all = arguments.iter().copied().chain(["--config", &config]);
        all.map(str::to_owned).collect()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let all = self.command(arguments);
        ok(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let all = self.command(arguments);
        fails(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn books(&self) -> PathBuf {
        self.made.path("ledger.sqlite")
    }

    /// Kills the program as a loss of power would, and puts another file in the ledger's place.
    fn put_back(&mut self, copy: &Path) {
        // Dropping it kills it.
        self.serving = None;
        for beside in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
            let _ = std::fs::remove_file(self.made.path(beside));
        }
        std::fs::copy(copy, self.books()).unwrap();
        self.serving = Some(self.made.serve());
    }

    fn audit(&self) {
        let words = self.ok(&["audit"]);
        assert!(words.ends_with("\ndifference 0\n"), "{words}");
    }

    fn heads(&self) -> Vec<String> {
        // Where the journals stand, as a backup says it.
        let folder = tempfile::TempDir::new().unwrap();
        let copy = folder.path().join("copy");
        let words = self.ok(&["backup", copy.to_str().unwrap()]);
        let heads = words
            .lines()
            .filter(|l| l.starts_with("funding:") || l.starts_with("use:"));
        heads.map(str::to_owned).collect()
    }

    fn repeated(&self, all: &[Bought]) {
        for bought in all {
            let again = self.reader.send(&self.server, &bought.attempt);
            assert_eq!(again.ok(200).body, bought.answer);
        }
    }
}

/// The value of a line `key: value`.
fn value(words: &str, key: &str) -> String {
    let found = words
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{key}: ")));
    found
        .unwrap_or_else(|| panic!("{key} in {words}"))
        .to_owned()
}

#[test]
fn an_older_copy_creates_no_value_until_the_operator_repeats_what_is_at_risk() {
    let mut trial = Trial::begin();
    let before = trial.buy_many("before", 3);
    let copy = trial.made.path("copy.sqlite");
    let words = trial.ok(&["backup", copy.to_str().unwrap()]);
    assert_eq!(
        (value(&words, "difference"), value(&words, "checkpoint")),
        ("0".into(), "1".into())
    );
    assert!(
        trial
            .fails(&["backup", copy.to_str().unwrap()])
            .contains("already")
    );
    let purse = trial.reader.tokens.clone();
    let lost = trial.buy_many("lost", 4);
    assert_eq!(value(&trial.ok(&["checkpoint"]), "checkpoint"), "2");
    trial.audit();
    assert_eq!(value(&trial.ok(&["restore", "show"]), "state"), "decided");
    trial.put_back(&copy);

    // What was answered before the copy is answered; nothing new is done: not even what was lost.
    trial.repeated(&before);
    for bought in &lost {
        let reply = trial.reader.send(&trial.server, &bought.attempt);
        reply.is(503, "restore_undecided");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    // What it may have forgotten it does not deny.
    let token = lost[0].attempt.payment.request.fields().inputs[0];
    let token = purse.iter().find(|t| t.token.nonce() == &token.nonce);
    if let Some(token) = token {
        trial
            .reader
            .ask(&trial.server, &token.token)
            .is(503, "restore_undecided");
    }
    let unknown = trial.server.get("/v1/orders/AAAAAAAAAAAAAAAAAAAAAA");
    unknown.is(503, "restore_undecided");
    let load = trial.reader.order(500_000);
    let order = trial.server.post("/v1/orders", &load.request.to_json());
    order.is(503, "restore_undecided");
    // Whoever asks within the second hears the same.
    for _ in 0..3 {
        trial.server.get("/readyz").is(503, "restore_undecided");
    }
    trial.server.get("/v1/manifests?from=1").ok(200);
    trial.server.get("/healthz").ok(200);
    trial.audit();

    let words = trial.ok(&["restore", "show"]);
    assert_eq!(value(&words, "state"), "undecided");
    assert_eq!(value(&words, "reason"), "behind");
    assert!(value(&words, "use").ends_with("missing 4"), "{words}");
    assert!(value(&words, "funding").ends_with("missing 0"), "{words}");
    assert_eq!(value(&words, "spent-again"), "0.012EUR");
    assert_eq!(value(&words, "at-risk"), "0.012EUR");
    assert!(
        words.contains("by the last checkpoint") && words.contains("hours: "),
        "{words}"
    );
    assert!(trial.fails(&["checkpoint"]).contains("undecided"));
    for wrong in ["0", "0.011EUR", "unknown"] {
        let words = trial.fails(&["restore", "accept", "--at-risk", wrong]);
        assert!(words.contains("0.012EUR"), "{words}");
    }
    // A restart is no decision.
    trial.serving = None;
    trial.serving = Some(trial.made.serve());
    trial
        .reader
        .send(&trial.server, &lost[0].attempt)
        .is(503, "restore_undecided");

    let words = trial.ok(&["restore", "accept", "--at-risk", "0.012EUR"]);
    assert_eq!(value(&words, "decided"), "accept");
    // The program that serves finds out by itself.
    let ready = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        trial.server.get("/readyz").status == 200
    };
    assert!((0..150).any(ready));
    assert!(
        trial
            .fails(&["restore", "accept", "--at-risk", "0.012EUR"])
            .contains("nothing to decide")
    );
    // This is what was at risk: a coin that was spent pays again, elsewhere.
    let page = trial.page("/again", 3 * COIN);
    trial.reader.tokens = purse;
    let again = trial.reader.pay(&trial.server, &page);
    trial.reader.send(&trial.server, &again).ok(200);
    trial.audit();
    let checkpoint = trial.ok(&["checkpoint"]);
    // The first at the start, the second by hand and lost, and in its place the decision.
    assert_eq!(value(&checkpoint, "checkpoint"), "3");
    let url = trial.made.operators("/checkpoints?from=2");
    let served = ureq::get(url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert!(
        served.starts_with("{\"checkpoints\":[{\"head\":\"ey"),
        "{served}"
    );
    assert_eq!(served.matches("\"head\":").count(), 2, "{served}");
    let log = std::fs::read_to_string(trial.made.path("checkpoints")).unwrap();
    assert!(
        log.lines()
            .filter(|line| line.starts_with("checkpoint "))
            .count()
            >= 4
    );
}

#[test]
fn with_the_witness_log_the_lost_ledger_comes_back_to_the_last_answer() {
    let mut trial = Trial::begin();
    let mut all = trial.buy_many("before", 2);
    let copy = trial.made.path("copy.sqlite");
    trial.ok(&["backup", copy.to_str().unwrap()]);
    all.extend(trial.buy_many("lost", 100));
    trial.reader.load(&trial.server, 500_000);
    all.extend(trial.buy_many("later", 98));
    let heads = trial.heads();
    trial.put_back(&copy);
    trial.server.get("/readyz").is(503, "restore_undecided");
    let folder = trial.made.path("witness");
    let folder = folder.to_str().unwrap();
    let elsewhere = trial.made.path("terms");
    let words = trial.fails(&["restore", "replay", elsewhere.to_str().unwrap()]);
    assert!(words.contains("ends before"), "{words}");
    let words = trial.ok(&["restore", "replay", folder]);
    assert_eq!(value(&words, "decided"), "replay");
    // 198 purchases, an order, its payment, one pouch.
    assert_eq!(value(&words, "operations"), "201");
    assert_eq!(trial.heads(), heads);
    trial.audit();
    trial.repeated(&all);
    assert_eq!(value(&trial.ok(&["restore", "show"]), "state"), "decided");
    // It goes on, recorded.
    let ready = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        trial.server.get("/readyz").status == 200
    };
    assert!((0..150).any(ready));
    trial.buy("next");
    trial.audit();
    use std::os::unix::fs::PermissionsExt;
    for file in std::fs::read_dir(folder).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn a_ledger_whose_mark_is_gone_or_damaged_is_undecided() {
    let mut trial = Trial::begin();
    trial.buy("article");
    let (log, mark) = (
        trial.made.path("checkpoints"),
        trial.made.path("checkpoints.mark"),
    );
    trial.serving = None;
    let kept = std::fs::read(&mark).unwrap();
    std::fs::write(&mark, b"something else").unwrap();
    assert_eq!(value(&trial.ok(&["restore", "show"]), "reason"), "damaged");
    std::fs::remove_file(&mark).unwrap();
    std::fs::remove_file(&log).unwrap();
    let words = trial.ok(&["restore", "show"]);
    assert_eq!(
        (value(&words, "reason"), value(&words, "at-risk")),
        ("missing".into(), "unknown".into())
    );
    trial.serving = Some(trial.made.serve());
    trial.server.get("/readyz").is(503, "restore_undecided");
    trial.ok(&["restore", "accept", "--at-risk", "unknown"]);
    assert_eq!(value(&trial.ok(&["restore", "show"]), "state"), "decided");
    assert!(log.exists() && mark.exists());
    // A new, empty ledger in the place of one that was marked.
    trial.serving = None;
    std::fs::write(&mark, kept).unwrap();
    std::fs::remove_file(trial.books()).unwrap();
    for beside in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(trial.made.path(beside));
    }
    let words = trial.ok(&["restore", "show"]);
    assert_eq!(value(&words, "reason"), "behind");
    assert!(value(&words, "funding").starts_with("ledger 0,"), "{words}");
}

#[test]
fn an_older_copy_that_went_on_is_another_ledger() {
    let mut trial = Trial::begin();
    let copy = trial.made.path("copy.sqlite");
    trial.ok(&["backup", copy.to_str().unwrap()]);
    let purse = trial.reader.tokens.clone();
    let counters = trial.reader.counters.clone();
    trial.buy("here");
    let mark = trial.made.path("checkpoints.mark");
    trial.serving = None;
    let kept = std::fs::read(&mark).unwrap();
    std::fs::remove_file(&mark).unwrap();
    std::fs::remove_file(trial.made.path("checkpoints")).unwrap();
    trial.put_back(&copy);
    trial.ok(&["restore", "accept", "--at-risk", "unknown"]);
    trial.serving = None;
    trial.serving = Some(trial.made.serve());
    (trial.reader.tokens, trial.reader.counters) = (purse, counters);
    // The use journal names no token: two purchases of one price in one hour are the same entry.
    trial.buy_for("there", 5 * COIN);
    trial.serving = None;
    std::fs::write(&mark, kept).unwrap();
    let words = trial.ok(&["restore", "show"]);
    assert_eq!(
        (value(&words, "reason"), value(&words, "at-risk")),
        ("other".into(), "unknown".into())
    );
}

#[test]
fn a_decided_time_is_taken_over_by_the_program_that_serves_and_goes_back_only_by_word() {
    let mut trial = Trial::begin();
    let number = |words: &str, key: &str| -> u64 {
        value(words, key)
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    let shown = trial.ok(&["clock", "show"]);
    assert_eq!(value(&shown, "alarm"), "none");
    let now = number(&shown, "wall");
    let ahead = now + 3 * 86_400;
    let set = trial.ok(&["clock", "set", &ahead.to_string()]);
    assert_eq!(number(&set, "ledger"), ahead);
    let words = trial.ok(&["clock", "show"]);
    assert_eq!(value(&words, "alarm"), "behind");
    assert!(number(&words, "ledger") >= ahead, "{words}");
    // The program that serves takes it over, serves on, and says what is wrong.
    let operators = trial.made.operators("");
    let admin = |path: &str| {
        ureq::get(format!("{operators}{path}"))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    };
    let told = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        admin("/readyz").contains("clock: behind")
    };
    assert!((0..150).any(told), "{}", admin("/readyz"));
    let told = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        admin("/metrics").contains("farthing_clock_alarm 1")
    };
    assert!((0..150).any(told));
    trial.buy("then");
    // A restart changes nothing.
    trial.serving = None;
    trial.serving = Some(trial.made.serve());
    assert!(number(&trial.ok(&["clock", "show"]), "ledger") >= ahead);
    let back = trial.ok(&["clock", "accept"]);
    assert!(number(&back, "ledger") < ahead);
    assert_eq!(value(&trial.ok(&["clock", "show"]), "alarm"), "none");
    let told = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        !admin("/readyz").contains("clock")
    };
    assert!((0..150).any(told));
    trial.audit();
}

#[test]
fn a_database_that_is_not_the_one_that_was_left_is_undecided() {
    let cluster = Cluster::shared();
    let (database, other) = (cluster.database(), cluster.database());
    let made = on_database(&database);
    let serving = made.serve();
    let config = Config::read(Path::new(&made.config())).unwrap();
    let server = Server::elsewhere(&config, &made.id);
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    reader.load(&server, 500_000);
    let page = shop.seal(&server, &reader.manifest, "/article", 3 * COIN);
    let attempt = reader.pay(&server, &page);
    reader.send(&server, &attempt).ok(200);
    let path = made.config();
    let show = || ok(&["restore", "show", "--config", &path]);
    let state = show();
    assert_eq!(
        (value(&state, "state"), value(&state, "use")),
        ("decided".into(), "1".into())
    );
    ok(&["checkpoint", "--config", &path]);
    // The mark follows within a second or so.
    let mark = made.path("checkpoints.mark");
    let marked = |_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        std::fs::read_to_string(&mark)
            .unwrap()
            .contains("EUR=3000 ")
    };
    assert!((0..150).any(marked));
    serving.end();
    drop(server);
    // As after a restore from before the first load.
    write_secret(&made.path("database-url"), &other.url());
    let words = show();
    assert_eq!(value(&words, "reason"), "behind");
    assert_eq!(value(&words, "drawn-again"), "0.50EUR");
    assert_eq!(value(&words, "spent-again"), "0.003EUR");
    let serving = made.serve();
    let server = Server::elsewhere(&config, &made.id);
    reader.send(&server, &attempt).is(503, "restore_undecided");
    ok(&[
        "restore",
        "accept",
        "--at-risk",
        "0.503EUR",
        "--config",
        &path,
    ]);
    serving.end();
    assert_eq!(value(&show(), "state"), "decided");
    let audit = ok(&["audit", "--config", &path]);
    assert!(audit.ends_with("\ndifference 0\n"), "{audit}");
}

#[test]
fn the_audit_finds_a_checkpoint_that_nobody_signed() {
    let trial = Trial::begin();
    trial.ok(&["checkpoint"]);
    trial.audit();
    let books = rusqlite::Connection::open(trial.books()).unwrap();
    let forge = "INSERT INTO checkpoints SELECT n + 1, funding_seq, funding_head, use_seq, use_head, \
                 head, x'0000000000000000000000000000000000000000000000000000000000000000', body, body_hash \
                 FROM checkpoints ORDER BY n DESC LIMIT 1";
    assert_eq!(books.execute(forge, []).unwrap(), 1);
    let words = trial.fails(&["audit"]);
    assert!(
        words.contains("checkpoints signed and chained = checkpoints: 2 = 3, difference 1"),
        "{words}"
    );
    assert!(words.ends_with("\ndifference 1\n"), "{words}");
}

#[test]
fn a_witness_log_that_cannot_be_written_stops_what_it_should_witness() {
    let mut trial = Trial::begin();
    trial.serving = None;
    std::fs::remove_dir_all(trial.made.path("witness")).unwrap();
    std::fs::write(trial.made.path("witness"), b"no folder").unwrap();
    let config = trial.made.config();
    let served = program()
        .args(["serve", "--config", &config])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(!served.status.success());
}
