//! A place for the tables of one test.

use super::PASSWORD;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A part of a cluster's database for one test: a schema of its own, which is much faster made than a database.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) schema: String,
    pub(super) socket: PathBuf,
    pub(super) programs: PathBuf,
}

impl Database {
    /// Its address, password included.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with(&[])
    }

    /// Its address at this server and others, of which one takes writes.
    #[must_use]
    pub fn url_with(&self, others: &[&Self]) -> String {
        let host = |database: &Self| database.socket.display().to_string().replace('/', "%2F");
        let mut hosts = vec![host(self)];
        hosts.extend(others.iter().map(|other| host(other)));
        let socket = hosts.join(",");
        let schema = &self.schema;
        format!(
            "postgres://farthing:{PASSWORD}@{socket}/postgres?options=-c%20search_path%3D{schema}"
        )
    }

    /// Runs statements with PostgreSQL's own client; gives what it printed, one line for each row.
    #[expect(
        clippy::must_use_candidate,
        reason = "most statements are run for what they do"
    )]
    pub fn sql(&self, statements: &str) -> String {
        let output = self.try_sql(statements);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statements}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs statements that may fail.
    #[must_use]
    pub fn try_sql(&self, statements: &str) -> Output {
        Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "farthing",
            ])
            .args(["-d", "postgres", "-c", statements, "-h"])
            .arg(&self.socket)
            .env("PGOPTIONS", format!("-c search_path={}", self.schema))
            .env("PGPASSWORD", PASSWORD)
            .current_dir("/")
            .output()
            .unwrap()
    }
}
