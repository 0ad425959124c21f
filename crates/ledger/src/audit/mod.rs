//! The audit: everything recomputed from the journals and compared with everything else.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod archive;
mod auditor;
mod checks;
mod promo;
mod replay;
mod report;
mod rows;
mod tally;
#[cfg(all(test, any(feature = "postgres", feature = "sqlite")))]
pub(crate) mod tampered;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) use archive::ArchiveReader;
pub(crate) use auditor::Auditor;
pub use report::{AuditCheck, AuditReport, ChainHead};
pub(crate) use rows::{ArchiveRows, FrozenAs, KeysetRow, OrderRow, SpentTotals};
