//! Runs of redemptions, and their medians.

use std::time::Duration;

use farthing_testkit::load::{Market, check_all, drive};

use super::place::Place;
use crate::failure::Failure;
use crate::measures::{milliseconds, number};
use crate::progress::step;

/// Medians of some runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Round {
    /// Redemptions per second.
    pub(super) rate: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// Of the issuer, for one redemption.
    pub(super) server_cpu_ms: f64,
    /// Of the database server's processes, for one redemption.
    pub(super) database_cpu_ms: f64,
    /// Transactions committed for one redemption.
    pub(super) commits: f64,
}

/// So many runs over so many connections. Every answer is checked after its run.
pub(super) fn rounds(
    place: &Place,
    market: &Market,
    name: &str,
    (connections, count): (usize, usize),
    runs: usize,
) -> Result<Round, Failure> {
    step(&format!("{connections} connections, {name}"), || {
        let mut all = Vec::with_capacity(runs);
        for run in 0..runs {
            let name = format!("{name}/{connections}/{run}");
            all.push(round(place, market, &name, connections, count)?);
        }
        let middle = medians(&all);
        Ok((middle, format!("{:.0} a second", middle.rate)))
    })
}

fn round(
    place: &Place,
    market: &Market,
    name: &str,
    connections: usize,
    count: usize,
) -> Result<Round, Failure> {
    let purchases = market.prepare(name, count);
    let groups = || place.program.metric("farthing_ledger_groups_total");
    let (commits, (server, database)) = (groups(), place.cpu());
    let run = drive(place.program.address(), &purchases, connections);
    let (server_after, database_after) = place.cpu();
    let commits = groups() - commits;
    let mut replies = Vec::with_capacity(run.replies.len());
    for reply in &run.replies {
        replies.push(reply.as_ref().map_err(|e| Failure::new(e.to_string()))?);
    }
    let pairs: Vec<_> = purchases.iter().zip(replies).collect();
    if let Some(wrong) = check_all(&pairs).first() {
        return Err(Failure::new(format!("an answer was not whole: {wrong}")));
    }
    let each = |before: Duration, after: Duration| {
        milliseconds(after.saturating_sub(before)) / redemptions(count)
    };
    Ok(Round {
        rate: run.rate(),
        p50: run.per_mille(500),
        p99: run.per_mille(990),
        server_cpu_ms: each(server, server_after),
        database_cpu_ms: each(database, database_after),
        commits: commits / redemptions(count),
    })
}

fn redemptions(count: usize) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

fn medians(all: &[Round]) -> Round {
    let number = |of: fn(&Round) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let time = |of: fn(&Round) -> Duration| {
        let mut values: Vec<Duration> = all.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Round {
        rate: number(|round| round.rate),
        p50: time(|round| round.p50),
        p99: time(|round| round.p99),
        server_cpu_ms: number(|round| round.server_cpu_ms),
        database_cpu_ms: number(|round| round.database_cpu_ms),
        commits: number(|round| round.commits),
    }
}

#[cfg(test)]
mod tests {
    use super::{Round, medians};

    #[test]
    fn one_odd_run_of_three_does_not_count() {
        let run = |rate| Round {
            rate,
            ..Round::default()
        };
        let middle = medians(&[run(900.0), run(10.0), run(1_000.0)]);
        assert!((middle.rate - 900.0).abs() < f64::EPSILON);
    }
}
