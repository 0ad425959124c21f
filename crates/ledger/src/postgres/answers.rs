//! Stored answers: what a spent token was spent for.

use super::broken::{Broken, Trouble};
use super::column;
use super::keysets::{self, Found};
use super::session::{Params, Session};
use crate::answer_number::AnswerNumber;
use crate::rules::{self, Spending};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Operation, SealedAnswer, StoredAnswerError,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use farthing_core::money::Micro;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio_postgres::Row;

/// An answer as it is kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) operation: Operation,
    /// `None` once it was erased.
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) expires: Hour,
}

impl Kept {
    /// What is left of it at that hour.
    pub(super) fn at(self, hour: Hour) -> AnswerState {
        AnswerState::at(hour, self.expires, self.sealed)
    }

    /// The answer, while it is given.
    pub(super) fn sealed_at(&self, hour: Hour) -> Result<SealedAnswer, StoredAnswerError> {
        match self.clone().at(hour) {
            AnswerState::Sealed(answer) => Ok(answer),
            AnswerState::Erased | AnswerState::Expired => Err(StoredAnswerError::AnswerExpired),
        }
    }
}

fn read(row: &Row) -> Result<(Nullifier, Kept), Broken> {
    let number = column::parsed(row, 0, AnswerNumber::new)?;
    let kept = Kept {
        operation: column::parsed(row, 2, Operation::from_number)?,
        sealed: column::value(row, 3)?,
        expires: number.expires(),
    };
    Ok((Nullifier::new(column::fixed(row, 1)?), kept))
}

/// The answers of these numbers, by lead.
pub(super) async fn kept(
    session: &Session,
    numbers: HashSet<AnswerNumber>,
) -> Result<HashMap<Nullifier, Kept>, Broken> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let numbers: Vec<i64> = numbers.into_iter().map(AnswerNumber::get).collect();
    let select = "SELECT number, lead, operation, sealed FROM answers \
                  WHERE number = ANY ($1::BIGINT[])";
    let rows = session.rows(select, &[&numbers]).await?;
    rows.iter().map(read).collect()
}

/// An answer to be kept, with the tokens that its request spent, as it lists them.
pub(super) struct Keep<'a> {
    pub(super) operation: Operation,
    pub(super) binding: Binding,
    pub(super) lead: Nullifier,
    pub(super) inputs: Vec<u8>,
    pub(super) expires: Hour,
    pub(super) answer: &'a SealedAnswer,
}

/// Keeps answers; gives their numbers, in the same order.
pub(super) async fn keep(
    session: &Session,
    answers: &[Keep<'_>],
) -> Result<Vec<AnswerNumber>, Broken> {
    let candidates = |of: &Keep<'_>| AnswerNumber::candidates(of.expires, of.lead);
    let mut candidates: Vec<_> = answers.iter().map(candidates).collect();
    let mut numbers: Vec<Option<AnswerNumber>> = vec![None; answers.len()];
    let mut taken = HashSet::new();
    while numbers.contains(&None) {
        // The next candidate of each that has no number yet. In the order of the key, like everybody.
        let mut asked = BTreeMap::new();
        let without = numbers.iter().zip(&mut candidates).enumerate();
        for (place, (_, left)) in without.filter(|(_, (number, _))| number.is_none()) {
            let next = left.find(|number| taken.insert(*number));
            let none = || Broken::inconsistent("an answer has no number");
            asked.insert(next.ok_or_else(none)?, place);
        }
        for number in insert(session, answers, &asked).await? {
            let place = asked.get(&number).and_then(|place| numbers.get_mut(*place));
            if let Some(place) = place {
                *place = Some(number);
            }
        }
    }
    Ok(numbers.into_iter().flatten().collect())
}

/// Keeps answers under numbers that are free; gives those that were.
async fn insert(
    session: &Session,
    answers: &[Keep<'_>],
    asked: &BTreeMap<AnswerNumber, usize>,
) -> Result<Vec<AnswerNumber>, Broken> {
    let answers = || asked.values().filter_map(|place| answers.get(*place));
    let numbers: Vec<i64> = asked.keys().map(|number| number.get()).collect();
    let leads: Vec<&[u8]> = answers().map(|a| a.lead.bytes().as_slice()).collect();
    let bindings: Vec<&[u8]> = answers().map(|a| a.binding.bytes().as_slice()).collect();
    let operations: Vec<i32> = answers().map(|a| a.operation.number()).collect();
    let inputs: Vec<&[u8]> = answers().map(|a| a.inputs.as_slice()).collect();
    let sealed: Vec<&[u8]> = answers().map(|a| a.answer.bytes()).collect();
    let insert = "INSERT INTO answers (number, operation, lead, binding, inputs, sealed) \
                  SELECT a.number, a.operation, a.lead, a.binding, a.inputs, a.sealed \
                  FROM unnest($1::BIGINT[], $2::INT4[], $3::BYTEA[], $4::BYTEA[], $5::BYTEA[], $6::BYTEA[]) \
                  AS a (number, operation, lead, binding, inputs, sealed) \
                  ON CONFLICT (number) DO NOTHING RETURNING number";
    let params: Params<'_> = &[&numbers, &operations, &leads, &bindings, &inputs, &sealed];
    let rows = session.rows(insert, params).await?;
    rows.iter()
        .map(|row| column::parsed(row, 0, AnswerNumber::new))
        .collect()
}

fn missing() -> Broken {
    Broken::inconsistent("a spent token has no answer")
}

pub(super) async fn stored(
    session: &Session,
    inputs: &[Input],
    binding: Binding,
    hour: Hour,
) -> Result<Option<SealedAnswer>, Trouble<StoredAnswerError>> {
    let known = keysets::spenders(session, inputs).await?;
    let spenders = || {
        inputs
            .iter()
            .map(|i| known.get(&(i.keyset, i.nullifier)).copied())
    };
    let spent = spenders().map(|found| found.map(Found::spender));
    match rules::spending(spent, binding) {
        Spending::Archived => Err(Trouble::Refused(StoredAnswerError::AnswerExpired)),
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(Trouble::Refused(StoredAnswerError::TokenSpent(taken))),
        Spending::Same => {
            let Some(Found::By { answer, lead, .. }) = spenders().flatten().next() else {
                return Ok(None);
            };
            let answers = kept(session, HashSet::from([answer])).await?;
            let kept = answers.get(&lead).ok_or_else(missing)?;
            let answer = kept.sealed_at(hour).map_err(Trouble::Refused)?;
            session.confirm().await?;
            Ok(Some(answer))
        }
    }
}

pub(super) async fn of(
    session: &Session,
    keyset: KeysetId,
    nullifier: Nullifier,
    hour: Hour,
) -> Result<Answer, Trouble<AnswerError>> {
    let token = Input {
        keyset,
        denomination: Micro::ZERO,
        nullifier,
    };
    let known = keysets::spenders(session, [&token]).await?;
    let (number, lead, binding) = match known.get(&(keyset, nullifier)) {
        None => return Err(Trouble::Refused(AnswerError::Unknown)),
        Some(Found::Archived) => return Err(Trouble::Refused(AnswerError::Expired)),
        Some(Found::By {
            answer,
            lead,
            binding,
        }) => (*answer, *lead, *binding),
    };
    let mut answers = kept(session, HashSet::from([number])).await?;
    let kept = answers.remove(&lead).ok_or_else(missing)?;
    session.confirm().await?;
    Ok(Answer {
        operation: kept.operation,
        binding,
        lead,
        state: kept.at(hour),
    })
}
