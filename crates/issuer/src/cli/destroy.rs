//! answers expire and keys destroy: what is not needed any more goes.

use super::Failure;
use crate::books::Books;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::keys::{self, Keys};
use crate::random::SystemRandom;
use crate::usecase::destroy::destroy;
use crate::usecase::expire::expire;
use farthing_core::id::KeysetId;
use std::path::Path;

pub(super) fn answers(config: &Path) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let ledger = Books::open(&config)?;
    let dropped = super::block_on(expire(&ledger, &SystemClock))??;
    println!("{dropped} answers dropped");
    Ok(())
}

pub(super) fn keysets(config: &Path, named: &[String]) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let parse = |text: &String| KeysetId::parse(text).ok_or_else(|| format!("{text} is no keyset"));
    let named: Vec<KeysetId> = named.iter().map(parse).collect::<Result<_, _>>()?;
    let keys = Keys::read(&config)?;
    let ledger = Books::open(&config)?;
    let forget = |keysets: &[KeysetId]| {
        for path in keys::forget(&config, &keys, keysets, &SystemRandom)? {
            println!(
                "destroyed what was in {}; copies elsewhere are yours to destroy",
                path.display()
            );
        }
        Ok(())
    };
    let ended = super::block_on(destroy(&ledger, &keys, &named, &SystemClock, forget))??;
    for ended in ended {
        println!("{}  ended, its rows dropped", ended.keyset.to_b64u());
    }
    Ok(())
}
