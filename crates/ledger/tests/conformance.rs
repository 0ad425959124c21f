//! Every store passes the one suite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod memory {
    use farthing_ledger::ledger_conformance;
    use farthing_ledger::memory::MemoryLedger;

    fn provide() -> (MemoryLedger, ()) {
        (MemoryLedger::new(), ())
    }

    ledger_conformance!(provide);
}

mod sqlite {
    use farthing_ledger::ledger_conformance;
    use farthing_ledger::sqlite::SqliteLedger;
    use tempfile::TempDir;

    fn provide() -> (SqliteLedger, TempDir) {
        let dir = TempDir::new().unwrap();
        (
            SqliteLedger::open(&dir.path().join("ledger.sqlite")).unwrap(),
            dir,
        )
    }

    ledger_conformance!(provide);
}

mod postgres {
    use farthing_ledger::ledger_conformance;
    use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger};
    use farthing_testkit::postgres::Cluster;

    fn provide() -> (PostgresLedger, ()) {
        let url = DatabaseUrl::parse(&Cluster::shared().database().url()).unwrap();
        (PostgresLedger::open(&url).unwrap(), ())
    }

    ledger_conformance!(provide);
}
