//! The ledger's own time, one for all issuers.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::Session;
use crate::{LedgerTime, TimeError, TimeStep};
use farthing_core::time::Timestamp;

pub(super) async fn step(
    session: &Session,
    step: &TimeStep,
) -> Result<Option<LedgerTime>, Trouble<TimeError>> {
    session
        .transaction(async |session| {
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
                                VALUES (1, $1, $2, $3, 0, $4, $5) ON CONFLICT (id) DO UPDATE SET \
                                mark = greatest(ledger_time.mark, excluded.mark), era = excluded.era, \
                                reading = excluded.reading, \
                                told_until = greatest(ledger_time.told_until, excluded.told_until) \
                                WHERE ledger_time.decision = excluded.decision";
                    let (mark, reading) = (column::signed(mark.get()), column::signed(*reading));
                    let (decision, until) = (column::signed(*decision), column::signed(until.get()));
                    session
                        .execute(keep, &[&mark, era, &reading, &decision, &until])
                        .await?;
                }
                TimeStep::Decide { mark, era, reading } => {
                    let decide = "INSERT INTO ledger_time (id, mark, era, reading, deleted_under, decision, told_until) \
                                  VALUES (1, $1, $2, $3, 0, 1, $1) ON CONFLICT (id) DO UPDATE SET \
                                  mark = excluded.mark, era = excluded.era, reading = excluded.reading, \
                                  decision = ledger_time.decision + 1, told_until = excluded.told_until \
                                  WHERE ledger_time.deleted_under <= excluded.mark";
                    let (mark, reading) = (column::signed(mark.get()), column::signed(*reading));
                    if session.execute(decide, &[&mark, era, &reading]).await? == 0 {
                        let found = look(session).await?;
                        let under = found.map_or_else(Timestamp::default, |time| time.deleted_under);
                        return Err(Trouble::Refused(TimeError::DeletedUnder { under }));
                    }
                }
                TimeStep::Deleting(under) => deleting(session, *under).await?,
            }
            Ok(look(session).await?)
        })
        .await
}

/// Something goes because its time is over by then: no earlier time can be decided on.
pub(super) async fn deleting(session: &Session, under: Timestamp) -> Result<(), Broken> {
    let raise = "UPDATE ledger_time SET deleted_under = greatest(deleted_under, $1) WHERE id = 1";
    let under = column::signed(under.get());
    session.execute(raise, &[&under]).await.map(drop)
}

async fn look(session: &Session) -> Result<Option<LedgerTime>, Broken> {
    let select = "SELECT mark, era, reading, deleted_under, decision, told_until FROM ledger_time \
                  WHERE id = 1";
    let Some(row) = session.row(select, &[]).await? else {
        return Ok(None);
    };
    Ok(Some(LedgerTime {
        mark: column::timestamp(&row, 0)?,
        era: column::value(&row, 1)?,
        reading: column::unsigned(&row, 2)?,
        deleted_under: column::timestamp(&row, 3)?,
        decision: column::unsigned(&row, 4)?,
        told_until: column::timestamp(&row, 5)?,
    }))
}
