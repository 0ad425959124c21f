//! Gifts that were bound to another key.

use super::broken::{Broken, Trouble};
use super::session::Session;
use super::{column, ledger_time, reserved};
use crate::{
    Hour, Rebind, RebindError, Rebound, RecordKey, SealedAnswer, StoreError, rebind, rules,
};
use farthing_core::id::{Binding, GrantId};

async fn read(
    session: &Session,
    grant: GrantId,
) -> Result<Option<(Binding, SealedAnswer)>, Broken> {
    let select = "SELECT binding, sealed FROM rebinds WHERE grant_id = $1";
    let key = grant.bytes().as_slice();
    let Some(row) = session.row(select, &[&key]).await? else {
        return Ok(None);
    };
    let binding = Binding::new(column::fixed(&row, 0)?);
    let sealed = SealedAnswer::new(column::value(&row, 1)?);
    Ok(Some((binding, sealed)))
}

/// What was answered; and it stands on the standby as well, if commits wait for one.
pub(super) async fn find(
    session: &Session,
    grant: GrantId,
    binding: Binding,
) -> Result<Option<SealedAnswer>, Trouble<RebindError>> {
    let Some(found) = read(session, grant).await? else {
        return Ok(None);
    };
    let confirmed = session
        .transaction(async |session| Ok::<_, Trouble<RebindError>>(session.confirm().await?))
        .await;
    confirmed?;
    rebind::recorded(Some(found), binding).map_err(Trouble::Refused)
}

pub(super) async fn rebind(
    session: &Session,
    new: &Rebind,
) -> Result<Rebound, Trouble<RebindError>> {
    session
        .transaction(async |session| in_transaction(session, new).await)
        .await
}

async fn in_transaction(session: &Session, new: &Rebind) -> Result<Rebound, Trouble<RebindError>> {
    let found = read(session, new.grant).await?;
    let recorded = rebind::recorded(found, new.binding).map_err(Trouble::Refused)?;
    if let Some(answer) = recorded {
        session.confirm().await?;
        return Ok(Rebound::Replayed(answer));
    }
    let reserved = reserved::of(session, [RecordKey::rebind(&new.grant)]).await?;
    if rules::is_for_another(reserved.values().flatten(), new.binding) {
        return Err(Trouble::Refused(RebindError::Rebound));
    }
    record(session, new).await?;
    Ok(Rebound::Done)
}

/// Whether the grant was given up, by whatever request.
pub(super) async fn is_recorded(session: &Session, grant: GrantId) -> Result<bool, Broken> {
    Ok(read(session, grant).await?.is_some())
}

/// Records that a grant is given up. One that another issuer has just recorded makes the transaction begin again.
pub(super) async fn record(session: &Session, new: &Rebind) -> Result<(), Broken> {
    let insert = "INSERT INTO rebinds (grant_id, ends_hour, binding, sealed) \
                  VALUES ($1, $2, $3, $4) ON CONFLICT (grant_id) DO NOTHING";
    let (grant, binding) = (new.grant.bytes().as_slice(), new.binding.bytes().as_slice());
    let (ends, sealed) = (column::hour(rebind::ends(new.ends)), new.answer.bytes());
    session
        .insert(insert, &[&grant, &ends, &binding, &sealed], 1)
        .await
}

/// Up to `limit` grants that are no longer good, ascending, from the first after that one on.
pub(super) async fn revoked(
    session: &Session,
    after: Option<GrantId>,
    limit: usize,
) -> Result<Vec<GrantId>, Broken> {
    let select = "SELECT grant_id FROM rebinds WHERE grant_id > $1 ORDER BY grant_id LIMIT $2";
    let after = after.as_ref().map(|id| id.bytes().as_slice());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session
        .rows(select, &[&after.unwrap_or_default(), &limit])
        .await?;
    rows.iter()
        .map(|row| Ok(GrantId::new(column::fixed(row, 0)?)))
        .collect()
}

/// Drops up to `limit` records of grants whose access is over.
pub(super) async fn drop_over(
    session: &Session,
    hour: Hour,
    limit: usize,
) -> Result<usize, Trouble<StoreError>> {
    session
        .transaction(async |session| Ok(drop_in_transaction(session, hour, limit).await?))
        .await
}

async fn drop_in_transaction(session: &Session, hour: Hour, limit: usize) -> Result<usize, Broken> {
    // Another issuer that does the same waits here, and then finds these gone.
    let select = "SELECT grant_id FROM rebinds WHERE ends_hour BETWEEN 1 AND $1 \
                  ORDER BY grant_id LIMIT $2 FOR UPDATE";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.rows(select, &[&column::hour(hour), &limit]).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    ledger_time::deleting(session, hour.begins()).await?;
    let over: Result<Vec<&[u8]>, Broken> = rows.iter().map(|row| column::value(row, 0)).collect();
    let over = over?;
    let remove = "DELETE FROM rebinds WHERE grant_id = ANY ($1::BYTEA[])";
    let removed = session.execute(remove, &[&over]).await?;
    if usize::try_from(removed) != Ok(over.len()) {
        return Err(Broken::Contended("another issuer was first".into()));
    }
    Ok(over.len())
}
