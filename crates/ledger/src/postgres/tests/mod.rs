//! What is special to the PostgreSQL store: its schema, its SQL, its server's settings, its secrets.

mod constructs;
mod schema;
mod secrets;
mod tampering;
mod version_1;
mod version_4;

use super::{DatabaseUrl, PostgresLedger};
use farthing_testkit::postgres::{Cluster, Database};

fn url(database: &Database) -> DatabaseUrl {
    DatabaseUrl::parse(&database.url()).unwrap()
}

fn provide() -> (PostgresLedger, Database) {
    let database = Cluster::shared().database();
    (PostgresLedger::open(&url(&database)).unwrap(), database)
}
