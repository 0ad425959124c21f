//! The audit: everything recomputed from the journals and compared with everything else.

mod report;

pub use report::{AuditCheck, AuditReport, ChainHead};
