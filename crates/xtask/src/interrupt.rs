//! Hears of Ctrl-C and of a request to end, so that programs beside this one are ended with care.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

static HEARD: AtomicBool = AtomicBool::new(false);

/// From now on, this program no longer ends by itself at Ctrl-C: whoever waits must ask [`heard`].
pub(crate) fn listen() -> Result<(), Failure> {
    ctrlc::set_handler(|| HEARD.store(true, Ordering::Relaxed))
        .map_err(|e| Failure::new(format!("cannot hear Ctrl-C: {e}")))
}

/// Whether somebody wants this program to end.
pub(crate) fn heard() -> bool {
    HEARD.load(Ordering::Relaxed)
}
