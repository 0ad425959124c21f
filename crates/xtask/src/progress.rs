//! What the person sees while something takes its time.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::failure::Failure;

const EVERY_SECONDS: u64 = 15;
const LINES_AT_END: usize = 40;

/// Seconds into the running step at which a line was last shown.
static LAST_SHOWN: AtomicU64 = AtomicU64::new(0);

/// A heading above the steps that follow.
pub(crate) fn heading(text: &str) {
    eprintln!("\n{text}");
}

/// A remark about the running step.
pub(crate) fn note(text: &str) {
    eprintln!("      {text}");
}

/// Does one step, and says what came of it and how long it took. The step gives its result and a few words about it.
pub(crate) fn step<T>(
    name: &str,
    work: impl FnOnce() -> Result<(T, String), Failure>,
) -> Result<T, Failure> {
    let start = Instant::now();
    LAST_SHOWN.store(0, Ordering::Relaxed);
    match work() {
        Ok((value, words)) => {
            eprintln!("  ok  {name}: {words} ({})", time(start.elapsed()));
            Ok(value)
        }
        Err(failure) => {
            eprintln!("  no  {name} ({})", time(start.elapsed()));
            Err(failure)
        }
    }
}

/// Shows the last line of a log every fifteen seconds.
pub(crate) fn still_running(passed: Duration, log: &Path) {
    let now = passed.as_secs();
    let last = LAST_SHOWN.load(Ordering::Relaxed).min(now);
    if now.saturating_sub(last) < EVERY_SECONDS {
        return;
    }
    LAST_SHOWN.store(now, Ordering::Relaxed);
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let line = text.unwrap_or_default();
    let line = line.lines().next_back().unwrap_or_default().trim();
    let short: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
    eprintln!("      {:>5}  {short}", time(passed));
}

/// The last lines of a log, and where the whole of it is.
pub(crate) fn end_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LINES_AT_END);
    let end: Vec<&str> = lines.into_iter().skip(skipped).collect();
    format!("{}\n(all of it in {})", end.join("\n"), log.display())
}

/// A duration as one would say it.
pub(crate) fn time(passed: Duration) -> String {
    let seconds = passed.as_secs();
    if seconds < 10 {
        format!("{:.1} s", passed.as_secs_f64())
    } else if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(time(Duration::from_millis(340)), "0.3 s");
        assert_eq!(time(Duration::from_secs(42)), "42 s");
        assert_eq!(time(Duration::from_secs(185)), "3 min 05 s");
    }
}
