//! The environment over the file, secrets by reference.

use crate::command_line::{Made, program};
use crate::fixture::Server;
use farthing_issuer::config::{Config, LedgerPlace, SecretReference};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// What the program says of its configuration with these variables, and whether it takes it.
fn with(made: &Made, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = program();
    command.args(["keys", "list", "--config", &made.config()]);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), words)
}

#[test]
fn a_variable_stands_over_the_file_and_a_misspelt_one_is_an_error_with_a_hint() {
    let made = Made::new();
    let (taken, words) = with(&made, &[("FARTHING__HTTP__MAX_REQUESTS", "8")]);
    assert!(taken, "{words}");
    for (name, value, hint) in [
        (
            "FARTHING__HTTP__MAX_REQUEST",
            "8",
            "did you mean `max_requests`?",
        ),
        ("FARTHING__HTPT__MAX_REQUESTS", "8", "did you mean `http`?"),
        ("FARTHING__LISEN", "127.0.0.1:1", "did you mean `listen`?"),
        (
            "FARTHING__HTTP__MAX_REQUESTS",
            "many",
            "FARTHING__HTTP__MAX_REQUESTS (environment)",
        ),
        ("FARTHING__HTTP__MAX_REQUESTS", "0", "http.max_requests"),
        (
            "FARTHING__LISTEN__PORT",
            "1",
            "FARTHING__LISTEN__PORT (environment)",
        ),
        ("FARTHING__CURRENCY__UNIT", "0.0", "currency.unit"),
    ] {
        let (taken, words) = with(&made, &[(name, value)]);
        assert!(!taken && words.contains(hint), "{name}={value}: {words}");
    }
    // Variables of other programs are none of ours.
    assert!(with(&made, &[("FARTHING_SITE", "x"), ("FARTHING_BIN", "y")]).0);
}

#[test]
fn every_kind_of_value_can_come_from_the_environment() {
    let made = Made::new();
    let path = made.path("farthing.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    // A key that the file lacks may come from there too.
    let text = text.replace("fee_bps = 1000", "");
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("expiry ="))
        .map(|line| format!("{line}\n"))
        .collect();
    let lacking = Config::parse(&text, &path).unwrap_err().to_string();
    assert!(lacking.contains("missing field `expiry`"), "{lacking}");
    let variables = [
        ("FARTHING__TERMS__EXPIRY", "Some day."),
        ("FARTHING__LISTEN", "127.0.0.1:4444"),
        ("FARTHING__CURRENCY__POCKET_MAX", "1.50"),
        ("FARTHING__CURRENCY__MIXES", "[\"0.50\", \"1.00\"]"),
        ("FARTHING__HTTP__BEHIND_PROXY", "true"),
        ("FARTHING__PUBLISHERS__FEE_BPS", "77"),
        ("FARTHING__KEYS", "\"elsewhere\""),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::parse_over(&text, &path, &variables).unwrap();
    assert_eq!(config.listen(), "127.0.0.1:4444".parse().unwrap());
    assert_eq!(config.terms().expiry, "Some day.");
    assert_eq!(config.currency().pocket_max().get(), 1_500_000);
    assert_eq!(config.currency().mixes().len(), 2);
    assert!(config.limits().proxies.is_some());
    assert_eq!(config.publishers().fee_bps, 77);
    assert_eq!(config.keys(), made.path("elsewhere"));
    // Books in a database in place of the file's path.
    let mut moved = variables.to_vec();
    moved.push((
        "FARTHING__LEDGER__POSTGRES".to_owned(),
        "env:URL".to_owned(),
    ));
    let config = Config::parse_over(&text, &path, &moved).unwrap();
    let place = LedgerPlace::Postgres(SecretReference::Env("URL".to_owned()));
    assert_eq!(config.ledger(), &place);
    // A line break does not smuggle a second key in.
    let smuggled = [(
        "FARTHING__TERMS__EXPIRY".to_owned(),
        "1\nlisten = \"x\"".to_owned(),
    )];
    let config = Config::parse_over(&text, &path, &smuggled).unwrap();
    assert_eq!(config.terms().expiry, "1\nlisten = \"x\"");
}

#[test]
fn the_operators_token_is_named_asked_for_and_never_shown() {
    let made = Made::new();
    let open = [("FARTHING__ADMIN__ADDRESS", "0.0.0.0:0")];
    let (taken, words) = with(&made, &open);
    assert!(!taken && words.contains("admin.token"), "{words}");
    let written = [("FARTHING__ADMIN__TOKEN", "a-token-in-the-open")];
    let (taken, words) = with(&made, &written);
    assert!(!taken && words.contains("env:NAME"), "{words}");
    assert!(!words.contains("a-token-in-the-open"), "{words}");
    let named = [
        ("FARTHING__ADMIN__TOKEN", "env:METRICS"),
        ("METRICS", "a-token-of-metrics"),
    ];
    assert!(with(&made, &named).0);
    let missing = [("FARTHING__ADMIN__TOKEN", "env:NOT_SET_ANYWHERE")];
    let mut command = program();
    command.args(["serve", "--config", &made.config()]);
    let output = command.envs(missing).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && words.contains("NOT_SET_ANYWHERE"),
        "{words}"
    );

    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "a-token-of-metrics\n").unwrap();
    std::fs::set_permissions(secret.path(), PermissionsExt::from_mode(0o600)).unwrap();
    let path = secret.path().to_str().unwrap();
    let server = Server::with(&format!("\n[admin]\ntoken = \"file:{path}\"\n"));
    assert_eq!(server.admin("/metrics").status, 401);
    assert_eq!(server.admin_with("/metrics", "a-token").status, 401);
    server.admin_with("/metrics", "a-token-of-metrics").ok(200);
    server.admin("/readyz").ok(200);
    assert!(!format!("{:?}", server.config).contains("a-token-of-metrics"));
}

#[test]
fn readers_are_served_while_the_operators_address_is_taken_and_numbers_when_it_is_free() {
    let made = Made::new();
    let port: u16 = made.id.rsplit(':').next().unwrap().parse().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", port + 1)).unwrap();
    let serving = made.serve();
    let ask = |port: u16, path: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).ok()?;
        Some(reply)
    };
    assert!(ask(port, "/readyz").unwrap().starts_with("HTTP/1.1 200"));
    drop(taken);
    let numbers = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        ask(port + 1, "/metrics").filter(|reply| reply.starts_with("HTTP/1.1 200"))
    });
    assert!(numbers.unwrap().contains("farthing_connections"));
    let log = serving.end();
    assert_eq!(log.matches("no metrics: cannot listen").count(), 1, "{log}");
}

#[test]
fn what_the_examples_set_is_what_the_program_knows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made = Made::new();
    let file = made.path("farthing.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut names = BTreeSet::new();
    for example in [
        "deploy/farthing-issuer.service",
        "deploy/Dockerfile",
        "docs/issuers.md",
    ] {
        let words = std::fs::read_to_string(root.join(example)).unwrap();
        for name in words.split("FARTHING__").skip(1) {
            let end = name.find(|c: char| !c.is_ascii_uppercase() && c != '_');
            names.insert(format!("FARTHING__{}", &name[..end.unwrap()]));
        }
    }
    for placeholder in ["FARTHING__KEY", "FARTHING__SECTION__KEY"] {
        assert!(names.remove(placeholder));
    }
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        // A key that is known is refused for its value at most.
        let variables = [(name.clone(), "\"x\"".to_owned())];
        if let Err(error) = Config::parse_over(&text, &file, &variables) {
            assert!(!error.to_string().contains("unknown"), "{name}: {error}");
        }
    }
    let unit = std::fs::read_to_string(root.join("deploy/farthing-issuer.service")).unwrap();
    let start = "ExecStart=/usr/local/bin/farthing-issuer ";
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix(start))
        .unwrap();
    let help = program().args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for argument in start.split(' ').filter(|word| word.starts_with("--")) {
        assert!(help.contains(argument), "{argument}");
    }
}

#[test]
fn requests_in_work_are_limited_by_the_cores_there_are_unless_a_number_is_given() {
    let made = Made::new();
    let path = made.path("farthing.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let limit = |text: &str| Config::parse(text, &path).unwrap().limits().max_requests;
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(limit(&text), 20 * cores);
    let told = text.replace("# max_requests = 40", "max_requests = 7");
    assert_eq!(limit(&told), 7);
}
