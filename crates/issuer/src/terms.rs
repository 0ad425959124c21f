//! The issuer's terms: text files by version, so that every version a reader agreed to stays readable.

use crate::config::Config;
use farthing_core::resource::Version;
use std::path::PathBuf;

/// Where the text of a version lies.
#[must_use]
pub(crate) fn path(config: &Config, version: &Version) -> PathBuf {
    // A version has no slash, and what begins with dots still ends in `.txt`: no name leads out of the folder.
    config
        .terms()
        .directory
        .join(format!("{}.txt", version.as_str()))
}
