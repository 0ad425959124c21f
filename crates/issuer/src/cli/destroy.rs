//! answers expire and keys destroy: what is not needed any more goes.

use super::{Failure, Wall, block_on, durable};
use crate::config::Config;
use crate::guarded::Guarded;
use crate::keys::{self, Keys};
use crate::random::SystemRandom;
use crate::usecase::destroy::destroy;
use crate::usecase::expire::expire;
use farthing_core::id::KeysetId;
use std::path::Path;

pub(super) fn answers(config: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    block_on(async {
        let open = durable::open(&config, wall).await?;
        let ledger = Guarded::new(open.ledger, open.gate);
        let dropped = expire(&ledger, &*open.clock).await?;
        println!("{dropped} answers dropped");
        Ok(())
    })?
}

pub(super) fn keysets(config: &Path, named: &[String], wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let parse = |text: &String| KeysetId::parse(text).ok_or_else(|| format!("{text} is no keyset"));
    let named: Vec<KeysetId> = named.iter().map(parse).collect::<Result<_, _>>()?;
    let keys = Keys::read(&config)?;
    let forget = |keysets: &[KeysetId]| {
        for path in keys::forget(&config, &keys, keysets, &SystemRandom)? {
            println!(
                "destroyed what was in {}; copies elsewhere are yours to destroy",
                path.display()
            );
        }
        Ok(())
    };
    block_on(async {
        let open = durable::open(&config, wall).await?;
        let ledger = Guarded::new(open.ledger, open.gate);
        for ended in destroy(&ledger, &keys, &named, &*open.clock, forget).await? {
            println!("{}  ended, its rows dropped", ended.keyset.to_b64u());
        }
        Ok(())
    })?
}
