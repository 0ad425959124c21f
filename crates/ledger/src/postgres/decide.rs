//! Which purchases of a group are accepted, as if each came after the other: no database here.

use super::answers::Kept;
use super::keysets::Found;
use super::known::Known;
use crate::journal::Entry;
use crate::rules::Spending;
use crate::{
    AnswerState, Operation, RedeemError, Redeemed, Redemption, SealedAnswer, StoreError,
    StoredAnswerError, event, rules,
};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::money::Micro;

/// A purchase to be written.
pub(super) struct Accepted<'a> {
    pub(super) redemption: &'a Redemption,
    pub(super) lead: Nullifier,
    pub(super) entry: Entry,
}

/// What becomes of a group.
pub(super) struct Decision<'a> {
    /// In the order of the group. They hold if what is accepted is committed.
    pub(super) results: Vec<Result<Redeemed, RedeemError>>,
    pub(super) accepted: Vec<Accepted<'a>>,
}

impl Decision<'_> {
    /// Whether an answer is repeated that the database held.
    pub(super) fn repeats(&self) -> bool {
        self.results
            .iter()
            .any(|result| matches!(result, Ok(Redeemed::Replayed(_))))
    }
}

/// Decides about a group. `known` is what the database holds, and grows by what is accepted.
pub(super) fn decide<'a>(known: &mut Known, group: &[&'a Redemption]) -> Decision<'a> {
    let mut decision = Decision {
        results: Vec::with_capacity(group.len()),
        accepted: Vec::new(),
    };
    for &redemption in group {
        let result = match one(known, redemption) {
            Ok(Verdict::Repeated(answer)) => Ok(Redeemed::Replayed(answer)),
            Ok(Verdict::New(accepted)) => {
                decision.accepted.push(*accepted);
                Ok(Redeemed::Accepted)
            }
            Err(refusal) => Err(refusal),
        };
        decision.results.push(result);
    }
    decision
}

enum Verdict<'a> {
    New(Box<Accepted<'a>>),
    Repeated(SealedAnswer),
}

fn one<'a>(known: &mut Known, redemption: &'a Redemption) -> Result<Verdict<'a>, RedeemError> {
    let lead = rules::lead(&redemption.inputs)?.nullifier;
    if let Some(answer) = repeated(known, redemption)? {
        return Ok(Verdict::Repeated(answer));
    }
    rules::balance(redemption)?;
    let is_known = |index: &usize| {
        let element = redemption.outputs.get(*index);
        element.is_some_and(|e| known.issued.contains(&(e.keyset, *e.hash())))
    };
    let reused: Vec<usize> = (0..redemption.outputs.len()).filter(is_known).collect();
    if !reused.is_empty() {
        return Err(RedeemError::ElementReused(reused));
    }
    if known
        .terms
        .has_ended(uses(redemption).map(|(keyset, _)| keyset))
    {
        return Err(RedeemError::KeysetEnded);
    }
    let entry = event::redeemed(redemption)?;
    known.terms.agree(redemption.currency, uses(redemption))?;
    remember(known, redemption, lead);
    Ok(Verdict::New(Box::new(Accepted {
        redemption,
        lead,
        entry,
    })))
}

fn uses(redemption: &Redemption) -> impl Iterator<Item = (KeysetId, Micro)> + Clone {
    let inputs = redemption.inputs.iter().map(|i| (i.keyset, i.denomination));
    let outputs = redemption
        .outputs
        .iter()
        .map(|o| (o.keyset, o.denomination));
    inputs.chain(outputs)
}

/// The answer to this request, if it was accepted before, or before it in the group.
fn repeated(known: &Known, redemption: &Redemption) -> Result<Option<SealedAnswer>, RedeemError> {
    let spender = |input: &crate::Input| known.spent.get(&(input.keyset, input.nullifier)).copied();
    let spent = redemption
        .inputs
        .iter()
        .map(|i| spender(i).map(Found::spender));
    match rules::spending(spent, redemption.binding) {
        Spending::Archived => Err(RedeemError::AnswerExpired),
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(RedeemError::TokenSpent(taken)),
        Spending::Same => {
            let kept = match redemption.inputs.iter().find_map(spender) {
                Some(Found::By { lead, expires, .. }) => known.answers.get(&(expires, lead)),
                _ => None,
            };
            let kept =
                kept.ok_or_else(|| StoreError::Inconsistent("a spent token has no answer".into()))?;
            Ok(Some(kept.sealed_at(redemption.hour).map_err(
                |error: StoredAnswerError| RedeemError::from(error),
            )?))
        }
    }
}

/// Later requests of the group see what this one does.
fn remember(known: &mut Known, redemption: &Redemption, lead: Nullifier) {
    let binding = redemption.binding;
    let expires = redemption.answer_expires;
    let by = Found::By {
        lead,
        expires,
        binding,
    };
    for input in &redemption.inputs {
        known.spent.insert((input.keyset, input.nullifier), by);
    }
    for output in &redemption.outputs {
        known.issued.insert((output.keyset, *output.hash()));
    }
    let kept = Kept {
        operation: Operation::Redeem,
        state: AnswerState::Sealed(redemption.answer.clone()),
        expires,
    };
    known.answers.insert((expires, lead), kept);
}
