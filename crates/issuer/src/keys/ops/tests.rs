//! Both implementations give the same bytes, those of the RFCs, and refuse the same.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test says what it expects by failing"
)]

use super::*;
use farthing_core::voprf::MAX_BATCH;
use proptest::collection::vec;
use proptest::prelude::*;

const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

pub(super) fn hex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    let byte = |at| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

pub(super) fn array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

fn native() -> Native {
    Native::new().unwrap()
}

fn both() -> [Arc<dyn KeyOps>; 2] {
    [Operations::Native, Operations::Reference].map(|operations| operations.open().unwrap())
}

fn issuer() -> IssuerId {
    use farthing_core::origin::OriginPolicy;
    IssuerId::parse("https://issuer.example", OriginPolicy::HttpsOnly).unwrap()
}

fn public(secret: &[u8; 32]) -> Point {
    *Reference.signing_key(secret).unwrap().public_key()
}

fn element(secret: &[u8; 32]) -> BlindedElement {
    BlindedElement::parse(*public(secret).bytes()).unwrap()
}

fn is_invalid<T>(result: Result<T, CheckError>) -> bool {
    matches!(result, Err(CheckError::Invalid))
}

/// Scalars of every size, and those at the ends.
fn scalar() -> impl Strategy<Value = [u8; 32]> {
    let last = |less: u8| {
        let mut bytes: [u8; 32] = array(ORDER);
        bytes[31] -= less;
        bytes
    };
    let mut one = [0; 32];
    one[31] = 1;
    prop_oneof![
        8 => any::<[u8; 32]>().prop_filter("a key", |b| Reference.token_key(b).is_ok()),
        1 => (1..=31_usize, any::<[u8; 32]>()).prop_map(|(zeros, mut bytes)| {
            bytes[..zeros].fill(0);
            bytes[31] |= 1;
            bytes
        }),
        1 => Just(one),
        1 => Just(last(1)),
        1 => Just(last(2)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn evaluations_are_equal(
        secret in scalar(),
        keyset in any::<[u8; 16]>(),
        binding in any::<[u8; 32]>(),
        elements in vec(scalar(), 1..5),
        twice in any::<bool>(),
    ) {
        let (keyset, binding) = (KeysetId::new(keyset), Binding::new(binding));
        let mut elements: Vec<BlindedElement> = elements.iter().map(element).collect();
        if twice {
            elements.push(elements[0].clone());
        }
        let elements: Vec<&BlindedElement> = elements.iter().collect();
        let [native, reference] = both().map(|ops| {
            let key = ops.token_key(&secret).unwrap();
            let evaluation = key.evaluate(&keyset, &binding, &elements).unwrap();
            (*key.public_key(), evaluation)
        });
        prop_assert_eq!(native.0, reference.0);
        prop_assert_eq!(native.1.keyset, reference.1.keyset);
        prop_assert_eq!(native.1.evaluated, reference.1.evaluated);
        prop_assert_eq!(native.1.proof.bytes(), reference.1.proof.bytes());
    }

    #[test]
    fn tokens_are_recognised_by_both_or_by_neither(
        secret in scalar(),
        other in scalar(),
        nonce in any::<[u8; 32]>(),
        binding in any::<[u8; 32]>(),
        flipped in 0..32_usize,
    ) {
        let (issuer, keyset) = (issuer(), KeysetId::new([5; 16]));
        let (nonce, binding) = (Nonce::new(nonce), Binding::new(binding));
        let reference = Reference.token_key(&secret).unwrap();
        let output = farthing_core::issuer::KeysetSecret::from_bytes(&secret).unwrap()
            .output(&farthing_core::token::voprf_input(&issuer, &keyset, &nonce)).unwrap();
        let mac = output.mac(&binding);
        for ops in both() {
            let key = ops.token_key(&secret).unwrap();
            let output = key.recognise(&issuer, &keyset, &nonce, &binding, &mac).unwrap();
            prop_assert_eq!(output.mac(&Binding::new([7; 32])),
                reference.recognise(&issuer, &keyset, &nonce, &binding, &mac).unwrap().mac(&Binding::new([7; 32])));
            let mut changed = *mac.bytes();
            changed[flipped] ^= 1;
            let changed = Mac::new(changed);
            prop_assert!(is_invalid(key.recognise(&issuer, &keyset, &nonce, &binding, &changed)));
            let moved = Binding::new([9; 32]);
            prop_assert!(is_invalid(key.recognise(&issuer, &keyset, &nonce, &moved, &mac)));
            let foreign = KeysetId::new([6; 16]);
            prop_assert!(is_invalid(key.recognise(&issuer, &foreign, &nonce, &binding, &mac)));
            if other != secret {
                let key = ops.token_key(&other).unwrap();
                prop_assert!(is_invalid(key.recognise(&issuer, &keyset, &nonce, &binding, &mac)));
            }
        }
    }

    #[test]
    fn signatures_are_equal_and_verify_alike(
        secret in scalar(),
        other in scalar(),
        message in vec(any::<u8>(), 0..200),
        flipped in 0..512_usize,
    ) {
        let [native, reference] = both().map(|ops| {
            let key = ops.signing_key(&secret).unwrap();
            (*key.public_key(), key.sign(&message).unwrap())
        });
        prop_assert_eq!(native, reference);
        let (public_key, signature) = native;
        let mut changed = signature;
        changed[flipped / 8] ^= 1 << (flipped % 8);
        for ops in both() {
            prop_assert_eq!(ops.verify(&public_key, &message, &signature), Ok(true));
            prop_assert_eq!(ops.verify(&public_key, &message, &changed), Ok(false));
            prop_assert_eq!(ops.verify(&public(&other), &message, &signature), Ok(other == secret));
        }
    }

    #[test]
    fn sealed_keys_are_equal_and_open_alike(
        secret in scalar(),
        other in scalar(),
        random in any::<[u8; 32]>(),
        info in vec(any::<u8>(), 0..100),
        content in any::<[u8; 32]>(),
        flipped in 0..113_usize,
    ) {
        let to = public(&secret);
        let content = ContentKey::new(content);
        let [native, reference] = both().map(|ops| ops.seal(&to, &info, &content, &random).unwrap());
        prop_assert_eq!(native, reference);
        let mut changed = native;
        changed[flipped] ^= 1;
        for ops in both() {
            let key = ops.opening_key(&secret).unwrap();
            prop_assert_eq!(key.public_key(), &to);
            let opened = key.open(&info, &native).unwrap();
            prop_assert_eq!(opened.bytes(), content.bytes());
            prop_assert!(is_invalid(key.open(&info, &changed)));
            prop_assert!(is_invalid(key.open(b"another purpose", &native)));
            if other != secret {
                let key = ops.opening_key(&other).unwrap();
                prop_assert!(is_invalid(key.open(&info, &native)));
            }
        }
    }
}

#[test]
fn what_is_no_scalar_is_no_key() {
    let mut above: [u8; 32] = array(ORDER);
    above[31] += 1;
    for bytes in [[0; 32], array(ORDER), above, [0xff; 32]] {
        for ops in both() {
            assert!(is_invalid(ops.token_key(&bytes)), "{bytes:?}");
            assert!(is_invalid(ops.signing_key(&bytes)), "{bytes:?}");
            assert!(is_invalid(ops.opening_key(&bytes)), "{bytes:?}");
        }
    }
}

#[test]
fn no_elements_and_too_many_are_refused_and_the_most_are_equal() {
    let element = element(&[4; 32]);
    let many: Vec<&BlindedElement> = std::iter::repeat_n(&element, MAX_BATCH + 1).collect();
    let (keyset, binding) = (KeysetId::new([1; 16]), Binding::new([2; 32]));
    let proofs = both().map(|ops| {
        let key = ops.token_key(&[3; 32]).unwrap();
        assert!(key.evaluate(&keyset, &binding, &[]).is_err());
        assert!(key.evaluate(&keyset, &binding, &many).is_err());
        let most = key.evaluate(&keyset, &binding, &many[..MAX_BATCH]).unwrap();
        *most.proof.bytes()
    });
    assert_eq!(proofs[0], proofs[1]);
}

/// RFC 9180's vectors for these algorithms: the key pair, the ephemeral key, and so key and nonce.
#[test]
fn sealed_keys_are_those_of_rfc_9180() {
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let ikm = array("a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24efb7ae0ace1f31887a8cd6c");
    let secret = array("317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2");
    let enc = "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0";
    let key = hex("ee16802a936d5f544771131900ee6973d0551de9e852ece2ef34bf0d5f9e1d1d");
    let nonce = hex("9bc50980832a7b4b58c40161");
    let cek = ContentKey::new([7; 32]);
    let mut tag = [0; 16];
    let cipher = openssl::symm::Cipher::aes_256_gcm();
    let ciphertext =
        openssl::symm::encrypt_aead(cipher, &key, Some(&nonce), b"", cek.bytes(), &mut tag);
    let expected = [hex(enc), ciphertext.unwrap(), tag.to_vec()].concat();
    for ops in both() {
        let opening = ops.opening_key(&secret).unwrap();
        let sealed = ops.seal(opening.public_key(), &info, &cek, &ikm).unwrap();
        assert_eq!(sealed.as_slice(), expected, "{}", ops.name());
        assert_eq!(opening.open(&info, &sealed).unwrap().bytes(), cek.bytes());
    }
}

/// RFC 6979, A.2.5.
#[test]
fn signatures_are_the_deterministic_ones() {
    let secret = array("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let sample = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    let test = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
    for ops in both() {
        let key = ops.signing_key(&secret).unwrap();
        assert_eq!(key.sign(b"sample").unwrap().as_slice(), hex(sample));
        assert_eq!(key.sign(b"test").unwrap().as_slice(), hex(test));
    }
}

#[test]
fn numbers_out_of_range_are_no_signature_and_the_twin_is_one() {
    let key = Reference.signing_key(&[9; 32]).unwrap();
    let signature = key.sign(b"a text").unwrap();
    let halves = |r: &[u8], s: &[u8]| -> [u8; 64] { [r, s].concat().try_into().unwrap() };
    let (r, s) = signature.split_at(32);
    let order = openssl::bn::BigNum::from_slice(&hex(ORDER)).unwrap();
    let minus = &order - &openssl::bn::BigNum::from_slice(s).unwrap();
    let twin = halves(r, &minus.to_vec_padded(32).unwrap());
    let bad = [
        halves(&[0; 32], s),
        halves(r, &[0; 32]),
        halves(&hex(ORDER), s),
        halves(r, &hex(ORDER)),
        [0; 64],
        [0xff; 64],
    ];
    for ops in both() {
        assert_eq!(ops.verify(key.public_key(), b"a text", &twin), Ok(true));
        assert_eq!(ops.verify(key.public_key(), b"another", &twin), Ok(false));
        for bad in &bad {
            assert_eq!(ops.verify(key.public_key(), b"a text", bad), Ok(false));
        }
    }
}

#[test]
fn what_is_no_point_opens_nothing() {
    let to = public(&[3; 32]);
    let content = ContentKey::new([7; 32]);
    let good = native().seal(&to, b"", &content, &[1; 32]).unwrap();
    let with = |head: &[u8]| {
        let mut sealed = good;
        sealed[..head.len()].copy_from_slice(head);
        sealed
    };
    let mut off_curve = good;
    off_curve[64] ^= 1;
    let mut bad = vec![
        off_curve,
        with(&[0; 65]),
        with(&[&[4][..], &[0; 64]].concat()),
        with(&[&[4][..], &[0xff; 64]].concat()),
        // 0 + p for x: the same point to who reduces, and no number of the field.
        with(&[&[4][..], &hex(PRIME)].concat()),
    ];
    // Every other form: the identity's, compressed, compact, hybrid.
    bad.extend(
        (0..=u8::MAX)
            .filter(|tag| *tag != 4)
            .map(|tag| with(&[tag])),
    );
    for ops in both() {
        let key = ops.opening_key(&[3; 32]).unwrap();
        assert_eq!(key.open(b"", &good).unwrap().bytes(), content.bytes());
        for (at, bad) in bad.iter().enumerate() {
            assert!(is_invalid(key.open(b"", bad)), "{} {at}", ops.name());
        }
    }
}

#[test]
fn no_key_shows_in_debug() {
    for ops in both() {
        let text = format!(
            "{ops:?} {:?} {:?} {:?}",
            ops.token_key(&[0x2a; 32]).unwrap(),
            ops.signing_key(&[0x2a; 32]).unwrap(),
            ops.opening_key(&[0x2a; 32]).unwrap()
        );
        assert!(!text.contains("42"), "{text}");
        assert!(!text.to_lowercase().contains("2a2a"), "{text}");
    }
}
