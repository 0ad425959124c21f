//! restore: what is lost by an older copy of the ledger, and the operator's decision.

use super::checkpoint::checkpoint_signer;
use super::{Failure, Wall, block_on, durable};
use crate::checkpoint::{self, Decision};
use crate::clock::Clock;
use crate::config::{Config, WitnessForm};
use crate::keeper;
use crate::keys::Keys;
use crate::outside::{Log, Mark, MarkFile, mark_path};
use crate::restore::{AtRisk, Reason, Verdict, compare, demanded, shown};
use crate::witness::{Found, Reservations, Witness};
use farthing_ledger::{Ledger, Standing, witness as replaying};
use std::path::{Path, PathBuf};

/// Reservations in one transaction.
const BATCH: usize = 1_000;

pub(super) fn show(config: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    block_on(async {
        let open = durable::open(&config, wall).await?;
        let standing = open.ledger.standing().await?;
        let Verdict::Undecided(reason) = &open.verdict else {
            println!("state: decided");
            println!("funding: {}", standing.heads.funding.seq);
            println!("use: {}", standing.heads.usage.seq);
            return Ok(());
        };
        println!("state: undecided");
        println!("reason: {}", reason.word());
        if let Reason::Damaged(what) = reason {
            println!("damaged: {what}");
        }
        if let Some(mark) = reason.mark() {
            journals(&standing, mark);
        }
        checkpoints(&open.ledger, &config, &keys, reason).await?;
        let demanded = demanded(reason, &standing);
        println!("at-risk: {demanded}");
        println!();
        match config.witness().map(|place| place.form) {
            Some(WitnessForm::Full) => {
                println!("Exactly, by the witness log:  farthing-issuer restore replay DIR");
            }
            Some(WitnessForm::Short) => {
                println!("Without doubles, by the witness logs of all issuers:");
                println!(
                    "  farthing-issuer restore accept --at-risk {demanded} --witness DIR --witness DIR…"
                );
            }
            None => {}
        }
        println!(
            "Go on without what is lost:   farthing-issuer restore accept --at-risk {demanded}"
        );
        Ok(())
    })?
}

fn journals(here: &Standing, mark: &Mark) {
    let (now, then) = (&here.heads, &mark.standing.heads);
    let risk = AtRisk::between(here, mark);
    let line = |name: &str, ledger: u64, outside: u64, missing: u64| {
        println!("{name}: ledger {ledger}, outside {outside}, missing {missing}");
    };
    line("funding", now.funding.seq, then.funding.seq, risk.funding);
    line("use", now.usage.seq, then.usage.seq, risk.usage);
    for (name, amounts) in [("drawn-again", &risk.drawn), ("spent-again", &risk.spent)] {
        for (currency, amount) in amounts {
            println!("{name}: {}{}", shown(*amount, *currency), currency.as_str());
        }
    }
}

/// Hours and keysets, by the last checkpoint outside.
async fn checkpoints<L: Ledger>(
    ledger: &L,
    config: &Config,
    keys: &Keys,
    reason: &Reason,
) -> Result<(), Failure> {
    let log = config.checkpoints().map(Log::at).filter(Log::exists);
    let (Some(log), Reason::Behind(_)) = (log, reason) else {
        return Ok(());
    };
    let keys: Vec<_> = keys.signers().iter().map(|signer| *signer.jwk()).collect();
    let records = log.records()?;
    let last = records
        .iter()
        .rev()
        .find(|record| record.kind == "checkpoint");
    let Some((last, said)) = last.and_then(|last| {
        let said = checkpoint::read(&last.head, &keys).ok()?;
        Some((last, said))
    }) else {
        return Ok(());
    };
    let snapshot = ledger.snapshot().await?;
    println!("last-checkpoint: {} at {}", said.n, said.iat.get());
    let newest = snapshot.newest.as_ref();
    if let Some(copy) = newest.and_then(|newest| checkpoint::read(&newest.head, &keys).ok()) {
        println!("ledgers-checkpoint: {} at {}", copy.n, copy.iat.get());
        let hours = said
            .iat
            .get()
            .saturating_sub(copy.iat.get())
            .div_ceil(3_600);
        println!("hours: {hours}");
    }
    for then in checkpoint::keysets(&last.body) {
        let now = snapshot
            .keysets
            .iter()
            .find(|now| now.keyset == then.keyset);
        let (issued, spent) = now.map_or((0, 0), |now| (now.issued, now.spent));
        let issued = then.issued.saturating_sub(issued).max(0);
        let spent = then.spent.saturating_sub(spent).max(0);
        if issued > 0 || spent > 0 {
            println!(
                "keyset: {} of {}{}, issued {issued}, spent {spent} by the last checkpoint",
                then.keyset.to_b64u(),
                shown(then.denomination, then.currency),
                then.currency.as_str(),
            );
        }
    }
    Ok(())
}

pub(super) fn accept(
    config: &Path,
    at_risk: &str,
    witnesses: &[PathBuf],
    wall: &Wall,
) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    block_on(async {
        let open = durable::open(&config, wall).await?;
        let Verdict::Undecided(reason) = &open.verdict else {
            return Err("there is nothing to decide: the ledger is the one that was left".into());
        };
        let standing = open.ledger.standing().await?;
        let demanded = demanded(reason, &standing);
        if at_risk != demanded {
            return Err(format!(
                "what is at risk is {demanded}, not {at_risk}; see: farthing-issuer restore show"
            )
            .into());
        }
        // While nothing is done yet: from the first request on, everything that must not be done is known.
        if !witnesses.is_empty() {
            let reserved = reserve(&open.ledger, &keys, witnesses).await?;
            println!("reserved: {reserved}");
        }
        keeper::put_back(&open.ledger, &open.verdict, config.checkpoints()).await?;
        let decision = Decision {
            kind: "accept",
            lost: reason.mark().map(|mark| mark.standing.heads),
            at_risk: demanded,
        };
        decide(&open.ledger, &config, &keys, open.clock.now(), &decision).await?;
        println!("decided: accept");
        println!("at-risk: {at_risk}");
        Ok(())
    })?
}

/// Reserves what the issuers' logs say was used up since the copy was made. Gives how much of it is new.
async fn reserve<L: Ledger>(
    ledger: &L,
    keys: &Keys,
    folders: &[PathBuf],
) -> Result<usize, Failure> {
    let jwks: Vec<_> = keys.signers().iter().map(|signer| *signer.jwk()).collect();
    let newest = ledger.snapshot().await?.newest;
    let made = newest.and_then(|newest| checkpoint::read(&newest.head, &jwks).ok());
    let logs = Reservations::of(folders, made.map(|said| said.iat))?;
    if logs.files() == 0 {
        return Err("there is no witness log of the short form; nothing was changed".into());
    }
    let mut reserved: usize = 0;
    for batch in logs.batches() {
        for some in batch?.chunks(BATCH) {
            reserved = reserved.saturating_add(ledger.reserve(some.to_vec()).await?);
        }
    }
    Ok(reserved)
}

/// Signs the decision into ledger and log, and moves the mark last: until then it is undecided.
async fn decide<L: Ledger>(
    ledger: &L,
    config: &Config,
    keys: &Keys,
    now: farthing_core::time::Timestamp,
    decision: &Decision,
) -> Result<(), Failure> {
    keeper::make_checkpoint(
        ledger,
        config,
        checkpoint_signer(keys, now),
        now,
        Some(decision),
    )
    .await?;
    let Some(log) = config.checkpoints() else {
        return Ok(());
    };
    let path = mark_path(log);
    let standing = ledger.standing().await?;
    match MarkFile::open(&path) {
        Ok(mut file) => file.decide(standing)?,
        Err(_) => {
            if path.exists() {
                let mut aside = path.clone().into_os_string();
                aside.push(format!(".damaged-{}", now.get()));
                std::fs::rename(&path, aside)?;
            }
            let mark = Mark {
                decisions: 1,
                standing,
            };
            MarkFile::create(&path, mark)?;
        }
    }
    Ok(())
}

pub(super) fn replay(config: &Path, folder: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    block_on(async {
        let open = durable::open(&config, wall).await?;
        let Verdict::Undecided(Reason::Behind(mark)) = &open.verdict else {
            return Err(
                "only a ledger that is behind can be replayed; see: farthing-issuer restore show"
                    .into(),
            );
        };
        // What the record says was recorded once; it is not recorded again.
        let ledger = crate::books::Books::open(&config)?;
        let here = ledger.standing().await?;
        let (mut groups, mut steps): (u64, usize) = (0, 0);
        match Witness::after(folder, &here.heads)? {
            Found::Gap => {
                return Err(
                    "the witness log does not begin where the ledger ends; nothing was changed"
                        .into(),
                );
            }
            Found::Nothing => {}
            Found::Records(witness) => {
                for group in witness.groups() {
                    let group = group?;
                    steps = steps.saturating_add(group.effects.len());
                    replaying::replay(&ledger, group).await?;
                    groups = groups.saturating_add(1);
                }
            }
        }
        println!("groups: {groups}");
        println!("operations: {steps}");
        if let Verdict::Undecided(_) = compare(&ledger, config.checkpoints()).await? {
            let standing = ledger.standing().await?;
            println!("state: undecided");
            println!("at-risk: {}", AtRisk::between(&standing, mark).text());
            return Err(
                "the witness log ends before the ledger did; see: farthing-issuer restore show"
                    .into(),
            );
        }
        let decision = Decision {
            kind: "replay",
            lost: Some(mark.standing.heads),
            at_risk: "0".to_owned(),
        };
        decide(&ledger, &config, &keys, open.clock.now(), &decision).await?;
        println!("state: decided");
        println!("decided: replay");
        Ok(())
    })?
}
