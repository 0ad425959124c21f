//! Destroys the secrets of single keysets.

use super::file::TokensFile;
use super::folder;
use super::make;
use super::writing::{Lock, Writing};
use super::{Keys, KeysError};
use crate::config::Config;
use crate::random::Random;
use farthing_core::id::KeysetId;
use std::path::PathBuf;

/// Takes the secrets of these keysets out of their files, and away a file that has none left. What lay there is overwritten
/// as far as the disk does that; copies elsewhere are the operator's. Gives the files. That nothing needs the secrets any
/// more is the caller's to know.
///
/// # Errors
/// [`KeysError`]; the files done before stay done, and the same call goes on.
pub fn forget(
    config: &Config,
    keys: &Keys,
    keysets: &[KeysetId],
    random: &dyn Random,
) -> Result<Vec<PathBuf>, KeysError> {
    let lock = Lock::take(keys.folder.path())?;
    let changed = keys.read_again(config)?;
    let folder = &changed.as_ref().unwrap_or(keys).folder;
    let writing = Writing::begin(folder, lock, random);
    let mut done = Vec::new();
    for path in folder.files()? {
        if !folder::name(&path).starts_with("tokens-") {
            continue;
        }
        let text = folder.read_strictly(&path)?;
        let mut file: TokensFile = toml::from_str(&text).map_err(|_| KeysError::Damaged {
            path: path.clone(),
            reason: "is no file of token keys".to_owned(),
        })?;
        let before = file.key.len();
        file.key.retain(|key| {
            let id = KeysetId::parse(&key.keyset);
            id.is_none_or(|id| !keysets.contains(&id))
        });
        if file.key.len() == before {
            continue;
        }
        if file.key.is_empty() {
            writing.remove(&path)?;
        } else {
            writing.replace(&path, &make::tokens_text(&file))?;
        }
        done.push(path);
    }
    Ok(done)
}
