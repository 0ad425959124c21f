//! draw: a pouch of tokens from an order's unminted value.

use super::evaluation::{
    bind_outputs, read_evaluations, read_outputs, write_evaluations, write_outputs,
};
use super::{Evaluation, Output, RequestError, binding_of};
use crate::id::{Binding, OrderId};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::jws::verify_es256;
use crate::manifest::is_mix_name;
use crate::origin::IssuerId;
use crate::point::Point;
use alloc::{string::String, vec::Vec};

/// What a draw asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawFields {
    /// The newest manifest the wallet knows.
    pub manifest: u64,
    /// The order; it stands in the path.
    pub order: OrderId,
    /// The pouch's number, from 0.
    pub pouch: u32,
    /// The mix, or empty for the canonical split of a rest (R31).
    pub mix: String,
    /// The blinded elements.
    pub elements: Vec<Output>,
}

impl DrawFields {
    /// The hash over every field (R22).
    #[must_use]
    pub fn binding(&self, issuer: &IssuerId) -> Binding {
        let transcript = binding_of("draw", issuer)
            .be64(self.manifest)
            .fixed(self.order.bytes())
            .be32(self.pouch)
            .lp(self.mix.as_bytes());
        Binding::new(bind_outputs(transcript, &self.elements).hash())
    }
}

/// A parsed draw request.
#[derive(Clone, Debug)]
pub struct DrawRequest {
    fields: DrawFields,
    signature: [u8; 64],
}

impl DrawRequest {
    /// A signed request.
    #[must_use]
    pub const fn new(fields: DrawFields, signature: [u8; 64]) -> Self {
        Self { fields, signature }
    }

    /// Reads a request for the order in the path.
    ///
    /// # Errors
    /// [`RequestError`] for its shape and its points.
    pub fn parse(bytes: &[u8], order: OrderId) -> Result<Self, RequestError> {
        let mut refused = None;
        let request = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let pouch = u32::try_from(object.integer("pouch")).ok();
            let fields = DrawFields {
                manifest: object.integer("manifest"),
                order,
                mix: object.text_that("mix", is_mix_name),
                elements: read_outputs(object, "elements", &mut refused),
                pouch: object.some("pouch", pouch).unwrap_or_default(),
            };
            let signature = object.bytes("signature");
            Some(Self { fields, signature })
        })?;
        refused.map_or(Ok(request), Err)
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .integer("manifest", self.fields.manifest)
            .integer("pouch", self.fields.pouch.into())
            .text("mix", &self.fields.mix)
            .array("elements", write_outputs(&self.fields.elements))
            .b64u("signature", &self.signature)
            .finish()
    }

    /// Whether the order's claim key signed this binding.
    #[must_use]
    pub fn is_signed(&self, issuer: &IssuerId, claim: &Point) -> bool {
        verify_es256(claim, self.fields.binding(issuer).bytes(), &self.signature)
    }

    /// The claim key's signature over the binding, for who checks it elsewhere.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// What it asks for.
    #[must_use]
    pub const fn fields(&self) -> &DrawFields {
        &self.fields
    }
}

/// The answer to a draw.
#[derive(Clone, Debug)]
pub struct DrawResponse {
    /// One evaluation for each keyset.
    pub evaluations: Vec<Evaluation>,
}

impl DrawResponse {
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

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .array("evaluations", write_evaluations(&self.evaluations))
            .finish()
    }
}
