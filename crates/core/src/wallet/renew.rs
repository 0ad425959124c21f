//! Which coins to swap before anybody needs them: those whose keyset ends soon, and small ones of which there are too many.

use crate::gather::gather;
use crate::keyset::Keyset;
use crate::manifest::Body;
use crate::money::{Currency, Micro};
use crate::order::sort_by;
use crate::request::MAX_ITEMS;
use crate::time::Timestamp;
use alloc::vec::Vec;

/// More coins of one denomination than this are too many …
const TOO_MANY: usize = 16;
/// … and so many of them stay, to pay exactly with.
const ENOUGH: usize = 8;

/// What is looked at, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// Of which currency.
    pub currency: Currency,
    /// The keyset of each coin, oldest coin first. `None` for a keyset that is not known: such a coin stays.
    pub keysets: &'a [Option<&'a Keyset>],
    /// What cannot be redeemed any more at this time is renewed.
    pub until: Timestamp,
    /// At most so many coins, and at most 64.
    pub most: usize,
}

/// Chooses coins to swap now, by their places, ascending: those that end before that time, the first to end first; if there
/// are none, of the smallest denomination of which there are more than sixteen all but eight. Coins that nobody can swap
/// any more are not among them, nor those for which there is no later keyset yet.
#[must_use]
pub fn to_renew(manifest: &Body, renewal: &Renewal<'_>, now: Timestamp) -> Vec<usize> {
    let most = renewal.most.min(MAX_ITEMS);
    let keyset = |index: usize| renewal.keysets.get(index).copied().flatten();
    let is_ours = |index: &usize| {
        keyset(*index).is_some_and(|k| k.currency() == renewal.currency && k.is_claimable(now))
    };
    let ours = gather((0..renewal.keysets.len()).filter(is_ours));
    let end = |index: usize| keyset(index).map(|keyset| keyset.dates().redeem_until());
    let ends_soon = |index: &usize| {
        let Some(keyset) = keyset(*index) else {
            return false;
        };
        let next = manifest.mintable(renewal.currency, keyset.denomination(), now);
        // Of the same keyset the new coin would end as soon.
        let is_better = next.is_none_or(|next| Some(next.dates().redeem_until()) > end(*index));
        is_better && !keyset.is_redeemable(renewal.until)
    };
    let mut chosen = gather(ours.iter().copied().filter(ends_soon));
    sort_by(&mut chosen, |a, b| end(*a) < end(*b));
    if chosen.is_empty() {
        chosen = superfluous(manifest, renewal.currency, &ours, keyset, now);
    }
    chosen.truncate(most);
    sort_by(&mut chosen, |a, b| a < b);
    chosen
}

fn superfluous<'a>(
    manifest: &Body,
    currency: Currency,
    ours: &[usize],
    keyset: impl Fn(usize) -> Option<&'a Keyset>,
    now: Timestamp,
) -> Vec<usize> {
    let mut denominations: Vec<Micro> = manifest.mintable_denominations(currency, now);
    sort_by(&mut denominations, |a, b| a < b);
    // Of the largest no fewer coins can be made.
    denominations.pop();
    for denomination in denominations {
        let is_one = |index: &usize| {
            keyset(*index).is_some_and(|keyset| {
                keyset.denomination() == denomination && keyset.is_redeemable(now)
            })
        };
        let mut coins = gather(ours.iter().copied().filter(is_one));
        if coins.len() > TOO_MANY {
            // In pairs, so that none comes back.
            let over = coins.len().saturating_sub(ENOUGH);
            coins.truncate(over.saturating_sub(over % 2));
            return coins;
        }
    }
    Vec::new()
}
