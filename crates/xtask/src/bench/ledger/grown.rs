//! What cannot be waited for: sizes after many redemptions, and the same work on top of ten million spent tokens.

use std::collections::BTreeMap;

use farthing_testkit::load::Market;
use farthing_testkit::load::history::Order;

use super::place::Place;
use super::rounds::{Round, rounds};
use super::{Size, USUAL};
use crate::failure::Failure;
use crate::measures::{Measures, number};
use crate::progress::{step, time};

/// Tables of which each redemption has rows, and what part of their rows is its own: of five issued elements that go
/// with it two are its change, three were drawn before.
const TABLES: [(&str, f64); 4] = [
    ("spent", 1.0),
    ("answers", 1.0),
    ("use_journal", 1.0),
    ("issued", 2.0 / 5.0),
];

/// Gives the most memory that the issuer had on top of the grown store, in bytes.
pub(super) fn grown(
    place: &mut Place,
    market: &Market,
    size: &Size,
    small: &Round,
    measures: &mut Measures,
) -> Result<u64, Failure> {
    place.program.stop();
    step("sizes", || {
        let before = place.sizes();
        place.grow(size.weighed, Order::Chance);
        weigh(&before, &place.sizes(), size.weighed, measures);
        Ok(((), format!("after {} redemptions more", size.weighed)))
    })?;
    if size.grown == 0 {
        let why = "a short run; the full one writes ten million spent tokens first";
        measures.absent("p50_ratio_10m_over_10k", why);
        measures.absent("ready_s_at_10m", why);
        return Ok(0);
    }
    step("a long past", || {
        let redemptions = size.grown / 3;
        place.grow(redemptions, Order::Ascending);
        let rows = format!("{} spent tokens", size.grown);
        Ok(((), rows))
    })?;
    let ready = step("start", || {
        let ready = place.program.start();
        Ok((ready, time(ready)))
    })?;
    let (_, count) = size.connections[1];
    rounds(place, market, "cold, grown", (USUAL, count), 1)?;
    let large = rounds(place, market, "grown", (USUAL, count), size.runs)?;
    let ratio = large.p50.as_secs_f64() / small.p50.as_secs_f64();
    measures.number("p50_ratio_10m_over_10k", ratio);
    measures.number("redeem_per_s_at_10m", large.rate);
    measures.number("server_cpu_ms_per_redeem_at_10m", large.server_cpu_ms);
    measures.number("ready_s_at_10m", ready.as_secs_f64());
    Ok(place.program.usage().peak)
}

fn weigh(
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
    redemptions: u64,
    measures: &mut Measures,
) {
    let bytes = |table: &str| {
        let of = |sizes: &BTreeMap<String, u64>| sizes.get(table).copied().unwrap_or_default();
        number(of(after).saturating_sub(of(before))) / number(redemptions)
    };
    measures.number("bytes_per_spent_token", bytes("spent") / 3.0);
    let all = TABLES.iter().map(|(table, part)| bytes(table) * part);
    measures.number("bytes_per_redemption", all.sum());
    for (table, part) in TABLES {
        let name = format!("bytes_per_redemption_{table}");
        measures.number(&name, bytes(table) * part);
    }
}
