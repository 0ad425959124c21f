//! Per keyset: its number, what was issued, what was spent, and the counts of both.

use super::sql;
use crate::answer_number::AnswerNumber;
use crate::keyset_end::Stage;
use crate::keyset_number::KeysetNumber;
use crate::promo::Tender;
use crate::{Element, Input, StoreError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// What is known of a keyset that has been used.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) number: KeysetNumber,
    pub(super) has_archive: bool,
    pub(super) stage: Stage,
    currency: Currency,
    denomination: Micro,
    promo: Option<PublisherId>,
}

pub(super) fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<KeysetNumber> {
    sql::column(row, index, KeysetNumber::new)
}

/// The keyset, if it has been used.
pub(super) fn find(conn: &Connection, keyset: KeysetId) -> Result<Option<Known>, StoreError> {
    let select = "SELECT number, archived > 0, stage, currency, denomination, promo \
                  FROM keyset_counts WHERE keyset = ?1";
    sql::optional(conn, select, (keyset.bytes(),), |row| {
        Ok(Known {
            number: number(row, 0)?,
            has_archive: row.get(1)?,
            stage: sql::column(row, 2, |word: String| Stage::parse(&word))?,
            currency: sql::currency(row, 3)?,
            denomination: sql::micro(row, 4)?,
            promo: sql::promo(row, 5)?,
        })
    })
}

/// The keysets that a request names, asked for once each.
#[derive(Default)]
pub(super) struct Keysets(BTreeMap<KeysetId, Option<Known>>);

impl Keysets {
    /// The keyset, if it has been used.
    pub(super) fn find(
        &mut self,
        conn: &Connection,
        keyset: KeysetId,
    ) -> Result<Option<Known>, StoreError> {
        if let Some(known) = self.0.get(&keyset) {
            return Ok(known.clone());
        }
        let known = find(conn, keyset)?;
        self.0.insert(keyset, known.clone());
        Ok(known)
    }

    /// Whether one of them has ended.
    pub(super) fn has_ended(
        &mut self,
        conn: &Connection,
        keysets: impl IntoIterator<Item = KeysetId>,
    ) -> Result<bool, StoreError> {
        for keyset in keysets {
            let known = self.find(conn, keyset)?;
            if known.is_some_and(|known| known.stage != Stage::Live) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The number of a keyset of these terms, which gets one if it has none yet.
    pub(super) fn number(
        &mut self,
        conn: &Connection,
        keyset: KeysetId,
        tender: Tender<'_>,
        denomination: Micro,
    ) -> Result<KeysetNumber, StoreError> {
        let known = match self.find(conn, keyset)? {
            Some(known) => known,
            None => {
                let insert = "INSERT INTO keyset_counts (keyset, currency, denomination, issued, spent, \
                              archived, issued_dropped, spent_dropped, stage, promo) \
                              VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 'live', ?4)";
                let (currency, promo) = (tender.currency.as_str(), tender.promo_text());
                let values = (keyset.bytes(), currency, denomination.signed(), promo);
                sql::execute_one(conn, insert, values)?;
                self.0.remove(&keyset);
                let made = self.find(conn, keyset)?;
                made.ok_or_else(|| StoreError::Inconsistent("a keyset was not kept".into()))?
            }
        };
        let terms = (known.currency, known.denomination, known.promo.as_ref());
        if terms != (tender.currency, denomination, tender.promo) {
            return Err(StoreError::Inconsistent("a keyset has other terms".into()));
        }
        Ok(known.number)
    }
}

/// Whether an element was evaluated before.
pub(super) fn is_issued(
    conn: &Connection,
    keysets: &mut Keysets,
    element: &Element,
) -> Result<bool, StoreError> {
    let select = "SELECT 1 FROM issued WHERE keyset = ?1 AND element_hash = ?2";
    let Some(known) = keysets.find(conn, element.keyset)? else {
        return Ok(false);
    };
    let key = (known.number.get(), element.hash());
    Ok(sql::optional(conn, select, key, |_| Ok(()))?.is_some())
}

/// Which of the elements were evaluated before.
pub(super) fn reused(
    conn: &Connection,
    keysets: &mut Keysets,
    elements: &[Element],
) -> Result<Vec<usize>, StoreError> {
    let mut reused = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        if is_issued(conn, keysets, element)? {
            reused.push(index);
        }
    }
    Ok(reused)
}

/// Marks elements as evaluated. The primary key refuses one that is there already.
pub(super) fn issue(
    conn: &Connection,
    keysets: &mut Keysets,
    elements: &[Element],
    tender: Tender<'_>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO issued (keyset, element_hash) VALUES (?1, ?2)";
    let mut counts = BTreeMap::new();
    for element in elements {
        let number = keysets.number(conn, element.keyset, tender, element.denomination)?;
        sql::execute_one(conn, insert, (number.get(), element.hash()))?;
        add_one(&mut counts, number);
    }
    let count = "UPDATE keyset_counts SET issued = issued + ?2 WHERE number = ?1";
    for (number, issued) in counts {
        sql::execute_one(conn, count, (number.get(), issued))?;
    }
    Ok(())
}

/// The tokens of a request as its answer lists them, their keysets numbered.
pub(super) fn tokens(
    conn: &Connection,
    keysets: &mut Keysets,
    inputs: &[Input],
    tender: Tender<'_>,
) -> Result<Vec<(KeysetNumber, Nullifier)>, StoreError> {
    let number = |input: &Input| {
        let number = keysets.number(conn, input.keyset, tender, input.denomination)?;
        Ok((number, input.nullifier))
    };
    inputs.iter().map(number).collect()
}

/// Marks tokens as spent by the request whose answer has that number. The primary key refuses one that is there already.
pub(super) fn spend(
    conn: &Connection,
    tokens: &[(KeysetNumber, Nullifier)],
    answer: AnswerNumber,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO spent (keyset, nullifier, answer) VALUES (?1, ?2, ?3)";
    let mut counts = BTreeMap::new();
    for (number, nullifier) in tokens {
        let row = (number.get(), nullifier.bytes(), answer.get());
        sql::execute_one(conn, insert, row)?;
        add_one(&mut counts, *number);
    }
    let count = "UPDATE keyset_counts SET spent = spent + ?2 WHERE number = ?1";
    for (number, spent) in counts {
        sql::execute_one(conn, count, (number.get(), spent))?;
    }
    Ok(())
}

fn add_one(counts: &mut BTreeMap<KeysetNumber, i64>, number: KeysetNumber) {
    let count = counts.entry(number).or_default();
    *count = count.saturating_add(1);
}
