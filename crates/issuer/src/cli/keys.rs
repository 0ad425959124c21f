//! keys list: names and dates, never secrets.

use super::{Failure, freeze};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::keys::{Keys, Life};
use crate::{amount, date};
use farthing_core::time::Timestamp;
use farthing_ledger::Frozen;
use std::path::Path;

pub(super) fn list(config: &Path) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    let now = SystemClock.now();
    println!("signing");
    for signer in keys.signers() {
        println!(
            "  {}  made {}",
            signer.jwk().kid().to_text(),
            date::day(signer.created())
        );
    }
    println!("sealing");
    for key in keys.sealing_keys() {
        println!(
            "  {}  publishers seal until {}, opened until {}",
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
            "  {}  {:>10} {}  {:<15}  made {} to {}, pays until {}, claimed until {}",
            keyset.id().to_b64u(),
            amount::format(keyset.denomination(), keyset.currency()),
            keyset.currency().as_str(),
            state(&life, now),
            date::day(life.mint_from),
            date::day(life.mint_until),
            date::day(life.redeem_until),
            date::day(life.claim_until),
        );
        let since = frozen.iter().find(|frozen| frozen.keyset == *keyset.id());
        if let Some(Frozen { hour, reason, .. }) = since {
            let since = date::day(hour.begins());
            println!("    FROZEN since {since}: {reason}");
        }
    }
    Ok(())
}

fn state(life: &Life, now: Timestamp) -> &'static str {
    if now < life.mint_from {
        "not yet"
    } else if now < life.mint_until {
        "made and paying"
    } else if now < life.redeem_until {
        "paying"
    } else if now < life.claim_until {
        "claims only"
    } else {
        "ended"
    }
}
