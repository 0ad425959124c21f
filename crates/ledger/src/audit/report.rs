//! What an audit found.

use crate::Checkpoint;
use core::fmt;

/// How many offending subjects a check names.
pub(crate) const NAMED_OFFENDERS: usize = 10;

/// Both sides of one invariant, over all its subjects (keysets, orders, publishers, currencies).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheck {
    pub(crate) invariant: &'static str,
    pub(crate) statement: &'static str,
    pub(crate) subject: String,
    pub(crate) left: i128,
    pub(crate) right: i128,
    pub(crate) difference: u128,
    pub(crate) offenders: Vec<String>,
}

impl AuditCheck {
    /// The invariant's number, `I1` to `I22`, or `tokens` for the control accounts and `table` for counts that tables
    /// must share.
    #[must_use]
    pub const fn invariant(&self) -> &'static str {
        self.invariant
    }

    /// `left = right`, in words.
    #[must_use]
    pub const fn statement(&self) -> &'static str {
        self.statement
    }

    /// What the sums are over: a currency, or `all`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Sum of the left sides: micro, or a count.
    #[must_use]
    pub const fn left(&self) -> i128 {
        self.left
    }

    /// Sum of the right sides.
    #[must_use]
    pub const fn right(&self) -> i128 {
        self.right
    }

    /// Sum of the absolute differences of all subjects: two faults that cancel in the sums still show.
    #[must_use]
    pub const fn difference(&self) -> u128 {
        self.difference
    }

    /// The first subjects whose sides differ.
    #[must_use]
    pub fn offenders(&self) -> &[String] {
        &self.offenders
    }
}

impl fmt::Display for AuditCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{}] {}: {} = {}, difference {}",
            self.invariant, self.subject, self.statement, self.left, self.right, self.difference
        )?;
        if !self.offenders.is_empty() {
            write!(f, " ({})", self.offenders.join(", "))?;
        }
        Ok(())
    }
}

/// Where a journal stands: how many entries it has and the hash over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// The number of the last entry; 0 for an empty journal.
    pub seq: u64,
    /// The chain's hash after it.
    pub head: [u8; 32],
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    pub(crate) checkpoints: Vec<Checkpoint>,
    pub(crate) checks: Vec<AuditCheck>,
    pub(crate) funding: ChainHead,
    pub(crate) usage: ChainHead,
}

impl AuditReport {
    /// Every check, in the order of the invariants.
    #[must_use]
    pub fn checks(&self) -> &[AuditCheck] {
        &self.checks
    }

    /// All checkpoints, ascending. Their chain and signatures are for those to check who know the keys.
    #[must_use]
    pub fn checkpoints(&self) -> &[Checkpoint] {
        &self.checkpoints
    }

    /// The funding journal as recomputed.
    #[must_use]
    pub const fn funding(&self) -> ChainHead {
        self.funding
    }

    /// The use journal as recomputed.
    #[must_use]
    pub const fn usage(&self) -> ChainHead {
        self.usage
    }

    /// Sum of all differences. Zero is the only good value; one is an incident.
    #[must_use]
    pub fn difference(&self) -> u128 {
        self.checks
            .iter()
            .fold(0, |sum, check| sum.saturating_add(check.difference))
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        write!(f, "difference {}", self.difference())
    }
}
