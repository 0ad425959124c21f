//! Stored answers: what a spent token was spent for.

use super::sql;
use crate::rules::{self, Spending};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Operation, SealedAnswer, StoreError,
    StoredAnswerError,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use rusqlite::Connection;

/// By what a token was spent.
fn spender(
    conn: &Connection,
    keyset: KeysetId,
    nullifier: Nullifier,
) -> Result<Option<(Nullifier, Binding)>, StoreError> {
    let select = "SELECT lead, binding FROM spent WHERE keyset = ?1 AND nullifier = ?2";
    sql::optional(conn, select, (keyset.bytes(), nullifier.bytes()), |row| {
        Ok((Nullifier::new(row.get(0)?), Binding::new(row.get(1)?)))
    })
}

/// The answer that the request with this lead and binding got.
fn kept(
    conn: &Connection,
    lead: Nullifier,
    binding: Binding,
    hour: Hour,
) -> Result<(Operation, AnswerState), StoreError> {
    let select = "SELECT operation, state, expires_hour, sealed FROM answers \
                  WHERE lead = ?1 AND binding = ?2";
    let row = sql::optional(conn, select, (lead.bytes(), binding.bytes()), |row| {
        let operation = sql::column(row, 0, |word: String| Operation::parse(&word))?;
        let expires = Hour::new(sql::unsigned(row, 2)?);
        let sealed: Option<Vec<u8>> = row.get(3)?;
        let state = sql::column(row, 1, |state: String| match (state.as_str(), sealed) {
            ("erased", None) => Some(AnswerState::Erased),
            ("expired", None) => Some(AnswerState::Expired),
            ("sealed", Some(_)) if hour >= expires => Some(AnswerState::Expired),
            ("sealed", Some(sealed)) => Some(AnswerState::Sealed(SealedAnswer::new(sealed))),
            _ => None,
        })?;
        Ok((operation, state))
    })?;
    row.ok_or_else(|| StoreError::Inconsistent("a spent token has no answer".into()))
}

pub(super) fn stored(
    conn: &Connection,
    inputs: &[Input],
    binding: Binding,
    hour: Hour,
) -> Result<Option<SealedAnswer>, StoredAnswerError> {
    let mut spenders = Vec::with_capacity(inputs.len());
    for input in inputs {
        spenders.push(spender(conn, input.keyset, input.nullifier)?);
    }
    let bindings = spenders
        .iter()
        .map(|spender| spender.map(|(_, binding)| binding));
    match rules::spending(bindings, binding) {
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(StoredAnswerError::TokenSpent(taken)),
        Spending::Same => {
            let Some((lead, _)) = spenders.into_iter().flatten().next() else {
                return Ok(None);
            };
            match kept(conn, lead, binding, hour)?.1 {
                AnswerState::Sealed(answer) => Ok(Some(answer)),
                AnswerState::Erased | AnswerState::Expired => Err(StoredAnswerError::AnswerExpired),
            }
        }
    }
}

pub(super) fn of(
    conn: &Connection,
    keyset: KeysetId,
    nullifier: Nullifier,
    hour: Hour,
) -> Result<Answer, AnswerError> {
    let (lead, binding) = spender(conn, keyset, nullifier)?.ok_or(AnswerError::Unknown)?;
    let (operation, state) = kept(conn, lead, binding, hour)?;
    Ok(Answer {
        operation,
        binding,
        lead,
        state,
    })
}
