//! Changes to the folder: one process at a time, each file whole or not at all.

use super::KeysError;
use super::folder::{Folder, failed, name};
use super::keyring::{self, Keyring};
use super::seal;
use crate::random::Random;
use farthing_core::bytes::to_b64u;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Seek, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Held by whoever writes.
const LOCK: &str = ".lock";

/// What a file that is being written ends in; it begins with a dot.
const UNFINISHED: &str = ".new";

/// The right to change a folder. Ends with the value.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    folder: &'a Folder,
    random: &'a dyn Random,
    lock: Lock,
}

/// The lock on a folder.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the lock ends when the file is closed")] File);

impl Lock {
    /// Waits for whoever else writes, on this machine or over a network file system that has locks, and clears away what
    /// somebody began and did not finish.
    pub(super) fn take(folder: &Path) -> Result<Self, KeysError> {
        let path = folder.join(LOCK);
        let file = private().create(true).truncate(false).open(&path);
        let file = file.map_err(failed(&path))?;
        file.lock().map_err(failed(&path))?;
        // Nobody else writes now, so what is unfinished will not be finished.
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let left = entry.map_err(failed(folder))?.path();
            if name(&left).starts_with('.') && name(&left).ends_with(UNFINISHED) {
                std::fs::remove_file(&left).map_err(failed(&left))?;
            }
        }
        Ok(Self(file))
    }
}

impl<'a> Writing<'a> {
    /// Begins to write.
    pub(super) const fn begin(folder: &'a Folder, lock: Lock, random: &'a dyn Random) -> Self {
        Self {
            folder,
            random,
            lock,
        }
    }

    /// Ends writing, and keeps others out for as long as the lock is kept.
    pub(super) fn end(self) -> Lock {
        self.lock
    }

    /// Writes a file that must not be there yet.
    pub(super) fn create(&self, name: &str, text: &str) -> Result<PathBuf, KeysError> {
        let path = self.folder.path().join(name);
        if path.exists() {
            let there = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(failed(&path)(there));
        }
        self.put(&path, text)?;
        Ok(path)
    }

    /// Writes a file in place of the one that is there, whose bytes are then overwritten as far as the disk does that.
    pub(super) fn replace(&self, path: &Path, text: &str) -> Result<(), KeysError> {
        let mut old = OpenOptions::new().write(true).open(path).ok();
        self.put(path, text)?;
        if let Some(old) = &mut old {
            erase(old).map_err(failed(path))?;
        }
        Ok(())
    }

    /// Removes a file, overwriting it first as far as the disk does that.
    pub(super) fn remove(&self, path: &Path) -> Result<(), KeysError> {
        let mut old = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(failed(path))?;
        erase(&mut old).map_err(failed(path))?;
        std::fs::remove_file(path).map_err(failed(path))?;
        sync(self.folder.path())
    }

    fn put(&self, path: &Path, text: &str) -> Result<(), KeysError> {
        let Some(key) = self.folder.ring().and_then(Keyring::newest) else {
            return whole(path, text);
        };
        let context = self.folder.context(path, &key.id);
        let sealed = seal::seal(&key.key, &context, text.as_bytes(), self.random)?;
        let text = format!(
            "# Secret, encrypted. `farthing-issuer keys list` says what is in it.\nkey = \"{}\"\nsealed = \"{}\"\n",
            keyring::id_text(&key.id),
            to_b64u(&sealed)
        );
        whole(path, &text)
    }
}

/// Writes the keyring.
pub(super) fn ring(folder: &Path, text: &str) -> Result<(), KeysError> {
    whole(&folder.join(keyring::NAME), text)
}

/// Makes the folder, which must not exist.
pub(super) fn create_folder(path: &Path) -> Result<(), KeysError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed(path))
}

/// A file appears under its name with all its bytes on disk, readable by its owner only from the first one on.
fn whole(path: &Path, text: &str) -> Result<(), KeysError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let unfinished = folder.join(format!(".{}{UNFINISHED}", name(path)));
    let failed_there = failed(&unfinished);
    let mut file = private()
        .create_new(true)
        .open(&unfinished)
        .map_err(&failed_there)?;
    file.write_all(text.as_bytes()).map_err(&failed_there)?;
    file.sync_all().map_err(&failed_there)?;
    std::fs::rename(&unfinished, path).map_err(failed(path))?;
    sync(folder)
}

/// A rename lasts once the folder is on disk.
fn sync(folder: &Path) -> Result<(), KeysError> {
    let opened = File::open(folder).map_err(failed(folder))?;
    opened.sync_all().map_err(failed(folder))
}

fn erase(file: &mut File) -> std::io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.rewind()?;
    file.write_all(&Zeroizing::new(vec![0; length]))?;
    file.sync_all()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
