//! The load client: an issuer as its own process, and readers who ask it for much.
//!
//! - [`Program`]: `farthing-issuer` in a folder of its own: started, killed, ended, audited, its CPU and memory read.
//! - [`Shop`]: a publisher, registered by its own document, with pages that cost three coins and give two back.
//! - [`Wallet`]: orders, pays in the sandbox, draws, and builds [`Purchase`]s ahead of time.
//! - [`Connection`]: HTTP/1.1 kept alive, one request at a time; [`ask`] repeats the same bytes until they are answered.
//! - [`Purchase::check`]: the whole of an answer: grant, released key, proofs of the change.
//! - [`Market`]: all of it together: purchases prepared on all cores, and answers checked there with [`check_all`].
//! - [`drive`]: many purchases over some connections, with how long each took; [`offer`]: at a rate, more than can be served.
//! - [`history`]: a past of millions of redemptions, written into the store.
//!
//! All cryptography of the reader is done before and after what is measured; in between bytes are sent and kept.

mod connection;
mod disk;
mod drive;
pub mod history;
mod market;
mod offer;
mod program;
mod purchase;
mod shop;
mod wallet;

pub use connection::{Broken, Connection, Reply, ask, press};
pub use disk::durable_rows_per_second;
pub use drive::{Run, drive, drive_lines};
pub use market::{Market, check_all};
pub use offer::{Crowd, Offered, offer};
pub use program::{Books, Program, Usage};
pub use purchase::Purchase;
pub use shop::{Page, Shop};
pub use wallet::{DrawPlan, Wallet};

use farthing_core::time::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock of this machine, which the issuer goes by too.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(since.as_secs()).unwrap()
}

/// Of latencies in ascending order, the one that so many of a thousand did not exceed; zero of none.
#[must_use]
pub fn per_mille(latencies: &[Duration], part: usize) -> Duration {
    let last = latencies.len().saturating_sub(1);
    let place = (latencies.len() * part / 1_000).min(last);
    latencies.get(place).copied().unwrap_or_default()
}

/// Runs one thread's asynchronous work.
///
/// # Panics
/// If the system gives no runtime.
pub fn block_on<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}
