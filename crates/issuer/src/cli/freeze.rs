//! keys freeze and thaw. Running issuers go by it from the next request on: the ledger decides, not they.

use super::{Failure, Wall, block_on, durable};
use crate::books::Books;
use crate::clock::Clock;
use crate::config::{Config, LedgerPlace};
use crate::guarded::Guarded;
use crate::keys::Keys;
use farthing_core::id::KeysetId;
use farthing_ledger::{Freeze, Frozen, Hour, Ledger, Transition};
use std::path::Path;

/// Longest reason, in bytes.
const REASON: usize = 200;

pub(super) fn freeze(config: &Path, id: &str, reason: &str, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    if reason.is_empty() || reason.len() > REASON || reason.chars().any(char::is_control) {
        return Err(format!("--reason is one line of 1 to {REASON} bytes").into());
    }
    let keys = Keys::read(&config)?;
    let keyset = id_of(id)?;
    let mint = keys
        .mint(&keyset)
        .ok_or_else(|| format!("there is no key for a keyset {id} here"))?;
    let done = block_on(async {
        let open = durable::open(&config, wall).await?;
        let freeze = Freeze {
            promo: mint.promo().cloned(),
            keyset,
            currency: mint.keyset().currency(),
            denomination: mint.keyset().denomination(),
            hour: Hour::of(open.clock.now()),
            reason: reason.to_owned(),
        };
        let ledger = Guarded::new(open.ledger, open.gate);
        Ok::<_, Failure>(ledger.freeze(freeze).await?)
    })??;
    match done {
        Transition::Done => println!(
            "{id} is frozen: nothing more is made in it, and its tokens pass only with evidence of their issuance"
        ),
        Transition::AlreadyDone => println!("{id} is frozen already"),
    }
    Ok(())
}

pub(super) fn thaw(config: &Path, id: &str, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keyset = id_of(id)?;
    let done = block_on(async {
        let open = durable::open(&config, wall).await?;
        let hour = Hour::of(open.clock.now());
        let ledger = Guarded::new(open.ledger, open.gate);
        Ok::<_, Failure>(ledger.thaw(keyset, hour).await?)
    })??;
    match done {
        Transition::Done => println!(
            "{id} pays again; it freezes anew rather than let more tokens be spent than were issued"
        ),
        Transition::AlreadyDone => println!("{id} is not frozen"),
    }
    Ok(())
}

fn id_of(text: &str) -> Result<KeysetId, Failure> {
    KeysetId::parse(text)
        .ok_or_else(|| format!("{text} is no keyset id: `keys list` shows them").into())
}

/// The keysets that the ledger has frozen; none before there is a ledger.
pub(super) fn frozen(config: &Config) -> Result<Vec<Frozen>, Failure> {
    if let LedgerPlace::Sqlite(path) = config.ledger()
        && !path.exists()
    {
        return Ok(Vec::new());
    }
    let books = Books::open(config)?;
    Ok(block_on(books.frozen())??)
}
