//! RFC 9497, appendix A.3.2 (P256-SHA256, VOPRF mode), through the wallet's half and the issuer's.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use super::*;
use crate::id::{Binding, KeysetId};
use crate::issuer::KeysetSecret;
use crate::token::Output;
use p256::elliptic_curve::PrimeField;

const SK: &str = "ca5d94c8807817669a51b196c34c1b7f8442fde4334a7121ae4736364312fca6";
const PK: &str = "03e17e70604bcabe198882c0a1f27a92441e774224ed9c702e51dd17038b102462";

struct Vector {
    inputs: &'static [&'static str],
    blinds: &'static [&'static str],
    blinded: &'static [&'static str],
    evaluated: &'static [&'static str],
    proof: &'static str,
    outputs: &'static [&'static str],
}

const BLIND: &str = "3338fa65ec36e0290022b48eb562889d89dbfa691d1cde91517fa222ed7ad364";
const OTHER_BLIND: &str = "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1";
const LONG: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const OUTPUT_OF_00: &str = "0412e8f78b02c415ab3a288e228978376f99927767ff37c5718d420010a645a1";
const OUTPUT_OF_LONG: &str = "771e10dcd6bcd3664e23b8f2a710cfaaa8357747c4a8cbba03133967b5c24f18";

const VECTORS: [Vector; 3] = [
    Vector {
        inputs: &["00"],
        blinds: &[BLIND],
        blinded: &["02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da"],
        evaluated: &["0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2"],
        proof: "e7c2b3c5c954c035949f1f74e6bce2ed539a3be267d1481e9ddb178533df4c2664f69d065c604a4fd953e100b856ad83804eb3845189babfa5a702090d6fc5fa",
        outputs: &[OUTPUT_OF_00],
    },
    Vector {
        inputs: &[LONG],
        blinds: &[BLIND],
        blinded: &["03cd0f033e791c4d79dfa9c6ed750f2ac009ec46cd4195ca6fd3800d1e9b887dbd"],
        evaluated: &["030d2985865c693bf7af47ba4d3a3813176576383d19aff003ef7b0784a0d83cf1"],
        proof: "2787d729c57e3d9512d3aa9e8708ad226bc48e0f1750b0767aaff73482c44b8d2873d74ec88aebd3504961acea16790a05c542d9fbff4fe269a77510db00abab",
        outputs: &[OUTPUT_OF_LONG],
    },
    Vector {
        inputs: &["00", LONG],
        blinds: &[BLIND, OTHER_BLIND],
        blinded: &[
            "02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da",
            "03462e9ae64cae5b83ba98a6b360d942266389ac369b923eb3d557213b1922f8ab",
        ],
        evaluated: &[
            "0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2",
            "02bb24f4d838414aef052a8f044a6771230ca69c0a5677540fff738dd31bb69771",
        ],
        proof: "bdcc351707d02a72ce49511c7db990566d29d6153ad6f8982fad2b435d6ce4d60da1e6b3fa740811bde34dd4fe0aa1b5fe6600d0440c9ddee95ea7fad7a60cf2",
        outputs: &[OUTPUT_OF_00, OUTPUT_OF_LONG],
    },
];

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

fn blind(text: &str) -> Blind {
    Blind(Option::from(Scalar::from_repr(array::<32>(text).into())).unwrap())
}

fn elements(texts: &[&str]) -> Vec<EvaluatedElement> {
    let parse = |text: &&str| EvaluatedElement::parse(array(text)).unwrap();
    texts.iter().map(parse).collect()
}

#[test]
fn the_wallets_half_gives_the_outputs_of_the_rfc() {
    let key = Point::parse(array(PK)).unwrap();
    let mut checked = 0;
    for vector in VECTORS {
        let blinded: Vec<BlindedElement> = vector
            .inputs
            .iter()
            .zip(vector.blinds)
            .map(|(input, r)| blind(r).blind(&hex(input)).unwrap())
            .collect();
        let bytes: Vec<Vec<u8>> = blinded.iter().map(|b| b.bytes().to_vec()).collect();
        let expected: Vec<Vec<u8>> = vector.blinded.iter().map(|text| hex(text)).collect();
        assert_eq!(bytes, expected);

        let pending = || -> Vec<Pending<'_>> {
            let each = vector.inputs.iter().zip(vector.blinds).zip(&blinded);
            each.map(|((input, r), blinded)| Pending {
                input: hex(input),
                blind: blind(r),
                blinded,
            })
            .collect()
        };
        let evaluated = elements(vector.evaluated);
        let proof = Proof::parse(array(vector.proof)).unwrap();
        let outputs = finalize(&key, &pending(), &evaluated, &proof).unwrap();
        let outputs: Vec<Vec<u8>> = outputs.iter().map(|y| y.to_vec()).collect();
        let expected: Vec<Vec<u8>> = vector.outputs.iter().map(|text| hex(text)).collect();
        assert_eq!(outputs, expected);
        checked += outputs.len();

        // Each byte of the proof counts, and so do the key and the order of the elements.
        for at in 0..PROOF_LEN {
            let mut changed: [u8; PROOF_LEN] = array(vector.proof);
            changed[at] ^= 1;
            let refused = Proof::parse(changed)
                .is_none_or(|proof| finalize(&key, &pending(), &evaluated, &proof).is_err());
            assert!(refused, "byte {at}");
        }
        let other = KeysetSecret::from_bytes(&[3; 32])
            .unwrap()
            .public_key()
            .unwrap();
        assert!(finalize(&other, &pending(), &evaluated, &proof).is_err());
        let reversed: Vec<_> = evaluated.iter().rev().cloned().collect();
        assert_eq!(
            finalize(&key, &pending(), &reversed, &proof).is_ok(),
            vector.inputs.len() == 1
        );
    }
    assert_eq!(checked, 4);
}

#[test]
fn the_issuers_half_gives_the_elements_of_the_rfc() {
    let secret = KeysetSecret::from_bytes(&array(SK)).unwrap();
    let key = secret.public_key().unwrap();
    assert_eq!(key.bytes(), &array(PK));
    let (keyset, binding) = (KeysetId::new([1; 16]), Binding::new([2; 32]));
    for vector in VECTORS {
        let parse = |text: &&str| BlindedElement::parse(array(text)).unwrap();
        let blinded: Vec<BlindedElement> = vector.blinded.iter().map(parse).collect();
        let references: Vec<&BlindedElement> = blinded.iter().collect();
        let evaluation = secret.evaluate(&keyset, &binding, &references).unwrap();
        assert_eq!(evaluation.evaluated, elements(vector.evaluated));
        for (input, output) in vector.inputs.iter().zip(vector.outputs) {
            let expected = Output::new(Zeroizing::new(array(output)));
            assert!(secret.output(&hex(input)).unwrap().equals(&expected));
        }

        // R12: the same bytes again for the same request; another scalar for every other list, keyset or binding.
        let again = secret.evaluate(&keyset, &binding, &references).unwrap();
        assert_eq!(again.proof.bytes(), evaluation.proof.bytes());
        let doubled: Vec<&BlindedElement> = blinded.iter().chain(&blinded).collect();
        let others = [
            secret.evaluate(&keyset, &Binding::new([3; 32]), &references),
            secret.evaluate(&KeysetId::new([2; 16]), &binding, &references),
            secret.evaluate(&keyset, &binding, &doubled),
        ];
        for other in others {
            assert_ne!(other.unwrap().proof.bytes(), evaluation.proof.bytes());
        }
    }
    assert!(secret.evaluate(&keyset, &binding, &[]).is_none());
    let element = BlindedElement::parse(array(VECTORS[0].blinded[0])).unwrap();
    let many: Vec<&BlindedElement> = core::iter::repeat_n(&element, MAX_BATCH + 1).collect();
    assert!(
        secret
            .evaluate(&keyset, &binding, &many[..MAX_BATCH])
            .is_some()
    );
    assert!(secret.evaluate(&keyset, &binding, &many).is_none());
}

#[test]
fn scalars_reduce_modulo_the_order() {
    let order = array::<32>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut wide = [0; 48];
    assert!(scalar_from_48(&wide).is_none(), "zero");
    wide[16..].copy_from_slice(&order);
    assert!(scalar_from_48(&wide).is_none(), "the order itself");
    wide[47] += 1;
    assert_eq!(scalar_from_48(&wide), Some(Scalar::ONE));
    let mut largest = [0xff; 48];
    let reduced = scalar_from_48(&largest).unwrap();
    largest[47] = 0xfe;
    assert_eq!(scalar_from_48(&largest).unwrap() + Scalar::ONE, reduced);
}

#[test]
fn what_is_no_point_is_no_element() {
    let good: [u8; ELEMENT_LEN] = array(VECTORS[0].blinded[0]);
    assert!(BlindedElement::parse(good).is_some());
    let mut off_curve = good;
    off_curve[1..].fill(0xff);
    let mut first = [0; ELEMENT_LEN];
    for byte in 0..=u8::MAX {
        first[0] = byte;
        assert!(BlindedElement::parse(first).is_none() || matches!(byte, 2 | 3));
        let mut tagged = good;
        tagged[0] = byte;
        assert_eq!(
            BlindedElement::parse(tagged).is_some(),
            matches!(byte, 2 | 3)
        );
        assert_eq!(
            EvaluatedElement::parse(tagged).is_some(),
            matches!(byte, 2 | 3)
        );
        assert_eq!(Point::parse(tagged).is_some(), matches!(byte, 2 | 3));
    }
    assert!(BlindedElement::parse(off_curve).is_none());
    assert!(
        BlindedElement::parse([0; ELEMENT_LEN]).is_none(),
        "the identity"
    );
    assert!(Proof::parse([0; PROOF_LEN]).is_none());
    assert!(Proof::parse([0xff; PROOF_LEN]).is_none());
}
