//! The log: checkpoints, decisions and manifests, as they were signed.
//!
//! A line is `checkpoint`, a space, the head (compact JWS), a space, the body (base64url); or `manifest` and the same.
//! A last line without its end was being written when the machine fell, and does not count.

use super::{OutsideError, private, sync_folder};
use farthing_core::bytes::{from_b64u, to_b64u};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `checkpoint` or `manifest`.
    pub kind: String,
    /// The head, compact JWS.
    pub head: String,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// The file.
#[derive(Clone, Debug)]
pub struct Log(PathBuf);

impl Log {
    /// The log at that path, whether there is one or not.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Whether it was ever begun.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Adds a line and waits for the disk.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn append(&self, kind: &str, head: &str, body: &[u8]) -> Result<(), OutsideError> {
        let io = |error| OutsideError::io(&self.0, error);
        let fresh = !self.exists();
        let mut file = private()
            .append(true)
            .create(true)
            .open(&self.0)
            .map_err(io)?;
        // Other processes of this issuer append too.
        file.lock().map_err(io)?;
        let mut line = format!("{kind} {head} {}\n", to_b64u(body));
        if !self.ends_whole()? {
            line.insert(0, '\n');
        }
        file.write_all(line.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        if fresh {
            sync_folder(&self.0).map_err(io)?;
        }
        Ok(())
    }

    fn text(&self) -> Result<String, OutsideError> {
        std::fs::read_to_string(&self.0).map_err(|error| OutsideError::io(&self.0, error))
    }

    fn ends_whole(&self) -> Result<bool, OutsideError> {
        use std::io::{Read, Seek, SeekFrom};
        let io = |error| OutsideError::io(&self.0, error);
        let mut file = std::fs::File::open(&self.0).map_err(io)?;
        if file.metadata().map_err(io)?.len() == 0 {
            return Ok(true);
        }
        file.seek(SeekFrom::End(-1)).map_err(io)?;
        let mut last = [0];
        file.read_exact(&mut last).map_err(io)?;
        Ok(last == *b"\n")
    }

    /// Every whole line, in order. One that was broken off is left out.
    ///
    /// # Errors
    /// [`OutsideError`].
    pub fn records(&self) -> Result<Vec<Record>, OutsideError> {
        let text = self.text()?;
        let lines = text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        Ok(lines.filter_map(record).collect())
    }
}

fn record(line: &str) -> Option<Record> {
    let mut parts = line.split(' ');
    let record = Record {
        kind: parts.next()?.to_owned(),
        head: parts.next()?.to_owned(),
        body: from_b64u(parts.next()?)?,
    };
    let known = ["checkpoint", "manifest"].contains(&record.kind.as_str());
    (known && parts.next().is_none()).then_some(record)
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn a_line_that_was_broken_off_does_not_count_and_does_not_spoil_the_next() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("log");
        let log = Log::at(&path);
        log.append("checkpoint", "a.b.c", b"one").unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"checkpoint d.e.f b25");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(log.records().unwrap().len(), 1);
        log.append("manifest", "g.h.i", b"two").unwrap();
        let records = log.records().unwrap();
        let last = records.last().unwrap();
        assert_eq!(
            (last.kind.as_str(), last.body.as_slice()),
            ("manifest", &b"two"[..])
        );
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
