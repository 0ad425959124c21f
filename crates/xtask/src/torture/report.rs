//! What a torture found.

use crate::measures::Measures;

/// Counts that every fault gives, and what a fault adds of its own.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// How often the fault happened.
    pub(crate) cycles: u64,
    /// Answers that readers got and checked.
    pub(crate) acknowledged: u64,
    /// Of those, how many the issuer did not know afterwards.
    pub(crate) lost: u64,
    /// Tokens that paid more than once.
    pub(crate) doubled: u64,
    /// Audits that found a difference.
    pub(crate) unbalanced: u64,
    /// Repeated requests that got the bytes they had got.
    pub(crate) retries_same_answer: u64,
    /// Repeated requests that got other bytes.
    pub(crate) retries_other_answer: u64,
    /// What the fault measured besides.
    pub(crate) more: Measures,
    /// Promises of the fault's own that were not kept, in words.
    pub(crate) failed: Vec<String>,
}

impl Report {
    /// The counts by the names they have everywhere.
    const fn counts(&self) -> [(&'static str, u64); 7] {
        [
            ("cycles", self.cycles),
            ("acknowledged", self.acknowledged),
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("unbalanced", self.unbalanced),
            ("retries_same_answer", self.retries_same_answer),
            ("retries_other_answer", self.retries_other_answer),
        ]
    }

    /// All of it.
    pub(crate) fn measures(&self) -> Measures {
        let mut measures = Measures::default();
        for (name, count) in self.counts() {
            measures.count(name, count);
        }
        measures.extend(&self.more);
        measures
    }

    /// What must not be, in words; empty if all is well.
    pub(crate) fn broken(&self) -> Vec<String> {
        let mut broken = self.failed.clone();
        for (name, count) in self.counts() {
            let bad = matches!(
                name,
                "lost" | "doubled" | "unbalanced" | "retries_other_answer"
            );
            if bad && count > 0 {
                broken.push(format!("{name}: {count}"));
            }
        }
        if self.acknowledged == 0 {
            broken.push("nothing was acknowledged, so nothing was tried".to_owned());
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn a_loss_a_double_a_difference_and_an_empty_trial_are_failures() {
        let good = || Report {
            acknowledged: 1,
            ..Report::default()
        };
        assert!(good().broken().is_empty());
        assert_eq!(Report { lost: 1, ..good() }.broken(), ["lost: 1"]);
        let doubled = Report {
            doubled: 2,
            ..good()
        };
        assert_eq!(doubled.broken(), ["doubled: 2"]);
        let unbalanced = Report {
            unbalanced: 1,
            ..good()
        };
        assert_eq!(unbalanced.broken(), ["unbalanced: 1"]);
        let other = Report {
            retries_other_answer: 1,
            ..good()
        };
        assert_eq!(other.broken(), ["retries_other_answer: 1"]);
        assert!(!Report::default().broken().is_empty());
    }

    #[test]
    fn the_common_counts_come_first_under_their_common_names() {
        let json = Report::default().measures().json();
        let names: Vec<&str> = json.split('"').skip(1).step_by(2).collect();
        assert_eq!(
            names,
            [
                "cycles",
                "acknowledged",
                "lost",
                "doubled",
                "unbalanced",
                "retries_same_answer",
                "retries_other_answer"
            ]
        );
    }
}
