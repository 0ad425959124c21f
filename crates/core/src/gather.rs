//! Collecting, in few bytes: the standard library's `collect`, of results above all, weighs 2.5 KB more in the browser file
//! gzipped (`docs/adr/0003-wasm-size.md`). A loop does the same.

use alloc::vec::Vec;

/// All items.
pub(crate) fn gather<T>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        all.push(item);
    }
    all
}

/// All items, or nothing if one is missing.
pub(crate) fn gather_all<T>(items: impl IntoIterator<Item = Option<T>>) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for item in items {
        all.push(item?);
    }
    Some(all)
}
