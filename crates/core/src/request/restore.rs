//! restore: the evaluations of elements that were evaluated before, for a wallet that has its seed and nothing else (R35).

use super::evaluation::{read_evaluations, take_element, write_evaluations};
use super::{Evaluation, RequestError, binding_of};
use crate::bytes::array_from_b64u;
use crate::id::{Binding, KeysetId};
use crate::json::{Array, MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::origin::IssuerId;
use crate::voprf::BlindedElement;
use alloc::{string::String, vec::Vec};

/// Most elements in one request.
pub const MAX_RESTORED: usize = 50;

/// Elements of one keyset that may have been evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreRequest {
    /// Which keyset.
    pub keyset: KeysetId,
    /// At least one, all distinct, as the wallet made them at first.
    pub elements: Vec<BlindedElement>,
}

impl RestoreRequest {
    /// The hash over every field (R22): the randomness of the proof depends on it.
    #[must_use]
    pub fn binding(&self, issuer: &IssuerId) -> Binding {
        let transcript = binding_of("restore", issuer)
            .fixed(self.keyset.bytes())
            .count(self.elements.len());
        let elements = self.elements.iter();
        Binding::new(elements.fold(transcript, |t, e| t.fixed(e.bytes())).hash())
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`RequestError`] for its shape and its points.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let mut refused = None;
        let request = parse_object(bytes, MAX_REQUEST)?.read(|object| {
            let points = object.texts("elements", MAX_RESTORED, array_from_b64u::<33>);
            object.check("elements", !points.is_empty());
            let mut elements: Vec<BlindedElement> = Vec::with_capacity(points.len());
            for point in points {
                let known = |element: &_| elements.contains(element);
                elements.extend(take_element(point, known, &mut refused));
            }
            Some(Self {
                keyset: KeysetId::new(object.bytes("keyset")),
                elements,
            })
        })?;
        refused.map_or(Ok(request), Err)
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let elements = self.elements.iter();
        let elements = elements.fold(Array::new(), |list, e| list.b64u(e.bytes()));
        Writer::new()
            .b64u("keyset", self.keyset.bytes())
            .array("elements", elements)
            .finish()
    }
}

/// Which of the elements were evaluated, and what came out.
#[derive(Clone, Debug)]
pub struct RestoreResponse {
    /// One for each element of the request.
    pub issued: Vec<bool>,
    /// Of those that were, in their order, under one proof; `None` if there are none.
    pub evaluation: Option<Evaluation>,
}

impl RestoreResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            let issued: Option<Vec<bool>> = object
                .text("issued")
                .bytes()
                .map(|digit| match digit {
                    b'0' => Some(false),
                    b'1' => Some(true),
                    _ => None,
                })
                .collect();
            let issued = object.some("issued", issued)?;
            object.check("issued", issued.len() <= MAX_RESTORED);
            let mut evaluations = read_evaluations(object, "evaluations").into_iter();
            let evaluation = evaluations.next();
            let counted = evaluation.as_ref().map_or(0, |e| e.evaluated.len());
            let fits = counted == issued.iter().filter(|is| **is).count();
            object.check("evaluations", fits && evaluations.next().is_none());
            Some(Self { issued, evaluation })
        })
    }

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let issued = self.issued.iter();
        let issued: String = issued.map(|is| if *is { '1' } else { '0' }).collect();
        Writer::new()
            .text("issued", &issued)
            .array("evaluations", write_evaluations(self.evaluation.as_slice()))
            .finish()
    }
}
