//! P-256 as OpenSSL has it.
//!
//! Every multiplication goes to `EC_POINT_mul` with one scalar, which for this curve is constant-time code of its own on
//! 64-bit x86, ARM and POWER (`ecp_nistz256`: fixed windows, tables read in full), and a Montgomery ladder elsewhere.

use super::super::OpsFailed;
use farthing_core::bytes::sha256;
use farthing_core::issuer::steps::Compressed;
use farthing_core::point::Point;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint, EcPointRef, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use std::fmt;
use zeroize::Zeroizing;

// The library's messages say nothing that an operator could act on.
impl From<ErrorStack> for OpsFailed {
    fn from(_: ErrorStack) -> Self {
        Self
    }
}

/// A scalar that is secret: erased when dropped.
pub(super) struct Secret(BigNum);

impl Secret {
    pub(super) fn new(bytes: &[u8; 32]) -> Result<Self, OpsFailed> {
        let mut number = BigNum::from_slice(bytes)?;
        number.set_const_time();
        Ok(Self(number))
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// The curve.
pub(super) struct Curve(EcGroup);

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Curve")
    }
}

impl Curve {
    pub(super) fn new() -> Result<Self, OpsFailed> {
        Ok(Self(EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?))
    }

    /// A point from its uncompressed form.
    ///
    /// # Errors
    /// [`OpsFailed`] also for what is no point of the curve.
    pub(super) fn point(&self, bytes: &[u8; 65]) -> Result<EcPoint, OpsFailed> {
        // The library would also read the hybrid forms.
        if !matches!(bytes, [4, ..]) {
            return Err(OpsFailed);
        }
        let mut context = BigNumContext::new()?;
        Ok(EcPoint::from_bytes(&self.0, bytes, &mut context)?)
    }

    /// A point times a secret scalar.
    pub(super) fn times(&self, point: &EcPointRef, secret: &Secret) -> Result<EcPoint, OpsFailed> {
        self.multiply(point, &secret.0)
    }

    /// A point times a scalar that anybody may know.
    pub(super) fn times_public(
        &self,
        point: &EcPointRef,
        scalar: &[u8; 32],
    ) -> Result<EcPoint, OpsFailed> {
        self.multiply(point, &BigNum::from_slice(scalar)?)
    }

    fn multiply(&self, point: &EcPointRef, scalar: &BigNum) -> Result<EcPoint, OpsFailed> {
        let mut product = EcPoint::new(&self.0)?;
        let mut context = BigNumContext::new_secure()?;
        product.mul2(&self.0, point, scalar, &mut context)?;
        Ok(product)
    }

    /// The generator times a secret scalar, by the library's table.
    pub(super) fn generator_times(&self, secret: &Secret) -> Result<EcPoint, OpsFailed> {
        let mut product = EcPoint::new(&self.0)?;
        let mut context = BigNumContext::new_secure()?;
        product.mul_generator2(&self.0, &secret.0, &mut context)?;
        Ok(product)
    }

    pub(super) fn sum(&self, one: &EcPointRef, other: &EcPointRef) -> Result<EcPoint, OpsFailed> {
        let mut sum = EcPoint::new(&self.0)?;
        let mut context = BigNumContext::new()?;
        sum.add(&self.0, one, other, &mut context)?;
        Ok(sum)
    }

    /// The compressed form. The identity has none.
    pub(super) fn compressed(&self, point: &EcPointRef) -> Result<Compressed, OpsFailed> {
        self.bytes(point, PointConversionForm::COMPRESSED)
    }

    /// The uncompressed form. The identity has none.
    pub(super) fn uncompressed(&self, point: &EcPointRef) -> Result<[u8; 65], OpsFailed> {
        self.bytes(point, PointConversionForm::UNCOMPRESSED)
    }

    fn bytes<const N: usize>(
        &self,
        point: &EcPointRef,
        form: PointConversionForm,
    ) -> Result<[u8; N], OpsFailed> {
        let mut context = BigNumContext::new()?;
        let bytes = Zeroizing::new(point.to_bytes(&self.0, form, &mut context)?);
        bytes.as_slice().try_into().map_err(|_| OpsFailed)
    }

    /// The x coordinate, which is all that a key exchange and a signature use of a point.
    pub(super) fn x(&self, point: &EcPointRef) -> Result<Zeroizing<[u8; 32]>, OpsFailed> {
        let bytes = Zeroizing::new(self.uncompressed(point)?);
        let x = bytes.get(1..33).and_then(|x| x.try_into().ok());
        x.map(Zeroizing::new).ok_or(OpsFailed)
    }

    /// Whether r ‖ s is an ES256 signature over a message.
    pub(super) fn verify(
        &self,
        key: &Point,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<bool, OpsFailed> {
        let (r, s) = signature.split_at(32);
        let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
        let signature = EcdsaSig::from_private_components(r, s)?;
        let key = EcKey::from_public_key(&self.0, &*self.point(&key.uncompressed())?)?;
        // The library reports numbers out of range as an error and not as a signature that does not verify.
        Ok(signature.verify(&sha256(message), &key).unwrap_or(false))
    }
}
