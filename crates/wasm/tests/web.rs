//! The face as JavaScript has it, in a browser: a whole purchase against an issuer in memory, every refusal as an `Error`
//! with its code, sealed text through WebCrypto.
//!
//! `wasm-pack test --headless --chrome crates/wasm`

#![cfg(target_arch = "wasm32")]

#[path = "web/content.rs"]
mod content;
#[cfg(feature = "purse")]
#[path = "web/purse.rs"]
mod purse;
#[path = "web/refusals.rs"]
mod refusals;
#[path = "web/whole_path.rs"]
mod whole_path;
#[path = "web/world.rs"]
mod world;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
