//! Redemptions and stored answers in memory.

use super::state::{Kept, Spent, State};
use crate::rules::{Spender, Spending};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Operation, RedeemError, Redeemed, Redemption,
    SealedAnswer, StoreError, StoredAnswerError, event, rules,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};

impl State {
    pub(super) fn redeem(&mut self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        let lead = rules::lead(&redemption.inputs)?.nullifier;
        let binding = redemption.binding;
        if let Some(answer) = self.stored_answer(&redemption.inputs, binding, redemption.hour)? {
            return Ok(Redeemed::Replayed(answer));
        }
        rules::balance(&redemption)?;
        let reused = self.reused(&redemption.outputs);
        if !reused.is_empty() {
            return Err(RedeemError::ElementReused(reused));
        }
        let outputs = redemption.outputs.iter().map(|output| output.keyset);
        let mut keysets = redemption.inputs.iter().map(|i| i.keyset).chain(outputs);
        if keysets.any(|keyset| self.has_ended(&keyset)) {
            return Err(RedeemError::KeysetEnded);
        }
        let inputs = redemption
            .inputs
            .iter()
            .map(|input| (input.keyset, input.denomination));
        let outputs = redemption
            .outputs
            .iter()
            .map(|output| (output.keyset, output.denomination));
        let currency = redemption.currency;
        self.check_terms(inputs.chain(outputs), currency)?;
        self.usage.append(event::redeemed(&redemption)?)?;

        for input in &redemption.inputs {
            self.spent
                .insert((input.keyset, input.nullifier), Spent { lead, binding });
            let keyset = self.keyset(input.keyset, currency, input.denomination);
            keyset.spent = keyset.spent.saturating_add(1);
        }
        self.issue(&redemption.outputs, currency);
        let day = redemption.hour.day();
        let (count, amount) = self
            .sales
            .entry((redemption.publisher, redemption.offer, day, currency))
            .or_default();
        *count = count.saturating_add(1);
        *amount = amount.saturating_add(redemption.split.amount().signed());
        let kept = Kept {
            operation: Operation::Redeem,
            inputs: redemption
                .inputs
                .iter()
                .map(|input| (input.keyset, input.nullifier))
                .collect(),
            state: AnswerState::Sealed(redemption.answer),
            expires: redemption.answer_expires,
        };
        self.answers.insert((lead, binding), kept);
        Ok(Redeemed::Accepted)
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
