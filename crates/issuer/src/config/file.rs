//! `farthing.toml` as it is written. Unknown keys are errors: a misspelt limit must not be no limit.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) issuer_id: String,
    #[serde(default)]
    pub(super) sandbox: bool,
    pub(super) listen: String,
    pub(super) ledger: LedgerEntry,
    pub(super) keys: KeysEntry,
    pub(super) currency: CurrencySection,
    pub(super) terms: TermsSection,
    #[serde(default)]
    pub(super) orders: OrdersSection,
    #[serde(default)]
    pub(super) publishers: PublishersSection,
    #[serde(default)]
    pub(super) promo: Vec<PromoSection>,
    #[serde(default)]
    pub(super) http: HttpSection,
    #[serde(default)]
    pub(super) log: LogSection,
    pub(super) admin: Option<AdminSection>,
    pub(super) checkpoint: Option<CheckpointSection>,
    pub(super) witness: Option<WitnessSection>,
    pub(super) tls: Option<TlsSection>,
    #[serde(default)]
    pub(super) rights: RightsSection,
    pub(super) undo: Option<UndoSection>,
    pub(super) wallet: Option<WalletSection>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RightsSection {
    /// Unless given, in a sandbox only.
    pub(super) gifts: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UndoSection {
    pub(super) right_per: String,
    pub(super) per_day: String,
    pub(super) publisher: Vec<UndoPublisherSection>,
}

impl Default for UndoSection {
    fn default() -> Self {
        Self {
            right_per: "2.00".to_owned(),
            per_day: "20.00".to_owned(),
            publisher: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoPublisherSection {
    pub(super) origin: String,
    pub(super) per_day: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WalletSection {
    pub(super) pages: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointSection {
    pub(super) file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WitnessSection {
    pub(super) dir: PathBuf,
    pub(super) form: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CurrencySection {
    pub(super) code: String,
    pub(super) unit: String,
    pub(super) denominations: u32,
    pub(super) pocket_max: String,
    /// Unless given, twenty major units, and never less than a pocket.
    pub(super) order_max: Option<String>,
    pub(super) mixes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsSection {
    pub(super) version: String,
    pub(super) directory: PathBuf,
    pub(super) expiry: String,
    pub(super) cash_out: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromoSection {
    pub(super) publisher: String,
    pub(super) grant: String,
    pub(super) per_day: u32,
    pub(super) denominations: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OrdersSection {
    pub(super) quote_seconds: u64,
    pub(super) per_minute: u32,
    pub(super) claims_per_minute: u32,
}

impl Default for OrdersSection {
    fn default() -> Self {
        Self {
            quote_seconds: 1_800,
            per_minute: 30,
            claims_per_minute: 5,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PublishersSection {
    pub(super) max_price: String,
    pub(super) fee_bps: u16,
}

impl Default for PublishersSection {
    fn default() -> Self {
        Self {
            max_price: "5.00".to_owned(),
            fee_bps: 1_000,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HttpSection {
    pub(super) behind_proxy: bool,
    pub(super) proxies: Vec<String>,
    pub(super) client_header: String,
    pub(super) requests_per_minute: u32,
    /// Unless given, so many for each core.
    pub(super) max_requests: Option<usize>,
    pub(super) max_connections: usize,
    pub(super) connections_per_client: usize,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            behind_proxy: false,
            proxies: vec!["127.0.0.1".to_owned(), "::1".to_owned()],
            client_header: "x-forwarded-for".to_owned(),
            requests_per_minute: 6_000,
            max_requests: None,
            max_connections: 1_024,
            connections_per_client: 256,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogSection {
    pub(super) format: String,
    pub(super) level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            format: "text".to_owned(),
            level: "info".to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AdminSection {
    pub(super) address: String,
    pub(super) token: Option<String>,
}

impl Default for AdminSection {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:8788".to_owned(),
            token: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsSection {
    pub(super) certificate: PathBuf,
    pub(super) key: String,
}

/// `ledger`: a path, which means SQLite, or a table.
pub(super) enum LedgerEntry {
    Path(PathBuf),
    Section(LedgerSection),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerSection {
    pub(super) sqlite: Option<PathBuf>,
    pub(super) postgres: Option<String>,
}

/// `keys`: a path, or a table.
pub(super) enum KeysEntry {
    Path(PathBuf),
    Section(KeysSection),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KeysSection {
    pub(super) directory: PathBuf,
    pub(super) passphrase: Option<String>,
    pub(super) key_file: Option<String>,
    pub(super) unencrypted: bool,
    pub(super) rotate: String,
    pub(super) operations: String,
}

impl Default for KeysSection {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("keys"),
            passphrase: None,
            key_file: None,
            unencrypted: false,
            rotate: "automatic".to_owned(),
            operations: "native".to_owned(),
        }
    }
}

// By hand, as below.
impl<'de> Deserialize<'de> for KeysEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = KeysEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a table with directory, passphrase or key_file, rotate and operations")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<KeysEntry, E> {
                Ok(KeysEntry::Path(path.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeysEntry, A::Error> {
                KeysSection::deserialize(MapAccessDeserializer::new(map)).map(KeysEntry::Section)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

// By hand, because a derived choice between the two forgets which key was wrong.
impl<'de> Deserialize<'de> for LedgerEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = LedgerEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a table with sqlite or postgres")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<LedgerEntry, E> {
                Ok(LedgerEntry::Path(path.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LedgerEntry, A::Error> {
                LedgerSection::deserialize(MapAccessDeserializer::new(map))
                    .map(LedgerEntry::Section)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
