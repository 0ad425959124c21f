//! An issuer's operations without their multiplications of points, for whoever multiplies elsewhere: by a library of the
//! platform, or in a module that keeps the key.
//!
//! Points go in and out in their SEC 1 forms, scalars in 32 bytes. What the steps give together is what
//! [`KeysetSecret`](super::KeysetSecret) and [`SecretKey`](crate::sign::SecretKey) give in one piece, byte for byte.

use super::proof_randomness::ProofRandomness;
use crate::bytes::sha256;
use crate::id::{Binding, KeysetId};
use crate::point::Point;
use crate::token::Output;
use crate::voprf::{BlindedElement, ELEMENT_LEN, Proof};
use p256::elliptic_curve::Curve;
use p256::elliptic_curve::ff::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::{Field, Generate};
use p256::{FieldBytes, NistP256, NonZeroScalar, ProjectivePoint, Scalar};
use rfc6979::KGenerator;
use sha2::{Digest, Sha256};
use voprf_ng::Group;
use zeroize::{Zeroize, Zeroizing};

/// A point in compressed form.
pub type Compressed = [u8; ELEMENT_LEN];

/// Domain separation of RFC 9497, section 4.3, in VOPRF mode.
const TO_GROUP: &[u8] = b"HashToGroup-OPRFV1-\x01-P256-SHA256";
const TO_SCALAR: &[u8] = b"HashToScalar-OPRFV1-\x01-P256-SHA256";
const SEED: &[u8] = b"Seed-OPRFV1-\x01-P256-SHA256";

/// A scalar that is secret: erased when dropped.
pub type SecretScalar = Zeroizing<[u8; 32]>;

/// The point that an input is hashed to, uncompressed: times the key it gives the output. `None` for an input of more
/// than 65,535 bytes, and for the identity, to which nobody can find an input.
#[must_use]
pub fn hash_to_group(input: &[u8]) -> Option<[u8; 65]> {
    u16::try_from(input.len()).ok()?;
    let point = NistP256::hash_to_curve::<Sha256>(&[input], &[TO_GROUP]).ok()?;
    uncompressed(&point)
}

fn uncompressed(point: &ProjectivePoint) -> Option<[u8; 65]> {
    point.to_sec1_point(false).as_bytes().try_into().ok()
}

/// The output of an input whose point times the key is `issued`.
#[must_use]
pub fn output(input: &[u8], issued: &Compressed) -> Option<Output> {
    let hash = Sha256::new()
        .chain_update(u16::try_from(input.len()).ok()?.to_be_bytes())
        .chain_update(input)
        .chain_update(LENGTH)
        .chain_update(issued)
        .chain_update(b"Finalize")
        .finalize();
    Some(Output::new(Zeroizing::new(hash.into())))
}

/// The length of a compressed point, as RFC 9497 puts it in front.
const LENGTH: [u8; 2] = [0, 33];

/// A proof under construction (RFC 9497, section 2.2.1).
#[derive(Clone, Debug)]
pub struct ProofSteps {
    public_key: Compressed,
    seed: [u8; 32],
}

impl ProofSteps {
    /// For the keyset with that public key.
    #[must_use]
    pub fn new(public_key: &Point) -> Self {
        let seed = Sha256::new()
            .chain_update(LENGTH)
            .chain_update(public_key.bytes())
            .chain_update([0, 25])
            .chain_update(SEED)
            .finalize();
        Self {
            public_key: *public_key.bytes(),
            seed: seed.into(),
        }
    }

    /// The weight of the pair at `index`: M is the sum of blinded elements, each times its weight. Not secret.
    #[must_use]
    pub fn weight(
        &self,
        index: usize,
        blinded: &BlindedElement,
        evaluated: &Compressed,
    ) -> Option<[u8; 32]> {
        let index = u16::try_from(index).ok()?.to_be_bytes();
        let parts: [&[u8]; 8] = [
            &[0, 32],
            &self.seed,
            &index,
            &LENGTH,
            blinded.bytes(),
            &LENGTH,
            evaluated,
            b"Composite",
        ];
        hash_to_scalar(&parts).map(|scalar| scalar.to_repr().into())
    }

    /// The challenge c, from M, Z = key × M, and the two commitments, generator and M times the proof's scalar.
    #[must_use]
    pub fn challenge(&self, points: [&Compressed; 4]) -> Option<[u8; 32]> {
        let [m, z, t2, t3] = points;
        let parts: [&[u8]; 11] = [
            &LENGTH,
            &self.public_key,
            &LENGTH,
            m,
            &LENGTH,
            z,
            &LENGTH,
            t2,
            &LENGTH,
            t3,
            b"Challenge",
        ];
        hash_to_scalar(&parts).map(|scalar| scalar.to_repr().into())
    }
}

fn hash_to_scalar(parts: &[&[u8]]) -> Option<Scalar> {
    NistP256::hash_to_scalar::<Sha256>(parts, &[TO_SCALAR]).ok()
}

/// The proof's random scalar r (R12).
#[must_use]
pub fn proof_scalar(
    secret: &[u8; 32],
    keyset: &KeysetId,
    binding: &Binding,
    elements: &[&BlindedElement],
) -> Option<SecretScalar> {
    let mut random = ProofRandomness::new(secret, keyset, binding, elements)?;
    let mut scalar = NonZeroScalar::try_generate_from_rng(&mut random).ok()?;
    let bytes = Zeroizing::new(scalar.to_repr().into());
    scalar.zeroize();
    Some(bytes)
}

/// The proof c ‖ s with s = r − c × key.
#[must_use]
#[expect(clippy::arithmetic_side_effects, reason = "modulo the group order")]
pub fn proof(secret: &[u8; 32], r: &SecretScalar, challenge: &[u8; 32]) -> Option<Proof> {
    let (key, r) = (secret_scalar(secret)?, secret_scalar(r)?);
    let c = scalar(challenge)?;
    let mut bytes = [0; 64];
    let (head, tail) = bytes.split_at_mut(32);
    head.copy_from_slice(challenge);
    tail.copy_from_slice(&(*r - c * *key).to_repr());
    Proof::parse(bytes)
}

/// The nonce k of an ES256 signature over a message (RFC 6979), and the hash of the message.
#[must_use]
pub fn signing_nonce(secret: &[u8; 32], message: &[u8]) -> (SecretScalar, [u8; 32]) {
    let hash = sha256(message);
    let mut nonce = Zeroizing::new([0; 32]);
    let order = NistP256::ORDER;
    KGenerator::<Sha256, _>::new(secret, &hash, &[], order.as_ref()).fill_next_k(&mut *nonce);
    (nonce, hash)
}

/// The signature r ‖ s over a message's hash, from the x coordinate of generator times nonce. `None` for the nonces that
/// cannot be used, one in 2^255.
#[must_use]
#[expect(clippy::arithmetic_side_effects, reason = "modulo the group order")]
pub fn signature(
    secret: &[u8; 32],
    nonce: &SecretScalar,
    x: &[u8; 32],
    hash: &[u8; 32],
) -> Option<[u8; 64]> {
    let (key, nonce) = (secret_scalar(secret)?, secret_scalar(nonce)?);
    let r = <Scalar as Reduce<FieldBytes>>::reduce(&(*x).into());
    let z = <Scalar as Reduce<FieldBytes>>::reduce(&(*hash).into());
    let inverse = Zeroizing::new(Option::<Scalar>::from(nonce.invert())?);
    let s = *inverse * (z + r * *key);
    let mut bytes = [0; 64];
    let (head, tail) = bytes.split_at_mut(32);
    head.copy_from_slice(&r.to_repr());
    tail.copy_from_slice(&s.to_repr());
    let usable = !bool::from(r.is_zero()) && !bool::from(s.is_zero());
    usable.then_some(bytes)
}

fn secret_scalar(bytes: &[u8; 32]) -> Option<Zeroizing<Scalar>> {
    scalar(bytes).map(Zeroizing::new)
}

/// `None` for a number not below the group order.
fn scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_repr((*bytes).into()).into()
}

/// Whether 32 bytes are a key: a scalar other than zero.
#[must_use]
pub fn is_key(bytes: &[u8; 32]) -> bool {
    secret_scalar(bytes).is_some_and(|scalar| !bool::from(scalar.is_zero()))
}
