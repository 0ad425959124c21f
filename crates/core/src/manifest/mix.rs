//! How value is divided into coins: fixed mixes for pouches, the canonical split for change (R25).

use crate::gather::{gather, gather_all};
use crate::json::{Array, Object, Writer};
use crate::money::Micro;
use crate::order::sort_by;
use crate::resource::is_name;
use alloc::{string::String, vec::Vec};

const MAX_COINS: u64 = 64;

/// A named pouch: how many coins of which denomination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix {
    name: String,
    amount: Micro,
    coins: Vec<(Micro, u64)>,
}

impl Mix {
    /// `None` unless the coins are worth something, ascend by denomination, add up to the amount and are 1 to 64 in number.
    #[must_use]
    pub fn new(name: &str, amount: Micro, coins: Vec<(Micro, u64)>) -> Option<Self> {
        let ascending = coins.is_sorted_by(|a, b| a.0 < b.0);
        let values = coins.iter().map(|(d, count)| d.times(*count));
        let count = coins
            .iter()
            .try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count))?;
        let none_empty = coins
            .iter()
            .all(|(denomination, count)| *denomination > Micro::ZERO && *count > 0);
        (is_name(name, 16)
            && ascending
            && none_empty
            && (1..=MAX_COINS).contains(&count)
            && Micro::sum(gather_all(values)?) == Some(amount))
        .then(|| Self {
            name: String::from(name),
            amount,
            coins,
        })
    }

    pub(super) fn read(object: &mut Object) -> Option<Self> {
        let name = object.text("mix");
        let amount = object.amount("amount");
        let coins = object.list("coins", 24, |coin| {
            Some((coin.amount("denomination"), coin.integer("count")))
        });
        object.some("coins", Self::new(&name, amount, coins))
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .text("mix", &self.name)
            .integer("amount", self.amount.get())
            .array(
                "coins",
                Array::new().objects(&self.coins, |(denomination, count)| {
                    Writer::new()
                        .integer("denomination", denomination.get())
                        .integer("count", *count)
                }),
            )
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it adds up to.
    #[must_use]
    pub const fn amount(&self) -> Micro {
        self.amount
    }

    /// The coins one by one, smallest first.
    #[must_use]
    pub fn denominations(&self) -> Vec<Micro> {
        let repeat = |(denomination, count): &(Micro, u64)| {
            core::iter::repeat_n(*denomination, usize::try_from(*count).unwrap_or(0))
        };
        gather(self.coins.iter().flat_map(repeat))
    }
}

/// The canonical split of an amount into the denominations there are (any order), largest first (R25).
///
/// `None` if the amount is not a sum of them, or takes more than 64 coins.
#[must_use]
pub fn canonical_split(amount: Micro, denominations: &[Micro]) -> Option<Vec<Micro>> {
    let mut sorted: Vec<Micro> = denominations.to_vec();
    sort_by(&mut sorted, |a, b| a > b);
    let mut left = amount;
    let mut coins = Vec::new();
    for denomination in sorted {
        if denomination == Micro::ZERO {
            continue;
        }
        while let Some(rest) = left.minus(denomination) {
            if u64::try_from(coins.len()).ok()? >= MAX_COINS {
                return None;
            }
            coins.push(denomination);
            left = rest;
        }
    }
    (left == Micro::ZERO).then_some(coins)
}

/// Whether a text is a mix name as requests carry it: empty for the canonical split of a rest, else 1 to 16 characters.
#[must_use]
pub(crate) fn is_mix_name(text: &str) -> bool {
    text.is_empty() || is_name(text, 16)
}
