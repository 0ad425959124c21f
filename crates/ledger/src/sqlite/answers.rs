//! Stored answers: what a spent token was spent for.

use super::keysets::{self, Keysets, Known};
use super::{archive, sql};
use crate::answer_number::AnswerNumber;
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
        answer: AnswerNumber,
        lead: Nullifier,
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
    let select = "SELECT answer FROM spent WHERE keyset = ?1 AND nullifier = ?2";
    let key = (keyset.number.get(), nullifier.bytes());
    let found = sql::optional(conn, select, key, |row| {
        sql::column(row, 0, AnswerNumber::new)
    })?;
    match found {
        Some(answer) => {
            let select = "SELECT lead, binding FROM answers WHERE number = ?1";
            let of = sql::optional(conn, select, (answer.get(),), |row| {
                Ok((Nullifier::new(row.get(0)?), Binding::new(row.get(1)?)))
            })?;
            let (lead, binding) = of.ok_or_else(missing)?;
            Ok(Some(Found::By {
                answer,
                lead,
                binding,
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

/// The answer of that number.
fn kept(
    conn: &Connection,
    answer: AnswerNumber,
    hour: Hour,
) -> Result<(Operation, AnswerState), StoreError> {
    let select = "SELECT operation, sealed FROM answers WHERE number = ?1";
    let row = sql::optional(conn, select, (answer.get(),), |row| {
        let operation = sql::column(row, 0, Operation::from_number)?;
        Ok((
            operation,
            AnswerState::at(hour, answer.expires(), row.get(1)?),
        ))
    })?;
    row.ok_or_else(missing)
}

/// Keeps the answer of a request that spends these tokens; gives its number.
pub(super) fn keep(
    conn: &Connection,
    operation: Operation,
    binding: Binding,
    tokens: &[(KeysetNumber, Nullifier)],
    answer: &SealedAnswer,
    expires: Hour,
) -> Result<AnswerNumber, StoreError> {
    let (_, lead) = tokens.first().ok_or_else(missing)?;
    let insert = "INSERT INTO answers (number, lead, binding, operation, inputs, sealed) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (number) DO NOTHING";
    let inputs = listing::write(tokens.iter().copied());
    for number in AnswerNumber::candidates(expires, *lead) {
        let row = (
            number.get(),
            lead.bytes(),
            binding.bytes(),
            operation.number(),
            &inputs,
            answer.bytes(),
        );
        if sql::execute(conn, insert, row)? == 1 {
            return Ok(number);
        }
    }
    Err(StoreError::Inconsistent("an answer has no number".into()))
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
            let Some(Found::By { answer, .. }) = found.into_iter().flatten().next() else {
                return Ok(None);
            };
            match kept(conn, answer, hour)?.1 {
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
    let (answer, lead, binding) = match find(conn, known, nullifier)? {
        None => return Err(AnswerError::Unknown),
        Some(Found::Archived) => return Err(AnswerError::Expired),
        Some(Found::By {
            answer,
            lead,
            binding,
        }) => (answer, lead, binding),
    };
    let (operation, state) = kept(conn, answer, hour)?;
    Ok(Answer {
        operation,
        binding,
        lead,
        state,
    })
}
