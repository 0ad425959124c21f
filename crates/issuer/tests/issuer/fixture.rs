//! A server with a folder, a clock that stands still, a publisher and a reader.

pub(crate) mod reader;
pub(crate) mod server;
pub(crate) mod shop;

pub(crate) use reader::Reader;
pub(crate) use server::{Reply, Server};
pub(crate) use shop::{Page, Shop};

use farthing_core::bytes::Transcript;
use farthing_core::money::{Currency, Micro};
use farthing_core::time::Timestamp;

/// 2026-11-22 14:05 UTC.
pub(crate) const NOW: u64 = 1_795_356_300;

pub(crate) fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

pub(crate) fn micro(amount: u64) -> Micro {
    Micro::new(amount).unwrap()
}

pub(crate) fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

/// 32 bytes that depend on nothing but the name.
pub(crate) fn fixed(name: &str) -> [u8; 32] {
    Transcript::new("farthing/test/")
        .fixed(name.as_bytes())
        .hash()
}
