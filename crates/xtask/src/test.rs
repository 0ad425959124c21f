//! `cargo xtask test`: every test there is, in one command.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::build::{build, programs_folder};
use crate::failure::Failure;
use crate::fuzz;
use crate::progress::{self, time};
use crate::run::Run;
use crate::setup::{Purpose, Tools, setup};
use crate::sizes::sizes;
use crate::workspace::Workspace;

/// Random cases for each property in the long form; the short one has proptest's own number, 256.
const LONG_CASES: &str = "8192";

/// A part of the tests with a name.
struct Stage {
    name: &'static str,
    run: fn(&Bench<'_>) -> Result<(), Failure>,
}

const STAGES: [Stage; 11] = [
    Stage {
        name: "rust tests of all crates",
        run: |bench| bench.all_crates(),
    },
    Stage {
        name: "rust tests of the core as the browser has it",
        run: |bench| bench.core_alone(),
    },
    Stage {
        name: "rust tests in headless Chromium",
        run: |bench| bench.in_chromium(),
    },
    Stage {
        name: "tests of the npm package",
        run: |bench| bench.npm_test("npm"),
    },
    Stage {
        name: "the packed npm package in bundlers, pages and servers",
        run: |bench| bench.npm_test("tests/packaging"),
    },
    Stage {
        name: "tests of The Farthing Post",
        run: |bench| bench.site(),
    },
    Stage {
        name: "interoperation with other libraries",
        run: |bench| bench.npm_test("tests/conformance"),
    },
    Stage {
        name: "end to end in Chromium",
        run: |bench| bench.npm_test("tests/e2e"),
    },
    Stage {
        name: "end to end in Firefox",
        run: |bench| bench.npm("tests/e2e", &["run", "test:firefox"]),
    },
    Stage {
        name: "other people's generators, and a newcomer's first five minutes",
        run: |bench| bench.npm_test("tests/plugins"),
    },
    Stage {
        name: "size limits",
        run: |bench| sizes(bench.workspace, None),
    },
];

/// What takes long, in the long form.
const LONG_STAGES: [Stage; 6] = [
    Stage {
        name: "the packed npm package in Next and Astro",
        run: |bench| bench.npm("tests/packaging", &["run", "test:heavy"]),
    },
    Stage {
        name: "the example in Astro",
        run: |bench| bench.npm_test("tests/plugins/astro"),
    },
    Stage {
        name: "one purchase in WebKit",
        run: |bench| bench.npm("tests/e2e", &["run", "test:webkit"]),
    },
    Stage {
        name: "accessibility as Lighthouse counts it",
        run: |bench| bench.npm_test("tests/bench"),
    },
    Stage {
        name: "requests made up",
        run: |bench| fuzz::http(bench.workspace, fuzz::EXAMPLES),
    },
    Stage {
        name: "bytes made up for parsers",
        run: |bench| fuzz::parsers(bench.workspace, &[], fuzz::SECONDS),
    },
];

/// Sets up, builds, and runs all stages, the later ones also after one that failed.
pub(crate) fn test(workspace: &Workspace, long: bool) -> Result<(), Failure> {
    let start = Instant::now();
    let purpose = if long {
        Purpose::LongTest
    } else {
        Purpose::Test
    };
    let tools = setup(workspace, purpose)?;
    build(workspace, &tools)?;
    let bench = Bench {
        workspace,
        tools: &tools,
        long,
    };
    let long_stages = LONG_STAGES.iter().filter(|_| long);
    let stages = STAGES.iter().chain(long_stages).map(|stage| {
        progress::heading(&format!("Testing: {}", stage.name));
        let start = Instant::now();
        let result = (stage.run)(&bench);
        if let Err(failure) = &result {
            eprintln!("{failure}");
        }
        (stage.name, result, start.elapsed())
    });
    let results: Vec<_> = stages.collect();
    report(&results, start.elapsed())
}

fn report(
    results: &[(&str, Result<(), Failure>, Duration)],
    whole: Duration,
) -> Result<(), Failure> {
    progress::heading(&format!("Tested in {}", time(whole)));
    for (name, result, passed) in results {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        eprintln!("  {verdict}  {name} ({})", time(*passed));
    }
    let failed = results
        .iter()
        .filter(|(_, result, _)| result.is_err())
        .count();
    let passed = results.len().saturating_sub(failed);
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::new("tests failed"))
    }
}

/// What a stage works with.
struct Bench<'a> {
    workspace: &'a Workspace,
    tools: &'a Tools,
    long: bool,
}

impl Bench<'_> {
    fn all_crates(&self) -> Result<(), Failure> {
        self.cargo(&["test", "--workspace"])
    }

    /// In the whole workspace every feature of the core is on.
    fn core_alone(&self) -> Result<(), Failure> {
        self.cargo(&["test", "--package", "farthing-core"])
    }

    fn cargo(&self, args: &[&str]) -> Result<(), Failure> {
        self.prepared(Run::new(self.workspace, "cargo").args(args))
            .shown()
    }

    fn in_chromium(&self) -> Result<(), Failure> {
        self.prepared(self.tools.run_for_wasm(self.workspace, "wasm-pack"))
            .args([
                "test",
                "--headless",
                "--chrome",
                "--mode",
                "no-install",
                "--chromedriver",
            ])
            .args([self.tools.chromium.driver()])
            // Without the examples in comments, which the tests of all crates run; not every toolchain has rustdoc.
            .args(["crates/wasm", "--all-targets", "--features", "purse"])
            .env(
                "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
                self.tools.chromium.capabilities(self.workspace)?,
            )
            .shown()
    }

    /// A folder's own `npm test`; a folder without one is a failure.
    fn npm_test(&self, folder: &str) -> Result<(), Failure> {
        self.npm(folder, &["test"])
    }

    fn npm(&self, folder: &str, args: &[&str]) -> Result<(), Failure> {
        let folder = self.workspace.path(folder);
        if !Path::new(&folder).join("package.json").is_file() {
            return Err(Failure::new(format!(
                "{} has no package.json",
                folder.display()
            )));
        }
        self.prepared(self.tools.run(self.workspace, "npm"))
            .args(args)
            .folder(&folder)
            .env("FARTHING_BIN", programs_folder(self.workspace))
            .shown()
    }

    fn site(&self) -> Result<(), Failure> {
        self.prepared(self.tools.run(self.workspace, "node"))
            .args(["--test", "demo-site/build.test.mjs"])
            .shown()
    }

    fn prepared(&self, run: Run) -> Run {
        if self.long {
            run.env("PROPTEST_CASES", LONG_CASES)
                .env("FARTHING_LONG", "1")
        } else {
            run
        }
    }
}
