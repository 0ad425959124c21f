//! The witness log: what each commit changed, on another volume, before the commit.
//!
//! Files named `witness-<number>-<ledger time>.log`, for their owner only, each begun by one process and at most an hour
//! or 64 MiB long. A record is be32(length), SHA-256 of what follows, and the group's bytes; one that is broken off at the
//! end of a file was never committed.

mod read;
mod write;

pub use read::{Found, Witness};
pub use write::{WitnessLog, prune};

use std::path::{Path, PathBuf};

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    number: u64,
    begun: u64,
    path: PathBuf,
}

/// The files of a folder, in order.
fn segments(folder: &Path) -> std::io::Result<Vec<Segment>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let parts = name.and_then(|name| name.strip_prefix("witness-")?.strip_suffix(".log"));
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
