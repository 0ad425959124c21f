//! Manifests: heads by number, bodies by hash.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::{Params, Session};
use crate::{AppendManifestError, NewManifest, StoredManifest};
use farthing_core::id::{BodyHash, HeadHash};
use tokio_postgres::Row;

fn read(row: &Row) -> Result<StoredManifest, Broken> {
    Ok(StoredManifest {
        n: column::unsigned(row, 0)?,
        head: column::value(row, 1)?,
        head_hash: HeadHash::new(column::fixed(row, 2)?),
        body_hash: BodyHash::new(column::fixed(row, 3)?),
    })
}

/// Appends a manifest. After a commit that was lost with the connection, [`AppendManifestError::NotNext`] may be said of
/// a manifest that is there; whoever publishes reads the newest one then, and finds its own.
pub(super) async fn append(
    session: &Session,
    manifest: &NewManifest,
) -> Result<(), Trouble<AppendManifestError>> {
    session
        .transaction(async |session| {
            let newest = newest(session).await?.map_or(0, |newest| newest.n);
            let expected = newest.saturating_add(1);
            if manifest.n != expected {
                return Err(Trouble::Refused(AppendManifestError::NotNext { expected }));
            }
            let insert = "INSERT INTO manifests (n, head, head_hash, body, body_hash) \
                          VALUES ($1, $2, $3, $4, $5) ON CONFLICT (n) DO NOTHING";
            let params: Params<'_> = &[
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
    n: u64,
    limit: usize,
) -> Result<Vec<StoredManifest>, Broken> {
    let select =
        "SELECT n, head, head_hash, body_hash FROM manifests WHERE n >= $1 ORDER BY n LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.rows(select, &[&column::signed(n), &limit]).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn newest(session: &Session) -> Result<Option<StoredManifest>, Broken> {
    let select = "SELECT n, head, head_hash, body_hash FROM manifests ORDER BY n DESC LIMIT 1";
    let row = session.row(select, &[]).await?;
    row.map(|row| read(&row)).transpose()
}

pub(super) async fn body(session: &Session, hash: BodyHash) -> Result<Option<Vec<u8>>, Broken> {
    let select = "SELECT body FROM manifests WHERE body_hash = $1 \
                  UNION ALL SELECT body FROM promo_manifests WHERE body_hash = $1";
    let row = session.row(select, &[&hash.bytes().as_slice()]).await?;
    row.map(|row| column::value(&row, 0)).transpose()
}
