//! HPKE base mode for one content key (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
//!
//! The `hpke` crate has no place for another key exchange, so the key schedule stands here a second time. The tests
//! compare it with the crate's, and with the vectors of the RFC.

use super::super::{CheckError, OpsFailed};
use super::curve::{Curve, Secret};
use super::keys::Key;
use farthing_core::content::ContentKey;
use farthing_core::hpke::{SEALED_KEY_LEN, SealedKey};
use farthing_core::issuer::steps::is_key;
use farthing_core::point::Point;
use hkdf::{Hkdf, HkdfExtract};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use sha2::Sha256;
use zeroize::Zeroizing;

/// `"KEM" ‖ I2OSP(kem_id, 2)`
const KEM: &[u8] = b"KEM\x00\x10";
/// `"HPKE" ‖ I2OSP(kem_id, 2) ‖ I2OSP(kdf_id, 2) ‖ I2OSP(aead_id, 2)`
const SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x02";
const VERSION: &[u8] = b"HPKE-v1";

/// An uncompressed point.
const ENC: usize = 65;
const TAG: usize = 16;

type Prk = Zeroizing<[u8; 32]>;

fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Prk {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [VERSION, suite, label, ikm] {
        extract.input_ikm(part);
    }
    Zeroizing::new(extract.finalize().0.into())
}

fn expand<const N: usize>(
    suite: &[u8],
    prk: &Prk,
    label: &[u8],
    info: &[&[u8]],
) -> Result<Zeroizing<[u8; N]>, OpsFailed> {
    let length = u16::try_from(N).map_err(|_| OpsFailed)?.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&length, VERSION, suite, label];
    parts.extend(info);
    let mut okm = Zeroizing::new([0; N]);
    let hkdf = Hkdf::<Sha256>::from_prk(prk.as_ref()).map_err(|_| OpsFailed)?;
    hkdf.expand_multi_info(&parts, okm.as_mut())
        .map_err(|_| OpsFailed)?;
    Ok(okm)
}

/// Key and nonce of the one message.
struct Message {
    key: Zeroizing<[u8; 32]>,
    nonce: Zeroizing<[u8; 12]>,
}

impl Message {
    /// From what the key exchange gave, and both public keys.
    fn new(dh: &[u8; 32], enc: &[u8], to: &Point, info: &[u8]) -> Result<Self, OpsFailed> {
        let prk = extract(KEM, b"", b"eae_prk", dh);
        let context: [&[u8]; 2] = [enc, &to.uncompressed()];
        let shared = expand::<32>(KEM, &prk, b"shared_secret", &context)?;
        let no_psk = extract(SUITE, b"", b"psk_id_hash", b"");
        let info = extract(SUITE, b"", b"info_hash", info);
        let context: [&[u8]; 3] = [&[0], no_psk.as_ref(), info.as_ref()];
        let secret = extract(SUITE, shared.as_ref(), b"secret", b"");
        Ok(Self {
            key: expand(SUITE, &secret, b"key", &context)?,
            nonce: expand(SUITE, &secret, b"base_nonce", &context)?,
        })
    }
}

/// The ephemeral key that these bytes give (RFC 9180, section 7.1.3).
fn ephemeral(ikm: &[u8; 32]) -> Result<Secret, OpsFailed> {
    let prk = extract(KEM, b"", b"dkp_prk", ikm);
    for counter in 0..=u8::MAX {
        let candidate = expand::<32>(KEM, &prk, b"candidate", &[&[counter]])?;
        if is_key(&candidate) {
            return Secret::new(&candidate);
        }
    }
    Err(OpsFailed)
}

pub(super) fn seal(
    curve: &Curve,
    to: &Point,
    info: &[u8],
    key: &ContentKey,
    ikm: &[u8; 32],
) -> Result<SealedKey, OpsFailed> {
    let secret = ephemeral(ikm)?;
    let enc = curve.uncompressed(&*curve.generator_times(&secret)?)?;
    let shared = curve.times(&*curve.point(&to.uncompressed())?, &secret)?;
    let Message {
        key: cipher,
        nonce: iv,
    } = Message::new(&*curve.x(&shared)?, &enc, to, info)?;
    let mut tag = [0; TAG];
    let (cipher, iv) = (cipher.as_ref(), iv.as_ref());
    let ciphertext = encrypt_aead(
        Cipher::aes_256_gcm(),
        cipher,
        Some(iv),
        b"",
        key.bytes(),
        &mut tag,
    )?;
    let mut sealed = Vec::with_capacity(SEALED_KEY_LEN);
    for part in [enc.as_slice(), &ciphertext, &tag] {
        sealed.extend_from_slice(part);
    }
    sealed.try_into().map_err(|_| OpsFailed)
}

pub(super) fn open(ours: &Key, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, CheckError> {
    let (enc, rest) = sealed
        .split_first_chunk::<ENC>()
        .ok_or(CheckError::Invalid)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(CheckError::Invalid)?;
    let peer = ours.curve.point(enc).map_err(|_| CheckError::Invalid)?;
    let shared = ours.curve.times(&peer, &ours.scalar)?;
    let Message { key, nonce } = Message::new(&*ours.curve.x(&shared)?, enc, ours.public(), info)?;
    let (key, nonce) = (key.as_ref(), nonce.as_ref());
    let opened = decrypt_aead(
        Cipher::aes_256_gcm(),
        key,
        Some(nonce),
        b"",
        ciphertext,
        tag,
    );
    let opened = opened.map(Zeroizing::new);
    let opened = opened.map_err(|_| CheckError::Invalid)?;
    let bytes = opened.as_slice().try_into();
    bytes.map(ContentKey::new).map_err(|_| CheckError::Invalid)
}
