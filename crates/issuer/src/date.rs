//! Times as people read them, in UTC.

use farthing_core::time::{DAY, Timestamp};

/// `2026-11-22`.
#[must_use]
pub(crate) fn day(time: Timestamp) -> String {
    let (year, month, day) = civil(time.day());
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11-22 14:05`.
#[must_use]
pub(crate) fn minute(time: Timestamp) -> String {
    let seconds = time.get() % DAY;
    format!(
        "{} {:02}:{:02}",
        day(time),
        seconds / 3_600,
        seconds % 3_600 / 60
    )
}

/// Year, month and day of a day counted from 1970-01-01 (the proleptic Gregorian calendar, in eras of 400 years that
/// begin on the first of March, so that the leap day is the last of its year).
#[expect(
    clippy::arithmetic_side_effects,
    reason = "days are at most 2^53/86400, and every subtraction is of a part from its whole"
)]
const fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + (month <= 2) as u64;
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::{day, minute};
    use farthing_core::time::Timestamp;

    #[test]
    fn known_days() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_795_356_300, "2026-11-22 14:05"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            let time = Timestamp::new(seconds).unwrap();
            assert_eq!(minute(time), text);
            assert_eq!(day(time), text.split(' ').next().unwrap());
        }
    }
}
