//! New keys, as the text of the file that keeps them.

use super::KeysError;
use super::file::{SealingFile, SigningFile, TokenKey, TokensFile, WARNING};
use crate::config::Config;
use crate::date;
use crate::payment::signature;
use crate::random::{Random, secret};
use farthing_core::bytes::{sha256, to_b64u};
use farthing_core::hpke::SealingSecret;
use farthing_core::id::KeysetId;
use farthing_core::issuer::KeysetSecret;
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::money::Micro;
use farthing_core::origin::PublisherId;
use farthing_core::sign::SecretKey;
use farthing_core::time::{DAY, HOUR, Timestamp};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// An epoch: coins are made of one keyset for six months.
const MINT_DAYS: u64 = 183;
/// From the end of its epoch on a coin pays for a year longer.
const REDEEM_DAYS: u64 = 365;
/// And can be claimed for five years longer.
const CLAIM_DAYS: u64 = 5 * 365;
/// Publishers seal to one key for a year.
const SEAL_DAYS: u64 = 365;
/// From then on, what was sealed is opened for three years longer.
const OPEN_DAYS: u64 = 3 * 365 + 1;

/// A file to be written.
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) text: Zeroizing<String>,
}

/// Which coins of which dates.
#[derive(Clone, Copy)]
pub(super) struct Epoch {
    pub(super) mint_from: Timestamp,
    pub(super) mint_until: Timestamp,
}

/// Whole hours: dates say nothing about the second at which somebody pressed return.
pub(super) const fn whole_hour(now: Timestamp) -> Timestamp {
    now.minus(now.get() % HOUR)
}

pub(super) const fn epoch_from(from: Timestamp) -> Epoch {
    Epoch {
        mint_from: from,
        mint_until: from.plus(MINT_DAYS * DAY),
    }
}

/// Until when publishers seal to a key that follows one that is sealed to until then.
pub(super) const fn seal_until(from: Timestamp) -> Timestamp {
    from.plus(SEAL_DAYS * DAY)
}

/// A signing key that signs from then on.
pub(super) fn signing(
    now: Timestamp,
    signs_from: Timestamp,
    random: &dyn Random,
) -> Result<NewFile, KeysError> {
    let (secret, kid) = fresh(random, |bytes| {
        SecretKey::from_bytes(bytes)?
            .public()
            .map(|public| PublicJwk::new(public).kid())
    })?;
    let text = signing_text(&SigningFile {
        kid: kid.to_text(),
        created: now.get(),
        signs_from: Some(signs_from.get()),
        revoked: None,
        secret: encode(&secret),
    });
    let name = format!("signing-{}.toml", short(&kid));
    Ok(NewFile { name, text })
}

/// The text of a signing key's file.
pub(super) fn signing_text(file: &SigningFile) -> Zeroizing<String> {
    let mut text = roomy();
    let signs_from = file.signs_from.unwrap_or(file.created);
    let _ = write!(
        text,
        "{WARNING}kid = \"{}\"\ncreated = {}\nsigns_from = {signs_from}\nsecret = \"{}\"\n",
        file.kid, file.created, *file.secret
    );
    if let Some(revoked) = file.revoked {
        let _ = writeln!(text, "revoked = {revoked}");
    }
    text
}

/// A sealing key.
pub(super) fn sealing(seal_until: Timestamp, random: &dyn Random) -> Result<NewFile, KeysError> {
    let (secret, kid) = fresh(random, |bytes| {
        SealingSecret::from_bytes(bytes)?
            .public()
            .map(|public| Kid::of(&public))
    })?;
    let text = sealing_text(&SealingFile {
        kid: kid.to_text(),
        seal_until: seal_until.get(),
        open_until: seal_until.plus(OPEN_DAYS * DAY).get(),
        secret: encode(&secret),
    });
    let name = format!("sealing-{}.toml", short(&kid));
    Ok(NewFile { name, text })
}

/// The text of a sealing key's file.
pub(super) fn sealing_text(file: &SealingFile) -> Zeroizing<String> {
    let mut text = roomy();
    let _ = write!(
        text,
        "{WARNING}kid = \"{}\"\nseal_until = {}\nopen_until = {}\nsecret = \"{}\"\n",
        file.kid, file.seal_until, file.open_until, *file.secret
    );
    text
}

/// The keysets of one epoch: of every denomination, or in place of those that are replaced.
pub(super) fn tokens(
    config: &Config,
    epoch: Epoch,
    replaced: &[(KeysetId, Micro)],
    random: &dyn Random,
) -> Result<NewFile, KeysError> {
    let denominations = if replaced.is_empty() {
        config.denominations().to_vec()
    } else {
        let replaced = replaced.iter();
        replaced.map(|(_, denomination)| *denomination).collect()
    };
    tokens_of(config, None, denominations, epoch, replaced, random)
}

/// Keysets of one epoch of a publisher's starter tokens.
pub(super) fn promo_tokens(
    config: &Config,
    publisher: &PublisherId,
    denominations: Vec<Micro>,
    epoch: Epoch,
    random: &dyn Random,
) -> Result<NewFile, KeysError> {
    tokens_of(config, Some(publisher), denominations, epoch, &[], random)
}

/// The keyset of rights of one epoch.
pub(super) fn rights(
    config: &Config,
    epoch: Epoch,
    random: &dyn Random,
) -> Result<NewFile, KeysError> {
    tokens_of(config, None, vec![Micro::ZERO], epoch, &[], random)
}

fn tokens_of(
    config: &Config,
    promo: Option<&PublisherId>,
    denominations: Vec<Micro>,
    epoch: Epoch,
    replaced: &[(KeysetId, Micro)],
    random: &dyn Random,
) -> Result<NewFile, KeysError> {
    let terms = config.currency();
    let (currency, unit) = (terms.currency(), terms.unit());
    let redeem_until = epoch.mint_until.plus(REDEEM_DAYS * DAY);
    let claim_until = redeem_until.plus(CLAIM_DAYS * DAY);
    let dates = Dates::new(epoch.mint_from, epoch.mint_until, redeem_until, claim_until);
    let key = |denomination: Micro| {
        let (secret, keyset) = fresh(random, |bytes| {
            let public = KeysetSecret::from_bytes(bytes)?.public_key()?;
            let issuer = config.issuer();
            match promo {
                Some(of) => Keyset::promo(issuer, of, currency, unit, denomination, public, dates?),
                None if denomination == Micro::ZERO => {
                    Keyset::right(issuer, currency, unit, public, dates?)
                }
                None => Keyset::money(issuer, currency, unit, denomination, public, dates?),
            }
        })?;
        Ok(TokenKey {
            keyset: keyset.id().to_b64u(),
            denomination: denomination.get(),
            secret: encode(&secret),
        })
    };
    let file = TokensFile {
        currency: currency.as_str().to_owned(),
        unit: unit.get(),
        mint_from: epoch.mint_from.get(),
        mint_until: epoch.mint_until.get(),
        redeem_until: redeem_until.get(),
        claim_until: claim_until.get(),
        publisher: promo.map(|of| of.as_str().to_owned()),
        replaces: replaced.iter().map(|(id, _)| id.to_b64u()).collect(),
        key: denominations
            .into_iter()
            .map(key)
            .collect::<Result<_, KeysError>>()?,
    };
    // The name is the same wherever the epoch is made. What replaces may be made twice on a day.
    let mut name = format!("tokens-{}-{}", file.currency, date::day(epoch.mint_from));
    if let Some(of) = promo {
        let first = file.key.first().map_or("", |key| key.keyset.as_str());
        let named = alphanumeric(&to_b64u(&sha256(of.bytes())));
        name += &format!("-promo-{named}-{}", alphanumeric(first));
    }
    if promo.is_none() && file.key.iter().all(|key| key.denomination == 0) {
        name += "-rights";
    }
    if let Some(replaced) = file.replaces.first() {
        name += &format!("-for-{}", alphanumeric(replaced));
    }
    Ok(NewFile {
        name: name + ".toml",
        text: tokens_text(&file),
    })
}

/// The text of a file of token keys.
pub(super) fn tokens_text(file: &TokensFile) -> Zeroizing<String> {
    let mut text = roomy();
    let _ = write!(
        text,
        "{WARNING}currency = \"{}\"\nunit = {}\nmint_from = {}\nmint_until = {}\nredeem_until = {}\nclaim_until = {}\n",
        file.currency,
        file.unit,
        file.mint_from,
        file.mint_until,
        file.redeem_until,
        file.claim_until,
    );
    if let Some(publisher) = &file.publisher {
        let _ = writeln!(text, "publisher = \"{publisher}\"");
    }
    if !file.replaces.is_empty() {
        let _ = writeln!(text, "replaces = [\"{}\"]", file.replaces.join("\", \""));
    }
    for key in &file.key {
        let _ = write!(
            text,
            "\n[[key]]\nkeyset = \"{}\"\ndenomination = {}\nsecret = \"{}\"\n",
            key.keyset, key.denomination, *key.secret
        );
    }
    text
}

/// Room for a file: a text that grows would leave copies behind.
fn roomy() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(8_192))
}

/// The secret shared with the sandbox's payment provider.
pub(super) fn webhook(random: &dyn Random) -> Result<NewFile, KeysError> {
    let shared = secret::<32>(random)?;
    let text = Zeroizing::new(format!(
        "{WARNING}secret = \"{}\"\n",
        *signature::write_secret(&*shared)
    ));
    let name = "webhook-sandbox.toml".to_owned();
    Ok(NewFile { name, text })
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
    alphanumeric(&kid.to_text())
}

fn alphanumeric(text: &str) -> String {
    let plain = text.chars().filter(char::is_ascii_alphanumeric);
    plain.take(8).collect()
}
