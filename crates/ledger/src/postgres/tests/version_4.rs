//! A live ledger of version 4, from before freezes stood in the journal, is brought to this one.

use super::url;
use crate::postgres::PostgresLedger;
use crate::postgres::schema::MIGRATIONS;
use crate::version_4::{ROWS, goes_on};
use farthing_core::bytes::sha256;
use farthing_testkit::postgres::Cluster;

#[test]
fn a_ledger_of_version_4_goes_on() {
    let database = Cluster::shared().database();
    for (n, migration) in (1..).zip(&MIGRATIONS[..4]) {
        let checksum: String = sha256(migration.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        database.sql(migration);
        database.sql(&format!(
            "INSERT INTO ledger_migrations VALUES ({n}, '\\x{checksum}')"
        ));
    }
    database.sql(&ROWS.replace("X'", "'\\x"));
    database.sql("INSERT INTO replication_mark VALUES (1, 0)");
    // Two issuers that start at once bring it here once.
    let url = url(&database);
    let ledgers = std::thread::scope(|scope| {
        let open = || PostgresLedger::open(&url).unwrap();
        let both = [scope.spawn(open), scope.spawn(open)];
        both.map(|one| one.join().unwrap())
    });
    goes_on(&ledgers[0]);
    let left = "SELECT count(*) FROM information_schema.tables \
                WHERE table_schema = current_schema() AND table_name LIKE '%\\_4'";
    assert_eq!(database.sql(left).trim(), "0");
}
