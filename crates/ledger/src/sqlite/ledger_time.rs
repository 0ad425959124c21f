//! The ledger's own time.

use super::sql;
use crate::{LedgerTime, StoreError, TimeError, TimeStep};
use farthing_core::time::Timestamp;
use rusqlite::Connection;

pub(super) fn step(conn: &Connection, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
    match step {
        TimeStep::Look => {}
        TimeStep::Keep {
            mark,
            era,
            reading,
            decision,
            until,
        } => {
            let keep = "INSERT INTO ledger_time (id, mark, era, reading, deleted_under, decision, told_until) \
                        VALUES (1, ?1, ?2, ?3, 0, ?4, ?5) ON CONFLICT (id) DO UPDATE SET \
                        mark = max(mark, excluded.mark), era = excluded.era, \
                        reading = excluded.reading, told_until = max(told_until, excluded.told_until) \
                        WHERE decision = excluded.decision";
            let (mark, reading) = (sql::signed(mark.get()), sql::signed(reading));
            let (decision, until) = (sql::signed(decision), sql::signed(until.get()));
            sql::execute(conn, keep, (mark, era, reading, decision, until))?;
        }
        TimeStep::Decide { mark, era, reading } => {
            let decide = "INSERT INTO ledger_time (id, mark, era, reading, deleted_under, decision, told_until) \
                          VALUES (1, ?1, ?2, ?3, 0, 1, ?1) ON CONFLICT (id) DO UPDATE SET \
                          mark = excluded.mark, era = excluded.era, reading = excluded.reading, \
                          decision = decision + 1, told_until = excluded.told_until \
                          WHERE deleted_under <= excluded.mark";
            let (mark, reading) = (sql::signed(mark.get()), sql::signed(reading));
            if sql::execute(conn, decide, (mark, era, reading))? == 0 {
                let under = look(conn)?.map_or_else(Timestamp::default, |time| time.deleted_under);
                return Err(TimeError::DeletedUnder { under });
            }
        }
        TimeStep::Deleting(under) => deleting(conn, under)?,
    }
    Ok(look(conn)?)
}

/// Something goes because its time is over by then: no earlier time can be decided on.
pub(super) fn deleting(conn: &Connection, under: Timestamp) -> Result<(), StoreError> {
    let raise = "UPDATE ledger_time SET deleted_under = max(deleted_under, ?1) WHERE id = 1";
    sql::execute(conn, raise, (sql::signed(under.get()),)).map(drop)
}

pub(super) fn look(conn: &Connection) -> Result<Option<LedgerTime>, StoreError> {
    let select = "SELECT mark, era, reading, deleted_under, decision, told_until FROM ledger_time \
                  WHERE id = 1";
    sql::optional(conn, select, (), |row| {
        Ok(LedgerTime {
            mark: super::publishers::timestamp(row, 0)?,
            era: row.get(1)?,
            reading: sql::unsigned(row, 2)?,
            deleted_under: super::publishers::timestamp(row, 3)?,
            decision: sql::unsigned(row, 4)?,
            told_until: super::publishers::timestamp(row, 5)?,
        })
    })
}
