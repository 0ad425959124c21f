//! refund: a purchase is given back, and its price comes as fresh tokens (section 14, R56).

use super::evaluation::{
    bind_outputs, read_evaluations, read_outputs, write_evaluations, write_outputs,
};
use super::{Evaluation, Input, Output, RequestError, binding_of};
use crate::id::{Binding, GrantHash, KeysetId, Mac, Nonce};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::jws::{self, Unverified};
use crate::origin::IssuerId;
use alloc::{string::String, vec::Vec};

/// The one reason there is: the reader takes the purchase back in the time that the offer gives for it.
const UNDO: &str = "undo";

/// Everything a refund says but mac and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundFields {
    /// The newest manifest the wallet knows.
    pub manifest: u64,
    /// The grant that is given back.
    pub grant: String,
    /// The right that is spent for it.
    pub right: Input,
    /// What the price comes back as.
    pub outputs: Vec<Output>,
}

impl RefundFields {
    /// The hash over every field (R22).
    ///
    /// # Errors
    /// [`Malformed`] if the grant's text is no JWS of a grant.
    pub fn binding(&self, issuer: &IssuerId) -> Result<Binding, Malformed> {
        let grant = Unverified::parse(&self.grant, jws::GRANT)?;
        let hash = GrantHash::new(grant.hash());
        let transcript = binding_of("refund", issuer)
            .be64(self.manifest)
            .fixed(hash.bytes())
            .lp(UNDO.as_bytes())
            .fixed(self.right.keyset.bytes())
            .fixed(self.right.nonce.bytes());
        Ok(Binding::new(bind_outputs(transcript, &self.outputs).hash()))
    }
}

/// A parsed refund: fields, mac, signature, and the binding made from the fields.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    fields: RefundFields,
    mac: Mac,
    signature: [u8; 64],
    binding: Binding,
}

impl RefundRequest {
    /// A request with the right's mac, signed by the grant's `cnf` key.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] if the grant's text is no JWS of a grant, or there is no mac or signature.
    pub fn new(
        fields: RefundFields,
        issuer: &IssuerId,
        mac: impl FnOnce(&Binding) -> Option<Mac>,
        sign: impl FnOnce(&Binding) -> Option<[u8; 64]>,
    ) -> Result<Self, RequestError> {
        let binding = fields.binding(issuer)?;
        Ok(Self {
            mac: mac(&binding).ok_or(Malformed("right"))?,
            signature: sign(&binding).ok_or(Malformed("signature"))?,
            fields,
            binding,
        })
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError`] for its shape and its points.
    pub fn parse(bytes: &[u8], issuer: &IssuerId) -> Result<Self, RequestError> {
        let mut refused = None;
        let (fields, mac, signature) = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            object.word("reason", UNDO);
            let right = object.object("right", |right| {
                let keyset = KeysetId::new(right.bytes("keyset"));
                let nonce = Nonce::new(right.bytes("nonce"));
                let mac = Mac::new(right.bytes("mac"));
                Some((Input::new(issuer, keyset, nonce), mac))
            });
            let outputs = read_outputs(object, "outputs", &mut refused);
            object.check("outputs", refused.is_some() || !outputs.is_empty());
            let signature = object.bytes("signature");
            let (manifest, grant) = (object.integer("manifest"), object.text("grant"));
            let (right, mac) = right?;
            let fields = RefundFields {
                manifest,
                grant,
                right,
                outputs,
            };
            Some((fields, mac, signature))
        })?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        Ok(Self {
            binding: fields.binding(issuer)?,
            fields,
            mac,
            signature,
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let RefundFields {
            manifest,
            grant,
            right,
            outputs,
        } = &self.fields;
        let right = Writer::new()
            .b64u("keyset", right.keyset.bytes())
            .b64u("nonce", right.nonce.bytes())
            .b64u("mac", self.mac.bytes());
        Writer::new()
            .integer("manifest", *manifest)
            .text("grant", grant)
            .text("reason", UNDO)
            .object("right", right)
            .array("outputs", write_outputs(outputs))
            .b64u("signature", &self.signature)
            .finish()
    }

    /// What it says.
    #[must_use]
    pub const fn fields(&self) -> &RefundFields {
        &self.fields
    }

    /// The right's mac.
    #[must_use]
    pub const fn mac(&self) -> &Mac {
        &self.mac
    }

    /// By the grant's `cnf` key, over the binding.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The hash over every field.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }
}

/// The answer to a refund.
#[derive(Clone, Debug)]
pub struct RefundResponse {
    /// One evaluation for each keyset.
    pub evaluations: Vec<Evaluation>,
}

impl RefundResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                evaluations: read_evaluations(object, "evaluations"),
            })
        })
    }

    /// The answer's text: of one request always the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .array("evaluations", write_evaluations(&self.evaluations))
            .finish()
    }
}
