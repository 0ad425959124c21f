//! The witness log on another volume: in full, what each commit changed, before the commit; or in short, which requests
//! used up which tokens and pouches, before the ledger is asked to.
//!
//! Files named `witness-<number>-<ledger time>.log`, in short `short-…`, for their owner only, each begun by one process
//! and at most an hour or 64 MiB long. A record is be32(length), SHA-256 of what follows, and the group's bytes; one that
//! is broken off at the end of a file was never committed.

mod read;
mod reservations;
mod short;
mod write;

pub use read::{Found, Witness};
pub use reservations::Reservations;
pub use short::ShortWitness;
pub use write::{WitnessLog, prune};

use std::path::{Path, PathBuf};

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    number: u64,
    begun: u64,
    path: PathBuf,
}

/// How the files of a form are named.
const FULL: &str = "witness-";
const SHORT: &str = "short-";

/// The files of that form in a folder, in order.
fn segments(folder: &Path, form: &str) -> std::io::Result<Vec<Segment>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let parts = name.and_then(|name| name.strip_prefix(form)?.strip_suffix(".log"));
        let Some((number, begun)) = parts.and_then(|parts| parts.split_once('-')) else {
            continue;
        };
        if let (Ok(number), Ok(begun)) = (number.parse(), begun.parse()) {
            found.push(Segment {
                number,
                begun,
                path,
            });
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{
        FULL, Found, Reservations, SHORT, ShortWitness, Witness, WitnessLog, prune, segments,
    };
    use crate::clock::SetClock;
    use farthing_core::id::{Binding, OrderId};
    use farthing_core::time::{DAY, HOUR, Timestamp};
    use farthing_ledger::witness::Group;
    use farthing_ledger::{ChainHead, Effect, Heads, RecordKey, Reservation, StoreError};
    use std::path::Path;
    use std::sync::Arc;
    use tempfile::TempDir;

    const NOW: u64 = 1_800_000_000;

    fn time(seconds: u64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    fn at(funding: u8) -> Heads {
        let head = |seq: u8| ChainHead {
            seq: seq.into(),
            head: [seq; 32],
        };
        Heads {
            funding: head(funding),
            usage: head(0),
        }
    }

    fn group(from: u8, to: u8) -> Group {
        Group {
            before: at(from),
            after: at(to),
            effects: vec![Effect::Decline(OrderId::new([to; 16]), time(NOW))],
        }
    }

    fn found(folder: &Path, here: u8) -> Vec<Group> {
        match Witness::after(folder, &at(here)).unwrap() {
            Found::Records(witness) => witness.groups().map(Result::unwrap).collect(),
            Found::Nothing => Vec::new(),
            Found::Gap => panic!("a gap"),
        }
    }

    #[test]
    fn records_are_found_again_from_where_a_ledger_stands_over_files_and_restarts() {
        let folder = TempDir::new().unwrap();
        let clock = SetClock::at(time(NOW));
        let open = || WitnessLog::open(folder.path(), Arc::new(clock.clone())).unwrap();
        let mut log = open();
        log.append(&group(0, 2)).unwrap();
        log.append(&group(2, 3)).unwrap();
        clock.set(time(NOW + HOUR));
        log.append(&group(3, 5)).unwrap();
        // The next process; and a group that the one before had recorded and never committed.
        log.append(&group(5, 7)).unwrap();
        let mut log = open();
        log.append(&group(5, 6)).unwrap();
        assert_eq!(segments(folder.path(), FULL).unwrap().len(), 3);
        assert_eq!(
            found(folder.path(), 2),
            [group(2, 3), group(3, 5), group(5, 6)]
        );
        assert_eq!(found(folder.path(), 6), []);
        let between = Witness::after(folder.path(), &at(4)).unwrap();
        assert!(matches!(between, Found::Gap));
    }

    #[test]
    fn a_record_that_was_broken_off_is_none_and_one_that_was_changed_neither() {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(SetClock::at(time(NOW)));
        let mut log = WitnessLog::open(folder.path(), clock).unwrap();
        log.append(&group(0, 1)).unwrap();
        log.append(&group(1, 2)).unwrap();
        let file = segments(folder.path(), FULL).unwrap()[0].path.clone();
        let whole = std::fs::read(&file).unwrap();
        for cut in 1..whole.len() / 2 {
            std::fs::write(&file, &whole[..whole.len() - cut]).unwrap();
            assert_eq!(found(folder.path(), 0), [group(0, 1)]);
        }
        let mut changed = whole;
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&file, changed).unwrap();
        assert_eq!(found(folder.path(), 0), [group(0, 1)]);
    }

    #[test]
    fn records_are_gone_after_seven_days_and_not_before() {
        let folder = TempDir::new().unwrap();
        let clock = SetClock::at(time(NOW));
        let mut log = WitnessLog::open(folder.path(), Arc::new(clock.clone())).unwrap();
        log.append(&group(0, 1)).unwrap();
        clock.set(time(NOW + 2 * HOUR));
        log.append(&group(1, 2)).unwrap();
        assert_eq!(prune(folder.path(), time(NOW + 7 * DAY)).unwrap(), 0);
        assert_eq!(prune(folder.path(), time(NOW + 7 * DAY + 1)).unwrap(), 1);
        assert_eq!(found(folder.path(), 1), [group(1, 2)]);
    }

    fn used(n: u8, request: u8) -> Reservation {
        Reservation {
            key: RecordKey::new([n; 32]),
            binding: Binding::new([request; 32]),
        }
    }

    fn reserved(folders: &[&TempDir], since: Option<u64>) -> Vec<Reservation> {
        let folders: Vec<_> = folders.iter().map(|f| f.path().to_owned()).collect();
        let found = Reservations::of(&folders, since.map(time)).unwrap();
        let mut all: Vec<_> = found.batches().flat_map(Result::unwrap).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn what_was_asked_and_not_refused_is_reserved_over_the_logs_of_all_issuers() {
        let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let clock = SetClock::at(time(NOW));
        let open =
            |folder: &TempDir| ShortWitness::open(folder.path(), Arc::new(clock.clone())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (first, second) = (open(&one), open(&two));
        runtime.block_on(async {
            first.asked(&[used(1, 1), used(2, 1)]).await.unwrap();
            // Another request for a token: refused, so that it is for the first one only.
            second.asked(&[used(2, 2), used(3, 2)]).await.unwrap();
            second.refused(&[used(2, 2), used(3, 2)]).await.unwrap();
            // Refused at one issuer and taken at another: the same request.
            first.asked(&[used(4, 4)]).await.unwrap();
            first.refused(&[used(4, 4)]).await.unwrap();
            second.asked(&[used(4, 4)]).await.unwrap();
            // Asked again after a refusal whose cause has gone.
            first.asked(&[used(5, 5)]).await.unwrap();
            first.refused(&[used(5, 5)]).await.unwrap();
            first.asked(&[used(5, 5)]).await.unwrap();
        });
        assert_eq!(
            reserved(&[&one, &two], None),
            [used(1, 1), used(2, 1), used(4, 4), used(5, 5)]
        );
        assert_eq!(reserved(&[&two], None), [used(4, 4)]);
        // A second issuer with the same folder has files of its own; what is old is in every copy.
        clock.set(time(NOW + 5 * HOUR));
        let third = open(&one);
        let entry = [used(6, 6)];
        runtime.block_on(third.asked(&entry)).unwrap();
        assert_eq!(reserved(&[&one], Some(NOW + 4 * HOUR)), entry);
        assert_eq!(segments(one.path(), SHORT).unwrap().len(), 2);
        drop((first, second, third));
        assert_eq!(prune(one.path(), time(NOW + 7 * DAY + 1)).unwrap(), 1);
    }

    #[test]
    fn a_short_log_that_cannot_be_written_lets_nothing_through() {
        let folder = TempDir::new().unwrap();
        let clock = SetClock::at(time(NOW));
        let log = ShortWitness::open(folder.path(), Arc::new(clock)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        std::fs::remove_dir(folder.path()).unwrap();
        let written = runtime.block_on(log.asked(&[used(1, 1)]));
        assert!(matches!(written, Err(StoreError::Unavailable(_))));
        // The disk is back.
        std::fs::create_dir(folder.path()).unwrap();
        runtime.block_on(log.asked(&[used(2, 2)])).unwrap();
        assert_eq!(reserved(&[&folder], None), [used(2, 2)]);
    }
}
