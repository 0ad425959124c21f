//! The short form of the witness log: after a restore nothing is done twice, and what is lost is done again by the request
//! that did it. With the program itself, on a file and on a database that two of them share.

use crate::command_line::{Made, Serving, fails, ok};
use crate::fixture::server::write_secret;
use crate::fixture::{Reader, Server, Shop};
use crate::replicas::on_database;
use farthing_issuer::config::Config;
use farthing_testkit::postgres::Cluster;
use std::path::{Path, PathBuf};
use std::time::Duration;

const COIN: u64 = 1_000;

/// An issuer, or several on one database, each with a configuration and a witness log of its own.
struct Scene {
    made: Made,
    configs: Vec<PathBuf>,
    addresses: Vec<String>,
    serving: Vec<Serving>,
    servers: Vec<Server>,
}

fn log_of(n: usize) -> String {
    format!("witness-{n}")
}

impl Scene {
    fn of(made: Made, count: usize) -> Self {
        let text = std::fs::read_to_string(made.config()).unwrap();
        let text = text.replace("per_minute = 30", "per_minute = 1000");
        let mut scene = Self {
            addresses: vec![made.id.clone()],
            configs: Vec::new(),
            serving: Vec::new(),
            servers: Vec::new(),
            made,
        };
        for n in 0..count {
            let path = scene.made.path(&format!("farthing-{n}.toml"));
            let section = format!("\n[witness]\ndir = \"{}\"\nform = \"short\"\n", log_of(n));
            std::fs::write(&path, format!("{text}{section}")).unwrap();
            scene.configs.push(path);
            if n > 0 {
                // A port that was free a moment ago.
                let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                scene
                    .addresses
                    .push(format!("http://{}", free.local_addr().unwrap()));
            }
        }
        scene.begin();
        scene
    }

    fn config(&self) -> String {
        self.configs[0].to_str().unwrap().to_owned()
    }

    fn log(&self, n: usize) -> String {
        self.made.path(&log_of(n)).to_str().unwrap().to_owned()
    }

    fn begin(&mut self) {
        for (path, address) in self.configs.iter().zip(&self.addresses) {
            let listen = address.strip_prefix("http://").unwrap();
            let config = path.to_str().unwrap();
            let arguments = ["serve", "--config", config, "--listen", listen];
            self.serving.push(self.made.serve_with(&arguments));
            let config = Config::read(path).unwrap();
            self.servers.push(Server::elsewhere(&config, address));
        }
    }

    /// Kills all of them.
    fn end(&mut self) {
        self.serving.clear();
        self.servers.clear();
    }

    fn first(&self) -> &Server {
        &self.servers[0]
    }

    fn last(&self) -> &Server {
        self.servers.last().unwrap()
    }

    fn is_ready(&self) {
        for server in &self.servers {
            let ready = |_| {
                std::thread::sleep(Duration::from_millis(200));
                server.get("/readyz").status == 200
            };
            assert!((0..150).any(ready));
        }
    }
}

fn value(words: &str, key: &str) -> String {
    let line = words
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{key}: ")));
    line.unwrap_or_else(|| panic!("{key} in {words}"))
        .to_owned()
}

/// `copy` keeps the ledger as it is while nobody serves; `put_back` puts it in the ledger's place.
fn nothing_is_done_twice(mut scene: Scene, copy: impl FnOnce(), put_back: impl FnOnce()) {
    let shop = Shop::open(scene.first());
    let mut reader = Reader::named(scene.first(), "reader");
    reader.load(scene.first(), 2_000_000);
    let load = reader.settled(scene.first(), 500_000);
    let page = shop.seal(scene.first(), &reader.manifest, "/before", 3 * COIN);
    let before = reader.pay(scene.first(), &page);
    let before_answer = reader.send(scene.first(), &before).ok(200).body;
    reader.finish(&page, &before, &before_answer);
    scene.end();
    copy();
    scene.begin();

    // Lost: purchases at the first and at the last, a swap, a pouch.
    let purse = reader.tokens.clone();
    let mut lost = Vec::new();
    for n in 0..4 {
        let server = if n % 2 == 0 {
            scene.first()
        } else {
            scene.last()
        };
        let page = shop.seal(server, &reader.manifest, &format!("/{n}"), 300 * COIN);
        let attempt = reader.pay(server, &page);
        let answer = reader.send(server, &attempt).ok(200).body;
        reader.finish(&page, &attempt, &answer);
        lost.push(attempt);
    }
    let keysets = reader.manifest.keysets.clone();
    let tokens = vec![
        reader
            .tokens
            .iter()
            .max_by_key(|t| t.amount)
            .unwrap()
            .clone(),
    ];
    let swap = reader.renew(scene.last(), &tokens, &keysets, false);
    let swapped = swap.request.to_json();
    scene.last().post("/v1/swaps", &swapped).ok(200);
    let pouch = reader
        .draw(scene.last(), &load, 0, "0.50", 500_000)
        .to_json();
    let draw = format!("/v1/orders/{}/draw", load.order.to_b64u());
    let drawn = scene.last().post(&draw, &pouch).ok(200).body;
    // Spent already: the ledger is not asked, and nothing is recorded of it.
    let mut late = Reader::named(scene.first(), "reader");
    late.tokens = purse.clone();
    late.counters = reader.counters.clone();
    let other = |late: &mut Reader, scene: &Scene, name: &str| {
        let page = shop.seal(scene.first(), &late.manifest, name, 900 * COIN);
        late.pay(scene.first(), &page)
    };
    let refused = other(&mut late, &scene, "/refused");
    late.send(scene.first(), &refused).is(409, "token_spent");
    let marked = scene.made.path("checkpoints.mark");
    let all = |_| {
        // On a database the mark follows within a second.
        std::thread::sleep(Duration::from_millis(200));
        std::fs::read_to_string(&marked)
            .unwrap()
            .contains("=1203000 ")
    };
    assert!(
        (0..100).any(all),
        "{}",
        std::fs::read_to_string(&marked).unwrap()
    );
    scene.end();
    put_back();
    scene.begin();
    scene.first().get("/readyz").is(503, "restore_undecided");
    scene.last().get("/readyz").is(503, "restore_undecided");

    let config = scene.config();
    let show = ok(&["restore", "show", "--config", &config]);
    let at_risk = value(&show, "at-risk");
    assert!(
        show.contains(&format!("--at-risk {at_risk} --witness DIR")),
        "{show}"
    );
    let accept = [
        "restore",
        "accept",
        "--at-risk",
        &at_risk,
        "--config",
        &config,
    ];
    let terms = scene.made.path("terms");
    let nothing = [&accept[..], &["--witness", terms.to_str().unwrap()]].concat();
    assert!(fails(&nothing).contains("no witness log of the short form"));
    let logs: Vec<String> = (0..scene.configs.len()).map(|n| scene.log(n)).collect();
    let mut decided = accept.to_vec();
    for log in &logs {
        decided.extend(["--witness", log]);
    }
    let words = ok(&decided);
    assert_eq!(value(&words, "decided"), "accept");
    assert!(
        value(&words, "reserved").parse::<usize>().unwrap() > 6,
        "{words}"
    );
    scene.is_ready();

    // The purse of before the copy's loss spends nothing of it elsewhere, wherever it is tried.
    for name in ["/again", "/and-again"] {
        late.tokens = purse.clone();
        let again = other(&mut late, &scene, name);
        for server in &scene.servers {
            server
                .post("/v1/redemptions", &again.text())
                .is(409, "token_spent");
        }
    }
    late.tokens = tokens;
    let all_of_it = late.tokens.clone();
    let double = late.renew(scene.first(), &all_of_it, &keysets, false);
    let double = double.request.to_json();
    scene
        .first()
        .post("/v1/swaps", &double)
        .is(409, "token_spent");
    let another = reader
        .draw(scene.first(), &load, 0, "0.50", 500_000)
        .to_json();
    assert_ne!(another, pouch);
    // The claim key is the same, the elements are not.
    scene
        .first()
        .post(&draw, &another)
        .is(409, "pouch_conflict");

    // The very same requests are done again, each once, and then answered as ever.
    for (n, attempt) in lost.iter().enumerate() {
        let server = if n % 2 == 0 {
            scene.last()
        } else {
            scene.first()
        };
        let first = reader.send(server, attempt).ok(200).body;
        assert_eq!(reader.send(scene.first(), attempt).ok(200).body, first);
    }
    let first = scene.first().post("/v1/swaps", &swapped).ok(200).body;
    assert_eq!(scene.last().post("/v1/swaps", &swapped).ok(200).body, first);
    assert_eq!(scene.first().post(&draw, &pouch).ok(200).body, drawn);
    assert_eq!(
        reader.send(scene.last(), &before).ok(200).body,
        before_answer
    );
    // What was never used up is free.
    let page = shop.seal(scene.first(), &reader.manifest, "/free", 3 * COIN);
    let spare: Vec<_> = reader
        .tokens
        .iter()
        .filter(|t| t.token.nonce() != late.tokens[0].token.nonce())
        .map(|t| t.token.clone())
        .collect();
    let free = reader.pay_with(scene.first(), &page, &spare);
    reader.send(scene.first(), &free).ok(200);
    let audit = ok(&["audit", "--config", &config]);
    assert!(audit.ends_with("\ndifference 0\n"), "{audit}");
}

#[test]
fn a_file_brought_back_does_nothing_twice() {
    let scene = Scene::of(Made::new(), 1);
    let books = scene.made.path("ledger.sqlite");
    let kept = scene.made.path("copy.sqlite");
    let (wal, shm) = (
        scene.made.path("ledger.sqlite-wal"),
        scene.made.path("ledger.sqlite-shm"),
    );
    let beside = scene.made.path("copy.sqlite-wal");
    nothing_is_done_twice(
        scene,
        || {
            std::fs::copy(&books, &kept).unwrap();
            if wal.exists() {
                std::fs::copy(&wal, &beside).unwrap();
            }
        },
        || {
            for old in [&wal, &shm] {
                let _ = std::fs::remove_file(old);
            }
            std::fs::copy(&kept, &books).unwrap();
            if beside.exists() {
                std::fs::copy(&beside, &wal).unwrap();
            }
        },
    );
}

#[test]
fn a_database_brought_back_does_nothing_twice_at_any_of_two_issuers() {
    let primary = Cluster::start();
    let database = primary.database();
    let scene = Scene::of(on_database(&database), 2);
    let address = scene.made.path("database-url");
    let older = std::cell::OnceCell::new();
    nothing_is_done_twice(
        scene,
        || {
            // A copy of the moment, which nothing follows.
            let copy = primary.standby();
            copy.promote();
            // The database goes on alone.
            primary.configure("synchronous_standby_names = ''\n");
            primary.kill();
            primary.begin();
            let _ = older.set(copy);
        },
        || {
            let copy = older.get().unwrap().copy_of(&database);
            write_secret(Path::new(&address), &copy.url());
        },
    );
}

#[test]
fn a_database_has_the_short_form_only_and_a_form_has_a_name() {
    let made = on_database(&Cluster::shared().database());
    let text = std::fs::read_to_string(made.config()).unwrap();
    for (form, said) in [
        ("", "must be \"short\" for a ledger in a database"),
        (
            "form = \"full\"\n",
            "must be \"short\" for a ledger in a database",
        ),
        ("form = \"brief\"\n", "must be \"full\" or \"short\""),
    ] {
        let section = format!("\n[witness]\ndir = \"witness\"\n{form}");
        std::fs::write(made.config(), format!("{text}{section}")).unwrap();
        let words = fails(&["serve", "--config", &made.config()]);
        assert!(
            words.contains("witness.form") && words.contains(said),
            "{words}"
        );
    }
}
