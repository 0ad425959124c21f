//! The number of a stored answer, by which the tokens of its request name it.
//!
//! ```text
//! number = expires_hour (23 bits) ‖ 40 bits of the lead
//! ```
//!
//! So the answers of one hour lie together and go together, in no order of time within it. The 40 bits are the lead's
//! first; if they are taken, its next 40, and so on, six times. Nobody can have all six taken but by his own tokens:
//! what a nullifier is, is known only once it is spent.

use crate::Hour;
use farthing_core::id::Nullifier;

/// Bits of the lead in a number.
const LEAD_BITS: u32 = 40;
/// Bytes of them.
const LEAD_BYTES: usize = 5;
/// The last hour that can be named, some 950 years after the epoch.
const LAST_HOUR: u64 = (1 << 23) - 1;

/// The number of a stored answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AnswerNumber(i64);

impl AnswerNumber {
    /// A number as stored.
    pub(crate) fn new(number: i64) -> Option<Self> {
        (number >= 0).then_some(Self(number))
    }

    /// Those that the answer of a request with this lead may have, the first that is free before the others.
    pub(crate) fn candidates(expires: Hour, lead: Nullifier) -> impl Iterator<Item = Self> {
        let first = Self::first_of(expires);
        let lead = *lead.bytes();
        (0..lead.len() / LEAD_BYTES).map(move |place| {
            let bits = lead.iter().skip(place.saturating_mul(LEAD_BYTES));
            let bits = bits
                .take(LEAD_BYTES)
                .fold(0i64, |bits, byte| bits.wrapping_shl(8) | i64::from(*byte));
            Self(first.0 | bits)
        })
    }

    /// The one that it has unless another has it.
    #[cfg(feature = "postgres")]
    pub(crate) fn first_candidate(expires: Hour, lead: Nullifier) -> Self {
        let mut candidates = Self::candidates(expires, lead);
        candidates.next().unwrap_or_else(|| Self::first_of(expires))
    }

    /// The smallest number of the answers that are no longer given at that hour.
    fn first_of(hour: Hour) -> Self {
        let hour = i64::try_from(hour.number().min(LAST_HOUR)).unwrap_or_default();
        Self(hour.wrapping_shl(LEAD_BITS))
    }

    /// The number below which all answers lie whose time is over by then.
    pub(crate) fn end_of(hour: Hour) -> i64 {
        Self::first_of(Hour::new(hour.number().saturating_add(1))).0
    }

    /// The first hour at which the answer is no longer given.
    pub(crate) fn expires(self) -> Hour {
        Hour::new(u64::try_from(self.0.wrapping_shr(LEAD_BITS)).unwrap_or_default())
    }

    pub(crate) const fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_the_hour_and_bits_of_the_lead() {
        let mut lead = [0; 32];
        for (byte, n) in lead.iter_mut().zip(0x10_u8..) {
            *byte = n;
        }
        let all: Vec<_> = AnswerNumber::candidates(Hour::new(0x7a_120), Nullifier::new(lead))
            .map(AnswerNumber::get)
            .collect();
        assert_eq!(all.len(), 6);
        assert_eq!(all[0], 0x07a1_2010_1112_1314);
        assert_eq!(all[1], 0x07a1_2015_1617_1819);
        assert_eq!(all[5], 0x07a1_2029_2a2b_2c2d);
    }

    #[test]
    fn an_hour_has_its_answers_together_and_those_before_it_lie_below() {
        for hour in [0, 1, 500_000, LAST_HOUR] {
            let hour = Hour::new(hour);
            for lead in [[0; 32], [0xff; 32]] {
                for number in AnswerNumber::candidates(hour, Nullifier::new(lead)) {
                    assert_eq!(number.expires(), hour);
                    assert_eq!(AnswerNumber::new(number.get()), Some(number));
                    let before = Hour::new(hour.number().saturating_sub(1));
                    assert_eq!(number.get() < AnswerNumber::end_of(before), before == hour);
                    assert!(
                        number.get() < AnswerNumber::end_of(hour) || hour.number() == LAST_HOUR
                    );
                }
            }
        }
        assert_eq!(AnswerNumber::new(-1), None);
    }
}
