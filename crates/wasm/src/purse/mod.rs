//! What only a purse does: phrases, elements for others' swaps, swaps, restores, recovered grants, gifts, starter tokens,
//! undo.
//! Behind the feature `purse`, in a file of its own; `npm/src/purse/core.ts` has its types.

pub mod claim;
pub mod element;
pub mod find;
pub mod gift;
pub mod keyset;
pub mod phrase;
pub mod recovered;
pub mod renew;
pub mod restore;
pub mod seed;
pub mod spent;
pub mod starters;
pub mod swap;
pub mod undo;
