#![no_main]

#[path = "../issuer.rs"]
#[expect(dead_code, reason = "each target fuzzes one of its functions")]
mod issuer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| issuer::key_file(bytes));
