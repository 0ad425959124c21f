//! `WebKit` for the smoke run of the long tests: GTK's, the relative of Safari's that Debian has. It needs a display.

use crate::failure::Failure;
use crate::run::on_path;

/// What Debian calls the driver with its browser, a display without a screen, and a message bus for one command.
pub(crate) const PACKAGES: [&str; 3] = ["webkit2gtk-driver", "xvfb", "dbus-daemon"];

/// What they bring.
const PROGRAMS: [&str; 3] = ["WebKitWebDriver", "xvfb-run", "dbus-run-session"];

/// Whether nothing needs installing.
pub(crate) fn is_there() -> bool {
    PROGRAMS.iter().all(|name| on_path(name).is_some())
}

/// Finds it.
pub(crate) fn find() -> Result<((), String), Failure> {
    if is_there() {
        return Ok(((), PROGRAMS.join(", ")));
    }
    Err(Failure::new(format!(
        "the long tests need {} (Debian: sudo apt-get install {})",
        PROGRAMS.join(", "),
        PACKAGES.join(" ")
    )))
}
