//! The mark: where the ledger stood after the last commit.
//!
//! Two places of 1,024 bytes, written in turn, so that one is whole whatever happens to the other. Each is a line of text:
//! `farthing-mark`, how often the operator decided anew, number and hash of both journals, drawn and spent value by
//! currency, and a hash over all that.

use super::{OutsideError, private, sync_folder};
use farthing_core::bytes::{array_from_b64u, sha256, to_b64u};
use farthing_core::money::Currency;
use farthing_ledger::{ChainHead, Heads, Standing};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const PLACE: usize = 1_024;

/// Where the ledger stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How often the operator decided that the ledger stands elsewhere than it did.
    pub decisions: u64,
    /// Where it stood.
    pub standing: Standing,
}

fn amounts(amounts: &BTreeMap<Currency, i64>) -> String {
    let each = amounts
        .iter()
        .map(|(c, amount)| format!("{}={amount}", c.as_str()));
    let text = each.collect::<Vec<_>>().join(",");
    if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

fn read_amounts(text: &str) -> Option<BTreeMap<Currency, i64>> {
    let parts = text.split(',').filter(|part| *part != "-");
    let one = |part: &str| {
        let (currency, amount) = part.split_once('=')?;
        Some((Currency::parse(currency)?, amount.parse().ok()?))
    };
    parts.map(one).collect()
}

impl Mark {
    /// Later marks of one ledger are greater.
    const fn order(&self) -> (u64, u64) {
        let heads = &self.standing.heads;
        (
            self.decisions,
            heads.funding.seq.saturating_add(heads.usage.seq),
        )
    }

    fn to_text(&self) -> String {
        let Heads { funding, usage } = self.standing.heads;
        let text = format!(
            "farthing-mark {} {} {} {} {} {} {} ",
            self.decisions,
            funding.seq,
            to_b64u(&funding.head),
            usage.seq,
            to_b64u(&usage.head),
            amounts(&self.standing.drawn),
            amounts(&self.standing.spent),
        );
        let hash = to_b64u(&sha256(text.as_bytes()));
        format!("{text}{hash}\n")
    }

    fn parse(place: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(place).ok()?;
        let (line, _) = text.split_once('\n')?;
        let (said, hash) = line.rsplit_once(' ')?;
        if array_from_b64u(hash) != Some(sha256(format!("{said} ").as_bytes())) {
            return None;
        }
        let mut parts = said.strip_prefix("farthing-mark ")?.split(' ');
        let mut next = || parts.next();
        let decisions = next()?.parse().ok()?;
        let mut head = || {
            Some(ChainHead {
                seq: next()?.parse().ok()?,
                head: array_from_b64u(next()?)?,
            })
        };
        let heads = Heads {
            funding: head()?,
            usage: head()?,
        };
        Some(Self {
            decisions,
            standing: Standing {
                heads,
                drawn: read_amounts(next()?)?,
                spent: read_amounts(next()?)?,
            },
        })
    }
}

/// The mark's file.
#[derive(Debug)]
pub struct MarkFile {
    path: PathBuf,
    file: File,
    last: Mark,
    place: u64,
    unsynced: bool,
}

fn read(path: &Path, file: &File) -> Result<(Mark, u64), OutsideError> {
    let mut bytes = vec![0; PLACE.saturating_mul(2)];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let offset = u64::try_from(filled).unwrap_or(u64::MAX);
        match file.read_at(rest, offset) {
            Ok(0) => break,
            Ok(n) => filled = filled.saturating_add(n),
            Err(error) => return Err(OutsideError::io(path, error)),
        }
    }
    let (first, second) = bytes.split_at(PLACE);
    let marks = [Mark::parse(first), Mark::parse(second)];
    let found = (0..)
        .zip(marks)
        .filter_map(|(place, mark)| Some((mark?, place)));
    found
        .max_by_key(|(mark, _)| mark.order())
        .ok_or_else(|| OutsideError::damaged(path, "neither place holds a mark"))
}

impl MarkFile {
    /// Begins a mark where there is none.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn create(path: &Path, mark: Mark) -> Result<Self, OutsideError> {
        let io = |error| OutsideError::io(path, error);
        let file = private()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(io)?;
        let mut this = Self {
            path: path.to_owned(),
            file,
            last: mark,
            place: 1,
            unsynced: false,
        };
        this.write()?;
        this.sync()?;
        sync_folder(path).map_err(io)?;
        Ok(this)
    }

    /// Opens a mark.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn open(path: &Path) -> Result<Self, OutsideError> {
        let io = |error| OutsideError::io(path, error);
        let file = private().write(true).open(path).map_err(io)?;
        let (last, place) = read(path, &file)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            last,
            place,
            unsynced: false,
        })
    }

    /// The mark as it is in the file now, where another process may have changed it.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn reload(&mut self) -> Result<&Mark, OutsideError> {
        (self.last, self.place) = read(&self.path, &self.file)?;
        Ok(&self.last)
    }

    /// The mark.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        &self.last
    }

    /// Goes on to where the ledger stands now, unless the mark is there or further. Does not wait for the disk.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn advance(&mut self, standing: &Standing) -> Result<(), OutsideError> {
        let (here, there) = (&standing.heads, &self.last.standing.heads);
        let further = here.funding.seq >= there.funding.seq && here.usage.seq >= there.usage.seq;
        if !further || here == there {
            return Ok(());
        }
        self.last.standing = standing.clone();
        self.write()
    }

    /// Stands elsewhere from now on, by decision of the operator.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn decide(&mut self, standing: Standing) -> Result<(), OutsideError> {
        self.last = Mark {
            decisions: self.last.decisions.saturating_add(1),
            standing,
        };
        self.write()?;
        self.sync()
    }

    fn write(&mut self) -> Result<(), OutsideError> {
        let mut bytes = self.last.to_text().into_bytes();
        if bytes.len() > PLACE {
            return Err(OutsideError::damaged(&self.path, "a mark is too long"));
        }
        bytes.resize(PLACE, b' ');
        self.place ^= 1;
        let offset = self
            .place
            .saturating_mul(u64::try_from(PLACE).unwrap_or_default());
        self.unsynced = true;
        let written = self.file.write_all_at(&bytes, offset);
        written.map_err(|error| OutsideError::io(&self.path, error))
    }

    /// A handle to wait for the disk with, if something was written since.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn unsynced(&mut self) -> Result<Option<File>, OutsideError> {
        if !core::mem::take(&mut self.unsynced) {
            return Ok(None);
        }
        let handle = self.file.try_clone();
        handle
            .map(Some)
            .map_err(|error| OutsideError::io(&self.path, error))
    }

    /// Waits for the disk.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn sync(&mut self) -> Result<(), OutsideError> {
        self.unsynced = false;
        self.file
            .sync_data()
            .map_err(|error| OutsideError::io(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, MarkFile, PLACE};
    use farthing_core::money::Currency;
    use farthing_ledger::{ChainHead, Heads, Standing};
    use std::collections::BTreeMap;
    use std::os::unix::fs::FileExt;

    fn standing(funding: u64, usage: u64) -> Standing {
        let head = |seq, byte| ChainHead {
            seq,
            head: [byte; 32],
        };
        Standing {
            heads: Heads {
                funding: head(funding, 1),
                usage: head(usage, 2),
            },
            drawn: BTreeMap::from([(Currency::parse("EUR").unwrap(), i64::MAX)]),
            spent: BTreeMap::new(),
        }
    }

    fn mark(decisions: u64, funding: u64, usage: u64) -> Mark {
        Mark {
            decisions,
            standing: standing(funding, usage),
        }
    }

    #[test]
    fn a_mark_goes_on_never_back_and_survives_damage_of_one_place() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("mark");
        let mut file = MarkFile::create(&path, mark(0, 1, 1)).unwrap();
        assert!(MarkFile::create(&path, mark(0, 1, 1)).is_err());
        for n in 2..7 {
            file.advance(&standing(n, 2 * n)).unwrap();
        }
        file.advance(&standing(5, 100)).unwrap();
        file.advance(&standing(100, 5)).unwrap();
        assert_eq!(MarkFile::open(&path).unwrap().mark(), &mark(0, 6, 12));
        let bytes = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let newest = file.place;
        bytes
            .write_all_at(b"torn", newest * u64::try_from(PLACE).unwrap() + 30)
            .unwrap();
        assert_eq!(MarkFile::open(&path).unwrap().mark(), &mark(0, 5, 10));
        bytes
            .write_all_at(b"torn", (newest ^ 1) * u64::try_from(PLACE).unwrap() + 30)
            .unwrap();
        assert!(MarkFile::open(&path).is_err());
    }

    #[test]
    fn only_a_decision_moves_a_mark_back_and_every_process_sees_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("mark");
        let mut serving = MarkFile::create(&path, mark(0, 10, 10)).unwrap();
        MarkFile::open(&path)
            .unwrap()
            .decide(standing(4, 4))
            .unwrap();
        assert_eq!(serving.mark(), &mark(0, 10, 10));
        assert_eq!(serving.reload().unwrap(), &mark(1, 4, 4));
        serving.advance(&standing(5, 4)).unwrap();
        assert_eq!(MarkFile::open(&path).unwrap().mark(), &mark(1, 5, 4));
    }
}
