//! What a disk holds of an SQLite file and its write-ahead log when the power fails.
//!
//! SQLite orders its writes by syncs: a commit's frames go to the log, in any order, and are synced; only then may pages
//! go from the log to the file, in any order, and are synced; only then does the log begin anew, with a head that is
//! synced before its first frame. So of what changed between two moments a disk may hold any part of the newest stage and
//! all of the earlier ones. That a sync does what it says is the system's part and is not tried here.

use crate::dice::Dice;

/// The two files, byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The file.
    pub main: Vec<u8>,
    /// The write-ahead log.
    pub log: Vec<u8>,
}

/// The log's head.
const HEAD: usize = 32;
/// What a disk writes whole.
const SECTOR: usize = 512;

/// What is there after a failure between `before` and `after`, if `kept` of 255 parts were written; `tear` says which.
#[must_use]
pub fn torn(before: &Image, after: &Image, kept: u8, tear: u32) -> Image {
    let mut dice = Dice::new(tear.into());
    match kept {
        0 => before.clone(),
        // The log is whole; of what it had handed to the file, some.
        255 => Image {
            main: mixed(&before.main, &after.main, 0, &mut |_| dice.once_in(2)),
            log: after.log.clone(),
        },
        _ => {
            let mut log = before.log.clone();
            if let (Some(head), true) = (after.log.get(..HEAD), after.log.len() >= HEAD) {
                log.resize(log.len().max(HEAD), 0);
                log.splice(..HEAD, head.iter().copied());
            }
            // One that is missing for sure, or the commit would be whole.
            let changed = differing(&log, &after.log);
            let missing = changed.get(dice.index(changed.len())).copied();
            let log = mixed(&log, &after.log, HEAD, &mut |sector| {
                Some(sector) != missing && dice.roll(255) < u64::from(kept)
            });
            Image {
                main: before.main.clone(),
                log,
            }
        }
    }
}

/// The sectors that are not the same in both.
fn differing(old: &[u8], new: &[u8]) -> Vec<usize> {
    let sectors = new.chunks(SECTOR).enumerate();
    sectors
        .filter(|(index, sector)| {
            let at = index * SECTOR;
            old.get(at..at + sector.len()) != Some(*sector)
        })
        .map(|(index, _)| index)
        .collect()
}

/// The new bytes in the sectors that `is_new` says, the old ones (or nothing) elsewhere; below `from` the old ones.
fn mixed(old: &[u8], new: &[u8], from: usize, is_new: &mut dyn FnMut(usize) -> bool) -> Vec<u8> {
    let mut bytes = old.to_vec();
    for sector in differing(old, new) {
        let begin = (sector * SECTOR).max(from);
        let end = (sector * SECTOR + SECTOR).min(new.len());
        if is_new(sector)
            && let Some(fresh) = new.get(begin..end)
        {
            bytes.resize(bytes.len().max(end), 0);
            bytes.splice(begin..end, fresh.iter().copied());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(main: u8, log: u8, length: usize) -> Image {
        Image {
            main: vec![main; 8_192],
            log: vec![log; length],
        }
    }

    #[test]
    fn nothing_and_everything_are_what_they_say() {
        let (before, after) = (image(1, 1, 4_096), image(1, 2, 8_192));
        assert_eq!(torn(&before, &after, 0, 7), before);
        assert_eq!(torn(&before, &after, 255, 7), after);
    }

    #[test]
    fn in_between_something_is_missing_and_the_head_is_not() {
        let (before, after) = (image(1, 1, 4_096), image(2, 2, 8_192));
        for tear in 0..50 {
            let seen = torn(&before, &after, 254, tear);
            assert_eq!(seen.main, before.main, "the log comes first");
            assert_ne!(seen.log, after.log);
            assert_eq!(seen.log[..HEAD], after.log[..HEAD]);
        }
    }

    #[test]
    fn a_file_is_torn_by_sectors_only_below_a_whole_log() {
        let (before, after) = (image(1, 1, 4_096), image(2, 1, 4_096));
        let seen = torn(&before, &after, 255, 3);
        assert_eq!(seen.log, after.log);
        assert!(seen.main.contains(&1) && seen.main.contains(&2));
        let whole = |sector: &[u8]| sector.iter().all(|byte| *byte == sector[0]);
        assert!(seen.main.chunks(SECTOR).all(whole));
    }
}
