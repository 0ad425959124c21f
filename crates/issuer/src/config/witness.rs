//! The witness log: where it is, and how much it says.

use super::file::WitnessSection;
use super::ledger::LedgerPlace;
use std::path::{Path, PathBuf};

/// How much a witness log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessForm {
    /// Everything that a commit changes: a restore by it is exact.
    Full,
    /// Which requests used up which tokens and pouches: after a restore nothing is done twice.
    Short,
}

/// Where the witness log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessPlace {
    /// The folder.
    pub directory: PathBuf,
    /// How much it says.
    pub form: WitnessForm,
}

pub(super) fn check(
    section: WitnessSection,
    ledger: &LedgerPlace,
    folder: &Path,
) -> Result<WitnessPlace, (&'static str, &'static str)> {
    let form = match section.form.as_deref() {
        None | Some("full") => WitnessForm::Full,
        Some("short") => WitnessForm::Short,
        Some(_) => return Err(("witness.form", "must be \"full\" or \"short\"")),
    };
    if form == WitnessForm::Full && matches!(ledger, LedgerPlace::Postgres(_)) {
        return Err((
            "witness.form",
            "must be \"short\" for a ledger in a database: many issuers write it, so that none knows all of a commit",
        ));
    }
    Ok(WitnessPlace {
        directory: folder.join(section.dir),
        form,
    })
}
