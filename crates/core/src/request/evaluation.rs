//! Elements on their way to the issuer, and evaluated ones on their way back.

use super::{MAX_ITEMS, RequestError};
use crate::bytes::{Transcript, array_from_b64u};
use crate::id::KeysetId;
use crate::json::{Array, Object, Writer};
use crate::voprf::{BlindedElement, EvaluatedElement, Proof};
use alloc::vec::Vec;

/// A blinded element for a token of that keyset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Which keyset.
    pub keyset: KeysetId,
    /// What to evaluate.
    pub blinded: BlindedElement,
}

/// Takes a point as sent, unless it is to be refused: `known` says whether it was sent before.
pub(super) fn take_element(
    point: [u8; 33],
    known: impl Fn(&BlindedElement) -> bool,
    refused: &mut Option<RequestError>,
) -> Option<BlindedElement> {
    let Some(element) = BlindedElement::parse(point) else {
        refused.get_or_insert(RequestError::ElementInvalid);
        return None;
    };
    if known(&element) {
        refused.get_or_insert(RequestError::ElementRepeated);
    }
    Some(element)
}

/// Reads outputs. `refused` is set where every member has its form, but the elements are not to be taken.
pub(super) fn read_outputs(
    object: &mut Object,
    name: &'static str,
    refused: &mut Option<RequestError>,
) -> Vec<Output> {
    let mut outputs: Vec<Output> = Vec::new();
    let mut read = |item: &mut Object| {
        let keyset = KeysetId::new(item.bytes("keyset"));
        let known = |element: &_| outputs.iter().any(|output| output.blinded == *element);
        if let Some(blinded) = take_element(item.bytes("blinded"), known, refused) {
            outputs.push(Output { keyset, blinded });
        }
        Some(())
    };
    object.each(name, MAX_ITEMS, &mut read);
    outputs
}

pub(super) fn write_outputs(outputs: &[Output]) -> Array {
    Array::new().objects(outputs, |output| {
        Writer::new()
            .b64u("keyset", output.keyset.bytes())
            .b64u("blinded", output.blinded.bytes())
    })
}

/// Appends the list of outputs as sent.
pub(super) fn bind_outputs(transcript: Transcript, outputs: &[Output]) -> Transcript {
    outputs
        .iter()
        .fold(transcript.count(outputs.len()), |transcript, output| {
            transcript
                .fixed(output.keyset.bytes())
                .fixed(output.blinded.bytes())
        })
}

/// The evaluated elements of one keyset, in the order sent, under one proof (R12).
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Which keyset.
    pub keyset: KeysetId,
    /// The elements.
    pub evaluated: Vec<EvaluatedElement>,
    /// The proof over all of them.
    pub proof: Proof,
}

pub(super) fn read_evaluations(object: &mut Object, name: &'static str) -> Vec<Evaluation> {
    object.list(name, MAX_ITEMS, |item| {
        let proof = Proof::parse(item.bytes("proof"));
        Some(Evaluation {
            keyset: KeysetId::new(item.bytes("keyset")),
            evaluated: item.texts("evaluated", MAX_ITEMS, |text| {
                array_from_b64u(text).and_then(EvaluatedElement::parse)
            }),
            proof: item.some("proof", proof)?,
        })
    })
}

pub(super) fn write_evaluations(evaluations: &[Evaluation]) -> Array {
    Array::new().objects(evaluations, |evaluation| {
        let elements = evaluation.evaluated.iter();
        Writer::new()
            .b64u("keyset", evaluation.keyset.bytes())
            .array(
                "evaluated",
                elements.fold(Array::new(), |list, e| list.b64u(e.bytes())),
            )
            .b64u("proof", evaluation.proof.bytes())
    })
}

/// Outputs grouped by keyset, in order of first appearance; order within a group is kept (spec section 10, draw).
#[must_use]
pub fn group_by_keyset(outputs: &[Output]) -> Vec<(KeysetId, Vec<&Output>)> {
    let mut groups: Vec<(KeysetId, Vec<&Output>)> = Vec::new();
    for output in outputs {
        match groups
            .iter_mut()
            .find(|(keyset, _)| *keyset == output.keyset)
        {
            Some((_, group)) => group.push(output),
            None => groups.push((output.keyset, alloc::vec![output])),
        }
    }
    groups
}
