//! `farthing-simulation [--operations N] [--seed N]`: runs, and if a promise is broken, keeps the run as a file and fails.

use farthing_simulation::campaign::campaign;
use farthing_simulation::{SqliteStore, reproduction};
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const USAGE: &str = "farthing-simulation [--operations N] [--seed N]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((operations, seed)) = read(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    println!("seed {seed}");
    let start = Instant::now();
    match campaign(seed, operations, threads, SqliteStore::new) {
        Ok(counts) => {
            println!(
                "{} requests sent, {} acknowledged, {} with tokens nobody was given, {} with stolen keys, {} refused by a frozen keyset, {} answers archived, {} failures of power, nothing lost, doubled or forged, in {:.1} s",
                counts.sent,
                counts.acknowledged,
                counts.forged,
                counts.stolen,
                counts.frozen,
                counts.expired,
                counts.failures,
                start.elapsed().as_secs_f64()
            );
            ExitCode::SUCCESS
        }
        Err(found) => {
            eprintln!("{}", found.found);
            match found.save(&reproduction::folder(), &format!("seed-{}", found.seed)) {
                Ok(file) => eprintln!("{} steps, kept as {}", found.steps.len(), file.display()),
                Err(error) => eprintln!("cannot keep the run: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn read(words: &[String]) -> Option<(u64, u64)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let (mut operations, mut seed) = (1_000_000, now.map_or(1, |now| now.as_secs()));
    for pair in words.chunks(2) {
        match pair {
            [name, number] if name == "--operations" => operations = number.parse().ok()?,
            [name, number] if name == "--seed" => seed = number.parse().ok()?,
            _ => return None,
        }
    }
    Some((operations, seed))
}
