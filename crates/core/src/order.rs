//! Sorting the short lists of a wallet. The standard library's sorts weigh 20 KB of the browser file gzipped
//! (`docs/adr/0003-wasm-size.md`); a purse has a few hundred coins at most.

/// Sorts by insertion, stable: equals keep their order.
pub(crate) fn sort_by<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while let Some(left) = at.checked_sub(1)
            && let (Some(a), Some(b)) = (items.get(left), items.get(at))
            && before(b, a)
        {
            items.swap(left, at);
            at = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort_by;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_and_keeps_equals_in_order(items: Vec<(u8, u16)>) {
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by(&mut ours, |a, b| a.0 < b.0);
            theirs.sort_by_key(|item| item.0);
            prop_assert_eq!(ours, theirs);
        }
    }
}
