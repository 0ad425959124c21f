//! Draws: many wallets at a time, each its pouches one after the other.

use farthing_testkit::load::{Market, drive_lines};

use super::place::Place;
use crate::failure::Failure;
use crate::measures::{Measures, milliseconds, number};
use crate::progress::step;

pub(super) fn draws(
    place: &Place,
    market: &Market,
    (wallets, each): (usize, usize),
    measures: &mut Measures,
) -> Result<(), Failure> {
    step(&format!("{wallets} wallets that draw"), || {
        let mut prepared = market.prepare_draws("draws", wallets, each);
        let plans = prepared.iter().map(|(_, plans)| plans);
        let tokens: usize = plans.clone().flatten().map(|plan| plan.tokens).sum();
        let lines = plans.map(|plans| {
            let line = plans
                .iter()
                .map(|plan| (plan.path.clone(), plan.body.clone()));
            line.collect()
        });
        let (server, database) = place.cpu();
        let (run, replies) = drive_lines(place.program.address(), lines.collect())
            .map_err(|e| Failure::new(e.to_string()))?;
        let (server_after, database_after) = place.cpu();
        for ((wallet, plans), replies) in prepared.iter_mut().zip(&replies) {
            for (plan, reply) in plans.iter().zip(replies) {
                wallet.drawn(plan, reply);
            }
        }
        let hundreds = number(u64::try_from(tokens).unwrap_or(u64::MAX)) / 100.0;
        let cpu = milliseconds(server_after.saturating_sub(server)) / hundreds;
        let of_database = milliseconds(database_after.saturating_sub(database)) / hundreds;
        measures.number("mint_100_cpu_ms", cpu);
        measures.number("mint_100_database_cpu_ms", of_database);
        measures.number("mint_100_per_s", hundreds / run.took.as_secs_f64());
        measures.number("draw_p50_ms", milliseconds(run.per_mille(500)));
        measures.number("draw_max_ms", milliseconds(run.per_mille(1_000)));
        Ok(((), format!("{cpu:.1} ms for a hundred tokens")))
    })
}
