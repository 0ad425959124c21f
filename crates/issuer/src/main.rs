//! The program `farthing-issuer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    farthing_issuer::cli::run()
}
