//! What gives out the memory of the WebAssembly file: two-level segregated fit, which takes the same few steps whatever is
//! free. The standard library's allocator weighs 2.3 KB more gzipped (`docs/adr/0003-wasm-size.md`).

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

/// For size, but with one heap.
struct Options;

impl GlobalTlsfOptions for Options {
    /// What grows is copied: our texts grow by doubling.
    const ENABLE_REALLOCATION: bool = false;
    /// Memory asked for later joins what is there. Apart, a freed part of 100 KB would be of no use to a larger one.
    const COALESCE_POOLS: bool = true;
}

#[global_allocator]
static ALLOCATOR: GlobalTlsf<Options> = GlobalTlsf::new();
