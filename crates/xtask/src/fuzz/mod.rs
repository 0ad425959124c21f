//! `cargo xtask fuzz http|parsers`: requests and bytes that nobody should send (docs/adr/0022).

mod http;
mod parsers;

pub(crate) use http::http;
pub(crate) use parsers::parsers;

/// Requests that are made up for each operation, in each of schemathesis' phases.
pub(crate) const EXAMPLES: u32 = 100;

/// How long each parser is fuzzed.
pub(crate) const SECONDS: u32 = 60;
