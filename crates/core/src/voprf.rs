//! RFC 9497 VOPRF(P-256, SHA-256), the reader's half: blind, check the proof, unblind.

use crate::id::{KeysetId, Nonce};
use crate::origin::IssuerId;
use crate::point::Point;
use crate::token::voprf_input;
use alloc::vec::Vec;
use core::fmt;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::array::{Array, typenum::U48};
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::subtle::ConstantTimeEq;
use p256::{NistP256, Scalar};
use voprf_ng::VoprfClient;
use zeroize::Zeroizing;

/// Length of a group element on the wire.
pub const ELEMENT_LEN: usize = 33;
/// Length of a DLEQ proof: c ‖ s.
pub const PROOF_LEN: usize = 64;
/// Largest number of elements under one proof.
pub const MAX_BATCH: usize = 64;

macro_rules! element {
    ($name:ident) => {
        impl $name {
            /// The compressed form.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; ELEMENT_LEN] {
                &self.bytes
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.bytes == other.bytes
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&crate::bytes::to_b64u(&self.bytes))
            }
        }
    };
}

/// What the wallet sends: the hashed input times the blind.
#[derive(Clone)]
pub struct BlindedElement {
    bytes: [u8; ELEMENT_LEN],
    /// Only an issuer multiplies it.
    #[cfg(feature = "issuer")]
    point: Point,
}

element!(BlindedElement);

impl BlindedElement {
    /// Decompresses and checks; `None` for anything that is not the compressed form of a point other than the
    /// identity.
    #[must_use]
    pub fn parse(bytes: [u8; ELEMENT_LEN]) -> Option<Self> {
        #[cfg_attr(
            not(feature = "issuer"),
            expect(unused_variables, reason = "checked, not kept")
        )]
        let point = Point::parse(bytes)?;
        Some(Self {
            bytes,
            #[cfg(feature = "issuer")]
            point,
        })
    }

    /// An element that we made ourselves.
    fn made(bytes: [u8; ELEMENT_LEN]) -> Option<Self> {
        #[cfg(feature = "issuer")]
        return Self::parse(bytes);
        #[cfg(not(feature = "issuer"))]
        Some(Self { bytes })
    }

    /// The point.
    #[cfg(feature = "issuer")]
    #[must_use]
    pub const fn point(&self) -> &Point {
        &self.point
    }

    /// The point as the library wants it.
    #[cfg(feature = "issuer")]
    pub(crate) fn inner(&self) -> Option<voprf_ng::BlindedElement<NistP256>> {
        voprf_ng::BlindedElement::deserialize(&self.bytes).ok()
    }
}

/// What the issuer answers: the blinded element times the keyset's secret key.
#[derive(Clone)]
pub struct EvaluatedElement {
    bytes: [u8; ELEMENT_LEN],
    /// An issuer has no use for it.
    #[cfg(not(feature = "issuer"))]
    inner: voprf_ng::EvaluationElement<NistP256>,
}

element!(EvaluatedElement);

impl EvaluatedElement {
    /// Decompresses and checks; `None` for anything that is not the compressed form of a point other than the
    /// identity. (The library also takes the compact form, with which one point would have two names.)
    #[must_use]
    pub fn parse(bytes: [u8; ELEMENT_LEN]) -> Option<Self> {
        if !crate::point::is_compressed(&bytes) {
            return None;
        }
        #[cfg_attr(
            feature = "issuer",
            expect(unused_variables, reason = "checked, not kept")
        )]
        let inner: voprf_ng::EvaluationElement<NistP256> =
            voprf_ng::EvaluationElement::deserialize(&bytes).ok()?;
        Some(Self {
            bytes,
            #[cfg(not(feature = "issuer"))]
            inner,
        })
    }

    /// The compressed form of a point that was computed just now: nothing is left to check. `None` for any other form.
    #[cfg(feature = "issuer")]
    #[must_use]
    pub const fn computed(bytes: [u8; ELEMENT_LEN]) -> Option<Self> {
        if !crate::point::is_compressed(&bytes) {
            return None;
        }
        Some(Self { bytes })
    }

    /// The point as the library wants it.
    fn inner(&self) -> Option<voprf_ng::EvaluationElement<NistP256>> {
        #[cfg(not(feature = "issuer"))]
        return Some(self.inner.clone());
        #[cfg(feature = "issuer")]
        voprf_ng::EvaluationElement::deserialize(&self.bytes).ok()
    }
}

/// Proof that a batch was evaluated under one keyset's key.
#[derive(Clone)]
pub struct Proof {
    bytes: [u8; PROOF_LEN],
    inner: voprf_ng::Proof<NistP256>,
}

impl Proof {
    /// `None` unless both halves are scalars other than zero.
    #[must_use]
    pub fn parse(bytes: [u8; PROOF_LEN]) -> Option<Self> {
        let inner = voprf_ng::Proof::deserialize(&bytes).ok()?;
        Some(Self { bytes, inner })
    }

    /// c ‖ s.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; PROOF_LEN] {
        &self.bytes
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

/// The batch does not prove what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofInvalid;

/// A blinding scalar, from 48 bytes (spec section 1).
#[derive(Clone)]
pub(crate) struct Blind(Scalar);

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blind(…)")
    }
}

/// Reduces 48 bytes modulo the group order; `None` for zero, which has probability 2^-256.
pub(crate) fn scalar_from_48(bytes: &[u8; 48]) -> Option<Scalar> {
    let scalar = <Scalar as Reduce<Array<u8, U48>>>::reduce(&(*bytes).into());
    let zero: bool = scalar.ct_eq(&Scalar::ZERO).into();
    (!zero).then_some(scalar)
}

impl Blind {
    pub(crate) fn from_48(bytes: &[u8; 48]) -> Option<Self> {
        scalar_from_48(bytes).map(Self)
    }

    /// Some blind, for a check of proofs that makes nothing of what it unblinds.
    pub(crate) fn any() -> Option<Self> {
        Self::from_48(&[1; 48])
    }

    /// Blinds a VOPRF input. `None` if it is longer than 65,535 bytes, which no input of ours is.
    pub(crate) fn blind(&self, input: &[u8]) -> Option<BlindedElement> {
        let result = VoprfClient::<NistP256>::deterministic_blind_unchecked(input, self.0).ok()?;
        BlindedElement::made(result.message.serialize().into())
    }

    /// The client state of RFC 9497, put together again from blind and blinded element.
    fn client(&self, blinded: &BlindedElement) -> Option<VoprfClient<NistP256>> {
        let mut state = Zeroizing::new(Vec::with_capacity(65));
        state.extend_from_slice(&self.0.to_bytes());
        state.extend_from_slice(blinded.bytes());
        VoprfClient::deserialize(&state).ok()
    }
}

/// A blinding scalar that a wallet shows, so that the issuer finds the element it once evaluated for the token: evidence of
/// issuance (spec section 9, R33).
#[derive(Clone, PartialEq, Eq)]
pub struct ShownBlind {
    bytes: [u8; 32],
    scalar: Scalar,
}

impl fmt::Debug for ShownBlind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownBlind(…)")
    }
}

impl ShownBlind {
    /// Takes a big-endian number; `None` for zero and for what is not below the group order, so that one blind has one name.
    #[must_use]
    pub fn parse(bytes: [u8; 32]) -> Option<Self> {
        let scalar: Option<Scalar> = Scalar::from_repr(bytes.into()).into();
        let scalar = scalar.filter(|scalar| !bool::from(scalar.ct_eq(&Scalar::ZERO)))?;
        Some(Self { bytes, scalar })
    }

    /// Shows a blind.
    pub(crate) fn of(blind: &Blind) -> Self {
        Self {
            bytes: blind.0.to_bytes().into(),
            scalar: blind.0,
        }
    }

    /// The 32 bytes, big-endian.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The element that the token of that keyset and nonce was issued as. `None` has probability 2^-256.
    #[must_use]
    pub fn element(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
    ) -> Option<BlindedElement> {
        Blind(self.scalar).blind(&voprf_input(issuer, keyset, nonce))
    }
}

/// One element of a batch on the wallet's side.
pub(crate) struct Pending<'a> {
    pub(crate) input: Vec<u8>,
    pub(crate) blind: Blind,
    pub(crate) blinded: &'a BlindedElement,
}

/// Checks the proof over a whole batch and gives each VOPRF output.
pub(crate) fn finalize(
    public_key: &Point,
    pending: &[Pending<'_>],
    evaluated: &[EvaluatedElement],
    proof: &Proof,
) -> Result<Vec<Zeroizing<[u8; 32]>>, ProofInvalid> {
    if pending.len() != evaluated.len() || pending.is_empty() || pending.len() > MAX_BATCH {
        return Err(ProofInvalid);
    }
    let mut clients = Vec::with_capacity(pending.len());
    let mut inputs = Vec::with_capacity(pending.len());
    let mut messages = Vec::with_capacity(pending.len());
    for (pending, evaluated) in pending.iter().zip(evaluated) {
        clients.push(pending.blind.client(pending.blinded).ok_or(ProofInvalid)?);
        inputs.push(pending.input.as_slice());
        messages.push(evaluated.inner().ok_or(ProofInvalid)?);
    }
    let key = public_key.key().to_projective();
    let outputs = VoprfClient::batch_finalize(&inputs, &clients, &messages, &proof.inner, key)
        .map_err(|_| ProofInvalid)?;
    let mut ys = Vec::with_capacity(pending.len());
    for output in outputs {
        ys.push(Zeroizing::new(output.map_err(|_| ProofInvalid)?.into()));
    }
    Ok(ys)
}

/// The compressed form of a projective point.
#[cfg(feature = "issuer")]
pub(crate) fn compress(point: &p256::ProjectivePoint) -> Option<[u8; ELEMENT_LEN]> {
    use p256::elliptic_curve::sec1::ToSec1Point;

    point.to_sec1_point(true).as_bytes().try_into().ok()
}

#[cfg(all(test, feature = "issuer"))]
mod tests;
