//! Makes the first keys: one to sign, one to seal to, and one per denomination for the first epoch.

use super::KeysError;
use super::file::WARNING;
use crate::config::Config;
use crate::date;
use crate::payment::signature;
use crate::random::{Random, secret};
use farthing_core::bytes::to_b64u;
use farthing_core::hpke::SealingSecret;
use farthing_core::issuer::KeysetSecret;
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::sign::SecretKey;
use farthing_core::time::{DAY, HOUR, Timestamp};
use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// An epoch: coins are made of one keyset for six months.
const MINT_DAYS: u64 = 183;
/// Coins pay for a year longer.
const REDEEM_DAYS: u64 = MINT_DAYS + 365;
/// And can be claimed for five years longer.
const CLAIM_DAYS: u64 = REDEEM_DAYS + 5 * 365;
/// Publishers seal to one key for a year.
const SEAL_DAYS: u64 = 365;
/// What was sealed is opened for three years longer.
const OPEN_DAYS: u64 = SEAL_DAYS + 3 * 365 + 1;

/// Makes the key files in the configuration's folder, which must not exist yet. Gives the files written.
///
/// # Errors
/// [`KeysError::Io`] if the folder exists or cannot be written, [`KeysError::Random`].
pub fn generate(
    config: &Config,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<PathBuf>, KeysError> {
    let folder = config.keys();
    create_folder(folder)?;
    // Whole hours: the dates say nothing about the second at which somebody pressed return.
    let from = now.minus(now.get() % HOUR);
    let mut written = Vec::new();
    let mut write = |name: String, text: &str| {
        let path = folder.join(name);
        create_file(&path, text)?;
        written.push(path);
        Ok::<(), KeysError>(())
    };

    let (signing, kid) = fresh(random, |bytes| {
        SecretKey::from_bytes(bytes)?
            .public()
            .map(|public| PublicJwk::new(public).kid())
    })?;
    let mut text = Zeroizing::new(String::from(WARNING));
    let _ = write!(
        text,
        "kid = \"{}\"\ncreated = {}\nsecret = \"{}\"\n",
        kid.to_text(),
        now.get(),
        *encode(&signing)
    );
    write(format!("signing-{}.toml", short(&kid)), &text)?;

    let (sealing, kid) = fresh(random, |bytes| {
        SealingSecret::from_bytes(bytes)?
            .public()
            .map(|public| Kid::of(&public))
    })?;
    let mut text = Zeroizing::new(String::from(WARNING));
    let _ = write!(
        text,
        "kid = \"{}\"\nseal_until = {}\nopen_until = {}\nsecret = \"{}\"\n",
        kid.to_text(),
        from.plus(SEAL_DAYS * DAY).get(),
        from.plus(OPEN_DAYS * DAY).get(),
        *encode(&sealing)
    );
    write(format!("sealing-{}.toml", short(&kid)), &text)?;

    let currency = config.currency().currency();
    write(
        format!("tokens-{}-{}.toml", currency.as_str(), date::day(from)),
        &epoch(config, from, random)?,
    )?;

    if config.sandbox() {
        let shared = secret::<32>(random)?;
        let text = Zeroizing::new(format!(
            "{WARNING}secret = \"{}\"\n",
            *signature::write_secret(&*shared)
        ));
        write("webhook-sandbox.toml".to_owned(), &text)?;
    }
    Ok(written)
}

/// The file of one epoch's keysets.
fn epoch(
    config: &Config,
    from: Timestamp,
    random: &dyn Random,
) -> Result<Zeroizing<String>, KeysError> {
    let terms = config.currency();
    let after = |days: u64| from.plus(days.saturating_mul(DAY));
    let dates = Dates::new(
        from,
        after(MINT_DAYS),
        after(REDEEM_DAYS),
        after(CLAIM_DAYS),
    );
    let mut text = Zeroizing::new(String::from(WARNING));
    let _ = write!(
        text,
        "currency = \"{}\"\nunit = {}\nmint_from = {}\nmint_until = {}\nredeem_until = {}\nclaim_until = {}\n",
        terms.currency().as_str(),
        terms.unit().get(),
        from.get(),
        after(MINT_DAYS).get(),
        after(REDEEM_DAYS).get(),
        after(CLAIM_DAYS).get(),
    );
    for denomination in config.denominations() {
        let (secret, keyset) = fresh(random, |bytes| {
            let public = KeysetSecret::from_bytes(bytes)?.public_key()?;
            let (currency, unit) = (terms.currency(), terms.unit());
            Keyset::money(
                config.issuer(),
                currency,
                unit,
                *denomination,
                public,
                dates?,
            )
        })?;
        let _ = write!(
            text,
            "\n[[key]]\nkeyset = \"{}\"\ndenomination = {}\nsecret = \"{}\"\n",
            keyset.id().to_b64u(),
            denomination.get(),
            *encode(&secret)
        );
    }
    Ok(text)
}

/// 32 random bytes that `make` accepts as a scalar. All but one in 2^32 are; a few more draws are certain to do.
fn fresh<T>(
    random: &dyn Random,
    make: impl Fn(&[u8; 32]) -> Option<T>,
) -> Result<(Zeroizing<[u8; 32]>, T), KeysError> {
    for _ in 0..16 {
        let bytes = secret::<32>(random)?;
        if let Some(made) = make(&bytes) {
            return Ok((bytes, made));
        }
    }
    Err(crate::random::RandomError.into())
}

fn encode(secret: &Zeroizing<[u8; 32]>) -> Zeroizing<String> {
    Zeroizing::new(to_b64u(secret.as_ref()))
}

/// Enough of a thumbprint to tell files apart.
fn short(kid: &Kid) -> String {
    kid.to_text()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect()
}

fn create_folder(path: &Path) -> Result<(), KeysError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| KeysError::Io {
        path: path.to_owned(),
        error,
    })
}

/// Writes a file that must not exist, readable by its owner only from its first byte on.
fn create_file(path: &Path, text: &str) -> Result<(), KeysError> {
    let io = |error| KeysError::Io {
        path: path.to_owned(),
        error,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)
}
