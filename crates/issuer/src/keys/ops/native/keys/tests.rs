//! RFC 9497, appendix A.3.2 (P256-SHA256, VOPRF mode), proofs included.

use super::*;
use crate::keys::ops::tests::{array, hex};

const SK: &str = "ca5d94c8807817669a51b196c34c1b7f8442fde4334a7121ae4736364312fca6";
const PK: &str = "03e17e70604bcabe198882c0a1f27a92441e774224ed9c702e51dd17038b102462";
const LONG: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

struct Vector {
    blinded: &'static [&'static str],
    evaluated: &'static [&'static str],
    random: &'static str,
    proof: &'static str,
}

const VECTORS: [Vector; 3] = [
    Vector {
        blinded: &["02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da"],
        evaluated: &["0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2"],
        random: "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1",
        proof: "e7c2b3c5c954c035949f1f74e6bce2ed539a3be267d1481e9ddb178533df4c2664f69d065c604a4fd953e100b856ad83804eb3845189babfa5a702090d6fc5fa",
    },
    Vector {
        blinded: &["03cd0f033e791c4d79dfa9c6ed750f2ac009ec46cd4195ca6fd3800d1e9b887dbd"],
        evaluated: &["030d2985865c693bf7af47ba4d3a3813176576383d19aff003ef7b0784a0d83cf1"],
        random: "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1",
        proof: "2787d729c57e3d9512d3aa9e8708ad226bc48e0f1750b0767aaff73482c44b8d2873d74ec88aebd3504961acea16790a05c542d9fbff4fe269a77510db00abab",
    },
    Vector {
        blinded: &[
            "02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da",
            "03462e9ae64cae5b83ba98a6b360d942266389ac369b923eb3d557213b1922f8ab",
        ],
        evaluated: &[
            "0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2",
            "02bb24f4d838414aef052a8f044a6771230ca69c0a5677540fff738dd31bb69771",
        ],
        random: "350e8040f828bf6ceca27405420cdf3d63cb3aef005f40ba51943c8026877963",
        proof: "bdcc351707d02a72ce49511c7db990566d29d6153ad6f8982fad2b435d6ce4d60da1e6b3fa740811bde34dd4fe0aa1b5fe6600d0440c9ddee95ea7fad7a60cf2",
    },
];

fn evaluating() -> Evaluating {
    let curve = Arc::new(Curve::new().unwrap());
    let key = Key::new(curve, &array(SK)).unwrap();
    let proofs = ProofSteps::new(key.public());
    Evaluating { key, proofs }
}

#[test]
fn elements_and_proofs_are_those_of_the_rfc() {
    let evaluating = evaluating();
    assert_eq!(evaluating.public_key().bytes(), &array(PK));
    for vector in VECTORS {
        let parse = |text: &&str| BlindedElement::parse(array(text)).unwrap();
        let blinded: Vec<BlindedElement> = vector.blinded.iter().map(parse).collect();
        let references: Vec<&BlindedElement> = blinded.iter().collect();
        let random = Zeroizing::new(array(vector.random));
        let (evaluated, proof) = evaluating.prove(&references, &random).unwrap();
        let bytes: Vec<Vec<u8>> = evaluated.iter().map(|e| e.bytes().to_vec()).collect();
        let expected: Vec<Vec<u8>> = vector.evaluated.iter().map(|text| hex(text)).collect();
        assert_eq!(bytes, expected);
        assert_eq!(proof.bytes().as_slice(), hex(vector.proof));
    }
}

#[test]
fn outputs_are_those_of_the_rfc() {
    let outputs = [
        (
            "00",
            "0412e8f78b02c415ab3a288e228978376f99927767ff37c5718d420010a645a1",
        ),
        (
            LONG,
            "771e10dcd6bcd3664e23b8f2a710cfaaa8357747c4a8cbba03133967b5c24f18",
        ),
    ];
    let binding = Binding::new([1; 32]);
    for (input, output) in outputs {
        let given = evaluating().output(&hex(input)).unwrap();
        let token = [vec![1], vec![0; 48], hex(output)].concat();
        let expected = farthing_core::token::Token::parse(&token).unwrap();
        assert_eq!(given.mac(&binding), expected.output().mac(&binding));
    }
    assert!(evaluating().output(&[0; 65_535]).is_ok());
    assert!(evaluating().output(&[0; 65_536]).is_err());
}
