//! Measurements: in a browser, and of the issuer under load.

pub(crate) mod browser;
#[cfg(feature = "load")]
pub(crate) mod ledger;
