//! The order of the functions in a WebAssembly file, for gzip: it refers back to bytes at most 32 KB away, and in fewer bits
//! the nearer they are, so functions of similar code are put next to each other. 3 % of the compressed file
//! (docs/adr/0003-wasm-size.md); nothing else about the file changes.

mod neighbours;
mod renumber;

use wasmparser::{Parser, Payload, Validator};

use crate::failure::Failure;

/// The same module with its functions in another order. Equal files give equal files.
pub(super) fn reorder(file: &[u8]) -> Result<Vec<u8>, Failure> {
    let broken = |e: &dyn std::fmt::Display| Failure::new(format!("a file of WebAssembly: {e}"));
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(file) {
        if let Payload::CodeSectionEntry(body) = payload.map_err(|e| broken(&e))? {
            bodies.push(body.as_bytes());
        }
    }
    let ordered = renumber::renumber(file, &neighbours::order(&bodies))?;
    Validator::new()
        .validate_all(&ordered)
        .map_err(|e| broken(&e))?;
    Ok(ordered)
}
