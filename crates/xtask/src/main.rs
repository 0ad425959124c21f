//! Set-up, build, demo, test, bench and sizes: `cargo xtask help`.

mod bench;
mod build;
mod demo;
mod deny;
mod failure;
mod fuzz;
mod heavy;
mod interrupt;
#[cfg(feature = "load")]
mod leave;
#[cfg(feature = "load")]
mod measures;
mod modules;
mod progress;
mod run;
mod setup;
mod simulate;
mod sizes;
mod stamp;
mod test;
#[cfg(feature = "load")]
mod torture;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use bench::browser::{Subject, browser};
use build::build;
use demo::Reader;
use failure::Failure;
use setup::{Purpose, setup};
use workspace::Workspace;

const HELP: &str = "\
cargo xtask demo [--once]                     the whole of Farthing on this machine, until Ctrl-C; with --once, one purchase by a browser
cargo xtask test [--long]                     all tests
cargo xtask setup                             installs what is missing (the other commands do it too)
cargo xtask build                             browser file, npm package, site and programs
cargo xtask sizes [--json FILE]               bytes that a reader downloads, and their limits
cargo xtask bench core|unlock [--json FILE]   measurements in headless Chromium
cargo xtask bench ledger [--backend sqlite|postgres] [--quick] [--json FILE]
                                              redemptions per second of the issuer, and what they cost
cargo xtask torture NAME [--cycles N] [--quick] [--json FILE]
                                              the issuer under a fault; fails if value was lost, doubled or unbalanced:
                                              clock, database-gone, disk-full, kill, overload, replicas, restore,
                                              slow-disk, walk, or all
cargo xtask simulate [--operations N] [--seed N]
                                              the ledger against the oracle, under faults of machine and network; a million by default
cargo xtask fuzz http [--examples 100]        requests made up from the OpenAPI document, against a real issuer
cargo xtask fuzz parsers [NAME…] [--seconds 60]
                                              bytes made up for every parser, or for those named, each for so long
cargo xtask deny                              licences and sources of the dependencies
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    match words {
        ["setup"] => setup(&workspace, Purpose::Test).map(drop),
        ["build"] => build(&workspace, &setup(&workspace, Purpose::Run)?),
        ["test"] => test::test(&workspace, false),
        ["test", "--long"] => test::test(&workspace, true),
        ["demo"] => demo::demo(&workspace, Reader::Person),
        ["demo", "--once"] => demo::demo(&workspace, Reader::Browser),
        ["sizes", rest @ ..] => {
            let json = json(rest)?;
            build(&workspace, &setup(&workspace, Purpose::Run)?)?;
            sizes::sizes(&workspace, json.as_deref())
        }
        ["bench", "core", rest @ ..] => measure(&workspace, Subject::Core, rest),
        ["bench", "unlock", rest @ ..] => measure(&workspace, Subject::Unlock, rest),
        ["bench", "ledger", rest @ ..] => heavy::bench_ledger(&workspace, rest),
        ["simulate", rest @ ..] => simulate::simulate(&workspace, rest),
        ["torture", name, rest @ ..] => heavy::torture(&workspace, name, rest),
        ["fuzz", "http"] => fuzz::http(&workspace, fuzz::EXAMPLES),
        ["fuzz", "http", "--examples", count] => fuzz::http(&workspace, number(count)?),
        ["fuzz", "parsers", names @ .., "--seconds", count] => {
            fuzz::parsers(&workspace, names, number(count)?)
        }
        ["fuzz", "parsers", names @ ..] => fuzz::parsers(&workspace, names, fuzz::SECONDS),
        ["deny"] => deny::deny(&workspace),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(not_understood(words)),
    }
}

fn measure(workspace: &Workspace, subject: Subject, rest: &[&str]) -> Result<(), Failure> {
    let json = json(rest)?;
    let tools = setup(workspace, Purpose::Run)?;
    build(workspace, &tools)?;
    browser(workspace, &tools, subject, json.as_deref())
}

/// The file after `--json`, from where the person stands.
fn json(words: &[&str]) -> Result<Option<PathBuf>, Failure> {
    match words {
        [] => Ok(None),
        ["--json", file] => std::path::absolute(file)
            .map(Some)
            .map_err(|e| Failure::new(format!("`{file}` is no path: {e}"))),
        _ => Err(not_understood(words)),
    }
}

fn number(word: &str) -> Result<u32, Failure> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Failure::new(format!("`{word}` is no number above 0")))
}

fn not_understood(words: &[&str]) -> Failure {
    Failure::new(format!("not understood: `{}`\n\n{HELP}", words.join(" ")))
}
