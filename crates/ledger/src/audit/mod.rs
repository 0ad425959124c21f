//! The audit: everything recomputed from the journals and compared with everything else.

mod auditor;
mod checks;
mod replay;
mod report;
mod rows;
mod tally;

pub(crate) use auditor::Auditor;
pub use report::{AuditCheck, AuditReport, ChainHead};
pub(crate) use rows::{KeysetRow, OrderRow, SpentTotals};
