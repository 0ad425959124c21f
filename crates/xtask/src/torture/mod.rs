//! `cargo xtask torture NAME`: the issuer as its own process under a fault, readers who do not give up, and the books
//! afterwards. One file for each fault.

mod chance;
mod clock;
mod database_gone;
mod disk_full;
mod kill;
mod overload;
mod readers;
mod replicas;
mod report;
mod restore;
mod slow_disk;
mod stock;
mod walk;

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

impl Bench<'_> {
    /// How often the fault happens: as asked for, or the first number, or the second in the short form.
    pub(crate) fn cycles(&self, (long, short): (u64, u64)) -> u64 {
        let usual = if self.options.quick { short } else { long };
        self.options.cycles.unwrap_or(usual)
    }
}

type Fault = fn(&Bench<'_>) -> Result<Report, Failure>;

/// Every fault by name.
const FAULTS: &[(&str, Fault)] = &[
    ("clock", clock::clock),
    ("database-gone", database_gone::database_gone),
    ("disk-full", disk_full::disk_full),
    ("kill", kill::kill),
    ("overload", overload::overload),
    ("replicas", replicas::replicas),
    ("restore", restore::restore),
    ("slow-disk", slow_disk::slow_disk),
    ("walk", walk::walk),
];

/// Runs one fault, or all of them, the later ones also after one that failed.
pub(crate) fn torture(workspace: &Workspace, name: &str, options: &Options) -> Result<(), Failure> {
    if name != "all" {
        return one(workspace, name, options);
    }
    if options.json.is_some() {
        return Err(Failure::new("--json is for one torture, not for all"));
    }
    let results = FAULTS.iter().map(|(name, _)| {
        let result = one(workspace, name, options);
        if let Err(failure) = &result {
            eprintln!("{failure}");
        }
        (*name, result)
    });
    let failed: Vec<&str> = results
        .filter(|(_, result)| result.is_err())
        .map(|(name, _)| name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("failed: {}", failed.join(", "))))
    }
}

/// Fails if value was lost, doubled or unbalanced, or if the fault's own promise was not kept.
fn one(workspace: &Workspace, name: &str, options: &Options) -> Result<(), Failure> {
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
