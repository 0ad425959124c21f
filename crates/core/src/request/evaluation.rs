//! Elements on their way to the issuer, and evaluated ones on their way back.

use super::{MAX_ITEMS, RequestError};
use crate::bytes::{Transcript, array_from_b64u};
use crate::id::KeysetId;
use crate::json::{Array, Malformed, Object, Writer};
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

pub(super) fn parse_outputs(
    object: &mut Object,
    name: &'static str,
) -> Result<Vec<Output>, RequestError> {
    let mut outputs: Vec<Output> = Vec::new();
    for mut item in object.objects(name, MAX_ITEMS)? {
        let keyset = item.parsed("keyset", KeysetId::parse)?;
        let blinded = item.bytes("blinded")?;
        item.finish()?;
        let blinded = BlindedElement::parse(blinded).ok_or(RequestError::ElementInvalid)?;
        if outputs.iter().any(|output| output.blinded == blinded) {
            return Err(RequestError::ElementRepeated);
        }
        outputs.push(Output { keyset, blinded });
    }
    Ok(outputs)
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

pub(super) fn parse_evaluations(
    object: &mut Object,
    name: &'static str,
) -> Result<Vec<Evaluation>, Malformed> {
    let mut evaluations = Vec::new();
    for mut item in object.objects(name, MAX_ITEMS)? {
        let keyset = item.parsed("keyset", KeysetId::parse)?;
        let evaluated = item.texts("evaluated", MAX_ITEMS, |text| {
            array_from_b64u(text).and_then(EvaluatedElement::parse)
        })?;
        let proof = Proof::parse(item.bytes("proof")?).ok_or(Malformed("proof"))?;
        item.finish()?;
        evaluations.push(Evaluation {
            keyset,
            evaluated,
            proof,
        });
    }
    Ok(evaluations)
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
