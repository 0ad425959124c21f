//! Tokens: what is kept, what is hashed, what is sent (spec section 3).

use crate::bytes::{Reader, Transcript};
use crate::id::{Binding, KeysetId, Mac, Nonce, Nullifier};
use crate::origin::IssuerId;
use crate::voprf::{BlindedElement, EvaluatedElement, MAX_BATCH, Proof};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The VOPRF output *y* of a token. Whoever has it can spend the token; it is never sent.
#[derive(Clone)]
pub struct Output(Zeroizing<[u8; 32]>);

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(…)")
    }
}

impl Output {
    pub(crate) const fn new(y: Zeroizing<[u8; 32]>) -> Self {
        Self(y)
    }

    /// HKDF-SHA-256 over y: 32 bytes for one purpose.
    fn derive(&self, salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<Sha256>::new(Some(salt), self.0.as_ref()).expand(info, &mut *key);
        key
    }

    fn keyed(&self, binding: &Binding) -> Option<Hmac<Sha256>> {
        let key = self.derive(b"", b"farthing/v1/mac");
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).ok()?;
        mac.update(binding.bytes());
        Some(mac)
    }

    /// The mac that authenticates the token for one binding (R11).
    #[must_use]
    pub fn mac(&self, binding: &Binding) -> Mac {
        let mac = self
            .keyed(binding)
            .map(|mac| mac.finalize().into_bytes().into());
        Mac::new(mac.unwrap_or_default())
    }

    /// Compares a mac in constant time.
    #[must_use]
    pub fn authenticates(&self, binding: &Binding, mac: &Mac) -> bool {
        self.keyed(binding)
            .is_some_and(|keyed| keyed.verify_slice(mac.bytes()).is_ok())
    }

    /// The key of the stored answer whose lead this token is (spec section 9).
    pub(crate) fn answer_key(&self, binding: &Binding) -> Zeroizing<[u8; 32]> {
        self.derive(binding.bytes(), b"farthing/v1/answer")
    }

    /// From which, as `ikm`, the ephemeral key of a key release derives whose lead this token is (spec section 9): the same
    /// request is answered with the same bytes. Secret.
    #[cfg(feature = "issuer")]
    #[must_use]
    pub fn release_ikm(&self, binding: &Binding) -> Zeroizing<[u8; 32]> {
        self.derive(binding.bytes(), b"farthing/v1/key-ephemeral")
    }

    /// What the issuer's journal says of the operation whose lead this token is (spec section 9, entry commitment).
    #[must_use]
    pub fn entry_commitment(&self, binding: &Binding) -> [u8; 16] {
        let derived = self.derive(binding.bytes(), b"farthing/v1/entry-commitment");
        let mut commitment = [0; 16];
        for (to, byte) in commitment.iter_mut().zip(derived.iter()) {
            *to = *byte;
        }
        commitment
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_ref(), other.0.as_ref()).into()
    }
}

/// lp(issuer id) ‖ keyset id ‖ nonce.
#[must_use]
pub fn voprf_input(issuer: &IssuerId, keyset: &KeysetId, nonce: &Nonce) -> Vec<u8> {
    Transcript::default()
        .lp(issuer.bytes())
        .fixed(keyset.bytes())
        .fixed(nonce.bytes())
        .bytes()
}

/// The spend identity of a token: made from decoded content only (R2).
#[must_use]
pub fn nullifier(issuer: &IssuerId, keyset: &KeysetId, nonce: &Nonce) -> Nullifier {
    Nullifier::new(
        Transcript::new("farthing/v1/nullifier")
            .lp(issuer.bytes())
            .fixed(keyset.bytes())
            .fixed(nonce.bytes())
            .hash(),
    )
}

/// A token as the wallet keeps it.
#[derive(Clone)]
pub struct Token {
    keyset: KeysetId,
    nonce: Nonce,
    output: Output,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(")?;
        f.write_str(&self.keyset.to_b64u())?;
        f.write_str(", …)")
    }
}

const TOKEN_VERSION: u8 = 1;
/// Length of a kept token.
pub const TOKEN_LEN: usize = 81;

impl Token {
    pub(crate) const fn new(keyset: KeysetId, nonce: Nonce, output: Output) -> Self {
        Self {
            keyset,
            nonce,
            output,
        }
    }

    /// Reads the 81 bytes; `None` for another version or length.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.take(1)? != [TOKEN_VERSION] {
            return None;
        }
        let (keyset, nonce) = (KeysetId::new(reader.array()?), Nonce::new(reader.array()?));
        let output = Output::new(Zeroizing::new(reader.array()?));
        reader.end()?;
        Some(Self {
            keyset,
            nonce,
            output,
        })
    }

    /// The 81 bytes. Whoever has them has the money.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            Transcript::default()
                .fixed(&[TOKEN_VERSION])
                .fixed(self.keyset.bytes())
                .fixed(self.nonce.bytes())
                .fixed(self.output.0.as_ref())
                .bytes(),
        )
    }

    /// Which keyset it is of.
    #[must_use]
    pub const fn keyset(&self) -> &KeysetId {
        &self.keyset
    }

    /// Its public random part.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// Its secret part.
    #[must_use]
    pub const fn output(&self) -> &Output {
        &self.output
    }

    /// Its spend identity.
    #[must_use]
    pub fn nullifier(&self, issuer: &IssuerId) -> Nullifier {
        nullifier(issuer, &self.keyset, &self.nonce)
    }
}

/// The whole group that one proof covers, and where in it a token stands (spec section 3).
#[derive(Clone, Debug)]
pub struct Evidence {
    pub(crate) proof: Proof,
    pub(crate) index: usize,
    /// Shared: all tokens of a group keep the whole of it.
    pub(crate) group: Arc<Vec<(BlindedElement, EvaluatedElement)>>,
}

impl Evidence {
    /// The kept form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = Transcript::default()
            .fixed(self.proof.bytes())
            .count(self.index)
            .count(self.group.len());
        let end = self
            .group
            .iter()
            .fold(start, |bytes, (blinded, evaluated)| {
                bytes.fixed(blinded.bytes()).fixed(evaluated.bytes())
            });
        end.bytes()
    }

    /// Reads the kept form; `None` if it is damaged.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let proof = Proof::parse(reader.array()?)?;
        let index = usize::try_from(reader.be32()?).ok()?;
        let count = usize::try_from(reader.be32()?).ok()?;
        if count > MAX_BATCH || index >= count {
            return None;
        }
        let mut group = Vec::with_capacity(count);
        for _ in 0..count {
            let blinded = BlindedElement::parse(reader.array()?)?;
            group.push((blinded, EvaluatedElement::parse(reader.array()?)?));
        }
        reader.end()?;
        Some(Self {
            proof,
            index,
            group: Arc::new(group),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| hmac.update(part));
        hmac.finalize().into_bytes().into()
    }

    #[test]
    fn an_entry_commitment_is_of_the_token_and_the_request_and_nothing_else_gives_it() {
        let (y, binding) = ([5; 32], Binding::new([6; 32]));
        let commitment = Output::new(Zeroizing::new(y)).entry_commitment(&binding);
        // RFC 5869, word by word.
        let key = hmac(binding.bytes(), &[&y]);
        let expanded = hmac(&key, &[b"farthing/v1/entry-commitment", &[1]]);
        assert_eq!(commitment, expanded[..16]);
        let of =
            |y, binding| Output::new(Zeroizing::new(y)).entry_commitment(&Binding::new(binding));
        assert_ne!(of([7; 32], [6; 32]), commitment);
        assert_ne!(of([5; 32], [7; 32]), commitment);
        // Neither the key nor the mac of anything else.
        let output = Output::new(Zeroizing::new(y));
        assert_ne!(output.answer_key(&binding)[..16], commitment);
        assert_ne!(output.mac(&binding).bytes()[..16], commitment);
    }
}
