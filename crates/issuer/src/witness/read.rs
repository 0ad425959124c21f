//! Reading the witness log back.

use super::{FULL, Segment, segments};
use farthing_core::bytes::sha256;
use farthing_ledger::Heads;
use farthing_ledger::witness::{Group, Path, Step, follow};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path;

/// Nothing that an issuer writes is longer.
const LONGEST: u32 = 256 << 20;

/// Where a record is.
#[derive(Clone, Copy, Debug)]
struct Place {
    segment: usize,
    offset: u64,
}

/// The records that follow a ledger, and those of them that were committed.
#[derive(Debug)]
pub struct Witness {
    segments: Vec<Segment>,
    places: Vec<Place>,
}

/// What a witness log has for a ledger.
#[derive(Debug)]
pub enum Found {
    /// No record begins where the ledger stands, and there are later ones: what is between is lost.
    Gap,
    /// The ledger stands where the log ends, or further.
    Nothing,
    /// These follow.
    Records(Witness),
}

/// A record's bytes; `None` at the end of the file or where it was broken off.
pub(super) fn record(file: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut hash = [0; 32];
    let mut whole = || -> io::Result<Vec<u8>> {
        file.read_exact(&mut length)?;
        file.read_exact(&mut hash)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut body = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        file.read_exact(&mut body)?;
        Ok(body)
    };
    match whole() {
        Ok(body) => Ok((sha256(&body) == hash).then_some(body)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

const fn length(heads: &Heads) -> u64 {
    heads.funding.seq.saturating_add(heads.usage.seq)
}

impl Witness {
    /// Reads a folder for a ledger that stands there.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn after(folder: &path::Path, here: &Heads) -> io::Result<Found> {
        let segments = segments(folder, FULL)?;
        let mut found: Vec<(Step, Place)> = Vec::new();
        for (segment, of) in segments.iter().enumerate() {
            let mut file = BufReader::new(File::open(&of.path)?);
            let mut offset = 0;
            while let Some(body) = record(&mut file)? {
                let step = Group::parse_step(&body);
                // What ended before the ledger does is in it.
                if let Some(step) = step.filter(|step| length(&step.after) >= length(here)) {
                    found.push((step, Place { segment, offset }));
                }
                offset = file.stream_position()?;
            }
        }
        let steps: Vec<Step> = found.iter().map(|(step, _)| *step).collect();
        let groups = match follow(&steps, here) {
            Path::Gap => return Ok(Found::Gap),
            Path::Groups(groups) if groups.is_empty() => return Ok(Found::Nothing),
            Path::Groups(groups) => groups,
        };
        let place = |index: usize| found.get(index).map(|(_, place)| *place);
        let places = groups.into_iter().filter_map(place).collect();
        Ok(Found::Records(Self { segments, places }))
    }

    /// How many groups follow.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether none follows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Every group that follows, in order.
    ///
    /// # Errors
    /// Each item, if it cannot be read any more.
    pub fn groups(&self) -> impl Iterator<Item = io::Result<Group>> {
        self.places.iter().map(|place| {
            let damaged = || io::Error::other("a record cannot be read");
            let segment = self.segments.get(place.segment).ok_or_else(damaged)?;
            let mut file = File::open(&segment.path)?;
            file.seek(SeekFrom::Start(place.offset))?;
            let body = record(&mut BufReader::new(file))?;
            body.and_then(|body| Group::parse(&body))
                .ok_or_else(damaged)
        })
    }
}
