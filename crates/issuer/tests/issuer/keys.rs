//! Key files: encrypted, converted, opened by one passphrase and no other, and used only as they were written.

use crate::command_line::{Made, fails, ok, program};
use crate::fixture::server::{copy_keys, write_secret};
use crate::fixture::{NOW, Reader, Server, Shop, time};
use farthing_issuer::config::{Config, Protection, SecretReference};
use farthing_issuer::keys::{EncryptError, Keys, KeysError, encrypt, forget, generate, reencrypt};
use farthing_issuer::random::{Random, RandomError, SystemRandom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

/// A folder with a configuration, a key file, a passphrase, and no keys yet.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        write_secret(&place.path("passphrase"), PASSPHRASE);
        for (name, byte) in [("key", 7_u8), ("key-2", 8)] {
            let text = farthing_core::bytes::to_b64u(&[byte; 32]);
            write_secret(&place.path(name), &text);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// With these lines under `[keys]`.
    fn config_of(&self, id: &str, folder: &str, lines: &str) -> Config {
        let text = format!(
            r#"
issuer_id = "{id}"
sandbox = true
listen = "127.0.0.1:1"
ledger = "ledger.sqlite"
[keys]
directory = "{folder}"
{lines}
[currency]
code = "EUR"
unit = "0.001"
denominations = 3
pocket_max = "2.00"
mixes = ["0.10"]
[terms]
version = "1"
directory = "terms"
expiry = "Later."
cash_out = "Nothing."
"#
        );
        Config::parse(&text, &self.path("farthing.toml")).unwrap()
    }

    fn config(&self, lines: &str) -> Config {
        self.config_of("http://127.0.0.1:1", "keys", lines)
    }

    /// Keys in the clear.
    fn plain(&self) -> Config {
        let config = self.config("unencrypted = true");
        generate(&config, time(NOW), &SystemRandom).unwrap();
        config
    }
}

const KEY_FILE: &str = "key_file = \"file:key\"";
const BY_PASSPHRASE: &str = "passphrase = \"file:passphrase\"";

/// Everything that the keys say of themselves.
fn told(keys: &Keys) -> String {
    let signers = keys.signers().iter().map(|s| s.jwk().kid().to_text());
    let sealing = keys.sealing_keys().map(|key| key.kid().to_text());
    let mints = keys.mints().into_iter();
    let mints = mints.map(|mint| mint.keyset().id().to_b64u());
    let all: Vec<String> = signers.chain(sealing).chain(mints).collect();
    format!("{all:?} {:?}", keys.webhook())
}

fn read(config: &Config) -> Result<String, KeysError> {
    Keys::read(config).map(|keys| told(&keys))
}

fn files(config: &Config) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(config.keys()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.is_file());
    paths
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The texts after `secret = ` of files in the clear.
fn secrets(config: &Config) -> Vec<String> {
    let files = files(config);
    let lines = files.iter().flat_map(|(_, text)| text.lines());
    lines
        .filter_map(|line| line.strip_prefix("secret = "))
        .map(|secret| secret.trim_matches('"').to_owned())
        .collect()
}

/// The file whose name begins so.
fn file(config: &Config, start: &str) -> PathBuf {
    let mut files = files(config).into_iter().map(|(path, _)| path);
    let begins = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(start)
    };
    files.find(begins).unwrap()
}

#[test]
fn encrypted_files_hold_no_secret_and_give_the_same_keys() {
    for lines in [KEY_FILE, BY_PASSPHRASE] {
        let place = Place::new();
        let plain = place.plain();
        let (before, secrets) = (read(&plain).unwrap(), secrets(&plain));
        assert_eq!(secrets.len(), 6);
        let config = place.config(lines);
        assert!(matches!(read(&config), Err(KeysError::Plain { .. })));
        assert_eq!(encrypt(&config, &SystemRandom).unwrap().len(), 4);
        assert_eq!(read(&config).unwrap(), before);
        for (path, text) in files(&config) {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            for secret in &secrets {
                assert!(!text.contains(secret.trim_start_matches("whsec_")));
            }
        }
        // Nothing is left to do, and nothing is done.
        assert_eq!(encrypt(&config, &SystemRandom).unwrap().len(), 0);
        assert_eq!(read(&config).unwrap(), before);
        // Not without what opens them.
        assert!(matches!(read(&plain), Err(KeysError::Encrypted { .. })));
        let unprotected = encrypt(&plain, &SystemRandom);
        assert!(matches!(unprotected, Err(EncryptError::Unprotected)));
    }
}

#[test]
fn another_passphrase_opens_nothing_and_is_told_of_no_file() {
    let place = Place::new();
    let config = place.config(BY_PASSPHRASE);
    generate(&config, time(NOW), &SystemRandom).unwrap();
    let right = read(&config).unwrap();
    write_secret(&place.path("passphrase"), "correct horse battery stapl€");
    let error = read(&config).unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, KeysError::Locked { .. }), "{words}");
    assert!(words.contains("keys.passphrase"), "{words}");
    for name in ["signing-", "sealing-", "tokens-", "horse"] {
        assert!(!words.contains(name), "{words}");
    }
    write_secret(&place.path("passphrase"), "short");
    assert!(matches!(read(&config), Err(KeysError::Weak { .. })));
    let by_key = read(&place.config(KEY_FILE));
    assert!(matches!(
        by_key,
        Err(KeysError::Encrypted {
            by: "under a passphrase",
            ..
        })
    ));
    write_secret(&place.path("passphrase"), &format!("{PASSPHRASE}\n"));
    assert_eq!(read(&config).unwrap(), right);
}

#[test]
fn files_that_were_swapped_changed_or_brought_from_elsewhere_are_not_used() {
    let place = Place::new();
    let config = place.config(KEY_FILE);
    generate(&config, time(NOW), &SystemRandom).unwrap();
    let right = read(&config).unwrap();
    let (signing, sealing) = (file(&config, "signing-"), file(&config, "sealing-"));
    let text = std::fs::read_to_string(&signing).unwrap();
    let other = signing.with_file_name("signing-other.toml");
    // Under another name.
    std::fs::rename(&signing, &other).unwrap();
    assert!(matches!(read(&config), Err(KeysError::Damaged { .. })));
    std::fs::rename(&other, &signing).unwrap();
    // Another kind under this name.
    std::fs::copy(&sealing, &signing).unwrap();
    assert!(matches!(read(&config), Err(KeysError::Damaged { .. })));
    // One letter.
    let place_of = text.find("sealed = ").unwrap() + 30;
    let letter = if text.as_bytes()[place_of] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut changed = text.clone();
    changed.replace_range(place_of..=place_of, letter);
    write_secret(&signing, &changed);
    assert!(matches!(read(&config), Err(KeysError::Damaged { .. })));
    write_secret(&signing, &text);
    assert_eq!(read(&config).unwrap(), right);
    // One in the clear, put there by somebody who need not know the key.
    let elsewhere = Place::new();
    let foreign = elsewhere.plain();
    let put = signing.with_file_name(file(&foreign, "signing-").file_name().unwrap());
    std::fs::copy(file(&foreign, "signing-"), &put).unwrap();
    let words = read(&config).unwrap_err().to_string();
    assert!(words.contains("not encrypted"), "{words}");
    std::fs::remove_file(put).unwrap();
    // The whole folder, for another issuer.
    let another = place.config_of("http://127.0.0.1:2", "keys", KEY_FILE);
    assert!(matches!(read(&another), Err(KeysError::Locked { .. })));
    // Without its keyring.
    std::fs::remove_file(config.keys().join("keyring.toml")).unwrap();
    assert!(read(&config).is_err() && read(&place.config("")).is_err());
}

/// Gives out as much as it was told to, and then breaks the work off as a crash would.
#[derive(Debug)]
struct Breaks(AtomicUsize);

impl Random for Breaks {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let left = self.0.load(Ordering::SeqCst);
        self.0
            .store(left.checked_sub(1).ok_or(RandomError)?, Ordering::SeqCst);
        SystemRandom.fill(bytes)
    }
}

/// Does `work` with more and more randomness until it is enough, each time on a new copy of the folder; after each
/// break `check` gets the configuration of the copy.
fn at_every_step(
    place: &Place,
    lines: &str,
    work: impl Fn(&Config, &dyn Random) -> bool,
    check: impl Fn(&str),
) -> usize {
    let whole = place.config(lines);
    for steps in 0..100 {
        let folder = format!("copy-{steps}");
        copy_keys(whole.keys(), &place.path(&folder));
        let config = place.config_of("http://127.0.0.1:1", &folder, lines);
        let done = work(&config, &Breaks(AtomicUsize::new(steps)));
        check(&folder);
        if done {
            return steps;
        }
    }
    panic!("it never ends");
}

#[test]
fn encryption_broken_off_at_any_step_leaves_every_key_readable_and_goes_on() {
    let place = Place::new();
    let plain = place.plain();
    let right = read(&plain).unwrap();
    let work = |config: &Config, random: &dyn Random| {
        let config = place.config_of(
            "http://127.0.0.1:1",
            config.keys().file_name().unwrap().to_str().unwrap(),
            KEY_FILE,
        );
        encrypt(&config, random).is_ok()
    };
    let check = |folder: &str| {
        let of = |lines| place.config_of("http://127.0.0.1:1", folder, lines);
        let (plain, config) = (of(""), of(KEY_FILE));
        // One of the two configurations reads it at every step: the old one until the keyring is there.
        let found = read(&plain).or_else(|_| read(&config));
        assert_eq!(found.unwrap(), right);
        encrypt(&config, &SystemRandom).unwrap();
        assert_eq!(read(&config).unwrap(), right);
        assert!(secrets(&config).is_empty());
        // What one that was killed was writing is cleared away.
        write_secret(&config.keys().join(".signing-1.toml.new"), "half");
        encrypt(&config, &SystemRandom).unwrap();
        let left = files(&config).into_iter();
        assert!(
            left.map(|(path, _)| path)
                .all(|path| path.extension().is_none_or(|e| e != "new"))
        );
    };
    let steps = at_every_step(&place, "", work, check);
    assert!(steps > 6, "{steps}");
}

#[test]
fn another_passphrase_broken_off_at_any_step_loses_nothing_and_goes_on() {
    let place = Place::new();
    let config = place.config(KEY_FILE);
    generate(&config, time(NOW), &SystemRandom).unwrap();
    let right = read(&config).unwrap();
    let next = "key_file = \"file:key-2\"";
    let to = Protection::KeyFile(SecretReference::File(place.path("key-2")));
    let work = |config: &Config, random: &dyn Random| reencrypt(config, &to, random).is_ok();
    let check = |folder: &str| {
        let of = |lines| place.config_of("http://127.0.0.1:1", folder, lines);
        let (old, new) = (of(KEY_FILE), of(next));
        assert_eq!(read(&old).or_else(|_| read(&new)).unwrap(), right);
        // The same command, with the old configuration still.
        reencrypt(&old, &to, &SystemRandom).unwrap();
        assert_eq!(read(&new).unwrap(), right);
        assert!(matches!(read(&old), Err(KeysError::Locked { .. })));
    };
    let steps = at_every_step(&place, KEY_FILE, work, check);
    assert!(steps > 6, "{steps}");
    // What is written from then on is not opened by an old keyring with the old key either.
    let old_ring = config.keys().join("keyring.toml");
    copy_keys(config.keys(), &place.path("moved"));
    let moved = place.config_of("http://127.0.0.1:1", "moved", KEY_FILE);
    reencrypt(&moved, &to, &SystemRandom).unwrap();
    std::fs::copy(old_ring, moved.keys().join("keyring.toml")).unwrap();
    assert!(matches!(read(&moved), Err(KeysError::Damaged { .. })));
}

#[test]
fn the_secret_of_one_keyset_is_destroyed_and_the_others_stay() {
    let place = Place::new();
    let config = place.config(KEY_FILE);
    generate(&config, time(NOW), &SystemRandom).unwrap();
    let keys = Keys::read(&config).unwrap();
    let ids: Vec<_> = keys
        .mints()
        .iter()
        .map(|mint| *mint.keyset().id())
        .collect();
    assert_eq!(
        forget(&config, &keys, &ids[..1], &SystemRandom)
            .unwrap()
            .len(),
        1
    );
    let keys = keys.read_again(&config).unwrap().unwrap();
    let left: Vec<_> = keys
        .mints()
        .iter()
        .map(|mint| *mint.keyset().id())
        .collect();
    assert_eq!(left, ids[1..]);
    assert!(
        forget(&config, &keys, &ids[..1], &SystemRandom)
            .unwrap()
            .is_empty()
    );
    let tokens = file(&config, "tokens-");
    forget(&config, &keys, &ids, &SystemRandom).unwrap();
    assert!(!tokens.exists());
}

#[test]
fn real_money_is_not_made_with_keys_in_the_clear_unless_it_is_asked_for() {
    let made = Made::new();
    let text = std::fs::read_to_string(made.config()).unwrap();
    let path = made.path("farthing.toml");
    let real = text
        .replace("sandbox = true", "sandbox = false")
        .replace(&made.id, "https://issuer.example");
    assert!(Config::parse(&real, &path).is_ok());
    for (line, hint) in [
        ("", "unencrypted = true"),
        ("unencrypted = true\nkey_file = \"file:x\"", "one of"),
        ("passphrase = \"a passphrase itself\"", "keys.passphrase"),
        ("key_file = \"file:\"", "keys.key_file"),
        ("unencrypted = true\nrotate = \"never\"", "keys.rotate"),
        ("passphrases = \"env:X\"", "did you mean `passphrase`?"),
    ] {
        let rotate = "rotate = \"automatic\"\n";
        let text = real.replace("unencrypted = true", line);
        let text = if line.contains("rotate") {
            text.replace(rotate, "")
        } else {
            text
        };
        let words = Config::parse(&text, &path).unwrap_err().to_string();
        assert!(words.contains(hint), "{line}: {words}");
        assert!(!words.contains("a passphrase itself"), "{words}");
    }
}

/// As the operator: made encrypted, served, rotated while serving, opened by nothing else.
#[test]
fn an_operator_makes_serves_rotates_and_changes_the_passphrase() {
    let made = Made::with(|made| {
        write_secret(&made.outside("passphrase"), PASSPHRASE);
        vec![
            "--passphrase-file".to_owned(),
            made.outside("passphrase").to_str().unwrap().to_owned(),
        ]
    });
    let path = made.config();
    let listed = ok(&["keys", "list", "--config", &path]);
    assert!(listed.contains("encrypted under a passphrase"), "{listed}");
    assert_eq!(listed.matches("  mintable  ").count(), 12, "{listed}");
    let mut serving = made.serve();
    let config = Config::read(Path::new(&path)).unwrap();
    let server = Server::elsewhere(&config, &made.id);
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let said = ok(&["keys", "rotate", "--config", &path]);
    assert!(
        said.contains("tokens-EUR-") && said.contains("copy them"),
        "{said}"
    );
    let said = ok(&["keys", "rotate", "tokens", "--config", &path]);
    assert!(said.contains("there already"), "{said}");
    serving.hang_up();
    serving.wait_for("a new key list is in force");
    let manifest = server.walk(Some(reader.manifest.trust()));
    let counts = (
        manifest.n,
        manifest.signing_keys.len(),
        manifest.sealing_keys.len(),
    );
    // The keysets of the next epoch are not announced half a year ahead.
    assert_eq!((counts, manifest.keysets.len()), ((2, 2, 2), 11));
    reader.manifest = manifest;
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    reader.send(&server, &attempt).ok(200);
    let listed = ok(&["keys", "list", "--config", &path]);
    assert_eq!(listed.matches("  next  ").count(), 12, "{listed}");
    // After a leak, everything at once.
    ok(&["keys", "rotate", "--now", "--config", &path]);
    serving.hang_up();
    serving.wait_for("a new key list is in force");
    let fresh = server.walk(Some(reader.manifest.trust()));
    let kept = fresh
        .keysets
        .iter()
        .filter(|k| reader.manifest.keyset(k.id()).is_some());
    assert_eq!((fresh.n, kept.count()), (3, 0));
    Reader::named(&server, "another").load(&server, 500_000);
    drop(server);
    serving.end();

    // Another passphrase; the old one opens nothing any more, and says so without naming a file.
    write_secret(&made.outside("next"), "another long passphrase");
    let to = format!("file:{}", made.outside("next").to_str().unwrap());
    let inline = fails(&[
        "keys",
        "reencrypt",
        "--passphrase",
        "the secret itself",
        "--config",
        &path,
    ]);
    assert!(
        inline.contains("env:NAME") && !inline.contains("the secret itself"),
        "{inline}"
    );
    assert!(fails(&["keys", "reencrypt", "--config", &path]).contains("--passphrase"));
    ok(&["keys", "reencrypt", "--passphrase", &to, "--config", &path]);
    let words = fails(&["serve", "--config", &path]);
    assert!(words.contains("not opened by keys.passphrase"), "{words}");
    assert!(
        !words.contains("tokens-") && !words.contains(PASSPHRASE),
        "{words}"
    );
    let output = program()
        .args(["keys", "list", "--config", &path])
        .env("FARTHING__KEYS__PASSPHRASE", "env:THE_PASSPHRASE")
        .env("THE_PASSPHRASE", "another long passphrase")
        .output();
    assert!(output.unwrap().status.success());
}

#[test]
fn a_key_file_is_made_once_and_opens_the_keys_from_elsewhere() {
    let made = Made::with(|made| {
        vec![
            "--key-file".to_owned(),
            made.outside("opens").to_str().unwrap().to_owned(),
        ]
    });
    let path = made.config();
    let listed = ok(&["keys", "list", "--config", &path]);
    assert!(listed.contains("encrypted under a key file"), "{listed}");
    let text = std::fs::read_to_string(made.outside("opens")).unwrap();
    // The same bytes in the other notation.
    let bytes = farthing_core::bytes::from_b64u(text.trim()).unwrap();
    use base64ct::{Base64, Encoding};
    write_secret(&made.outside("opens"), &Base64::encode_string(&bytes));
    ok(&["keys", "list", "--config", &path]);
    write_secret(&made.outside("opens"), &Base64::encode_string(&bytes[..31]));
    assert!(fails(&["keys", "list", "--config", &path]).contains("openssl rand -base64 32"));
    std::fs::remove_file(made.outside("opens")).unwrap();
    assert!(fails(&["serve", "--config", &path]).contains("keys.key_file"));
}
