//! Frozen keysets, and the counts that the breaker goes by.

use super::keysets::Keysets;
use super::{journal, sql};
use crate::breaker::{Counts, Stopped, TRIPPED, since};
use crate::promo::Tender;
use crate::spend::Spend;
use crate::{Freeze, Frozen, Hour, StoreError, Transition, event};
use farthing_core::id::KeysetId;
use farthing_core::money::Micro;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// The counts of keysets, which must have the terms that are said of them. One that was never used has no counts.
pub(super) fn counts(
    conn: &Connection,
    tender: Tender<'_>,
    uses: impl Iterator<Item = (KeysetId, Micro)>,
) -> Result<BTreeMap<KeysetId, Counts>, StoreError> {
    let select = "SELECT issued, spent, lost, frozen_hour <> 0, \
                  currency = ?2 AND denomination = ?3 AND promo = ?4 \
                  FROM keyset_counts WHERE keyset = ?1";
    let other = || StoreError::Inconsistent("a keyset has other terms".into());
    let mut known: BTreeMap<KeysetId, (Micro, Counts)> = BTreeMap::new();
    for (keyset, denomination) in uses {
        if let Some((first, _)) = known.get(&keyset) {
            if *first != denomination {
                return Err(other());
            }
            continue;
        }
        let (currency, promo) = (tender.currency.as_str(), tender.promo_text());
        let values = (keyset.bytes(), currency, denomination.signed(), promo);
        let row = sql::optional(conn, select, values, |row| {
            let counts = Counts {
                issued: row.get(0)?,
                spent: row.get(1)?,
                lost: row.get(2)?,
                is_frozen: row.get(3)?,
            };
            Ok((counts, row.get::<_, bool>(4)?))
        })?;
        let counts = match row {
            Some((counts, true)) => counts,
            Some((_, false)) => return Err(other()),
            None => Counts::default(),
        };
        known.insert(keyset, (denomination, counts));
    }
    let counts = known
        .into_iter()
        .map(|(keyset, (_, counts))| (keyset, counts));
    Ok(counts.collect())
}

/// Freezes what tripped the breaker.
pub(super) fn trip(
    conn: &Connection,
    spend: &Spend,
    stopped: &Stopped,
) -> Result<Vec<Freeze>, StoreError> {
    let Stopped::Tripped(keysets) = stopped else {
        return Ok(Vec::new());
    };
    let mut frozen = Vec::new();
    for (keyset, denomination) in spend.uses() {
        if keysets.contains(&keyset) {
            let tripped = Freeze {
                keyset,
                currency: spend.currency(),
                denomination,
                promo: spend.promo().cloned(),
                hour: spend.hour(),
                reason: TRIPPED.into(),
            };
            if freeze(conn, &tripped)? == Transition::Done {
                frozen.push(tripped);
            }
        }
    }
    Ok(frozen)
}

pub(super) fn freeze(conn: &Connection, freeze: &Freeze) -> Result<Transition, StoreError> {
    Keysets::default().number(conn, freeze.keyset, freeze.tender(), freeze.denomination)?;
    let update = "UPDATE keyset_counts SET frozen_hour = ?2, frozen_reason = ?3 \
                  WHERE keyset = ?1 AND frozen_hour = 0";
    let hour = sql::signed(since(freeze.hour).number());
    let values = (freeze.keyset.bytes(), hour, freeze.reason.as_str());
    if sql::execute(conn, update, values)? == 0 {
        return Ok(Transition::AlreadyDone);
    }
    journal::append(conn, &event::frozen(freeze))?;
    Ok(Transition::Done)
}

pub(super) fn thaw(
    conn: &Connection,
    keyset: KeysetId,
    hour: Hour,
) -> Result<Transition, StoreError> {
    let update = "UPDATE keyset_counts SET frozen_hour = 0, frozen_reason = '' \
                  WHERE keyset = ?1 AND frozen_hour <> 0 RETURNING currency";
    let currency = sql::optional(conn, update, (keyset.bytes(),), |row| sql::currency(row, 0))?;
    let Some(currency) = currency else {
        return Ok(Transition::AlreadyDone);
    };
    journal::append(conn, &event::thawed(keyset, currency, hour))?;
    Ok(Transition::Done)
}

/// Writes into the journal what was frozen before freezes stood there (schema version 5).
pub(super) fn journal_freezes(conn: &Connection) -> Result<(), StoreError> {
    let select = "SELECT keyset, currency, denomination, frozen_hour, frozen_reason \
                  FROM keyset_counts WHERE frozen_hour <> 0 ORDER BY keyset";
    let frozen = sql::all(conn, select, (), |row| {
        Ok(Freeze {
            keyset: KeysetId::new(row.get(0)?),
            currency: sql::currency(row, 1)?,
            denomination: sql::micro(row, 2)?,
            promo: None,
            hour: Hour::new(sql::unsigned(row, 3)?),
            reason: row.get(4)?,
        })
    })?;
    frozen
        .iter()
        .try_for_each(|freeze| journal::append(conn, &event::frozen(freeze)))
}

pub(super) fn all(conn: &Connection) -> Result<Vec<Frozen>, StoreError> {
    let select = "SELECT keyset, frozen_hour, frozen_reason FROM keyset_counts \
                  WHERE frozen_hour <> 0 ORDER BY keyset";
    let mut frozen = Vec::new();
    sql::each(conn, select, (), |row| {
        frozen.push(Frozen {
            keyset: KeysetId::new(row.get(0)?),
            hour: Hour::new(sql::unsigned(row, 1)?),
            reason: row.get(2)?,
        });
        Ok(())
    })?;
    Ok(frozen)
}

/// Notes what was claimed beyond what a keyset issued.
pub(super) fn lose(conn: &Connection, keyset: KeysetId, count: i64) -> Result<(), StoreError> {
    let update = "UPDATE keyset_counts SET lost = lost + ?2 WHERE keyset = ?1";
    sql::execute_one(conn, update, (keyset.bytes(), count))
}
