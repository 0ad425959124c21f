//! The issuer's program by a wall clock that is set from outside: `cargo xtask torture clock` moves it. The file
//! `wall-clock-offset` beside the program says by how many seconds it is wrong, such as `-3600`; none: it is right. Not
//! shipped.

#![expect(clippy::expect_used, reason = "a program for tests")]

use farthing_core::time::Timestamp;
use farthing_issuer::clock::{Clock, SystemClock};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The machine's wall clock, wrong by what the file says.
#[derive(Debug)]
struct WrongClock(PathBuf);

impl Clock for WrongClock {
    fn now(&self) -> Timestamp {
        let offset = match std::fs::read_to_string(&self.0) {
            Ok(text) => text.trim().parse::<i64>().expect("seconds"),
            Err(_) => 0,
        };
        let now = SystemClock.now().get().saturating_add_signed(offset);
        Timestamp::new(now).expect("a time")
    }
}

fn main() -> ExitCode {
    let program = std::env::current_exe().expect("a path");
    let clock = WrongClock(program.with_file_name("wall-clock-offset"));
    farthing_issuer::cli::run_by(&(Arc::new(clock) as Arc<dyn Clock>))
}
