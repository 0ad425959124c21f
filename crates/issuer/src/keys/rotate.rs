//! The next keys: made by command, or in good time by the issuer itself. Each is a new file; none is taken away.

use super::file::SealingFile;
use super::folder;
use super::make::{self, Epoch, NewFile};
use super::writing::{Lock, Writing};
use super::{Keys, KeysError, Mint};
use crate::config::{Config, Promo};
use crate::manifest::ANNOUNCED;
use crate::random::Random;
use farthing_core::id::KeysetId;
use farthing_core::money::Micro;
use farthing_core::time::{DAY, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// How long before the end of an epoch, or of a sealing key, the issuer makes the next by itself. Longer than they are
/// announced, so that there is time to copy them to where the other replicas are.
const BEFORE: u64 = 30 * DAY;

/// How long a signing key signs before the issuer makes another.
const SIGNS: u64 = 365 * DAY;

/// What is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The keysets of the next epoch.
    Tokens,
    /// The key that signs manifests, grants and disclosures.
    Signing,
    /// The key that publishers seal to.
    Sealing,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Tokens, Self::Signing, Self::Sealing];
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Whatever is due by the calendar.
    Due,
    /// The next keys of these kinds; of all kinds if there are none here.
    Next(Vec<Kind>),
    /// After a leak: other keys of these kinds instead, from now on. Of token keys these keysets; if there are none here,
    /// all of which coins are made or will be.
    Instead(Vec<Kind>, Vec<KeysetId>),
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// New files, and files that were changed.
    pub files: Vec<PathBuf>,
    /// Kinds whose next keys were there already.
    pub already: Vec<Kind>,
}

/// Why no keys were made. Nothing was written, except after [`KeysError::Io`].
#[derive(Debug, Error)]
pub enum RotateError {
    /// The folder.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A keyset that was to be replaced is not one of which coins are or will be made.
    #[error("{} is no keyset of which coins are made or will be made", _0.to_b64u())]
    NotMintable(KeysetId),
}

/// Makes the keys that somebody asks for.
///
/// # Errors
/// [`RotateError`].
pub fn rotate(
    config: &Config,
    keys: &Keys,
    wanted: &Wanted,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Rotated, RotateError> {
    let lock = Lock::take(keys.folder.path())?;
    // As they are now that nobody else writes: another replica may have just done it.
    let changed = keys.read_again(config)?;
    let keys = changed.as_ref().unwrap_or(keys);
    let writing = Writing::begin(&keys.folder, lock, random);
    let mut rotated = Rotated {
        files: Vec::new(),
        already: Vec::new(),
    };
    let mut new = Vec::new();
    match wanted {
        Wanted::Due => {
            for kind in due(keys, now) {
                new.extend(next(config, keys, kind, now, random)?);
            }
            new.extend(next_promo(config, keys, now, random)?);
            new.extend(next_rights(config, keys, now, random)?);
        }
        Wanted::Next(kinds) => {
            let kinds = kinds_or_all(kinds);
            if kinds.contains(&Kind::Tokens) {
                new.extend(next_promo(config, keys, now, random)?);
                new.extend(next_rights(config, keys, now, random)?);
            }
            for kind in kinds {
                match next(config, keys, kind, now, random)? {
                    Some(file) => new.push(file),
                    None => rotated.already.push(kind),
                }
            }
        }
        Wanted::Instead(kinds, keysets) => {
            for kind in kinds_or_all(kinds) {
                match kind {
                    Kind::Tokens => new.extend(replace(config, keys, keysets, now, random)?),
                    Kind::Signing => new.push(make::signing(now, now, random)?),
                    Kind::Sealing => {
                        new.push(make::sealing(
                            make::seal_until(make::whole_hour(now)),
                            random,
                        )?);
                        rotated.files.extend(shorten(keys, &writing, now)?);
                    }
                }
            }
        }
    }
    for file in &new {
        rotated.files.push(writing.create(&file.name, &file.text)?);
    }
    Ok(rotated)
}

/// What is due by the calendar.
#[must_use]
pub fn due(keys: &Keys, now: Timestamp) -> Vec<Kind> {
    let is_due = |kind: &Kind| match kind {
        Kind::Tokens => {
            let ends = epoch_ends(keys);
            ends <= now.plus(BEFORE) && !has_next(keys, now)
        }
        Kind::Signing => {
            let newest = keys.signers().last();
            newest.is_some_and(|signer| signer.signs_from().plus(SIGNS) <= now)
        }
        Kind::Sealing => sealed_until(keys) <= now.plus(BEFORE),
    };
    Kind::ALL.into_iter().filter(is_due).collect()
}

/// When no coins can be made any more, unless there are new keys until then.
#[must_use]
pub fn epoch_ends(keys: &Keys) -> Timestamp {
    let mints = good(keys).map(|mint| mint.life().mint_until);
    mints.max().unwrap_or_default()
}

fn kinds_or_all(kinds: &[Kind]) -> Vec<Kind> {
    if kinds.is_empty() {
        Kind::ALL.to_vec()
    } else {
        kinds.to_vec()
    }
}

/// Keysets of money that are not replaced.
fn good(keys: &Keys) -> impl Iterator<Item = &Mint> {
    own(keys).filter(|mint| !mint.is_of_rights())
}

/// Keysets of money and of rights that are not replaced.
fn own(keys: &Keys) -> impl Iterator<Item = &Mint> {
    let mints = keys.mints().into_iter();
    mints.filter(|mint| mint.promo().is_none() && !keys.is_replaced(mint.keyset().id()))
}

/// Whether rights lack a key, or will before the next is made in time.
#[must_use]
pub fn is_rights_due(config: &Config, keys: &Keys, now: Timestamp) -> bool {
    config.undo().is_some() && rights_end(keys) <= now.plus(BEFORE)
}

/// When no rights can be made any more.
fn rights_end(keys: &Keys) -> Timestamp {
    let rights = own(keys).filter(|mint| mint.is_of_rights());
    let ends = rights.map(|mint| mint.life().mint_until).max();
    ends.unwrap_or_default()
}

/// The next keyset of rights, if one is due.
fn next_rights(
    config: &Config,
    keys: &Keys,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Option<NewFile>, KeysError> {
    if !is_rights_due(config, keys, now) {
        return Ok(None);
    }
    let from = rights_end(keys).max(make::whole_hour(now));
    make::rights(config, make::epoch_from(from), random).map(Some)
}

/// Whether a publisher's starter tokens lack keys, or will before the next are made in time.
#[must_use]
pub fn is_promo_due(config: &Config, keys: &Keys, now: Timestamp) -> bool {
    let mut promos = config.promos().iter();
    promos.any(|promo| !promo_due(promo, keys, now).is_empty())
}

/// The denominations that need keys, by the time from which on.
fn promo_due(promo: &Promo, keys: &Keys, now: Timestamp) -> BTreeMap<Timestamp, Vec<Micro>> {
    let mut due: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for denomination in &promo.denominations {
        let mints = keys.mints().into_iter().filter(|mint| {
            mint.promo() == Some(&promo.publisher)
                && mint.keyset().denomination() == *denomination
                && !keys.is_replaced(mint.keyset().id())
        });
        let ends = mints.map(|mint| mint.life().mint_until).max();
        let ends = ends.unwrap_or_default();
        if ends <= now.plus(BEFORE) {
            let from = ends.max(make::whole_hour(now));
            due.entry(from).or_default().push(*denomination);
        }
    }
    due
}

/// The next keysets of every publisher's starter tokens that are due.
fn next_promo(
    config: &Config,
    keys: &Keys,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<NewFile>, KeysError> {
    let mut new = Vec::new();
    for promo in config.promos() {
        for (from, denominations) in promo_due(promo, keys, now) {
            let epoch = make::epoch_from(from);
            let of = &promo.publisher;
            new.push(make::promo_tokens(
                config,
                of,
                denominations,
                epoch,
                random,
            )?);
        }
    }
    Ok(new)
}

fn has_next(keys: &Keys, now: Timestamp) -> bool {
    good(keys).any(|mint| now < mint.life().mint_from)
}

/// Until when publishers can seal.
fn sealed_until(keys: &Keys) -> Timestamp {
    let keys = keys.sealing_keys().map(|key| key.seal_until());
    keys.max().unwrap_or_default()
}

/// `None` if the next one is there already.
fn next(
    config: &Config,
    keys: &Keys,
    kind: Kind,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Option<NewFile>, KeysError> {
    let hour = make::whole_hour(now);
    match kind {
        Kind::Tokens if has_next(keys, now) => Ok(None),
        Kind::Tokens => {
            // One epoch begins where the other ends; only after a gap it begins now.
            let from = epoch_ends(keys).max(hour);
            make::tokens(config, make::epoch_from(from), &[], random).map(Some)
        }
        Kind::Signing => {
            let newest = keys.signers().last();
            if newest.is_some_and(|signer| now < signer.signs_from()) {
                return Ok(None);
            }
            make::signing(now, now.plus(ANNOUNCED), random).map(Some)
        }
        Kind::Sealing => {
            let until = make::seal_until(sealed_until(keys).max(hour));
            // A year beyond the year of the present one is enough.
            if make::seal_until(now) < sealed_until(keys) {
                return Ok(None);
            }
            make::sealing(until, random).map(Some)
        }
    }
}

/// Keysets for the rest of the time of those that are replaced, a file for each epoch.
fn replace(
    config: &Config,
    keys: &Keys,
    keysets: &[KeysetId],
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<NewFile>, RotateError> {
    let mut replaced: Vec<&Mint> = own(keys)
        .filter(|mint| now < mint.life().mint_until)
        .collect();
    for id in keysets {
        if !replaced.iter().any(|mint| mint.keyset().id() == id) {
            return Err(RotateError::NotMintable(*id));
        }
    }
    replaced.retain(|mint| keysets.is_empty() || keysets.contains(mint.keyset().id()));
    let mut epochs = BTreeMap::<_, Vec<_>>::new();
    for mint in replaced {
        let life = mint.life();
        let from = life.mint_from.max(make::whole_hour(now));
        let epoch = epochs.entry((from, life.mint_until)).or_default();
        epoch.push((*mint.keyset().id(), mint.keyset().denomination()));
    }
    let make = |((mint_from, mint_until), replaced): (_, Vec<_>)| {
        let epoch = Epoch {
            mint_from,
            mint_until,
        };
        Ok(make::tokens(config, epoch, &replaced, random)?)
    };
    epochs.into_iter().map(make).collect()
}

/// Publishers seal to the present keys no longer. What was sealed to them is still opened.
fn shorten(keys: &Keys, writing: &Writing<'_>, now: Timestamp) -> Result<Vec<PathBuf>, KeysError> {
    let hour = make::whole_hour(now).get();
    let mut shortened = Vec::new();
    for path in keys.folder.files()? {
        if !folder::name(&path).starts_with("sealing-") {
            continue;
        }
        let text = keys.folder.read_strictly(&path)?;
        let file: SealingFile = toml::from_str(&text).map_err(|_| KeysError::Damaged {
            path: path.clone(),
            reason: "is no sealing key".to_owned(),
        })?;
        if hour < file.seal_until {
            let file = SealingFile {
                seal_until: hour,
                ..file
            };
            writing.replace(&path, &make::sealing_text(&file))?;
            shortened.push(path);
        }
    }
    Ok(shortened)
}
