//! The log: one line for each event, for people or as JSON for programs.
//!
//! No line names a token, an offer, a resource, an order or an address of a reader. Only this project's own lines are
//! written below warnings: a library's could quote what passes through it.

use crate::config::{Log, LogFormat};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// From now on a panic is a line that says where, and nothing more: its words may quote what was being worked on.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location();
        let file = at.map_or("", std::panic::Location::file);
        let line = at.map_or(0, std::panic::Location::line);
        tracing::error!(file, line, "panicked");
    }));
}

/// What writes lines as configured. `colours` for a terminal.
pub fn layer<S, W>(log: Log, writer: W, colours: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let own = Targets::new()
        .with_target("farthing", log.level)
        .with_default(Level::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colours && log.format == LogFormat::Text)
        .with_target(false);
    match log.format {
        LogFormat::Text => lines.with_filter(own).boxed(),
        LogFormat::Json => {
            let lines = lines.json().with_current_span(false).with_span_list(false);
            lines.with_filter(own).boxed()
        }
    }
}
