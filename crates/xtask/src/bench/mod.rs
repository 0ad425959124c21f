//! Measurements.

pub(crate) mod browser;
