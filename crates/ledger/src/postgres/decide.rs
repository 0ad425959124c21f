//! Which operations of a group are accepted, as if each came after the other: no database here.

use super::answers::Kept;
use super::keysets::Found;
use super::known::Known;
use crate::answer_number::AnswerNumber;
use crate::breaker::{self, Lost, Stopped, TRIPPED};
use crate::journal::Entry;
use crate::rules::Spending;
use crate::spend::Spend;
use crate::{Freeze, RecordKey, Redeemed, SealedAnswer, StoreError, SwapError, rules};
use farthing_core::id::Nullifier;

/// An operation to be written.
pub(super) struct Accepted<'a> {
    pub(super) spend: &'a Spend,
    pub(super) lead: Nullifier,
    pub(super) entry: Entry,
    pub(super) lost: Lost,
}

/// What becomes of a group.
pub(super) struct Decision<'a> {
    /// In the order of the group. They hold if what is accepted is committed.
    pub(super) results: Vec<Result<Redeemed, SwapError>>,
    pub(super) accepted: Vec<Accepted<'a>>,
    /// Keysets that the breaker freezes.
    pub(super) frozen: Vec<Freeze>,
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
pub(super) fn decide<'a>(known: &mut Known, group: &[&'a Spend]) -> Decision<'a> {
    let mut decision = Decision {
        results: Vec::with_capacity(group.len()),
        accepted: Vec::new(),
        frozen: Vec::new(),
    };
    for &spend in group {
        let result = match one(known, spend, &mut decision.frozen) {
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

fn one<'a>(
    known: &mut Known,
    spend: &'a Spend,
    frozen: &mut Vec<Freeze>,
) -> Result<Verdict<'a>, SwapError> {
    let lead = rules::lead(spend.inputs())?.nullifier;
    if let Some(answer) = repeated(known, spend)? {
        return Ok(Verdict::Repeated(answer));
    }
    let is_taken = |index: &usize| {
        let key = spend.inputs().get(*index);
        let key = key.map(|input| RecordKey::token(&input.nullifier));
        let reserved = key.and_then(|key| known.reserved.get(&key));
        rules::is_for_another(reserved.into_iter().flatten(), spend.binding())
    };
    let taken: Vec<usize> = (0..spend.inputs().len()).filter(is_taken).collect();
    if !taken.is_empty() {
        return Err(SwapError::TokenSpent(taken));
    }
    rules::balance(spend)?;
    let is_known = |index: &usize| {
        let element = spend.outputs().get(*index);
        element.is_some_and(|e| known.issued.contains(&(e.keyset, *e.hash())))
    };
    let reused: Vec<usize> = (0..spend.outputs().len()).filter(is_known).collect();
    if !reused.is_empty() {
        return Err(SwapError::ElementReused(reused));
    }
    let keysets = spend.uses().map(|(keyset, _)| keyset);
    if known.terms.has_ended(keysets) {
        return Err(SwapError::KeysetEnded);
    }
    known.terms.agree(spend.tender(), spend.uses())?;
    let passed = breaker::check(
        spend,
        |keyset| known.terms.counts(keyset),
        |element| known.issued.contains(&(element.keyset, *element.hash())),
    );
    let lost = passed.map_err(|stopped| {
        trip(known, spend, &stopped, frozen);
        stopped.refusal()
    })?;
    let entry = spend.entry(lost.value()?)?;
    remember(known, spend, lead, &lost);
    Ok(Verdict::New(Box::new(Accepted {
        spend,
        lead,
        entry,
        lost,
    })))
}

/// Freezes what tripped the breaker: for the rest of the group, and in the database.
fn trip(known: &mut Known, spend: &Spend, stopped: &Stopped, frozen: &mut Vec<Freeze>) {
    let Stopped::Tripped(keysets) = stopped else {
        return;
    };
    for (keyset, denomination) in spend.uses() {
        if keysets.contains(&keyset) && !known.terms.counts(&keyset).is_frozen {
            known.terms.freeze(&keyset);
            frozen.push(Freeze {
                keyset,
                currency: spend.currency(),
                denomination,
                promo: spend.promo().cloned(),
                hour: spend.hour(),
                reason: TRIPPED.into(),
            });
        }
    }
}

/// The answer to this request, if it was accepted before, or before it in the group.
fn repeated(known: &Known, spend: &Spend) -> Result<Option<SealedAnswer>, SwapError> {
    let spender = |input: &crate::Input| known.spent.get(&(input.keyset, input.nullifier)).copied();
    let spent = spend
        .inputs()
        .iter()
        .map(|i| spender(i).map(Found::spender));
    match rules::spending(spent, spend.binding()) {
        Spending::Archived => Err(SwapError::AnswerExpired),
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(SwapError::TokenSpent(taken)),
        Spending::Same => {
            let kept = match spend.inputs().iter().find_map(spender) {
                Some(Found::By { lead, .. }) => known.answers.get(&lead),
                _ => None,
            };
            let kept =
                kept.ok_or_else(|| StoreError::Inconsistent("a spent token has no answer".into()))?;
            Ok(Some(kept.sealed_at(spend.hour())?))
        }
    }
}

/// Later requests of the group see what this one does.
fn remember(known: &mut Known, spend: &Spend, lead: Nullifier, lost: &Lost) {
    let (binding, expires) = (spend.binding(), spend.answer_expires());
    // The number that it will have, or another: nothing of the group asks for it.
    let by = Found::By {
        answer: AnswerNumber::first_candidate(expires, lead),
        lead,
        binding,
    };
    for input in spend.inputs() {
        known.spent.insert((input.keyset, input.nullifier), by);
    }
    for output in spend.outputs() {
        known.issued.insert((output.keyset, *output.hash()));
    }
    known.terms.count(spend, lost);
    let kept = Kept {
        operation: spend.operation(),
        sealed: Some(spend.answer().bytes().to_vec()),
        expires,
    };
    known.answers.insert(lead, kept);
}
