//! The folder of key files, opened: which files there are, and what stands in them.

use super::KeysError;
use super::credential::Credential;
use super::keyring::{self, Closed, DataKey, Keyring};
use super::seal;
use crate::config::Config;
use farthing_core::bytes::{Transcript, from_b64u};
use farthing_core::origin::IssuerId;
use serde::Deserialize;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// A file that is encrypted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedFile {
    key: String,
    sealed: String,
}

/// The folder with its keyring, if it has one.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    issuer: IssuerId,
    ring: Option<Keyring>,
    ring_text: Option<String>,
}

/// What tells that files have changed: names, lengths, times, and the numbers of the files themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, u64, Option<SystemTime>, u64)>);

impl Folder {
    /// Opens the folder as the configuration says.
    pub(super) fn open(config: &Config) -> Result<Self, KeysError> {
        let credential = Credential::read(&config.keys_place().protection)?;
        let folder = Self::open_with(config, credential.as_ref())?;
        if credential.is_some() && folder.ring.is_none() {
            return Err(KeysError::Plain { path: folder.path });
        }
        Ok(folder)
    }

    /// Opens the folder with that passphrase or key file; one in the clear is opened by any.
    pub(super) fn open_with(
        config: &Config,
        credential: Option<&Credential>,
    ) -> Result<Self, KeysError> {
        let (path, issuer) = (config.keys().to_owned(), config.issuer().clone());
        let ring_text = read_ring(&path)?;
        let ring = ring_text.as_deref().map(|text| {
            Keyring::open(text, &issuer, credential).map_err(|closed| {
                let path = path.clone();
                match (closed, credential) {
                    (Closed::By(by), _) => KeysError::Encrypted { path, by },
                    (Closed::Wrong, Some(credential)) => KeysError::Locked {
                        path,
                        key: credential.key(),
                    },
                    _ => KeysError::Damaged {
                        path: path.join(keyring::NAME),
                        reason: "is no keyring".to_owned(),
                    },
                }
            })
        });
        let ring = ring.transpose()?;
        Ok(Self {
            path,
            issuer,
            ring,
            ring_text,
        })
    }

    /// Whether the keyring is still the one that was opened.
    pub(super) fn is_current(&self) -> Result<bool, KeysError> {
        Ok(read_ring(&self.path)? == self.ring_text)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn ring(&self) -> Option<&Keyring> {
        self.ring.as_ref()
    }

    /// The keyring for what comes next: its keys as `change` makes them, and nothing in the clear expected any more.
    pub(super) fn take_ring(
        &mut self,
        change: impl FnOnce(Vec<DataKey>) -> Vec<DataKey>,
    ) -> Keyring {
        let keys = self.ring.take().map(|ring| ring.keys).unwrap_or_default();
        Keyring {
            keys: change(keys),
            converting: false,
        }
    }

    /// Puts a keyring in its place that was written there.
    pub(super) fn set_ring(&mut self, ring: Keyring, text: String) {
        self.ring = Some(ring);
        self.ring_text = Some(text);
    }

    /// The key files in order of name. Names that begin with a dot are the folder's own.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, KeysError> {
        let mut files = all_files(&self.path)?;
        files.retain(|file| name(file) != keyring::NAME);
        Ok(files)
    }

    /// What the files are like now.
    pub(super) fn stamp(&self) -> Result<Stamp, KeysError> {
        let stamp = |path: PathBuf| {
            let metadata = std::fs::metadata(&path).map_err(failed(&path))?;
            let (length, modified) = (metadata.len(), metadata.modified().ok());
            Ok((path, length, modified, number(&metadata)))
        };
        let files = all_files(&self.path)?.into_iter().map(stamp);
        files.collect::<Result<_, KeysError>>().map(Stamp)
    }

    /// A file's text in the clear, and whether it is encrypted where it lies.
    pub(super) fn read(&self, path: &Path) -> Result<(Zeroizing<String>, bool), KeysError> {
        let text = read_private(path)?;
        let damaged = |reason: &str| KeysError::Damaged {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        // What is none may be a secret in the clear, so the parser's message is not looked at.
        let Ok(file) = toml::from_str::<SealedFile>(&text) else {
            return Ok((text, false));
        };
        let ring = self.ring.as_ref();
        let ring = ring.ok_or_else(|| damaged("is encrypted, and keyring.toml is not there"))?;
        let key = keyring::id_parse(&file.key).and_then(|id| ring.key(&id));
        let key = key.ok_or_else(|| damaged("is encrypted under another keyring"))?;
        let sealed = from_b64u(&file.sealed).ok_or_else(|| damaged("is damaged"))?;
        let context = self.context(path, &key.id);
        let opened = seal::open(&key.key, &context, &sealed);
        let opened = opened.ok_or_else(|| damaged("is damaged, renamed or another issuer's"))?;
        let text = std::str::from_utf8(&opened).map_err(|_| damaged("is no text"))?;
        Ok((Zeroizing::new(text.to_owned()), true))
    }

    /// A file's text in the clear. In a folder that is encrypted, what is not has been put there by somebody who need
    /// not know the passphrase: it is not used.
    pub(super) fn read_strictly(&self, path: &Path) -> Result<Zeroizing<String>, KeysError> {
        let (text, encrypted) = self.read(path)?;
        match &self.ring {
            Some(ring) if !encrypted && !ring.converting => Err(KeysError::Damaged {
                path: path.to_owned(),
                reason: "is not encrypted, among keys that are; if you put it there, run: farthing-issuer keys encrypt"
                    .to_owned(),
            }),
            _ => Ok(text),
        }
    }

    /// A file under one name cannot be put under another, nor in another issuer's folder.
    pub(super) fn context(&self, path: &Path, key: &[u8]) -> Vec<u8> {
        Transcript::new("farthing/v1/key-file")
            .lp(self.issuer.bytes())
            .lp(name(path).as_bytes())
            .lp(key)
            .bytes()
    }
}

pub(super) fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

pub(super) fn failed(path: &Path) -> impl Fn(std::io::Error) -> KeysError {
    move |error| KeysError::Io {
        path: path.to_owned(),
        error,
    }
}

fn all_files(folder: &Path) -> Result<Vec<PathBuf>, KeysError> {
    let entries = std::fs::read_dir(folder).map_err(failed(folder))?;
    let paths: Result<Vec<PathBuf>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = paths.map_err(failed(folder))?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn read_ring(folder: &Path) -> Result<Option<String>, KeysError> {
    let path = folder.join(keyring::NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path)(error)),
    }
}

/// Reads a file that only its owner may read.
fn read_private(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(path).map_err(failed(path))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Exposed {
                path: path.to_owned(),
            });
        }
    }
    let text = std::fs::read_to_string(path).map_err(failed(path))?;
    Ok(Zeroizing::new(text))
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
const fn number(_: &Metadata) -> u64 {
    0
}
