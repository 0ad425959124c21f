//! audit: both sides of every invariant. Reads only; works beside a running issuer and on a copy or a standby.

use super::Failure;
use crate::books::Books;
use crate::checkpoint;
use crate::config::Config;
use crate::keys::Keys;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn audit(config: &Path) -> Result<ExitCode, Failure> {
    let config = Config::read(config)?;
    let report = Books::audit_unopened(&config)?;
    for check in report.checks() {
        println!("{check}");
    }
    let mut difference = report.difference();
    let checkpoints = report.checkpoints();
    // A copy is audited where no keys are, too.
    if config.keys().exists() {
        let keys = Keys::read(&config)?;
        let keys: Vec<_> = keys.signers().iter().map(|signer| *signer.jwk()).collect();
        let whole = checkpoint::whole(checkpoints, config.issuer(), &keys);
        let missing = checkpoints.len().saturating_sub(whole);
        println!(
            "I18 [all] checkpoints signed and chained = checkpoints: {whole} = {}, difference {missing}",
            checkpoints.len()
        );
        difference = difference.saturating_add(u128::try_from(missing).unwrap_or(u128::MAX));
    } else {
        println!(
            "{} checkpoints; there are no keys here to check their signatures with",
            checkpoints.len()
        );
    }
    println!("difference {difference}");
    // One unit is an incident, not a rounding.
    Ok(if difference == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
