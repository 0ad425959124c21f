//! Commands that need the load client. This program is small, so that every command starts soon; for these it builds
//! itself once more with the feature `load`, and the issuer beside it, and hands over.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// What is asked of them.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// A short form that shows that the command runs; its numbers mean nothing.
    pub(crate) quick: bool,
    /// Where the measures are written as JSON.
    pub(crate) json: Option<PathBuf>,
    /// The store: `sqlite` or `postgres`.
    pub(crate) backend: Option<String>,
    /// How often a fault is repeated, where it is.
    pub(crate) cycles: Option<u64>,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match (*word, words.as_slice().first()) {
                ("--quick" | "--short", _) => options.quick = true,
                ("--json", Some(file)) => {
                    let file = std::path::absolute(file)
                        .map_err(|e| Failure::new(format!("`{file}` is no path: {e}")))?;
                    options.json = Some(file);
                    words.next();
                }
                ("--backend", Some(name @ (&"sqlite" | &"postgres"))) => {
                    options.backend = Some((*name).to_owned());
                    words.next();
                }
                ("--cycles", Some(count)) => {
                    let count = count.parse();
                    let count =
                        count.map_err(|_| Failure::new("--cycles is followed by a number"))?;
                    options.cycles = Some(count);
                    words.next();
                }
                _ => return Err(Failure::new(format!("not understood: `{word}`"))),
            }
        }
        Ok(options)
    }
}

/// `cargo xtask bench ledger`.
pub(crate) fn bench_ledger(workspace: &Workspace, words: &[&str]) -> Result<(), Failure> {
    let options = Options::parse(words)?;
    if options.cycles.is_some() {
        return Err(Failure::new("not understood: `--cycles`"));
    }
    work::bench_ledger(workspace, &options, words)
}

/// `cargo xtask torture NAME`.
pub(crate) fn torture(workspace: &Workspace, name: &str, words: &[&str]) -> Result<(), Failure> {
    let options = Options::parse(words)?;
    work::torture(workspace, name, &options, words)
}

#[cfg(feature = "load")]
mod work {
    use super::Options;
    use crate::failure::Failure;
    use crate::workspace::Workspace;

    pub(super) fn bench_ledger(
        workspace: &Workspace,
        options: &Options,
        _words: &[&str],
    ) -> Result<(), Failure> {
        crate::leave::with_nothing_left(workspace.target().to_owned())?;
        crate::bench::ledger::ledger(workspace, options)
    }

    pub(super) fn torture(
        workspace: &Workspace,
        name: &str,
        options: &Options,
        _words: &[&str],
    ) -> Result<(), Failure> {
        crate::leave::with_nothing_left(workspace.target().to_owned())?;
        crate::torture::torture(workspace, name, options)
    }
}

#[cfg(not(feature = "load"))]
mod work {
    use super::Options;
    use crate::failure::Failure;
    use crate::interrupt;
    use crate::progress::step;
    use crate::run::{Run, on_path};
    use crate::workspace::Workspace;
    use std::thread;

    pub(super) fn bench_ledger(
        workspace: &Workspace,
        options: &Options,
        words: &[&str],
    ) -> Result<(), Failure> {
        hand_over(workspace, options, &["bench", "ledger"], words)
    }

    pub(super) fn torture(
        workspace: &Workspace,
        name: &str,
        options: &Options,
        words: &[&str],
    ) -> Result<(), Failure> {
        hand_over(workspace, options, &["torture", name], words)
    }

    fn hand_over(
        workspace: &Workspace,
        options: &Options,
        command: &[&str],
        words: &[&str],
    ) -> Result<(), Failure> {
        // At Ctrl-C the other one ends its issuers, and this one waits for it.
        interrupt::listen()?;
        // What is timed is built as it is shipped; what is only tried is there sooner as tests have it.
        let profile: &[&str] = if options.quick { &[] } else { &["--release"] };
        let cargo = |verb: &str| Run::new(workspace, "cargo").args([verb]).args(profile);
        // `torture clock` needs a program whose clock can be wrong.
        let wrong: &[&str] = match command {
            ["torture", "all" | "clock"] => &["--example", "set_wall_clock"],
            _ => &[],
        };
        step("farthing-issuer", || {
            cargo("build")
                .args(["--package", "farthing-issuer", "--bins"])
                .args(wrong)
                .logged(&workspace.log("farthing-issuer"))?;
            Ok(((), "built".to_owned()))
        })?;
        step("load client", || {
            cargo("build")
                .args(["--package", "xtask", "--features", "load"])
                .logged(&workspace.log("load-client"))?;
            Ok(((), "built".to_owned()))
        })?;
        let again = ["--quiet", "--package", "xtask", "--features", "load", "--"];
        // Numbers are of two cores, which client and issuer share, so that machines can be compared.
        let pinned = Run::new(workspace, "taskset").args(["--cpu-list", "0,1", "cargo", "run"]);
        let many = thread::available_parallelism().is_ok_and(|cores| cores.get() > 2);
        let run = if many && on_path("taskset").is_some() {
            pinned.args(profile)
        } else {
            cargo("run")
        };
        run.args(again).args(command).args(words).shown()
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_read_in_any_order_and_nothing_else_is_taken() {
        let words = ["--backend", "postgres", "--quick", "--cycles", "7"];
        let options = Options::parse(&words).unwrap();
        assert!(options.quick);
        assert_eq!(options.backend.as_deref(), Some("postgres"));
        assert_eq!(options.cycles, Some(7));
        for wrong in [
            &["--backend", "oracle"][..],
            &["--backend"],
            &["--cycles", "many"],
            &["--json"],
            &["quick"],
        ] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
