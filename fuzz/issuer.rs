//! What the issuer alone reads, as functions of bytes: for fuzzing, and for the replay of its seeds by the tests of
//! crates/issuer, which take this file in. The parsers of the core are in crates/testkit/src/parsers.rs.
//!
//! Each panics where a parser panics, or where what it accepted does not write itself back.

use farthing_core::time::Timestamp;
use farthing_issuer::amount;
use farthing_issuer::config::{Config, Network, SecretReference};
use farthing_issuer::keys::Keys;
use farthing_issuer::payment::{Notice, signature};
use farthing_ledger::postgres::{DatabaseUrl, OpenError};
use std::path::Path;
use std::sync::OnceLock;

/// A parser by its name.
pub(crate) type Parser = (&'static str, fn(&[u8]));

/// All of them: `fuzz/fuzz_targets` has one file for each.
pub(crate) const ALL: [Parser; 5] = [
    ("amount", amounts),
    ("config", config),
    ("key_file", key_file),
    ("reference", references),
    ("webhook", webhook),
];

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// Amounts on the command line and in the configuration.
pub(crate) fn amounts(bytes: &[u8]) {
    let text = text(bytes);
    let euro = farthing_core::money::Currency::parse("EUR").unwrap();
    if let Some(amount) = amount::parse(text) {
        assert_eq!(amount::parse(&amount::format(amount, euro)), Some(amount));
    }
    if let Some((amount, currency)) = amount::parse_with_currency(text) {
        let again = format!("{} {}", amount::format(amount, currency), currency.as_str());
        assert_eq!(
            amount::parse_with_currency(&again),
            Some((amount, currency))
        );
    }
}

/// `farthing.toml`, and behind a NUL a variable over it: its name, `=`, its value.
pub(crate) fn config(bytes: &[u8]) {
    let (file, variable) = match text(bytes).split_once('\0') {
        Some((file, variable)) => (file, variable.split_once('=')),
        None => (text(bytes), None),
    };
    let variables: Vec<(String, String)> = variable
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let path = Path::new("farthing.toml");
    match Config::parse_over(file, path, &variables) {
        // What is said of a configuration names no secret of it, and saying it must not fail.
        Ok(config) => drop(format!("{config:?}")),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A folder of keys with one file: the first byte says of which kind.
pub(crate) fn key_file(bytes: &[u8]) {
    static PLACE: OnceLock<(tempfile::TempDir, Config)> = OnceLock::new();
    let (folder, config) = PLACE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let text = String::from_utf8(CONFIG.to_vec()).unwrap();
        let config = Config::parse(&text, &folder.path().join("farthing.toml")).unwrap();
        std::fs::create_dir(config.keys()).unwrap();
        (folder, config)
    });
    let Some((kind, content)) = bytes.split_first() else {
        return;
    };
    let name = match kind {
        b'0' => "signing-a.toml",
        b'1' => "sealing-a.toml",
        b'2' => "tokens-EUR-a.toml",
        _ => "webhook-sandbox.toml",
    };
    let path = folder.path().join("keys").join(name);
    write_secret(&path, content);
    // One file is never all that an issuer needs.
    let error = Keys::read(config).unwrap_err().to_string();
    let secret = text(content)
        .split_once("secret = \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    if let Some((secret, _)) = secret.filter(|(secret, _)| secret.len() > 20) {
        assert!(!error.contains(secret), "{error}");
    }
    std::fs::remove_file(path).unwrap();
}

/// The configuration that the seeds' keys are for.
pub(crate) const CONFIG: &[u8] = include_bytes!("seeds/config/whole");

fn write_secret(path: &Path, content: &[u8]) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(true).mode(0o600);
    file.open(path).unwrap().write_all(content).unwrap();
}

/// Places of secrets, addresses of databases, networks of proxies.
pub(crate) fn references(bytes: &[u8]) {
    let text = text(bytes);
    if let Some(SecretReference::File(path)) = SecretReference::parse(text, Path::new("/folder")) {
        assert!(path.is_absolute());
    }
    match DatabaseUrl::parse(text) {
        // It holds a password.
        Ok(url) => assert!(!format!("{url:?}").contains("a-password")),
        // Their words are fixed: nothing of what was given, which may be a password, is in them.
        Err(error) => assert!(matches!(error, OpenError::Unencrypted | OpenError::Url)),
    }
    if let Some(network) = Network::parse(text) {
        let inside = text.split('/').next().unwrap().parse().unwrap();
        assert!(network.contains(inside));
    }
}

/// A provider's notice, and the headers that sign it: behind a NUL each.
pub(crate) fn webhook(bytes: &[u8]) {
    let mut parts = bytes.split(|byte| *byte == 0);
    let body = parts.next().unwrap_or_default();
    if let Ok(notice) = Notice::parse(body) {
        assert_eq!(Notice::parse(notice.to_json().as_bytes()), Ok(notice));
    }
    let mut header = || text(parts.next().unwrap_or_default());
    let (id, timestamp, signatures) = (header(), header(), header());
    let (secret, now) = ([7; 32], Timestamp::new(1_795_356_300).unwrap());
    let right = signature::sign(&secret, id, now, body).unwrap();
    if signature::verify(&secret, id, timestamp, signatures, body, now) {
        // What a fuzzer cannot make; a seed has it.
        assert!(signatures.contains("v1,"));
    }
    assert!(signature::verify(
        &secret,
        id,
        "1795356300",
        &right,
        body,
        now
    ));
    if let Some(parsed) = signature::parse_secret(text(body)) {
        let written = signature::write_secret(&parsed);
        assert_eq!(signature::parse_secret(&written), Some(parsed));
    }
}
