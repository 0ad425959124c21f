//! Key and nonce of a sealed key, without opening it.
//!
//! The `hpke` crate does the key exchange and the key schedule, but hands out what they give only to an AEAD. So it gets
//! one that keeps its key and, asked to decrypt, writes key and nonce where the plaintext would be. What is sealed can
//! then be opened by the platform's AES-GCM, and a page loads none in WebAssembly. Everybody opens by this path, so that
//! the vectors of RFC 9180 test the one that readers have.

use aead::array::typenum::{U12, U16, U32};
use aead::inout::InOutBuf;
use aead::{AeadCore, AeadInOut, Key, KeyInit, KeySizeUser, Nonce, Tag, TagPosition};
use hpke::aead::AeadTag;
use hpke::kdf::HkdfSha256;
use hpke::kem::{DhP256HkdfSha256, Kem};
use hpke::{Deserializable, OpModeR};
use zeroize::Zeroizing;

const KEY: usize = 32;
const NONCE: usize = 12;

/// AES-256-GCM by its number, which is part of the key schedule (RFC 9180, section 7.3).
struct Told;

impl hpke::aead::Aead for Told {
    type AeadImpl = Teller;
    const AEAD_ID: u16 = 0x0002;
}

/// Tells key and nonce instead of decrypting.
#[derive(Clone)]
struct Teller(Zeroizing<[u8; KEY]>);

impl KeySizeUser for Teller {
    type KeySize = U32;
}

impl KeyInit for Teller {
    fn new(key: &Key<Self>) -> Self {
        Self(Zeroizing::new((*key).into()))
    }
}

impl AeadCore for Teller {
    type NonceSize = U12;
    type TagSize = U16;
    const TAG_POSITION: TagPosition = TagPosition::Postfix;
}

impl AeadInOut for Teller {
    fn encrypt_inout_detached(
        &self,
        _: &Nonce<Self>,
        _: &[u8],
        _: InOutBuf<'_, '_, u8>,
    ) -> Result<Tag<Self>, aead::Error> {
        Err(aead::Error)
    }

    fn decrypt_inout_detached(
        &self,
        nonce: &Nonce<Self>,
        _: &[u8],
        mut buffer: InOutBuf<'_, '_, u8>,
        _: &Tag<Self>,
    ) -> Result<(), aead::Error> {
        let told = self.0.iter().chain(nonce.iter());
        for (to, byte) in buffer.get_out().iter_mut().zip(told) {
            *to = *byte;
        }
        Ok(())
    }
}

/// The AES-256 key and the nonce of the one message; `None` if `enc` is no point of the curve.
pub(super) fn key_and_nonce(
    scalar: &[u8],
    enc: &[u8],
    info: &[u8],
) -> Option<(Zeroizing<[u8; KEY]>, [u8; NONCE])> {
    let secret = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(scalar).ok()?;
    let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).ok()?;
    let mut told = Zeroizing::new([0; KEY + NONCE]);
    hpke::single_shot_open_inout_detached::<Told, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &enc,
        info,
        told.as_mut_slice().into(),
        b"",
        &AeadTag::default(),
    )
    .ok()?;
    let (key, nonce) = told.split_first_chunk::<KEY>()?;
    Some((Zeroizing::new(*key), nonce.try_into().ok()?))
}
