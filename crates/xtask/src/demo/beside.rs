//! A program that runs beside this one and ends with it.

use std::path::PathBuf;
use std::process::Child;

use crate::failure::Failure;
use crate::progress;
use crate::run::{Run, end};

/// Ends its program when dropped.
#[derive(Debug)]
pub(crate) struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    /// Starts it, with all it says in a log.
    pub(crate) fn start(run: Run, log: PathBuf) -> Result<Self, Failure> {
        let child = run.start(&log)?;
        Ok(Self { child, log })
    }

    /// Fails if the program has ended, with the last that it said.
    pub(crate) fn is_alive(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::new(format!(
                "a program ended that should go on ({status})\n{}",
                progress::end_of(&self.log)
            ))),
            Err(e) => Err(Failure::at("watching the program of", &self.log, &e)),
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
