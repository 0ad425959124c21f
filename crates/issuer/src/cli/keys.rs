//! keys: list, rotate, encrypt, reencrypt. Names and dates are said, never secrets.

use super::{Failure, KeysCommand, RotateKind, Wall, freeze};
use crate::config::{Config, Protection, Rotate, SecretReference};
use crate::keys::{self, Keys, Kind, Life, Signer, Wanted};
use crate::random::SystemRandom;
use crate::{amount, date};
use farthing_core::id::KeysetId;
use farthing_core::jwk::Kid;
use farthing_core::time::Timestamp;
use farthing_ledger::Frozen;
use std::path::{Path, PathBuf};

pub(super) fn run(command: &KeysCommand, config: &Path, wall: &Wall) -> Result<(), Failure> {
    match command {
        KeysCommand::Destroy { keyset } => super::destroy::keysets(config, keyset, wall),
        KeysCommand::Freeze { id, reason } => freeze::freeze(config, id, reason, wall),
        KeysCommand::Thaw { id } => freeze::thaw(config, id, wall),
        KeysCommand::List => list(config, wall),
        KeysCommand::Rotate { kind, now, keyset } => rotate(config, *kind, *now, keyset, wall),
        KeysCommand::Revoke { kid } => revoke(config, kid, wall),
        KeysCommand::Encrypt => encrypt(config),
        KeysCommand::Reencrypt {
            passphrase,
            key_file,
        } => reencrypt(config, passphrase.as_deref(), key_file.as_deref()),
    }
}

fn list(config: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    let now = wall.now();
    println!(
        "{}: {}, the next ones are made {}",
        config.keys().display(),
        match (keys.are_encrypted(), &config.keys_place().protection) {
            (false, _) => "not encrypted",
            (true, Protection::KeyFile(_)) => "encrypted under a key file",
            (true, _) => "encrypted under a passphrase",
        },
        match config.keys_place().rotate {
            Rotate::Automatic => "by the running issuer",
            Rotate::Manual => "by `keys rotate` only",
        }
    );
    println!("signing");
    let shown: Vec<_> = keys.signers().iter().map(|signer| *signer.jwk()).collect();
    let signs = keys.signer(&shown, now).map(|signer| signer.jwk().kid());
    for signer in keys.signers() {
        println!(
            "  {}  {:<10}  made {}, signs from {}",
            signer.jwk().kid().to_text(),
            signing_state(signer, signs == Some(signer.jwk().kid()), now),
            date::day(signer.created()),
            date::day(signer.signs_from())
        );
    }
    println!("sealing");
    for key in keys.sealing_keys() {
        let state = if now < key.seal_until() {
            "sealed to"
        } else if now < key.open_until() {
            "opens"
        } else {
            "ended"
        };
        println!(
            "  {}  {state:<10}  publishers seal until {}, opened until {}",
            key.kid().to_text(),
            date::day(key.seal_until()),
            date::day(key.open_until())
        );
    }
    println!("tokens");
    let frozen = freeze::frozen(&config).unwrap_or_else(|error| {
        eprintln!("farthing-issuer: which keysets are frozen is not known: {error}");
        Vec::new()
    });
    for mint in keys.mints() {
        let (keyset, life) = (mint.keyset(), mint.life());
        println!(
            "  {}  {:>10} {}  {:<10}  made {} to {}, pays until {}, claimed until {}",
            keyset.id().to_b64u(),
            amount::format(keyset.denomination(), keyset.currency()),
            keyset.currency().as_str(),
            state(&life, keys.is_replaced(keyset.id()), now),
            date::day(life.mint_from),
            date::day(life.mint_until),
            date::day(life.redeem_until),
            date::day(life.claim_until),
        );
        if mint.is_of_rights() {
            println!("    rights, each good for one undo");
        }
        if let Some(of) = mint.promo() {
            println!("    starter tokens of {}", of.as_str());
        }
        let since = frozen.iter().find(|frozen| frozen.keyset == *keyset.id());
        if let Some(Frozen { hour, reason, .. }) = since {
            let since = date::day(hour.begins());
            println!("    FROZEN since {since}: {reason}");
        }
    }
    Ok(())
}

fn signing_state(signer: &Signer, signs: bool, now: Timestamp) -> &'static str {
    if signer.revoked().is_some() {
        "revoked"
    } else if signs {
        "signs"
    } else if now < signer.signs_from() {
        "next"
    } else {
        "verifies"
    }
}

fn state(life: &Life, replaced: bool, now: Timestamp) -> &'static str {
    if now < life.claim_until && replaced {
        "replaced"
    } else if now < life.mint_from {
        "next"
    } else if now < life.mint_until {
        "mintable"
    } else if now < life.redeem_until {
        "redeemable"
    } else if now < life.claim_until {
        "claimable"
    } else {
        "ended"
    }
}

fn revoke(config: &Path, kid: &str, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let kid = Kid::parse(kid).ok_or_else(|| format!("{kid} is no key's name"))?;
    let keys = Keys::read(&config)?;
    let revoked = keys::revoke(&config, &keys, kid, wall.now(), &SystemRandom)?;
    if revoked.files.is_empty() {
        println!("It is revoked already.");
        return Ok(());
    }
    told("Written", &revoked.files);
    println!("\nA running issuer tells its readers within a minute, or at once after SIGHUP.");
    println!("Now: copy the files to every replica with a folder of its own, and tell publishers");
    println!("who verify grants on a server: grants signed by this key are refused from then on.");
    Ok(())
}

fn rotate(
    config: &Path,
    kind: Option<RotateKind>,
    at_once: bool,
    keysets: &[String],
    wall: &Wall,
) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let kinds: Vec<Kind> = kind.map(Kind::from).into_iter().collect();
    let keysets = keysets
        .iter()
        .map(|text| KeysetId::parse(text).ok_or_else(|| format!("{text} is no keyset's id")))
        .collect::<Result<Vec<_>, _>>()?;
    if !keysets.is_empty() && kinds != [Kind::Tokens] {
        return Err("--keyset is for: keys rotate tokens --now".into());
    }
    let wanted = if at_once {
        Wanted::Instead(kinds, keysets)
    } else {
        Wanted::Next(kinds)
    };
    let keys = Keys::read(&config)?;
    let rotated = keys::rotate(&config, &keys, &wanted, wall.now(), &SystemRandom)?;
    for kind in &rotated.already {
        println!("The next {} there already.", plural(*kind));
    }
    if rotated.files.is_empty() {
        return Ok(());
    }
    told("Made", &rotated.files);
    println!("\nA running issuer sees them within a minute, or at once after SIGHUP.");
    println!(
        "Now: copy them to your backup of keys, and to every replica with a folder of its own."
    );
    Ok(())
}

const fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Tokens => "token keys are",
        Kind::Signing => "signing key is",
        Kind::Sealing => "sealing key is",
    }
}

fn encrypt(config: &Path) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let files = keys::encrypt(&config, &SystemRandom)?;
    // All of them are opened before anybody is told that they are safe.
    Keys::read(&config)?;
    if files.is_empty() {
        println!("All key files are encrypted already.");
        return Ok(());
    }
    told("Encrypted", &files);
    println!(
        "\nCopies made before are in the clear: destroy them, and copy the folder anew, with keyring.toml."
    );
    println!("Without the passphrase or key file it opens nothing: keep that apart, and twice.");
    Ok(())
}

fn reencrypt(path: &Path, passphrase: Option<&str>, key_file: Option<&str>) -> Result<(), Failure> {
    let config = Config::read(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // What was written instead is not quoted: it may be the passphrase.
    let reference = |text| {
        let wrong = "must be env:NAME or file:PATH: a secret does not stand on the command line";
        SecretReference::parse(text, folder).ok_or(wrong)
    };
    let (to, line) = match (passphrase, key_file) {
        (Some(text), _) => (
            Protection::Passphrase(reference(text)?),
            format!("passphrase = \"{text}\""),
        ),
        (None, Some(text)) => (
            Protection::KeyFile(reference(text)?),
            format!("key_file = \"{text}\""),
        ),
        (None, None) => return Err("name --passphrase or --key-file".into()),
    };
    let files = keys::reencrypt(&config, &to, &SystemRandom)?;
    told("Encrypted anew", &files);
    println!("\nNow, in {}, under [keys]:\n\n{line}", path.display());
    println!("\nand SIGHUP, or restart the issuer. Destroy copies under the old one.");
    Ok(())
}

fn told(what: &str, files: &[PathBuf]) {
    println!("{what}:");
    for file in files {
        println!("  {}", file.display());
    }
}

impl From<RotateKind> for Kind {
    fn from(kind: RotateKind) -> Self {
        match kind {
            RotateKind::Tokens => Self::Tokens,
            RotateKind::Signing => Self::Signing,
            RotateKind::Sealing => Self::Sealing,
        }
    }
}
