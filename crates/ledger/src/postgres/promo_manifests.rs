//! The manifests of publishers' starter tokens: a chain for each publisher.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::{Params, Session};
use crate::{AppendManifestError, NewManifest, StoredManifest};
use farthing_core::id::{BodyHash, HeadHash};
use farthing_core::origin::PublisherId;
use tokio_postgres::Row;

fn read(row: &Row) -> Result<StoredManifest, Broken> {
    Ok(StoredManifest {
        n: column::unsigned(row, 0)?,
        head: column::value(row, 1)?,
        head_hash: HeadHash::new(column::fixed(row, 2)?),
        body_hash: BodyHash::new(column::fixed(row, 3)?),
    })
}

/// Appends a manifest; after a commit that was lost with the connection as the issuer's own.
pub(super) async fn append(
    session: &Session,
    of: &PublisherId,
    manifest: &NewManifest,
) -> Result<(), Trouble<AppendManifestError>> {
    session
        .transaction(async |session| {
            let expected = newest(session, of).await?.map_or(0, |newest| newest.n);
            let expected = expected.saturating_add(1);
            if manifest.n != expected {
                return Err(Trouble::Refused(AppendManifestError::NotNext { expected }));
            }
            let insert = "INSERT INTO promo_manifests (publisher, n, head, head_hash, body, body_hash) \
                          VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (publisher, n) DO NOTHING";
            let params: Params<'_> = &[
                &of.as_str(),
                &column::signed(manifest.n),
                &manifest.head,
                &manifest.head_hash.bytes().as_slice(),
                &manifest.body,
                &manifest.body_hash.bytes().as_slice(),
            ];
            Ok(session.insert(insert, params, 1).await?)
        })
        .await
}

pub(super) async fn from(
    session: &Session,
    of: &PublisherId,
    n: u64,
    limit: usize,
) -> Result<Vec<StoredManifest>, Broken> {
    let select = "SELECT n, head, head_hash, body_hash FROM promo_manifests \
                  WHERE publisher = $1 AND n >= $2 ORDER BY n LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let params: Params<'_> = &[&of.as_str(), &column::signed(n), &limit];
    let rows = session.rows(select, params).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn newest(
    session: &Session,
    of: &PublisherId,
) -> Result<Option<StoredManifest>, Broken> {
    let select = "SELECT n, head, head_hash, body_hash FROM promo_manifests \
                  WHERE publisher = $1 ORDER BY n DESC LIMIT 1";
    let row = session.row(select, &[&of.as_str()]).await?;
    row.map(|row| read(&row)).transpose()
}
