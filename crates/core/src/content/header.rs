//! The canonical header: authenticated with every chunk.

use crate::bytes::{Reader, Transcript};
use crate::origin::PublisherId;
use crate::resource::{Resource, Version};
use alloc::vec::Vec;

/// Smallest chunk, tag included.
pub const MIN_CHUNK: u32 = 64 * 1024;
/// Largest chunk, tag included.
pub const MAX_CHUNK: u32 = 1024 * 1024;
pub(super) const TAG: u64 = 16;
const HEADER_VERSION: u8 = 1;

/// What a sealed part says about itself. It knows no offer, price or issuer (R18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    publisher: PublisherId,
    resource: Resource,
    version: Version,
    salt: [u8; 32],
    chunk_size: u32,
    length: u64,
}

impl Header {
    /// `None` unless the chunk size is 65,536 to 1,048,576 and the part has fewer than 2^32 chunks.
    #[must_use]
    pub fn new(
        publisher: PublisherId,
        resource: Resource,
        version: Version,
        salt: [u8; 32],
        chunk_size: u32,
        length: u64,
    ) -> Option<Self> {
        let header = Self {
            publisher,
            resource,
            version,
            salt,
            chunk_size,
            length,
        };
        let size_ok = (MIN_CHUNK..=MAX_CHUNK).contains(&chunk_size);
        (size_ok && u32::try_from(header.chunks()?).is_ok()).then_some(header)
    }

    /// Reads the canonical bytes; `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.take(1)? != [HEADER_VERSION] {
            return None;
        }
        let text = |bytes| core::str::from_utf8(bytes).ok();
        let publisher = PublisherId::named(text(reader.lp()?)?)?;
        let resource = Resource::parse(text(reader.lp()?)?).ok()?;
        let version = Version::parse(text(reader.lp()?)?)?;
        let (salt, chunk_size, length) = (reader.array()?, reader.be32()?, reader.be64()?);
        reader.end()?;
        Self::new(publisher, resource, version, salt, chunk_size, length)
    }

    /// The canonical bytes, which every chunk authenticates.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Transcript::default()
            .fixed(&[HEADER_VERSION])
            .lp(self.publisher.bytes())
            .lp(self.resource.as_str().as_bytes())
            .lp(self.version.as_str().as_bytes())
            .fixed(&self.salt)
            .be32(self.chunk_size)
            .be64(self.length)
            .bytes()
    }

    /// Plaintext bytes in every chunk but the last.
    pub(super) fn plain_chunk(&self) -> u64 {
        u64::from(self.chunk_size).saturating_sub(TAG)
    }

    /// How many chunks the length demands; an empty part is one.
    #[must_use]
    pub fn chunks(&self) -> Option<u64> {
        let full = self
            .length
            .checked_add(self.plain_chunk())?
            .checked_sub(1)?;
        full.checked_div(self.plain_chunk())
            .map(|count| count.max(1))
    }

    /// Whose content it is.
    #[must_use]
    pub const fn publisher(&self) -> &PublisherId {
        &self.publisher
    }

    /// What it is.
    #[must_use]
    pub const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Which version of it.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// The salt of this encryption.
    #[must_use]
    pub const fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// Ciphertext bytes with tag in every chunk but the last.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    /// Plaintext bytes of the part.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }
}
