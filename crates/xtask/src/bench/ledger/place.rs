//! The issuer that is measured, with its books in a file or in a database of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use farthing_testkit::load::history::{
    Order, grow_database, grow_file, sizes_of_database, sizes_of_file,
};
use farthing_testkit::load::{Books, Program};
use farthing_testkit::postgres::{Cluster, Database};
use farthing_testkit::process;

/// An issuer and its store.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) program: Program,
    server: Option<(Cluster, Database)>,
}

impl Place {
    /// Made anew in `folder`, not started.
    pub(super) fn new(binary: &Path, folder: &Path, backend: &str) -> Self {
        let server = (backend == "postgres").then(|| {
            let cluster = Cluster::start();
            let database = cluster.database();
            (cluster, database)
        });
        let books = server.as_ref().map_or(Books::Sqlite, |(_, database)| {
            Books::Postgres(database.url())
        });
        let program = Program::init(binary, folder, &books);
        // The most connections that are measured are all to be served, however long each then waits.
        program.set("max_requests", "256");
        Self { program, server }
    }

    /// Processor time of issuer and database server so far.
    pub(super) fn cpu(&self) -> (Duration, Duration) {
        let server = self.server.as_ref();
        let server = server.map(|(cluster, _)| process::cpu_of_family(cluster.pid()));
        (self.program.usage().cpu, server.unwrap_or_default())
    }

    /// Writes redemptions into the store of the stopped issuer.
    pub(super) fn grow(&self, redemptions: u64, order: Order) {
        match &self.server {
            Some((_, database)) => grow_database(database, redemptions, order),
            None => grow_file(&self.program.ledger(), redemptions, order),
        }
    }

    /// Bytes of each table with its indexes, while the issuer is stopped.
    pub(super) fn sizes(&self) -> BTreeMap<String, u64> {
        match &self.server {
            Some((_, database)) => sizes_of_database(database),
            None => sizes_of_file(&self.program.ledger()),
        }
    }
}
