//! Publishers and withdrawals of their offers.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::{Params, Session};
use crate::{Publisher, PutPublisherError, Withdrawal};
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;
use tokio_postgres::Row;

fn read(row: &Row) -> Result<Publisher, Broken> {
    Ok(Publisher {
        origin: column::origin(row, 0)?,
        name: column::value(row, 1)?,
        keys: column::value(row, 2)?,
        max_price: column::micro(row, 3)?,
        fee_basis_points: column::parsed(row, 4, |n: i64| u16::try_from(n).ok())?,
        offers_valid_from: column::timestamp(row, 5)?,
        withdrawals: Vec::new(),
    })
}

async fn add_withdrawals(session: &Session, publisher: &mut Publisher) -> Result<(), Broken> {
    let select = "SELECT path, offers_valid_from FROM offer_withdrawals WHERE origin = $1";
    let rows = session.rows(select, &[&publisher.origin.as_str()]).await?;
    let withdrawal = |row: &Row| {
        Ok(Withdrawal {
            path: column::value(row, 0)?,
            offers_valid_from: column::timestamp(row, 1)?,
        })
    };
    let mut withdrawals: Vec<Withdrawal> =
        rows.iter().map(withdrawal).collect::<Result<_, Broken>>()?;
    // Sorted here: how a database sorts text is a matter of its locale.
    withdrawals.sort();
    publisher.withdrawals = withdrawals;
    Ok(())
}

pub(super) async fn put(
    session: &Session,
    publisher: &Publisher,
) -> Result<(), Trouble<PutPublisherError>> {
    if publisher.fee_basis_points > 10_000 {
        return Err(Trouble::Refused(PutPublisherError::FeeTooHigh));
    }
    let signed = |time: Timestamp| column::signed(time.get());
    session
        .transaction(async |session| {
            let put = "INSERT INTO publishers \
                       (origin, name, keys, max_price, fee_basis_points, offers_valid_from) \
                       VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT (origin) DO UPDATE SET name = excluded.name, keys = excluded.keys, \
                       max_price = excluded.max_price, fee_basis_points = excluded.fee_basis_points, \
                       offers_valid_from = greatest(publishers.offers_valid_from, excluded.offers_valid_from)";
            let origin = publisher.origin.as_str();
            let params: Params<'_> = &[
                &origin,
                &publisher.name,
                &publisher.keys,
                &publisher.max_price.signed(),
                &i64::from(publisher.fee_basis_points),
                &signed(publisher.offers_valid_from),
            ];
            session.execute_one(put, params).await?;
            let put = "INSERT INTO offer_withdrawals (origin, path, offers_valid_from) \
                       VALUES ($1, $2, $3) ON CONFLICT (origin, path) DO UPDATE SET offers_valid_from = \
                       greatest(offer_withdrawals.offers_valid_from, excluded.offers_valid_from)";
            for withdrawal in &publisher.withdrawals {
                let from = signed(withdrawal.offers_valid_from);
                session
                    .execute_one(put, &[&origin, &withdrawal.path, &from])
                    .await?;
            }
            Ok(())
        })
        .await
}

pub(super) async fn find(
    session: &Session,
    origin: &PublisherId,
) -> Result<Option<Publisher>, Broken> {
    let select = "SELECT origin, name, keys, max_price, fee_basis_points, offers_valid_from \
                  FROM publishers WHERE origin = $1";
    let Some(row) = session.row(select, &[&origin.as_str()]).await? else {
        return Ok(None);
    };
    let mut publisher = read(&row)?;
    add_withdrawals(session, &mut publisher).await?;
    Ok(Some(publisher))
}

pub(super) async fn all(session: &Session) -> Result<Vec<Publisher>, Broken> {
    let select = "SELECT origin, name, keys, max_price, fee_basis_points, offers_valid_from \
                  FROM publishers";
    let rows = session.rows(select, &[]).await?;
    let mut publishers: Vec<Publisher> = rows.iter().map(read).collect::<Result<_, Broken>>()?;
    publishers.sort_by(|a, b| a.origin.as_str().cmp(b.origin.as_str()));
    for publisher in &mut publishers {
        add_withdrawals(session, publisher).await?;
    }
    Ok(publishers)
}
