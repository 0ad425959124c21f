//! `cargo xtask bench ledger`: what the issuer can do, with the client on the same cores.
//!
//! Redemptions of three tokens with two of change are built before and checked after what is measured. What would have to
//! be waited for (a hundred thousand redemptions, ten million spent tokens) is written into the store.

mod draws;
mod grown;
mod place;
mod rounds;

use std::thread;
use std::time::Duration;

use farthing_testkit::load::{Market, durable_rows_per_second};

use crate::failure::Failure;
use crate::heavy::Options;
use crate::measures::{Measures, mebibytes, milliseconds};
use crate::progress::{heading, step};
use crate::torture::issuer;
use crate::workspace::{Workspace, make_folder, read, remove_folder};
use place::Place;
use rounds::{Round, rounds};

/// How much is done.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Of how many runs a median is taken.
    runs: usize,
    /// Redemptions in a run over so many connections.
    connections: [(usize, usize); 3],
    /// Wallets that draw at a time, and how often each does.
    draws: (usize, usize),
    /// Redemptions after which the store is weighed.
    weighed: u64,
    /// Spent tokens at which latency and start are measured; 0 for not.
    grown: u64,
}

/// The connections at which the common measures are taken.
const USUAL: usize = 32;

const FULL: Size = Size {
    runs: 3,
    connections: [(8, 2_000), (USUAL, 4_000), (128, 4_000)],
    draws: (32, 6),
    weighed: 100_000,
    grown: 10_000_000,
};

const QUICK: Size = Size {
    runs: 1,
    connections: [(8, 24), (USUAL, 64), (128, 128)],
    draws: (8, 1),
    weighed: 1_000,
    grown: 0,
};

/// Measures one backend.
pub(crate) fn ledger(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let size = if options.quick { QUICK } else { FULL };
    let backend = options.backend.as_deref().unwrap_or("sqlite");
    let folder = workspace.target().join("bench").join("ledger");
    remove_folder(&folder)?;
    make_folder(&folder)?;
    heading(&format!("Measuring the ledger: {backend}"));
    let disk = step("the disk alone", || {
        let rate = durable_rows_per_second(&folder, Duration::from_secs(2));
        Ok((rate, format!("{rate:.0} durable rows a second")))
    })?;
    let binary = issuer(workspace, options.quick);
    let mut place = Place::new(&binary, &folder.join("issuer"), backend);
    place.program.start();
    let market = Market::open(&place.program);

    let mut measures = Measures::default();
    measures.words("backend", backend);
    machine(&mut measures);
    // So that nothing is measured cold, and ten thousand tokens are spent when it begins.
    let (_, first) = size.connections[1];
    rounds(&place, &market, "cold", (USUAL, first), 1)?;
    let [few, usual, many] = size.connections.map(|setting| {
        (
            setting.0,
            rounds(&place, &market, "warm", setting, size.runs),
        )
    });
    let (few, usual, many) = ((few.0, few.1?), (usual.0, usual.1?), (many.0, many.1?));
    redeemed(&mut measures, &usual.1, disk);
    for (connections, round) in [&few, &usual, &many] {
        at(&mut measures, *connections, round);
    }
    draws::draws(&place, &market, size.draws, &mut measures)?;
    let peak = place.program.usage().peak;
    let grown_peak = grown::grown(&mut place, &market, &size, &usual.1, &mut measures)?;
    measures.number("rss_mb", mebibytes(peak.max(grown_peak)));
    measures.give(options.json.as_deref())?;
    drop(place);
    remove_folder(&folder)
}

fn machine(measures: &mut Measures) {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    measures.count("cores", u64::try_from(cores).unwrap_or_default());
    let info = read("/proc/cpuinfo".as_ref()).unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|model| model.trim_matches(['\t', ' ', ':']).to_owned());
    measures.words("processor", model.unwrap_or_else(|| "unknown".to_owned()));
}

fn redeemed(measures: &mut Measures, round: &Round, disk: f64) {
    measures.number("redeem_per_s", round.rate);
    measures.number("redeem_p50_ms", milliseconds(round.p50));
    measures.number("redeem_p99_ms", milliseconds(round.p99));
    measures.number("server_cpu_ms_per_redeem", round.server_cpu_ms);
    measures.number("database_cpu_ms_per_redeem", round.database_cpu_ms);
    if round.commits > 0.0 {
        measures.number("commits_per_redeem", round.commits);
    } else {
        measures.absent("commits_per_redeem", "this store does not count them");
    }
    measures.number("disk_durable_rows_per_s", disk);
    measures.number("redeem_per_durable_row", round.rate / disk);
}

fn at(measures: &mut Measures, connections: usize, round: &Round) {
    let mut number =
        |name: &str, value| measures.number(&format!("{name}_at_{connections}"), value);
    number("redeem_per_s", round.rate);
    number("redeem_p50_ms", milliseconds(round.p50));
    number("redeem_p99_ms", milliseconds(round.p99));
    number("server_cpu_ms_per_redeem", round.server_cpu_ms);
}
