//! Which coins pay a price: few of them, the older first, exactly where that is possible.

use crate::gather::gather;
use crate::money::Micro;
use crate::order::sort_by;
use crate::request::MAX_ITEMS;
use alloc::vec::Vec;

/// Chooses at most 64 coins worth at least `price` from `purse` (oldest first) and gives their places, ascending.
///
/// Denominations divide one another, so taking the largest that fit finds an exact payment whenever there is one, and of
/// those the one with the fewest coins. Where there is none of 64 coins, one larger coin makes up the rest, and what it
/// makes superfluous is put back. `None` if the coins do not reach.
#[must_use]
pub fn select(price: Micro, purse: &[Micro]) -> Option<Vec<usize>> {
    let worth = |index: usize| purse.get(index).copied().unwrap_or_default();
    let mut order = gather(0..purse.len());
    // A stable sort keeps the older first among equals.
    sort_by(&mut order, |a, b| worth(*a) > worth(*b));
    let mut left = price;
    let mut chosen = Vec::new();
    let mut unused = Vec::new();
    for index in order {
        match left.minus(worth(index)) {
            Some(rest) if left > Micro::ZERO && chosen.len() < MAX_ITEMS => {
                left = rest;
                chosen.push(index);
            }
            _ => unused.push(index),
        }
    }
    if left > Micro::ZERO {
        // The smallest coin that makes up the rest, and of equals the oldest.
        sort_by(&mut unused, |a, b| (worth(*a), *a) < (worth(*b), *b));
        chosen = unused.into_iter().find_map(|extra| {
            let mut over = worth(extra).minus(left).filter(|_| worth(extra) > left)?;
            // What is not needed of the chosen coins once this one is paid too is put back.
            let mut kept = Vec::new();
            for index in &chosen {
                match over.minus(worth(*index)) {
                    Some(rest) => over = rest,
                    None => kept.push(*index),
                }
            }
            kept.push(extra);
            (kept.len() <= MAX_ITEMS).then_some(kept)
        })?;
    }
    sort_by(&mut chosen, |a, b| a < b);
    Some(chosen)
}
