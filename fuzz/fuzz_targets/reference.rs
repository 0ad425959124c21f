#![no_main]

#[path = "../issuer.rs"]
mod issuer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| issuer::references(bytes));
