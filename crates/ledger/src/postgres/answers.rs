//! Stored answers: what a spent token was spent for.

use super::broken::{Broken, Trouble};
use super::column;
use super::keysets;
use super::session::Session;
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

fn read(row: &Row) -> Result<((Nullifier, Binding), Kept), Broken> {
    let sealed: Option<Vec<u8>> = column::value(row, 5)?;
    let state = column::parsed(row, 3, |word: &str| match (word, sealed) {
        ("erased", None) => Some(AnswerState::Erased),
        ("expired", None) => Some(AnswerState::Expired),
        ("sealed", Some(sealed)) => Some(AnswerState::Sealed(SealedAnswer::new(sealed))),
        _ => None,
    })?;
    let key = (
        Nullifier::new(column::fixed(row, 0)?),
        Binding::new(column::fixed(row, 1)?),
    );
    let kept = Kept {
        operation: column::parsed(row, 2, Operation::parse)?,
        state,
        expires: Hour::new(column::unsigned(row, 4)?),
    };
    Ok((key, kept))
}

/// The answers that the requests with these leads and bindings got.
pub(super) async fn kept(
    session: &Session,
    keys: HashSet<(Nullifier, Binding)>,
) -> Result<HashMap<(Nullifier, Binding), Kept>, Broken> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let leads: Vec<&[u8]> = keys
        .iter()
        .map(|(lead, _)| lead.bytes().as_slice())
        .collect();
    let bindings: Vec<&[u8]> = keys.iter().map(|(_, b)| b.bytes().as_slice()).collect();
    let select = "SELECT a.lead, a.binding, a.operation, a.state, a.expires_hour, a.sealed \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS k (lead, binding) \
                  JOIN answers AS a ON a.lead = k.lead AND a.binding = k.binding";
    let rows = session.rows(select, &[&leads, &bindings]).await?;
    rows.iter().map(read).collect()
}

/// Keeps answers: lead, binding, operation, the first hour at which it is not given, ciphertext.
pub(super) async fn keep(
    session: &Session,
    answers: &[(Nullifier, Binding, Operation, Hour, &SealedAnswer)],
) -> Result<(), Broken> {
    let leads: Vec<&[u8]> = answers.iter().map(|a| a.0.bytes().as_slice()).collect();
    let bindings: Vec<&[u8]> = answers.iter().map(|a| a.1.bytes().as_slice()).collect();
    let operations: Vec<&str> = answers.iter().map(|a| a.2.word()).collect();
    let expire: Vec<i64> = answers
        .iter()
        .map(|a| column::signed(a.3.number()))
        .collect();
    let sealed: Vec<&[u8]> = answers.iter().map(|a| a.4.bytes()).collect();
    let insert = "INSERT INTO answers (lead, binding, operation, state, expires_hour, sealed) \
                  SELECT a.lead, a.binding, a.operation, 'sealed', a.expires_hour, a.sealed \
                  FROM unnest($1::BYTEA[], $2::BYTEA[], $3::TEXT[], $4::BIGINT[], $5::BYTEA[]) \
                  AS a (lead, binding, operation, expires_hour, sealed) \
                  ON CONFLICT (lead, binding) DO NOTHING";
    session
        .insert(
            insert,
            &[&leads, &bindings, &operations, &expire, &sealed],
            answers.len(),
        )
        .await
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
    let bindings = spenders().map(|spender| spender.map(|(_, binding)| binding));
    match rules::spending(bindings, binding) {
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(Trouble::Refused(StoredAnswerError::TokenSpent(taken))),
        Spending::Same => {
            let Some(key) = spenders().flatten().next() else {
                return Ok(None);
            };
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
    let key = known.get(&(keyset, nullifier)).copied();
    let (lead, binding) = key.ok_or(Trouble::Refused(AnswerError::Unknown))?;
    let mut answers = kept(session, HashSet::from([(lead, binding)])).await?;
    let kept = answers.remove(&(lead, binding)).ok_or_else(missing)?;
    session.confirm().await?;
    Ok(Answer {
        operation: kept.operation,
        binding,
        lead,
        state: kept.at(hour),
    })
}
