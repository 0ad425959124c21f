//! rebind: a gift becomes somebody's own, once (R51).

use super::binding_of;
use crate::bytes::{Transcript, to_b64u};
use crate::id::{Binding, GrantHash};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Object, Writer, parse_object};
use crate::jws::{self, Unverified};
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::string::String;
use core::fmt;
use zeroize::Zeroizing;

/// 32 bytes that a wallet derives and sends with its request: under them the issuer keeps what it answered, and cannot
/// read it afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct MemoryKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MemoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryKey(…)")
    }
}

impl MemoryKey {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Under which the answer to the request with that binding is kept.
    #[cfg(feature = "issuer")]
    pub(crate) fn answer_key(&self, binding: &Binding) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes, far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<sha2::Sha256>::new(Some(binding.bytes()), self.0.as_ref())
            .expand(b"farthing/v1/rebind-answer", &mut *key);
        key
    }
}

/// Everything a rebind says but the signatures.
#[derive(Clone, Debug)]
pub struct RebindFields {
    /// The gift's grant, as it was given.
    pub grant: String,
    /// The giver's key where the giver takes the gift back; none where the link's key claims it.
    pub giver: Option<Point>,
    /// To whom the new grant is given.
    pub cnf: Point,
    /// Under which the answer is kept.
    pub memory: MemoryKey,
}

impl RebindFields {
    /// What is signed (R22).
    ///
    /// # Errors
    /// [`Malformed`] if the grant's text is no JWS of a grant.
    pub fn binding(&self, issuer: &IssuerId) -> Result<Binding, Malformed> {
        let grant = Unverified::parse(&self.grant, jws::GRANT)?;
        let hash = GrantHash::new(grant.hash());
        let giver = self.giver.as_ref();
        let giver = giver.map(|key| key.bytes().as_slice()).unwrap_or_default();
        let transcript: Transcript = binding_of("rebind", issuer)
            .fixed(hash.bytes())
            .lp(giver)
            .fixed(self.cnf.bytes())
            .fixed(self.memory.0.as_ref());
        Ok(Binding::new(transcript.hash()))
    }
}

/// A parsed rebind: fields, signatures, and the binding made from the fields.
#[derive(Clone, Debug)]
pub struct RebindRequest {
    fields: RebindFields,
    binding: Binding,
    signature: [u8; 64],
    proof: [u8; 64],
}

impl RebindRequest {
    /// A request signed by `by`, which has the gift's key or the giver's, and by `own`, which has the new key.
    ///
    /// # Errors
    /// [`Malformed`] if the grant's text is no JWS of a grant.
    pub fn new(
        fields: RebindFields,
        issuer: &IssuerId,
        by: impl FnOnce(&Binding) -> [u8; 64],
        own: impl FnOnce(&Binding) -> [u8; 64],
    ) -> Result<Self, Malformed> {
        let binding = fields.binding(issuer)?;
        Ok(Self {
            signature: by(&binding),
            proof: own(&binding),
            fields,
            binding,
        })
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8], issuer: &IssuerId) -> Result<Self, Malformed> {
        let (fields, signature, proof) = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let (signature, proof) = (object.bytes("signature"), object.bytes("proof"));
            let fields = RebindFields {
                grant: object.text("grant"),
                giver: read_giver(object)?,
                memory: MemoryKey::new(object.bytes("memory")),
                cnf: object.point("cnf")?,
            };
            Some((fields, signature, proof))
        })?;
        Ok(Self {
            binding: fields.binding(issuer)?,
            fields,
            signature,
            proof,
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let fields = &self.fields;
        let giver = fields.giver.as_ref().map(|key| to_b64u(key.bytes()));
        Writer::new()
            .text("grant", &fields.grant)
            .text("giver", &giver.unwrap_or_default())
            .b64u("cnf", fields.cnf.bytes())
            .b64u("memory", fields.memory.0.as_ref())
            .b64u("signature", &self.signature)
            .b64u("proof", &self.proof)
            .finish()
    }

    /// What it says.
    #[must_use]
    pub const fn fields(&self) -> &RebindFields {
        &self.fields
    }

    /// The hash over every field.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// By the gift's key, or by the giver's.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// By the new key.
    #[must_use]
    pub const fn proof(&self) -> &[u8; 64] {
        &self.proof
    }
}

/// A point, or the empty text for none.
#[expect(
    clippy::option_option,
    reason = "none given is not the same as none read"
)]
fn read_giver(object: &mut Object) -> Option<Option<Point>> {
    if object.peek_text("giver") == Some("") {
        object.text("giver");
        return Some(None);
    }
    object.point("giver").map(Some)
}

/// The answer to a rebind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebindResponse {
    /// The grant that takes the gift's place.
    pub grant: String,
}

impl RebindResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                grant: object.text("grant"),
            })
        })
    }

    /// The answer's text: of one request always the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new().text("grant", &self.grant).finish()
    }
}
