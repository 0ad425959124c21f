//! audit: both sides of every invariant. Reads only; works beside a running issuer and on a copy or a standby.

use super::Failure;
use crate::books::Books;
use crate::config::Config;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn audit(config: &Path) -> Result<ExitCode, Failure> {
    let config = Config::read(config)?;
    let report = Books::audit_unopened(&config)?;
    println!("{report}");
    // One unit is an incident, not a rounding.
    Ok(if report.difference() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
