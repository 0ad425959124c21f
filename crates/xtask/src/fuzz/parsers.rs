//! libFuzzer on every target of fuzz/fuzz_targets.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::progress;
use crate::run::Run;
use crate::workspace::{Workspace, make_folder};

/// What `cargo fuzz` would say to the compiler, less what needs a nightly one: the sanitizers. All code here is safe
/// Rust, of which a fuzzer finds panics, overflows and what does not write itself back.
const INSTRUMENTED: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Longest input. Limits on length are tested elsewhere; here short inputs try more.
const LONGEST: &str = "-max_len=16384";

/// Runs every target, or those named, for so many seconds, from its seeds and what earlier runs found worth keeping.
pub(crate) fn parsers(workspace: &Workspace, wanted: &[&str], seconds: u32) -> Result<(), Failure> {
    let names = chosen(targets(workspace)?, wanted)?;
    let folder = workspace.target().join("fuzz");
    let host = host(workspace)?;
    progress::heading("Building the fuzz targets");
    Run::new(workspace, "cargo")
        .args(["build", "--bins", "--manifest-path", "fuzz/Cargo.toml"])
        // With a target named, build scripts and macros go without the instrumentation.
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", INSTRUMENTED)
        .shown()?;
    for name in names {
        let program = folder.join(&host).join("debug").join(&name);
        run(workspace, &folder, &name, &program, seconds)?;
    }
    Ok(())
}

fn run(
    workspace: &Workspace,
    folder: &Path,
    name: &str,
    program: &Path,
    seconds: u32,
) -> Result<(), Failure> {
    progress::heading(&format!("Fuzzing {name} for {seconds} s"));
    let corpus = folder.join("corpus").join(name);
    let found = folder.join("found");
    make_folder(&corpus)?;
    make_folder(&found)?;
    let log = folder.join(format!("{name}.log"));
    let artifacts = format!("-artifact_prefix={}/{name}-", found.display());
    Run::new(workspace, program)
        .args([&format!("-max_total_time={seconds}"), LONGEST, "-timeout=20"])
        .args(["-rss_limit_mb=2048", "-print_final_stats=1", &artifacts])
        .args([corpus, workspace.path("fuzz/seeds").join(name)])
        .logged(&log)
        .map_err(|failure| {
            Failure::new(format!(
                "{failure}\n{name} found something; the input is in {}. Make it a seed in fuzz/seeds/{name}.",
                found.display()
            ))
        })?;
    let said = fs::read_to_string(&log).unwrap_or_default();
    let runs = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    match runs.and_then(|runs| runs.trim().parse::<u64>().ok()) {
        Some(runs) if runs > 0 => progress::note(&format!("{name}: {runs} inputs")),
        _ => {
            return Err(Failure::new(format!(
                "{name} ran nothing: {}",
                log.display()
            )));
        }
    }
    Ok(())
}

/// The names of the targets, in order.
fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let folder = workspace.path("fuzz/fuzz_targets");
    let failed = |e: &std::io::Error| Failure::at("reading", &folder, e);
    let entries = fs::read_dir(&folder).map_err(|e| failed(&e))?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|e| e.path())).collect();
    let mut names: Vec<String> = paths
        .map_err(|e| failed(&e))?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Those of the targets that are wanted, or all; a name that is none is a failure that names all.
fn chosen(targets: Vec<String>, wanted: &[&str]) -> Result<Vec<String>, Failure> {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !targets.iter().any(|t| t == *name))
    {
        let known = targets.join(", ");
        return Err(Failure::new(format!(
            "no parser `{unknown}`; there are {known}"
        )));
    }
    let is_wanted = |name: &String| wanted.is_empty() || wanted.contains(&name.as_str());
    Ok(targets.into_iter().filter(is_wanted).collect())
}

/// The machine that this compiler compiles for.
fn host(workspace: &Workspace) -> Result<String, Failure> {
    let said = Run::new(workspace, "rustc").args(["-vV"]).read()?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("rustc -vV names no host"))
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn parsers_are_chosen_by_name_and_a_wrong_name_runs_none() {
        let targets = || ["amount", "json", "token"].map(str::to_owned).to_vec();
        assert_eq!(chosen(targets(), &[]).unwrap(), targets());
        assert_eq!(
            chosen(targets(), &["token", "amount"]).unwrap(),
            ["amount", "token"]
        );
        assert!(chosen(targets(), &["token", "tokens"]).is_err());
    }
}
