//! Whether the ledger is the one that was left, and what is lost if it is not.

mod manifests;
mod risk;
mod verdict;

pub use manifests::{note_manifests, put_back_manifests};
pub use risk::{AtRisk, demanded, shown};
pub use verdict::{Reason, RestoreError, Verdict, compare};
