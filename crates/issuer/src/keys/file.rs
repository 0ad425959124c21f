//! Key files as they are written.

use serde::Deserialize;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningFile {
    pub(super) kid: String,
    pub(super) created: u64,
    /// When it was made, if it does not say.
    pub(super) signs_from: Option<u64>,
    /// When the operator took it back, as after a leak.
    pub(super) revoked: Option<u64>,
    pub(super) secret: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealingFile {
    pub(super) kid: String,
    pub(super) seal_until: u64,
    pub(super) open_until: u64,
    pub(super) secret: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokensFile {
    pub(super) currency: String,
    pub(super) unit: u64,
    pub(super) mint_from: u64,
    pub(super) mint_until: u64,
    pub(super) redeem_until: u64,
    pub(super) claim_until: u64,
    /// Whose starter tokens they are, unless they are money.
    #[serde(default)]
    pub(super) publisher: Option<String>,
    /// Keysets of which no coins are made any more, because these are made in their place.
    #[serde(default)]
    pub(super) replaces: Vec<String>,
    pub(super) key: Vec<TokenKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenKey {
    pub(super) keyset: String,
    pub(super) denomination: u64,
    pub(super) secret: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookFile {
    pub(super) secret: Zeroizing<String>,
}

/// A file's first line says whose money it is.
pub(super) const WARNING: &str =
    "# Secret. Keep a copy offline; whoever reads this file can act as the issuer.\n";
