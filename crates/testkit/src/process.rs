//! What the system knows of a process.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Time on a processor in user and system mode, threads that have ended included.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    ticks(&fields(&stat)[11..13])
}

/// The same of a process and its children, those included that have ended.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn cpu_of_family(parent: u32) -> Duration {
    let mut sum = Duration::ZERO;
    for entry in std::fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process may end while the list is read.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
            continue;
        };
        let fields = fields(&stat);
        if pid == parent {
            sum += ticks(&fields[11..15]);
        } else if fields[1].parse() == Ok(parent) {
            sum += ticks(&fields[11..13]);
        }
    }
    sum
}

/// A line of the process's `status` that is given in kilobytes, such as `VmRSS`, in bytes.
///
/// # Panics
/// If there is no such process or line.
#[must_use]
pub fn memory(pid: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let found = status.lines().find(|text| text.starts_with(line));
    let kilobytes = found.and_then(|text| text.split_whitespace().nth(1));
    kilobytes.unwrap().parse::<u64>().unwrap() * 1_024
}

/// The fields after the name, which may hold spaces and brackets: the first is the state, the second the parent.
fn fields(stat: &str) -> Vec<&str> {
    let (_, rest) = stat.rsplit_once(')').unwrap();
    rest.split_whitespace().collect()
}

fn ticks(fields: &[&str]) -> Duration {
    static RATE: OnceLock<u64> = OnceLock::new();
    let rate = *RATE.get_or_init(|| {
        let output = Command::new("getconf").arg("CLK_TCK").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap()
    });
    let ticks: u64 = fields
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 1_000 / rate)
}

#[cfg(test)]
mod tests {
    use super::{cpu, memory};
    use std::time::Duration;

    #[test]
    fn the_time_and_the_memory_of_this_process_are_found() {
        let pid = std::process::id();
        let before = cpu(pid);
        let mut sum = 0_u64;
        while cpu(pid) < before + Duration::from_millis(50) {
            sum = (0..100_000).fold(sum, u64::wrapping_add);
        }
        let held = vec![1_u8; 64 * 1_024 * 1_024];
        assert!(memory(pid, "VmRSS") > 64 * 1_024 * 1_024, "{}", held.len());
        assert!(memory(pid, "VmHWM") >= memory(pid, "VmRSS"));
    }
}
