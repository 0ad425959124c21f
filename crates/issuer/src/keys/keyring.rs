//! `keyring.toml`: the keys under which key files are encrypted, themselves under a passphrase or a key file.
//!
//! One derivation for the folder: argon2id opens the keyring, the keyring opens the files. It holds two keys while files
//! are written anew under another one, and says whether files in the clear are still to be expected.

use super::KeysError;
use super::credential::Credential;
use super::seal;
use crate::random::{Random, secret};
use argon2::{Algorithm, Argon2, Params, Version};
use farthing_core::bytes::{Reader, Transcript, array_from_b64u, from_b64u, to_b64u};
use farthing_core::origin::IssuerId;
use serde::Deserialize;
use std::fmt;
use zeroize::Zeroizing;

/// The file's name.
pub(super) const NAME: &str = "keyring.toml";

/// Bytes of a data key's name.
const ID: usize = 8;

/// What argon2id costs: the second recommendation of RFC 9106 (section 4), 64 MiB and a fraction of a second, once per
/// start.
const COST: Cost = Cost {
    memory: 65_536,
    passes: 3,
    lanes: 4,
};

/// The most that a keyring may ask for, so that a file put there cannot take the machine's memory.
const MOST: Cost = Cost {
    memory: 1_048_576,
    passes: 64,
    lanes: 64,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    by: String,
    #[serde(default)]
    salt: String,
    #[serde(default)]
    memory: u32,
    #[serde(default)]
    passes: u32,
    #[serde(default)]
    lanes: u32,
    sealed: String,
}

/// A key under which files are encrypted, with its name.
pub(super) struct DataKey {
    pub(super) id: [u8; ID],
    pub(super) key: Zeroizing<[u8; 32]>,
}

/// An opened keyring. The last key is the one that writes.
pub(super) struct Keyring {
    pub(super) keys: Vec<DataKey>,
    /// Whether files in the clear are still to be expected, because their encryption was begun and not ended.
    pub(super) converting: bool,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = &mut f.debug_struct("Keyring");
        ring.field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl DataKey {
    pub(super) fn fresh(random: &dyn Random) -> Result<Self, KeysError> {
        let mut id = [0; ID];
        random.fill(&mut id)?;
        let key = secret::<32>(random)?;
        Ok(Self { id, key })
    }
}

/// Why a keyring is not opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It is no keyring.
    Damaged,
    /// It is opened in another way.
    By(&'static str),
    /// Not by this one.
    Wrong,
}

impl Keyring {
    /// With one new key.
    pub(super) fn fresh(random: &dyn Random) -> Result<Self, KeysError> {
        Ok(Self {
            keys: vec![DataKey::fresh(random)?],
            converting: false,
        })
    }

    /// The key that writes.
    pub(super) fn newest(&self) -> Option<&DataKey> {
        self.keys.last()
    }

    pub(super) fn key(&self, id: &[u8; ID]) -> Option<&DataKey> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// The file's text, under that passphrase or key file.
    pub(super) fn write(
        &self,
        issuer: &IssuerId,
        credential: &Credential,
        random: &dyn Random,
    ) -> Result<String, KeysError> {
        self.write_at(issuer, credential, COST, random)
    }

    fn write_at(
        &self,
        issuer: &IssuerId,
        credential: &Credential,
        cost: Cost,
        random: &dyn Random,
    ) -> Result<String, KeysError> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        let (by, salt, cost) = match credential {
            Credential::Passphrase(_) => ("passphrase", &salt[..], cost),
            Credential::KeyFile(_) => {
                let none = Cost {
                    memory: 0,
                    passes: 0,
                    lanes: 0,
                };
                ("key_file", &[][..], none)
            }
        };
        let wrapping = wrapping_key(credential, salt, cost).ok_or(KeysError::Cipher)?;
        let context = context(issuer, by, salt, cost);
        let sealed = seal::seal(&wrapping, &context, &self.inside(), random)?;
        let (salt, sealed) = (to_b64u(salt), to_b64u(&sealed));
        let Cost {
            memory,
            passes,
            lanes,
        } = cost;
        let derivation = match credential {
            Credential::Passphrase(_) => format!(
                "# argon2id; memory in KiB.\nsalt = \"{salt}\"\nmemory = {memory}\npasses = {passes}\nlanes = {lanes}\n"
            ),
            Credential::KeyFile(_) => String::new(),
        };
        Ok(format!(
            "# Opens the other files of this folder, with the passphrase or key file that farthing.toml names. Keep it with them.\n\
             version = 1\nby = \"{by}\"\n{derivation}sealed = \"{sealed}\"\n"
        ))
    }

    /// Opens a file's text.
    pub(super) fn open(
        text: &str,
        issuer: &IssuerId,
        credential: Option<&Credential>,
    ) -> Result<Self, Closed> {
        let file: File = toml::from_str(text).map_err(|_| Closed::Damaged)?;
        let cost = Cost {
            memory: file.memory,
            passes: file.passes,
            lanes: file.lanes,
        };
        let salt = from_b64u(&file.salt).ok_or(Closed::Damaged)?;
        let known = match (file.version, file.by.as_str()) {
            (1, "passphrase") => {
                let bounded = cost.memory <= MOST.memory
                    && cost.passes <= MOST.passes
                    && cost.lanes <= MOST.lanes;
                if salt.len() != 16 || !bounded {
                    return Err(Closed::Damaged);
                }
                matches!(credential, Some(Credential::Passphrase(_)))
            }
            (1, "key_file") => matches!(credential, Some(Credential::KeyFile(_))),
            _ => return Err(Closed::Damaged),
        };
        let Some(credential) = credential.filter(|_| known) else {
            return Err(Closed::By(if file.by == "passphrase" {
                "under a passphrase"
            } else {
                "under a key file"
            }));
        };
        let wrapping = wrapping_key(credential, &salt, cost).ok_or(Closed::Damaged)?;
        let sealed = from_b64u(&file.sealed).ok_or(Closed::Damaged)?;
        let context = context(issuer, &file.by, &salt, cost);
        let inside = seal::open(&wrapping, &context, &sealed).ok_or(Closed::Wrong)?;
        Self::read(&inside).ok_or(Closed::Damaged)
    }

    fn inside(&self) -> Zeroizing<Vec<u8>> {
        // Room for two keys and more: growing would leave copies behind.
        let mut inside = Zeroizing::new(Vec::with_capacity(256));
        inside.push(u8::from(self.converting));
        for key in &self.keys {
            inside.extend_from_slice(&key.id);
            inside.extend_from_slice(key.key.as_ref());
        }
        inside
    }

    fn read(inside: &[u8]) -> Option<Self> {
        let mut cursor = Reader::new(inside);
        let converting = match cursor.array::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let mut keys = Vec::new();
        while cursor.left() > 0 {
            keys.push(DataKey {
                id: cursor.array()?,
                key: Zeroizing::new(cursor.array()?),
            });
        }
        (!keys.is_empty()).then_some(Self { keys, converting })
    }
}

/// A data key's name as it stands in files.
pub(super) fn id_text(id: &[u8; ID]) -> String {
    to_b64u(id)
}

pub(super) fn id_parse(text: &str) -> Option<[u8; ID]> {
    array_from_b64u(text)
}

/// Nothing of the file can be another way round: its kind and cost are part of what is authenticated.
fn context(issuer: &IssuerId, by: &str, salt: &[u8], cost: Cost) -> Vec<u8> {
    Transcript::new("farthing/v1/keyring")
        .lp(issuer.bytes())
        .lp(by.as_bytes())
        .lp(salt)
        .be32(cost.memory)
        .be32(cost.passes)
        .be32(cost.lanes)
        .bytes()
}

/// `None` for a cost that argon2 does not know.
fn wrapping_key(credential: &Credential, salt: &[u8], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    match credential {
        Credential::KeyFile(bytes) => Some(bytes.clone()),
        Credential::Passphrase(text) => {
            let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).ok()?;
            let mut key = Zeroizing::new([0; 32]);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(text.as_bytes(), salt, key.as_mut())
                .ok()?;
            Some(key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Closed, Cost, Keyring};
    use crate::keys::credential::Credential;
    use crate::random::SystemRandom;
    use farthing_core::origin::{IssuerId, OriginPolicy};
    use zeroize::Zeroizing;

    const CHEAP: Cost = Cost {
        memory: 64,
        passes: 1,
        lanes: 1,
    };

    fn passphrase(text: &str) -> Credential {
        Credential::Passphrase(Zeroizing::new(text.to_owned()))
    }

    fn issuer(host: &str) -> IssuerId {
        IssuerId::parse(&format!("https://{host}.example"), OriginPolicy::HttpsOnly).unwrap()
    }

    #[test]
    fn a_keyring_is_opened_by_its_passphrase_for_its_issuer_and_by_nothing_else() {
        let ring = Keyring::fresh(&SystemRandom).unwrap();
        let right = passphrase("correct horse battery");
        let key = Credential::KeyFile(Zeroizing::new([7; 32]));
        let one = issuer("one");
        let text = ring.write_at(&one, &right, CHEAP, &SystemRandom).unwrap();
        let open = |text: &str, issuer: &IssuerId, credential| {
            Keyring::open(text, issuer, credential).map(|ring| ring.keys[0].key.clone())
        };
        assert_eq!(
            open(&text, &one, Some(&right)),
            Ok(ring.keys[0].key.clone())
        );
        let wrong = passphrase("correct horse batterz");
        assert_eq!(open(&text, &one, Some(&wrong)), Err(Closed::Wrong));
        assert_eq!(
            open(&text, &issuer("two"), Some(&right)),
            Err(Closed::Wrong)
        );
        let by = Err(Closed::By("under a passphrase"));
        assert_eq!(open(&text, &one, Some(&key)), by);
        assert_eq!(open(&text, &one, None), by);
        // Every line counts: a cheaper derivation is another key, and a costlier one than there may be is not begun.
        let cheaper = text.replace("memory = 64", "memory = 32");
        assert_eq!(open(&cheaper, &one, Some(&right)), Err(Closed::Wrong));
        let dear = text.replace("memory = 64", "memory = 4000000");
        assert_eq!(open(&dear, &one, Some(&right)), Err(Closed::Damaged));
        for cut in [0, 10, text.len() / 2] {
            assert_eq!(
                open(text.get(..cut).unwrap(), &one, Some(&right)),
                Err(Closed::Damaged)
            );
        }
        let text = ring.write(&one, &key, &SystemRandom).unwrap();
        assert_eq!(open(&text, &one, Some(&key)), Ok(ring.keys[0].key.clone()));
        assert_eq!(
            open(&text, &one, Some(&right)),
            Err(Closed::By("under a key file"))
        );
    }

    #[test]
    fn a_keyring_is_never_written_twice_in_the_same_way() {
        let ring = Keyring::fresh(&SystemRandom).unwrap();
        let by = passphrase("correct horse battery");
        let write = || {
            let text = ring.write_at(&issuer("one"), &by, CHEAP, &SystemRandom);
            text.unwrap()
        };
        let (first, second) = (write(), write());
        let line = |text: &str, start: &str| {
            let line = text.lines().find(|line| line.starts_with(start));
            line.unwrap().to_owned()
        };
        for start in ["salt = ", "sealed = "] {
            assert_ne!(line(&first, start), line(&second, start));
        }
    }
}
