//! Choosing coins, splitting change, dividing into mixes (R25, R31).

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::id::KeysetId;
use farthing_core::manifest::{Mix, canonical_split};
use farthing_core::money::{MAX_SAFE_INTEGER, Micro};
use farthing_core::wallet::{Counters, WalletError, plan_pouches, select};
use farthing_testkit::{TestIssuer, currency};
use proptest::prelude::*;

fn micro(n: u64) -> Micro {
    Micro::new(n).unwrap()
}

fn total(coins: impl IntoIterator<Item = Micro>) -> u64 {
    Micro::sum(coins).unwrap().get()
}

/// The fewest coins that pay a price exactly, by trying every subset.
fn exact(price: u64, purse: &[u64]) -> Option<u32> {
    let subsets = 0..1_u32 << purse.len();
    let worth = |set: u32| -> u64 {
        let coins = purse.iter().enumerate();
        coins
            .filter(|(i, _)| set >> i & 1 == 1)
            .map(|(_, coin)| coin)
            .sum()
    };
    subsets
        .filter(|set| worth(*set) == price)
        .map(u32::count_ones)
        .min()
}

fn purse(size: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec((0..8_u32).prop_map(|k| 1 << k), size)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_selection_pays_and_wastes_nothing(price in 1..400_u64, coins in purse(0..11)) {
        let micros: Vec<Micro> = coins.iter().copied().map(micro).collect();
        let chosen = select(micro(price), &micros);
        let there: u64 = coins.iter().sum();
        prop_assert_eq!(chosen.is_some(), there >= price);
        let Some(chosen) = chosen else { return Ok(()) };
        prop_assert!(chosen.is_sorted_by(|a, b| a < b), "ascending, each once");
        let paid = total(chosen.iter().map(|i| micros[*i]));
        prop_assert!(paid >= price);
        match exact(price, &coins) {
            Some(fewest) => {
                prop_assert_eq!(paid, price, "an exact payment was there");
                prop_assert_eq!(chosen.len(), usize::try_from(fewest).unwrap());
            }
            None => for i in &chosen {
                prop_assert!(paid - coins[*i] < price, "coin {} is superfluous", i);
            },
        }
    }

    /// Of equal coins the older ones go first.
    #[test]
    fn older_coins_are_spent_first(price in 1..400_u64, coins in purse(1..30)) {
        let micros: Vec<Micro> = coins.iter().copied().map(micro).collect();
        if let Some(chosen) = select(micro(price), &micros) {
            for newer in &chosen {
                let older = (0..*newer).filter(|i| coins[*i] == coins[*newer]);
                for older in older {
                    prop_assert!(chosen.contains(&older), "{} before {}", newer, older);
                }
            }
        }
    }

    #[test]
    fn at_most_64_coins_pay(price in 1..700_u64, ones in 0..300_usize, large in prop::collection::vec((4..10_u32).prop_map(|k| 1_u64 << k), 0..4)) {
        let mut coins = vec![1_u64; ones];
        coins.extend(&large);
        let micros: Vec<Micro> = coins.iter().copied().map(micro).collect();
        let reach = large.iter().sum::<u64>() + u64::try_from(ones.min(64 - large.len())).unwrap();
        match select(micro(price), &micros) {
            Some(chosen) => {
                prop_assert!(chosen.len() <= 64);
                prop_assert!(total(chosen.iter().map(|i| micros[*i])) >= price);
            }
            None => prop_assert!(reach < price, "64 coins reach {}", reach),
        }
    }

    #[test]
    fn a_canonical_split_is_the_binary_digits(units in 0..200_000_u64, unit in prop::sample::select(vec![1_u64, 1_000]), largest in 0..14_u32) {
        let mut denominations: Vec<Micro> = (0..=largest).map(|k| micro(unit << k)).collect();
        let split = canonical_split(micro(units * unit), &denominations);
        let top = units >> largest;
        let low = (units & ((1 << largest) - 1)).count_ones();
        let coins = top + u64::from(low);
        prop_assert_eq!(split.is_some(), coins <= 64);
        let Some(split) = split else { return Ok(()) };
        prop_assert_eq!(total(split.iter().copied()), units * unit);
        prop_assert_eq!(u64::try_from(split.len()).unwrap(), coins, "as few as there can be");
        prop_assert!(split.is_sorted_by(|a, b| a >= b), "largest first");
        denominations.reverse();
        prop_assert_eq!(canonical_split(micro(units * unit), &denominations), Some(split));
        if unit > 1 {
            prop_assert_eq!(canonical_split(micro(units * unit + 1), &denominations), None);
        }
    }

    #[test]
    fn a_split_in_odd_denominations_ends(amount in 0..1_000_000_u64, denominations in prop::collection::vec(0..2_000_u64, 0..6)) {
        let denominations: Vec<Micro> = denominations.into_iter().map(micro).collect();
        if let Some(split) = canonical_split(micro(amount), &denominations) {
            prop_assert_eq!(total(split), amount);
        }
    }

    #[test]
    fn money_never_wraps(a in 0..=MAX_SAFE_INTEGER, b in 0..=MAX_SAFE_INTEGER) {
        let (x, y) = (micro(a), micro(b));
        prop_assert_eq!(x.plus(y).map(Micro::get), (a + b <= MAX_SAFE_INTEGER).then_some(a + b));
        prop_assert_eq!(x.minus(y).map(Micro::get), a.checked_sub(b));
        prop_assert_eq!(x.times(b).map(Micro::get), a.checked_mul(b).filter(|m| *m <= MAX_SAFE_INTEGER));
        prop_assert_eq!(x.units(y), (b > 0 && a % b == 0).then(|| a / b));
        prop_assert_eq!(Micro::from_signed(x.signed()), Some(x));
        prop_assert_eq!(Micro::new(MAX_SAFE_INTEGER + 1 + a), None);
    }
}

#[test]
fn a_superfluous_coin_is_put_back() {
    let purse: Vec<Micro> = [8, 4, 2, 16].into_iter().map(micro).collect();
    // 8 + 4 + 2 is 14, and 15 takes the 16 alone.
    assert_eq!(select(micro(15), &purse), Some(vec![3]));
    assert_eq!(select(micro(14), &purse), Some(vec![0, 1, 2]));
    assert_eq!(select(micro(0), &purse), Some(vec![]));
    assert_eq!(select(micro(31), &purse), None);
}

#[test]
fn mixes_are_made_of_coins_that_add_up() {
    let mix = |amount, coins: &[(u64, u64)]| {
        let coins = coins.iter().map(|(worth, count)| (micro(*worth), *count));
        Mix::new("0.50", micro(amount), coins.collect())
    };
    let good = mix(500, &[(100, 3), (200, 1)]).unwrap();
    let coins: Vec<u64> = good.denominations().into_iter().map(Micro::get).collect();
    assert_eq!(coins, [100, 100, 100, 200]);
    assert_eq!(mix(501, &[(100, 3), (200, 1)]), None, "another sum");
    assert_eq!(mix(500, &[(200, 1), (100, 3)]), None, "descending");
    assert_eq!(mix(500, &[(100, 2), (100, 3)]), None, "repeated");
    assert_eq!(mix(500, &[(100, 5), (200, 0)]), None, "no coin");
    assert_eq!(mix(500, &[(0, 1), (100, 5)]), None, "worth nothing");
    assert_eq!(mix(0, &[]), None, "empty");
    assert_eq!(
        mix(0, &[(0, 1)]),
        None,
        "an empty pouch would be planned for ever"
    );
    assert_eq!(mix(65, &[(1, 65)]), None, "more than 64");
    assert!(mix(64, &[(1, 64)]).is_some());
    assert_eq!(mix(1, &[(1, u64::MAX)]), None);
    assert_eq!(Mix::new("", micro(1), vec![(micro(1), 1)]), None);
    assert_eq!(
        Mix::new("seventeen letters", micro(1), vec![(micro(1), 1)]),
        None
    );
}

#[test]
fn a_load_is_drawn_in_its_largest_mixes() {
    let issuer = TestIssuer::new();
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let plan = |amount| plan_pouches(&manifest, currency("EUR"), micro(amount));
    assert_eq!(plan(2_000_000).unwrap(), ["2.00"]);
    assert_eq!(plan(1_500_000).unwrap(), ["0.50", "0.50", "0.50"]);
    assert_eq!(plan(507_000).unwrap(), ["0.50", ""]);
    assert_eq!(plan(0).unwrap(), [""; 0]);
    assert_eq!(
        plan(MAX_SAFE_INTEGER),
        Err(WalletError::Unsupported),
        "not for ever"
    );
    let other = plan_pouches(&manifest, currency("KRW"), micro(1));
    assert_eq!(other, Err(WalletError::Unsupported));
}

#[test]
fn of_two_counters_of_a_keyset_the_higher_counts() {
    let (a, b) = (KeysetId::new([1; 16]), KeysetId::new([2; 16]));
    let counters = Counters::new([(a, 5), (b, 1), (a, 3), (b, 2)]);
    let pairs: Vec<_> = counters.pairs().map(|(id, next)| (*id, next)).collect();
    assert_eq!(pairs, [(a, 5), (b, 2)]);
}
