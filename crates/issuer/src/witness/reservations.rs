//! Reading the short form back: what must not be done by another request.

use super::read::record;
use super::short::{ASKED, ENTRY, REFUSED};
use super::{SHORT, Segment, segments};
use farthing_core::id::Binding;
use farthing_core::time::{HOUR, Timestamp};
use farthing_ledger::{RecordKey, Reservation};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

/// No file has a record that is younger than this after it was begun.
const LONGEST: u64 = 2 * HOUR;

/// The logs of all issuers of a ledger.
#[derive(Debug)]
pub struct Reservations {
    segments: Vec<Segment>,
    /// What the ledger refused at least once, with how often it was asked more than it refused.
    doubtful: BTreeMap<Reservation, i64>,
}

/// Hands every entry of a file to `each`.
fn entries(segment: &Segment, mut each: impl FnMut(u8, Reservation)) -> io::Result<()> {
    let mut file = BufReader::new(File::open(&segment.path)?);
    while let Some(body) = record(&mut file)? {
        let mut rest = body.as_slice();
        while let Some((entry, after)) = rest.split_at_checked(ENTRY) {
            rest = after;
            let parts = entry.split_first_chunk::<1>();
            let parts = parts.and_then(|([kind], rest)| Some((kind, rest.split_first_chunk()?)));
            if let Some((kind, (key, rest))) = parts
                && let Ok(binding) = rest.try_into()
            {
                let (key, binding) = (RecordKey::new(*key), Binding::new(binding));
                each(*kind, Reservation { key, binding });
            }
        }
    }
    Ok(())
}

impl Reservations {
    /// Reads these folders, one for each issuer or one for all. What was recorded well before `since` is left out.
    ///
    /// # Errors
    /// If a folder or a file cannot be read.
    pub fn of(folders: &[PathBuf], since: Option<Timestamp>) -> io::Result<Self> {
        let mut all = Vec::new();
        for folder in folders {
            all.extend(segments(folder, SHORT)?);
        }
        let since = since.map_or(0, Timestamp::get);
        all.retain(|segment| segment.begun.saturating_add(LONGEST) >= since);
        let mut doubtful = BTreeMap::new();
        for segment in &all {
            entries(segment, |kind, reservation| {
                if kind == REFUSED {
                    let count: &mut i64 = doubtful.entry(reservation).or_default();
                    *count = count.saturating_sub(1);
                }
            })?;
        }
        for segment in &all {
            entries(segment, |kind, reservation| {
                if kind == ASKED
                    && let Some(count) = doubtful.get_mut(&reservation)
                {
                    *count = count.saturating_add(1);
                }
            })?;
        }
        Ok(Self {
            segments: all,
            doubtful,
        })
    }

    /// How many files there are.
    #[must_use]
    pub const fn files(&self) -> usize {
        self.segments.len()
    }

    /// What each file says was used up, as far as the ledger did not refuse it.
    ///
    /// # Errors
    /// Each item, if the file cannot be read any more.
    pub fn batches(&self) -> impl Iterator<Item = io::Result<Vec<Reservation>>> {
        self.segments.iter().map(|segment| {
            let mut used = Vec::new();
            entries(segment, |kind, reservation| {
                if kind == ASKED && self.doubtful.get(&reservation).is_none_or(|n| *n > 0) {
                    used.push(reservation);
                }
            })?;
            used.sort_unstable();
            used.dedup();
            Ok(used)
        })
    }
}
