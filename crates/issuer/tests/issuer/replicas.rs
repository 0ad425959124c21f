//! Several issuers on one PostgreSQL database: to a reader they are one.

use crate::command_line::{Made, Serving, fails, ok, program, publisher};
use crate::fixture::server::{copy_keys, write_secret};
use crate::fixture::{Reader, Reply, Server, Shop};
use farthing_core::time::DAY;
use farthing_issuer::config::Config;
use farthing_issuer::keys::{Kind, Wanted, revoke, rotate};
use farthing_issuer::random::SystemRandom;
use farthing_testkit::postgres::{Cluster, Database, PASSWORD};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Barrier;

/// Sends purchases at once, each to its server.
fn at_once(requests: &[(&Server, String)]) -> Vec<Reply> {
    let purchase = |(server, text): &(_, String)| (*server, "/v1/redemptions", text.clone());
    all_at_once(&requests.iter().map(purchase).collect::<Vec<_>>())
}

/// Sends all at once, each to its server and path.
pub(crate) fn all_at_once(requests: &[(&Server, &str, String)]) -> Vec<Reply> {
    let together = Barrier::new(requests.len());
    std::thread::scope(|scope| {
        let sent: Vec<_> = requests
            .iter()
            .map(|(server, path, text)| {
                scope.spawn(|| {
                    together.wait();
                    server.post(path, text)
                })
            })
            .collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// What a reader finds at two issuers with one ledger.
fn are_one(one: &Server, two: &Server) {
    let shop = Shop::open(one);
    // Loaded at one, by orders and draws at both.
    let mut reader = Reader::named(one, "reader of two");
    reader.load(one, 500_000);
    reader.load(two, 500_000);
    let [first, second] = [one, two].map(|server| server.get("/v1/manifests?from=1").ok(200));
    assert_eq!(first.body, second.body);

    // The same request to both at once, many times: one answer, one price.
    let page = shop.seal(one, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(one, &page);
    let requests: Vec<_> = (0..20)
        .map(|n| (if n % 2 == 0 { one } else { two }, attempt.text()))
        .collect();
    let bodies: Vec<String> = at_once(&requests)
        .into_iter()
        .map(|reply| reply.ok(200).body)
        .collect();
    assert!(bodies.iter().all(|body| body == &bodies[0]));
    assert_eq!(reader.send(two, &attempt).ok(200).body, bodies[0]);

    // Two copies of a wallet spend the same coins, one at each issuer: one is accepted, the other told so.
    let kept = reader.tokens.clone();
    reader.finish(&page, &attempt, &bodies[0]);
    let purse = reader.tokens.clone();
    let first = reader.pay(one, &shop.seal(one, &reader.manifest, "/first", 300_000));
    reader.tokens = purse;
    let second = reader.pay(two, &shop.seal(two, &reader.manifest, "/second", 300_000));
    let replies = at_once(&[(one, first.text()), (two, second.text())]);
    let accepted = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(accepted, 1, "{replies:?}");
    for (reply, (attempt, other)) in replies.iter().zip([(&first, two), (&second, one)]) {
        if reply.status == 200 {
            assert_eq!(reader.send(other, attempt).ok(200).body, reply.body);
        } else {
            reply.is(409, "token_spent");
            reader.send(other, attempt).is(409, "token_spent");
        }
    }
    // A coin of the first purchase is known as spent at both, with the same answer.
    let spent = attempt.payment.request.fields().inputs[0];
    let spent = kept.iter().find(|t| t.token.nonce() == &spent.nonce);
    let told = [one, two].map(|server| reader.ask(server, &spent.unwrap().token).ok(200).body);
    assert_eq!(told[0], told[1]);
    assert_eq!(one.audit(), two.audit());
    assert_eq!(one.audit().usage().seq, 2);
}

#[test]
fn two_issuers_on_one_database_are_one_to_a_reader() {
    let one = Server::on(&Cluster::shared().database());
    let two = one.replica();
    are_one(&one, &two);
}

#[test]
fn a_request_is_answered_again_after_all_issuers_were_restarted() {
    let mut server = Server::on(&Cluster::shared().database());
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let first = reader.send(&server, &attempt).ok(200).body;
    let after = server.audit();
    server.restart();
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    assert_eq!(server.audit(), after);
}

/// The configuration of a new issuer, with its books in a database.
pub(crate) fn on_database(database: &Database) -> Made {
    let made = Made::new();
    let text = std::fs::read_to_string(made.config()).unwrap();
    let line = "ledger = \"ledger.sqlite\"\n";
    assert!(text.contains(line));
    let section = "\n[ledger]\npostgres = \"file:database-url\"\n";
    std::fs::write(made.config(), text.replace(line, "") + section).unwrap();
    write_secret(&made.path("database-url"), &database.url());
    made
}

fn serve_at(made: &Made, address: &str) -> Serving {
    let config = made.config();
    made.serve_with(&["serve", "--config", &config, "--listen", address])
}

#[test]
fn two_programs_on_one_database_are_one_to_a_reader_and_tell_no_password() {
    let database = Cluster::shared().database();
    let made = on_database(&database);
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let programs = [made.serve(), serve_at(&made, &address)];
    let config = Config::read(Path::new(&made.config())).unwrap();
    let one = Server::elsewhere(&config, &made.id);
    let two = Server::elsewhere(&config, &format!("http://{address}"));
    for server in [&one, &two] {
        server.get("/readyz").ok(200);
    }
    are_one(&one, &two);
    let path = made.config();
    let mut told = ok(&["publisher", "add", &publisher(&made), "--config", &path]);
    told += &ok(&["publisher", "list", "--config", &path]);
    assert!(told.contains("The Example"), "{told}");
    told += &ok(&["audit", "--config", &path]);
    assert!(told.ends_with("\ndifference 0\n"), "{told}");
    told += &format!("{config:?} {:?}", one.ledger);
    drop((one, two));
    for program in programs {
        told += &program.end();
    }
    assert!(!told.contains(PASSWORD), "{told}");
    assert!(!made.path("ledger.sqlite").exists());
}

#[test]
fn an_issuer_moves_its_books_and_goes_on_with_them() {
    let mut server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let first = reader.send(&server, &attempt).ok(200).body;
    reader.finish(&page, &attempt, &first);
    let before = server.audit();
    let database = Cluster::shared().database();
    let folder = server.folder();
    write_secret(&folder.join("database-url"), &database.url());
    let path = folder.join("farthing.toml");
    let path = path.to_str().unwrap();
    let inline = fails(&["migrate", "--to", &database.url(), "--config", path]);
    assert!(
        inline.contains("env:NAME") && !inline.contains(PASSWORD),
        "{inline}"
    );
    // While it serves. From then on it refuses what would write, and repeats what it answered.
    let words = ok(&["migrate", "--to", "file:database-url", "--config", path]);
    assert!(
        words.contains("difference 0") && !words.contains(PASSWORD),
        "{words}"
    );
    assert!(words.contains("use journal at 1,"), "{words}");
    let late = reader.pay(
        &server,
        &shop.seal(&server, &reader.manifest, "/late", 100_000),
    );
    reader.send(&server, &late).is(503, "unavailable");
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    assert!(fails(&["serve", "--config", path]).contains("moved"));

    let text = std::fs::read_to_string(path).unwrap();
    let line = "ledger = \"ledger.sqlite\"\n";
    let section = "\n[ledger]\npostgres = \"file:database-url\"\n";
    std::fs::write(path, text.replace(line, "") + section).unwrap();
    server.config = Config::read(Path::new(path)).unwrap();
    server.restart();
    assert_eq!(server.audit(), before);
    assert_eq!(reader.send(&server, &attempt).ok(200).body, first);
    // What failed meanwhile is asked again, with the same bytes, and done.
    reader.send(&server, &late).ok(200);
    assert_eq!(server.audit().usage().seq, 2);
    ok(&["audit", "--config", path]);
}

#[test]
fn the_audit_fails_on_a_unit_in_a_database_too() {
    let database = Cluster::shared().database();
    let made = on_database(&database);
    let audit = ["audit", "--config", &made.config()];
    assert!(fails(&audit).contains("something else than a ledger"));
    made.serve().end();
    ok(&audit);
    database.sql("INSERT INTO use_balances VALUES ('EUR', 'tokens', 1)");
    let words = fails(&audit);
    assert!(words.ends_with("\ndifference 1\n"), "{words}");
}

#[test]
fn a_database_address_is_kept_by_reference_only() {
    let database = Cluster::shared().database();
    let made = on_database(&database);
    let path = made.config();
    let good = std::fs::read_to_string(&path).unwrap();
    let list = ["publisher", "list", "--config", &path];
    let with = |line: &str| {
        let text = good.replace("postgres = \"file:database-url\"", line);
        assert_ne!(text, good);
        std::fs::write(&path, text).unwrap();
    };
    for (line, hint) in [
        (format!("postgres = \"{}\"", database.url()), "env:NAME"),
        (
            "postgress = \"file:database-url\"".to_owned(),
            "did you mean `postgres`?",
        ),
        ("postgres = \"file:nothing\"".to_owned(), "nothing"),
        (
            "postgres = \"env:FARTHING_TEST_NOTHING\"".to_owned(),
            "FARTHING_TEST_NOTHING",
        ),
        (
            "sqlite = \"a\"\npostgres = \"file:database-url\"".to_owned(),
            "one of the two",
        ),
        (String::new(), "one of the two"),
    ] {
        with(&line);
        let words = fails(&list);
        assert!(words.contains(hint), "{line}: {words}");
        assert!(!words.contains(PASSWORD), "{words}");
    }
    with("postgres = \"env:FARTHING_TEST_DATABASE\"");
    let output = program()
        .args(list)
        .env("FARTHING_TEST_DATABASE", database.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::write(&path, &good).unwrap();
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(made.path("database-url"), mode).unwrap();
    assert!(fails(&list).contains("chmod 600"));
    // A wrong password, and an address that is none: said without either.
    for text in [
        database.url().replace(PASSWORD, "a-wrong-one"),
        format!("postgres:/{PASSWORD}"),
    ] {
        write_secret(&made.path("database-url"), &text);
        let words = fails(&list);
        assert!(
            !words.contains("a-wrong-one") && !words.contains(PASSWORD),
            "{words}"
        );
    }
}

#[test]
fn over_a_network_the_server_proves_its_name_and_nothing_is_sent_in_the_open() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let made = on_database(&database);
    let address = cluster.encrypt(&database);
    let authority = made.path("authority.pem");
    std::fs::write(&authority, Cluster::authority()).unwrap();
    let nobody = made.path("nobody.pem");
    std::fs::write(&nobody, "").unwrap();
    let list = |address: &str, trusted: &Path| {
        write_secret(&made.path("database-url"), address);
        let output = program()
            .args(["publisher", "list", "--config", &made.config()])
            .env("SSL_CERT_FILE", trusted)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!words.contains(PASSWORD), "{words}");
        (output.status.success(), words)
    };
    // The server takes nothing that is not encrypted, so what succeeds is.
    let (done, words) = list(&address, &authority);
    assert!(done && words.contains("No publishers"), "{words}");
    let (done, words) = list(
        &address.replace("sslmode=require", "sslmode=disable"),
        &authority,
    );
    assert!(!done && words.contains("28000"), "{words}");
    // An authority that is not trusted, and a name that the certificate does not have.
    let (done, words) = list(&address, &nobody);
    assert!(!done && words.contains("certificate"), "{words}");
    let (done, words) = list(&address.replace("@localhost", "@127.0.0.1"), &authority);
    assert!(!done && words.contains("certificate"), "{words}");
}

#[test]
fn tokens_that_are_swapped_and_spent_at_three_issuers_at_once_go_one_way() {
    let one = Server::on(&Cluster::shared().database());
    let (two, three) = (one.replica(), one.replica());
    let servers = [&one, &two, &three];
    let shop = Shop::open(&one);
    let keysets = one.manifest().keysets.clone();
    let mut ways = BTreeSet::new();
    for round in 0..12 {
        let mut reader = Reader::named(&one, &format!("reader {round}"));
        reader.load(&one, 500_000);
        let tokens = reader.tokens.clone();
        let page = shop.seal(&one, &reader.manifest, &format!("/{round}"), 499_000);
        let attempt = reader.pay(&one, &page);
        // A copy of the wallet swaps all of them, and another swaps them for other ones.
        let swaps = [0, 1].map(|_| reader.renew(&one, &tokens, &keysets, false));
        let mut requests = Vec::new();
        for server in servers {
            // Who is sent first has a start; each has it in turn.
            requests.push((server, "/v1/redemptions", attempt.text()));
            for swap in &swaps {
                requests.push((server, "/v1/swaps", swap.request.to_json()));
            }
        }
        requests.rotate_left(round % 9);
        let replies = all_at_once(&requests);
        let accepted: BTreeSet<(&str, &str)> = requests
            .iter()
            .zip(&replies)
            .filter(|(_, reply)| reply.status == 200)
            .map(|((_, path, text), _)| (*path, text.as_str()))
            .collect();
        assert_eq!(accepted.len(), 1, "{replies:?}");
        let (way, winner) = *accepted.first().unwrap();
        ways.insert(way.to_owned());
        let answered = requests.iter().position(|(.., text)| text == winner);
        let answer = replies[answered.unwrap()].body.clone();
        // Then, too, and at each of them: the one gets its bytes, and the others are told.
        for server in servers {
            for (_, path, text) in &requests {
                let reply = server.post(path, text);
                if text == winner {
                    assert_eq!(reply.ok(200).body, answer);
                } else {
                    reply.is(409, "token_spent");
                }
            }
        }
        for ((_, _, text), reply) in requests.iter().zip(&replies) {
            if text == winner {
                assert_eq!(reply.body, answer);
            } else {
                reply.is(409, "token_spent");
            }
        }
    }
    assert_eq!(one.audit().usage().seq, 12);
    assert_eq!(one.audit(), three.audit());
}

/// Looks at keys, calendar and ledger at all of them at once.
fn all_renew(servers: &[&Server]) {
    std::thread::scope(|scope| {
        for server in servers {
            scope.spawn(|| server.renew().unwrap());
        }
    });
}

/// The numbers of the lists that they have in force, and what the newest head says, byte for byte.
fn lists(servers: &[&Server]) -> BTreeSet<(u64, String)> {
    let list = |server: &&Server| {
        let heads = server.get("/v1/manifests?from=1").ok(200).body;
        let metrics = server.admin("/metrics").body;
        let n = metrics
            .lines()
            .find_map(|line| line.strip_prefix("farthing_manifest_number "));
        (n.unwrap().parse().unwrap(), heads)
    };
    servers.iter().map(list).collect()
}

#[test]
fn three_issuers_on_one_database_renew_rotate_and_revoke_their_keys_as_one() {
    let one = Server::on(&Cluster::shared().database());
    let two = one.replica();
    // The third has a folder of its own, and gets what the others make.
    let three = one.replica_with_keys("elsewhere", "manual");
    let all = [&one, &two, &three];
    let copy = || copy_keys(one.config.keys(), three.config.keys());
    let files = || std::fs::read_dir(one.config.keys()).unwrap().count();
    let shop = Shop::open(&one);
    let mut reader = Reader::loaded(&three);
    all_renew(&all);
    assert_eq!(lists(&all).len(), 1);
    let before = files();

    // By the calendar: one epoch is made, and it is announced once, whoever does it.
    one.pass(154 * DAY);
    all_renew(&all);
    copy();
    assert_eq!((files(), lists(&all).first().unwrap().0), (before + 1, 1));
    one.pass(23 * DAY);
    all_renew(&all);
    all_renew(&all);
    let after = lists(&all);
    assert_eq!((after.len(), after.first().unwrap().0), (1, 2));
    one.pass(7 * DAY);
    all_renew(&all);
    for server in all {
        server.admin("/readyz").ok(200);
        reader.manifest = server.walk(Some(reader.manifest.trust()));
        reader.load(server, 500_000);
    }

    // By hand: a new signing key and, at once, a sealing key.
    let made = |wanted: &Wanted| {
        let keys = one.keys();
        rotate(&one.config, &keys, wanted, one.now(), &SystemRandom).unwrap();
        copy();
        all_renew(&all);
        all_renew(&all);
        let lists = lists(&all);
        assert_eq!(lists.len(), 1);
        lists.first().unwrap().0
    };
    assert_eq!(made(&Wanted::Next(vec![Kind::Signing])), 3);
    assert_eq!(made(&Wanted::Instead(vec![Kind::Sealing], vec![])), 4);
    // The old signing key leaks: from then on none of the three signs with it.
    one.pass(8 * DAY);
    let leaked = one.keys().signers()[0].jwk().kid();
    let revoked = revoke(&one.config, &one.keys(), leaked, one.now(), &SystemRandom);
    assert_eq!(revoked.unwrap().files.len(), 1);
    // The third is not told by a file, but by the list that the others publish.
    all_renew(&[&one, &two]);
    all_renew(&all);
    let after = lists(&all);
    assert_eq!((after.len(), after.first().unwrap().0), (1, 5));
    reader.manifest = one.walk(Some(reader.manifest.trust()));
    assert_eq!(reader.manifest.revoked_keys[0].key.kid(), leaked);
    for (n, server) in all.into_iter().enumerate() {
        let page = shop.seal(server, &reader.manifest, &format!("/{n}"), 100_000);
        let attempt = reader.pay(server, &page);
        let reply = reader.send(server, &attempt).ok(200);
        let grant = reply.member("grant");
        let header = farthing_core::bytes::from_b64u(grant.split('.').next().unwrap()).unwrap();
        let header = String::from_utf8(header).unwrap();
        assert!(!header.contains(&leaked.to_text()), "{header}");
        // The same request at another one: the same bytes, whoever signed them.
        let other = all[(n + 1) % 3];
        assert_eq!(reader.send(other, &attempt).ok(200).body, reply.body);
        reader.finish(&page, &attempt, &reply.body);
    }
    one.audit();
}
