//! Which coins pay a price: few of them, the older first, exactly where that is possible.

use crate::money::Micro;
use alloc::vec::Vec;

/// Chooses coins worth at least `price` from `purse` (oldest first) and gives their places, ascending.
///
/// Denominations divide one another, so taking the largest that fit finds an exact payment whenever there is one. Where
/// there is none, one larger coin makes up the rest, and what it makes superfluous is put back. `None` if the coins do
/// not reach.
#[must_use]
pub fn select(price: Micro, purse: &[Micro]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..purse.len()).collect();
    let worth = |index: usize| purse.get(index).copied().unwrap_or_default();
    // A stable sort keeps the older first among equals.
    order.sort_by_key(|index| core::cmp::Reverse(worth(*index)));
    let mut left = price;
    let mut chosen = Vec::new();
    let mut unused = Vec::new();
    for index in order {
        match left.minus(worth(index)) {
            Some(rest) if left > Micro::ZERO => {
                left = rest;
                chosen.push(index);
            }
            _ => unused.push(index),
        }
    }
    if left > Micro::ZERO {
        // Every coin that is left over is larger than the rest: take the smallest, and of equals the oldest.
        let enough = unused.into_iter().filter(|index| worth(*index) > left);
        let extra = enough.min_by_key(|index| (worth(*index), *index))?;
        let mut over = worth(extra).minus(left)?;
        chosen.retain(|index| match over.minus(worth(*index)) {
            Some(rest) => {
                over = rest;
                false
            }
            None => true,
        });
        chosen.push(extra);
    }
    chosen.sort_unstable();
    Some(chosen)
}
