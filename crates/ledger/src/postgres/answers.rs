//! Stored answers: what a spent token was spent for.

use super::broken::{Broken, Trouble};
use super::column;
use super::keysets::{self, Found};
use super::session::{Params, Session};
use crate::rules::{self, Spending};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Operation, SealedAnswer, StoredAnswerError,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use farthing_core::money::Micro;
use std::collections::{HashMap, HashSet};
use tokio_postgres::Row;

/// An answer as it is kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) operation: Operation,
    pub(super) state: AnswerState,
    pub(super) expires: Hour,
}

impl Kept {
    /// What is left of it at that hour.
    pub(super) fn at(self, hour: Hour) -> AnswerState {
        match self.state {
            AnswerState::Sealed(_) if hour >= self.expires => AnswerState::Expired,
            state => state,
        }
    }

    /// The answer, while it is given.
    pub(super) fn sealed_at(&self, hour: Hour) -> Result<SealedAnswer, StoredAnswerError> {
        match self.clone().at(hour) {
            AnswerState::Sealed(answer) => Ok(answer),
            AnswerState::Erased | AnswerState::Expired => Err(StoredAnswerError::AnswerExpired),
        }
    }
}

fn read(row: &Row) -> Result<((Hour, Nullifier), Kept), Broken> {
    let sealed: Option<Vec<u8>> = column::value(row, 4)?;
    let state = column::parsed(row, 3, |word: &str| match (word, sealed) {
        ("erased", None) => Some(AnswerState::Erased),
        ("expired", None) => Some(AnswerState::Expired),
        ("sealed", Some(sealed)) => Some(AnswerState::Sealed(SealedAnswer::new(sealed))),
        _ => None,
    })?;
    let expires = column::hour_of(row, 0)?;
    let kept = Kept {
        operation: column::parsed(row, 2, Operation::parse)?,
        state,
        expires,
    };
    Ok(((expires, Nullifier::new(column::fixed(row, 1)?)), kept))
}

/// The answers with these keys: hour and lead.
pub(super) async fn kept(
    session: &Session,
    keys: HashSet<(Hour, Nullifier)>,
) -> Result<HashMap<(Hour, Nullifier), Kept>, Broken> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let hours: Vec<i32> = keys.iter().map(|(hour, _)| column::hour(*hour)).collect();
    let leads: Vec<&[u8]> = keys
        .iter()
        .map(|(_, lead)| lead.bytes().as_slice())
        .collect();
    let select = "SELECT a.expires_hour, a.lead, a.operation, a.state, a.sealed \
                  FROM unnest($1::INT4[], $2::BYTEA[]) AS k (expires_hour, lead) \
                  JOIN answers AS a ON a.expires_hour = k.expires_hour AND a.lead = k.lead";
    let rows = session.rows(select, &[&hours, &leads]).await?;
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

/// Keeps answers.
pub(super) async fn keep(session: &Session, answers: &[Keep<'_>]) -> Result<(), Broken> {
    let hours: Vec<i32> = answers.iter().map(|a| column::hour(a.expires)).collect();
    let leads: Vec<&[u8]> = answers.iter().map(|a| a.lead.bytes().as_slice()).collect();
    let bindings: Vec<&[u8]> = answers
        .iter()
        .map(|a| a.binding.bytes().as_slice())
        .collect();
    let operations: Vec<&str> = answers.iter().map(|a| a.operation.word()).collect();
    let inputs: Vec<&[u8]> = answers.iter().map(|a| a.inputs.as_slice()).collect();
    let sealed: Vec<&[u8]> = answers.iter().map(|a| a.answer.bytes()).collect();
    let insert = "INSERT INTO answers (expires_hour, lead, binding, operation, state, inputs, sealed) \
                  SELECT a.expires_hour, a.lead, a.binding, a.operation, 'sealed', a.inputs, a.sealed \
                  FROM unnest($1::INT4[], $2::BYTEA[], $3::BYTEA[], $4::TEXT[], $5::BYTEA[], $6::BYTEA[]) \
                  AS a (expires_hour, lead, binding, operation, inputs, sealed) \
                  ON CONFLICT (expires_hour, lead) DO NOTHING";
    let params: Params<'_> = &[&hours, &leads, &bindings, &operations, &inputs, &sealed];
    session.insert(insert, params, answers.len()).await
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
            let Some(Found::By { lead, expires, .. }) = spenders().flatten().next() else {
                return Ok(None);
            };
            let key = (expires, lead);
            let answers = kept(session, HashSet::from([key])).await?;
            let kept = answers.get(&key).ok_or_else(missing)?;
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
    let (lead, expires, binding) = match known.get(&(keyset, nullifier)) {
        None => return Err(Trouble::Refused(AnswerError::Unknown)),
        Some(Found::Archived) => return Err(Trouble::Refused(AnswerError::Expired)),
        Some(Found::By {
            lead,
            expires,
            binding,
        }) => (*lead, *expires, *binding),
    };
    let mut answers = kept(session, HashSet::from([(expires, lead)])).await?;
    let kept = answers.remove(&(expires, lead)).ok_or_else(missing)?;
    session.confirm().await?;
    Ok(Answer {
        operation: kept.operation,
        binding,
        lead,
        state: kept.at(hour),
    })
}
