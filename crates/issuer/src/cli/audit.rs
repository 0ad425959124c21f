//! audit: both sides of every invariant. Reads only; works beside a running issuer and on a copy.

use super::Failure;
use crate::config::Config;
use farthing_ledger::sqlite::audit_file;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn audit(config: &Path) -> Result<ExitCode, Failure> {
    let config = Config::read(config)?;
    if !config.ledger().exists() {
        let path = config.ledger().display();
        return Err(
            format!("there are no books at {path} yet; the first serve begins them").into(),
        );
    }
    let report = audit_file(config.ledger())?;
    println!("{report}");
    // One unit is an incident, not a rounding.
    Ok(if report.difference() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
