//! `cargo xtask torture NAME`: the issuer as its own process under a fault, readers who do not give up, and the books
//! afterwards. One file for each fault.

mod overload;
mod report;

use std::path::PathBuf;

use crate::failure::Failure;
use crate::heavy::Options;
use crate::progress::{heading, note};
use crate::workspace::{Workspace, make_folder, remove_folder};
pub(crate) use report::Report;

/// What a fault is given.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    /// What was asked for.
    pub(crate) options: &'a Options,
    /// The program `farthing-issuer`.
    pub(crate) binary: PathBuf,
    /// An empty folder on the disk of the checkout.
    pub(crate) folder: PathBuf,
}

type Fault = fn(&Bench<'_>) -> Result<Report, Failure>;

/// Every fault by name.
const FAULTS: &[(&str, Fault)] = &[("overload", overload::overload)];

/// Runs one fault. Fails if value was lost, doubled or unbalanced, or if the fault's own promise was not kept.
pub(crate) fn torture(workspace: &Workspace, name: &str, options: &Options) -> Result<(), Failure> {
    let Some((_, fault)) = FAULTS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = FAULTS.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        return Err(Failure::new(format!(
            "there is no torture `{name}`; there are: {known}"
        )));
    };
    let bench = Bench {
        options,
        binary: issuer(workspace, options.quick),
        folder: workspace.target().join("torture").join(name),
    };
    remove_folder(&bench.folder)?;
    make_folder(&bench.folder)?;
    heading(&format!("Torture: {name}"));
    let report = fault(&bench)?;
    report.measures().give(options.json.as_deref())?;
    let broken = report.broken();
    if !broken.is_empty() {
        note(&format!("kept for a look: {}", bench.folder.display()));
        return Err(Failure::new(broken.join("; ")));
    }
    remove_folder(&bench.folder)
}

/// The program as it was built for this run.
pub(crate) fn issuer(workspace: &Workspace, quick: bool) -> PathBuf {
    let profile = if quick { "debug" } else { "release" };
    workspace.target().join(profile).join("farthing-issuer")
}
