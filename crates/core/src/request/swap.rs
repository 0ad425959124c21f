//! swap: tokens for other tokens of the same worth, with issuance evidence for those of a frozen keyset.

use super::evaluation::{
    bind_outputs, read_evaluations, read_outputs, write_evaluations, write_outputs,
};
use super::{Evaluation, Input, MAX_ITEMS, Output, RequestError, binding_of};
use crate::gather::gather_all;
use crate::id::{Binding, KeysetId, Mac, Nonce};
use crate::json::{Array, MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::origin::IssuerId;
use crate::voprf::ShownBlind;
use alloc::{string::String, vec::Vec};

/// A token to be swapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapInput {
    /// Its identity.
    pub token: Input,
    /// Its blind, where its issuance is to be shown: with it the issuer finds the draw that the token came from.
    pub blind: Option<ShownBlind>,
}

/// Everything a swap says but the macs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapFields {
    /// The newest manifest the wallet knows.
    pub manifest: u64,
    /// The tokens to spend, in strictly ascending order of nullifier (R23).
    pub inputs: Vec<SwapInput>,
    /// What is asked for, group by group: each group is answered under proofs of its own, so that it can be handed on
    /// alone.
    pub groups: Vec<Vec<Output>>,
}

impl SwapFields {
    /// The hash over every field (R22).
    #[must_use]
    pub fn binding(&self, issuer: &IssuerId) -> Binding {
        let mut transcript = binding_of("swap", issuer)
            .be64(self.manifest)
            .count(self.inputs.len());
        for SwapInput { token, blind } in &self.inputs {
            let blind = blind.as_ref().map(|blind| blind.bytes().as_slice());
            transcript = transcript
                .fixed(token.keyset.bytes())
                .fixed(token.nonce.bytes())
                .lp(blind.unwrap_or_default());
        }
        transcript = transcript.count(self.groups.len());
        for group in &self.groups {
            transcript = bind_outputs(transcript, group);
        }
        Binding::new(transcript.hash())
    }

    /// The input with the smallest nullifier: inputs are in that order.
    #[must_use]
    pub fn lead(&self) -> Option<&Input> {
        self.inputs.first().map(|input| &input.token)
    }
}

/// A parsed swap: fields, macs, and the binding made from the fields.
#[derive(Clone, Debug)]
pub struct SwapRequest {
    fields: SwapFields,
    macs: Vec<Mac>,
    binding: Binding,
}

impl SwapRequest {
    /// A request with the mac of each input, made by `mac` from the binding.
    ///
    /// # Errors
    /// [`RequestError::Malformed`] if a mac is missing.
    pub fn new(
        fields: SwapFields,
        issuer: &IssuerId,
        mac: impl Fn(&Input, &Binding) -> Option<Mac>,
    ) -> Result<Self, RequestError> {
        let binding = fields.binding(issuer);
        let inputs = fields.inputs.iter();
        let macs = gather_all(inputs.map(|input| mac(&input.token, &binding)));
        let macs = macs.ok_or(Malformed("inputs"))?;
        Ok(Self {
            fields,
            macs,
            binding,
        })
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError`] for its shape, its points and its order.
    pub fn parse(bytes: &[u8], issuer: &IssuerId) -> Result<Self, RequestError> {
        let mut refused = None;
        let (fields, macs) = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let mut inputs: Vec<SwapInput> = Vec::new();
            let macs = object.list("inputs", MAX_ITEMS, |item| {
                let keyset = KeysetId::new(item.bytes("keyset"));
                let nonce = Nonce::new(item.bytes("nonce"));
                let token = Input::new(issuer, keyset, nonce);
                let last = inputs.last();
                if last.is_some_and(|last| last.token.nullifier >= token.nullifier) {
                    refused.get_or_insert(RequestError::InputsOrder);
                }
                let shown = item.b64u("blind");
                let blind = <[u8; 32]>::try_from(shown.as_slice()).ok();
                let blind = blind.and_then(ShownBlind::parse);
                item.check("blind", shown.is_empty() || blind.is_some());
                inputs.push(SwapInput { token, blind });
                Some(Mac::new(item.bytes("mac")))
            });
            object.check("inputs", !inputs.is_empty());
            let mut left = MAX_ITEMS;
            let groups = object.list("groups", MAX_ITEMS, |group| {
                let outputs = read_outputs(group, "outputs", &mut refused);
                let rest = left.checked_sub(outputs.len());
                // An element that was refused is not in the list, but the group was not empty.
                group.check("outputs", refused.is_some() || !outputs.is_empty());
                left = group.some("outputs", rest).unwrap_or_default();
                Some(outputs)
            });
            object.check("groups", !groups.is_empty());
            let fields = SwapFields {
                manifest: object.integer("manifest"),
                inputs,
                groups,
            };
            Some((fields, macs))
        })?;
        if refused.is_none() && has_repetition(&fields.groups) {
            refused = Some(RequestError::ElementRepeated);
        }
        if let Some(refused) = refused {
            return Err(refused);
        }
        let binding = fields.binding(issuer);
        Ok(Self {
            fields,
            macs,
            binding,
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let inputs = self.fields.inputs.iter().zip(&self.macs);
        let inputs = Array::new().objects(inputs, |(input, mac)| {
            let blind = input.blind.as_ref();
            let blind = blind.map(|blind| blind.bytes().as_slice());
            Writer::new()
                .b64u("keyset", input.token.keyset.bytes())
                .b64u("nonce", input.token.nonce.bytes())
                .b64u("blind", blind.unwrap_or_default())
                .b64u("mac", mac.bytes())
        });
        let groups = Array::new().objects(&self.fields.groups, |group| {
            Writer::new().array("outputs", write_outputs(group))
        });
        Writer::new()
            .integer("manifest", self.fields.manifest)
            .array("inputs", inputs)
            .array("groups", groups)
            .finish()
    }

    /// What it says.
    #[must_use]
    pub const fn fields(&self) -> &SwapFields {
        &self.fields
    }

    /// The mac of each input, in the same order.
    #[must_use]
    pub fn macs(&self) -> &[Mac] {
        &self.macs
    }

    /// The hash over every field.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }
}

/// Whether one element stands twice, in one group or in two.
fn has_repetition(groups: &[Vec<Output>]) -> bool {
    let mut seen: Vec<&Output> = Vec::new();
    for output in groups.iter().flatten() {
        if seen.iter().any(|known| known.blinded == output.blinded) {
            return true;
        }
        seen.push(output);
    }
    false
}

/// The answer to a swap.
#[derive(Clone, Debug)]
pub struct SwapResponse {
    /// The evaluations of each group, in the order of the request.
    pub groups: Vec<Vec<Evaluation>>,
}

impl SwapResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                groups: object.list("groups", MAX_ITEMS, |group| {
                    Some(read_evaluations(group, "evaluations"))
                }),
            })
        })
    }

    /// The answer's text: these very bytes are stored and sent again.
    #[must_use]
    pub fn to_json(&self) -> String {
        let groups = Array::new().objects(&self.groups, |group| {
            Writer::new().array("evaluations", write_evaluations(group))
        });
        Writer::new().array("groups", groups).finish()
    }
}
