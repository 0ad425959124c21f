//! Both sides of an invariant, subject by subject.

use super::AuditCheck;
use super::report::NAMED_OFFENDERS;

/// Sums of both sides, and what differs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    left: i128,
    right: i128,
    difference: u128,
    offenders: Vec<String>,
}

impl Tally {
    /// Takes one subject's two sides.
    pub(super) fn compare(&mut self, subject: impl Fn() -> String, left: i128, right: i128) {
        self.left = self.left.saturating_add(left);
        self.right = self.right.saturating_add(right);
        let difference = left.abs_diff(right);
        self.difference = self.difference.saturating_add(difference);
        if difference != 0 && self.offenders.len() < NAMED_OFFENDERS {
            self.offenders.push(subject());
        }
    }

    pub(super) fn check(
        self,
        invariant: &'static str,
        statement: &'static str,
        subject: &str,
    ) -> AuditCheck {
        AuditCheck {
            invariant,
            statement,
            subject: subject.into(),
            left: self.left,
            right: self.right,
            difference: self.difference,
            offenders: self.offenders,
        }
    }
}
