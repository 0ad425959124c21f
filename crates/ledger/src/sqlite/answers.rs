//! Stored answers: what a spent token was spent for.

use super::keysets::{self, Keysets, Known};
use super::{archive, sql};
use crate::keyset_number::KeysetNumber;
use crate::listing;
use crate::rules::{self, Spender, Spending};
use crate::{
    Answer, AnswerError, AnswerState, Hour, Input, Operation, SealedAnswer, StoreError,
    StoredAnswerError,
};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use rusqlite::Connection;

/// A spent token: the request that spent it, as far as that is still known.
#[derive(Clone, Copy)]
enum Found {
    Archived,
    By {
        lead: Nullifier,
        expires: Hour,
        binding: Binding,
    },
}

impl Found {
    const fn spender(self) -> Spender {
        match self {
            Self::Archived => Spender::Archived,
            Self::By { binding, .. } => Spender::Binding(binding),
        }
    }
}

fn find(
    conn: &Connection,
    keyset: Option<Known>,
    nullifier: Nullifier,
) -> Result<Option<Found>, StoreError> {
    // Nothing of a keyset that was never used is spent.
    let Some(keyset) = keyset else {
        return Ok(None);
    };
    let select = "SELECT expires_hour, lead FROM spent WHERE keyset = ?1 AND nullifier = ?2";
    let key = (keyset.number.get(), nullifier.bytes());
    let found = sql::optional(conn, select, key, |row| {
        let lead: Option<[u8; 32]> = row.get(1)?;
        let expires = Hour::new(sql::unsigned(row, 0)?);
        Ok((expires, lead.map_or(nullifier, Nullifier::new)))
    })?;
    match found {
        Some((expires, lead)) => {
            let select = "SELECT binding FROM answers WHERE expires_hour = ?1 AND lead = ?2";
            let key = (sql::signed(expires.number()), lead.bytes());
            let binding = sql::optional(conn, select, key, |row| Ok(Binding::new(row.get(0)?)))?;
            Ok(Some(Found::By {
                lead,
                expires,
                binding: binding.ok_or_else(missing)?,
            }))
        }
        None if keyset.has_archive && archive::contains(conn, keyset.number, &nullifier)? => {
            Ok(Some(Found::Archived))
        }
        None => Ok(None),
    }
}

fn missing() -> StoreError {
    StoreError::Inconsistent("a spent token has no answer".into())
}

/// The answer that the request with this lead got.
fn kept(
    conn: &Connection,
    lead: Nullifier,
    expires: Hour,
    hour: Hour,
) -> Result<(Operation, AnswerState), StoreError> {
    let select = "SELECT operation, state, sealed FROM answers \
                  WHERE expires_hour = ?1 AND lead = ?2";
    let key = (sql::signed(expires.number()), lead.bytes());
    let row = sql::optional(conn, select, key, |row| {
        let operation = sql::column(row, 0, |word: String| Operation::parse(&word))?;
        let sealed: Option<Vec<u8>> = row.get(2)?;
        let state = sql::column(row, 1, |state: String| match (state.as_str(), sealed) {
            ("erased", None) => Some(AnswerState::Erased),
            ("expired", None) => Some(AnswerState::Expired),
            ("sealed", Some(_)) if hour >= expires => Some(AnswerState::Expired),
            ("sealed", Some(sealed)) => Some(AnswerState::Sealed(SealedAnswer::new(sealed))),
            _ => None,
        })?;
        Ok((operation, state))
    })?;
    row.ok_or_else(missing)
}

/// Keeps the answer of a request that spent these tokens.
pub(super) fn keep(
    conn: &Connection,
    operation: Operation,
    binding: Binding,
    tokens: &[(KeysetNumber, Nullifier)],
    answer: &SealedAnswer,
    expires: Hour,
) -> Result<(), StoreError> {
    let (_, lead) = tokens.first().ok_or_else(missing)?;
    let insert = "INSERT INTO answers (expires_hour, lead, binding, operation, state, inputs, sealed) \
                  VALUES (?1, ?2, ?3, ?4, 'sealed', ?5, ?6)";
    let row = (
        sql::signed(expires.number()),
        lead.bytes(),
        binding.bytes(),
        operation.word(),
        listing::write(tokens.iter().copied()),
        answer.bytes(),
    );
    sql::execute_one(conn, insert, row)
}

pub(super) fn stored(
    conn: &Connection,
    keysets: &mut Keysets,
    inputs: &[Input],
    binding: Binding,
    hour: Hour,
) -> Result<Option<SealedAnswer>, StoredAnswerError> {
    let mut found = Vec::with_capacity(inputs.len());
    for input in inputs {
        let keyset = keysets.find(conn, input.keyset)?;
        found.push(find(conn, keyset, input.nullifier)?);
    }
    let spenders = found.iter().map(|found| found.map(Found::spender));
    match rules::spending(spenders, binding) {
        Spending::Archived => Err(StoredAnswerError::AnswerExpired),
        Spending::Fresh => Ok(None),
        Spending::Taken(taken) => Err(StoredAnswerError::TokenSpent(taken)),
        Spending::Same => {
            let Some(Found::By { lead, expires, .. }) = found.into_iter().flatten().next() else {
                return Ok(None);
            };
            match kept(conn, lead, expires, hour)?.1 {
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
    let known = keysets::find(conn, keyset)?;
    let (lead, expires, binding) = match find(conn, known, nullifier)? {
        None => return Err(AnswerError::Unknown),
        Some(Found::Archived) => return Err(AnswerError::Expired),
        Some(Found::By {
            lead,
            expires,
            binding,
        }) => (lead, expires, binding),
    };
    let (operation, state) = kept(conn, lead, expires, hour)?;
    Ok(Answer {
        operation,
        binding,
        lead,
        state,
    })
}
