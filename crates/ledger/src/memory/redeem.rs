//! Spending and stored answers in memory.

use super::state::{Kept, Spent, State};
use crate::rules::{Spender, Spending};
use crate::spend::Spend;
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, RecordKey, Redeemed, SealedAnswer, StoreError,
    StoredAnswerError, SwapError, breaker, rules,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};

impl State {
    pub(super) fn spend(&mut self, spend: &Spend) -> Result<Redeemed, SwapError> {
        let lead = rules::lead(spend.inputs())?.nullifier;
        let (binding, tender) = (spend.binding(), spend.tender());
        if let Some(answer) = self.stored_answer(spend.inputs(), binding, spend.hour())? {
            return Ok(Redeemed::Replayed(answer));
        }
        let taken = self.reserved_for_others(spend);
        if !taken.is_empty() {
            return Err(SwapError::TokenSpent(taken));
        }
        rules::balance(spend)?;
        let reused = self.reused(spend.outputs());
        if !reused.is_empty() {
            return Err(SwapError::ElementReused(reused));
        }
        if spend.uses().any(|(keyset, _)| self.has_ended(&keyset)) {
            return Err(SwapError::KeysetEnded);
        }
        self.check_terms(spend.uses(), tender)?;
        let passed = breaker::check(
            spend,
            |keyset| self.counts(keyset),
            |element| self.issued.contains(&(element.keyset, *element.hash())),
        );
        let lost = match passed {
            Ok(lost) => lost,
            Err(stopped) => {
                self.trip(spend, &stopped)?;
                return Err(stopped.refusal());
            }
        };
        self.usage.append(spend.entry(lost.value()?)?)?;

        for input in spend.inputs() {
            self.spent
                .insert((input.keyset, input.nullifier), Spent { lead, binding });
            let keyset = self.keyset(input.keyset, tender, input.denomination);
            keyset.spent = keyset.spent.saturating_add(1);
        }
        for (id, (denomination, count)) in lost.0 {
            let keyset = self.keyset(id, tender, denomination);
            keyset.lost = keyset.lost.saturating_add(count);
        }
        self.issue(spend.outputs(), tender);
        if let Some(sale) = spend.sale() {
            let key = (
                sale.publisher.clone(),
                sale.offer,
                spend.hour().day(),
                tender.currency,
            );
            let (count, amount) = self.sales.entry(key).or_default();
            *count = count.saturating_add(1);
            *amount = amount.saturating_add(sale.amount.signed());
        }
        let kept = Kept {
            operation: spend.operation(),
            inputs: spend
                .inputs()
                .iter()
                .map(|input| (input.keyset, input.nullifier))
                .collect(),
            state: AnswerState::Sealed(spend.answer().clone()),
            expires: spend.answer_expires(),
        };
        self.answers.insert((lead, binding), kept);
        Ok(Redeemed::Accepted)
    }

    /// Inputs that only other requests may spend.
    fn reserved_for_others(&self, spend: &Spend) -> Vec<usize> {
        let inputs = spend.inputs().iter().enumerate();
        let taken = inputs.filter(|(_, input)| {
            let key = RecordKey::token(&input.nullifier);
            let reserved = self.reserved.get(&key).into_iter().flatten();
            rules::is_for_another(reserved, spend.binding())
        });
        taken.map(|(index, _)| index).collect()
    }

    pub(super) fn stored_answer(
        &self,
        inputs: &[Input],
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        let spent: Vec<_> = inputs
            .iter()
            .map(|i| self.spent.get(&(i.keyset, i.nullifier)).copied())
            .collect();
        let spenders = inputs.iter().zip(&spent).map(|(input, spent)| match spent {
            Some(spent) => Some(Spender::Binding(spent.binding)),
            None => self
                .is_archived(input.keyset, &input.nullifier)
                .then_some(Spender::Archived),
        });
        match rules::spending(spenders, binding) {
            Spending::Archived => Err(StoredAnswerError::AnswerExpired),
            Spending::Fresh => Ok(None),
            Spending::Taken(taken) => Err(StoredAnswerError::TokenSpent(taken)),
            Spending::Same => {
                let lead = spent.iter().flatten().next().map(|spent| spent.lead);
                match self.kept(lead, binding, hour)?.state {
                    AnswerState::Sealed(answer) => Ok(Some(answer)),
                    AnswerState::Erased | AnswerState::Expired => {
                        Err(StoredAnswerError::AnswerExpired)
                    }
                }
            }
        }
    }

    pub(super) fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        let found = self.spent.get(&(keyset, nullifier)).copied();
        let Spent { lead, binding } = found.ok_or_else(|| {
            if self.is_archived(keyset, &nullifier) {
                AnswerError::Expired
            } else {
                AnswerError::Unknown
            }
        })?;
        let Kept {
            operation, state, ..
        } = self.kept(Some(lead), binding, hour)?;
        Ok(Answer {
            operation,
            binding,
            lead,
            state,
        })
    }

    fn kept(
        &self,
        lead: Option<Nullifier>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Kept, StoreError> {
        let mut kept = lead
            .and_then(|lead| self.answers.get(&(lead, binding)))
            .cloned()
            .ok_or_else(|| StoreError::Inconsistent("a spent token has no answer".into()))?;
        if hour >= kept.expires && matches!(kept.state, AnswerState::Sealed(_)) {
            kept.state = AnswerState::Expired;
        }
        Ok(kept)
    }
}
