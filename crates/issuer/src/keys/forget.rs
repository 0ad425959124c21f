//! Destroys the secrets of keysets.

use super::file::TokensFile;
use super::{KeysError, read};
use crate::config::Config;
use crate::random::Random;
use farthing_core::id::KeysetId;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Destroys the files whose keysets are all among these: overwritten as far as the disk does that, then taken away.
/// Copies elsewhere are the operator's. Gives the files. That nothing needs the secrets any more is the caller's to know.
///
/// # Errors
/// [`KeysError::Shared`] for a file that holds other keysets too, before anything is destroyed; [`KeysError`]: the files
/// done before stay done, and the same call goes on.
pub fn forget(
    config: &Config,
    keysets: &[KeysetId],
    random: &dyn Random,
) -> Result<Vec<PathBuf>, KeysError> {
    let mut files = Vec::new();
    for path in read::files(config.keys())? {
        let name = path.file_name().and_then(|name| name.to_str());
        if !name.is_some_and(|name| name.starts_with("tokens-")) {
            continue;
        }
        let file: TokensFile = read::parse(&path)?;
        let named = |key: &super::file::TokenKey| {
            KeysetId::parse(&key.keyset).is_some_and(|id| keysets.contains(&id))
        };
        if file.key.iter().all(named) {
            files.push(path);
        } else if file.key.iter().any(named) {
            return Err(KeysError::Shared { path });
        }
    }
    for path in &files {
        destroy(path, random)?;
    }
    Ok(files)
}

fn destroy(path: &Path, random: &dyn Random) -> Result<(), KeysError> {
    let io = |error| KeysError::Io {
        path: path.to_owned(),
        error,
    };
    let mut file = OpenOptions::new().write(true).open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut noise = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or(usize::MAX)]);
    random.fill(&mut noise)?;
    file.write_all(&noise).map_err(io)?;
    file.sync_all().map_err(io)?;
    drop(file);
    std::fs::remove_file(path).map_err(io)?;
    let folder = path.parent().unwrap_or(path);
    // The name is gone when the folder is on disk.
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}
