//! The configuration: `farthing.toml`, checked once and then typed.

mod admin;
mod currency;
mod environment;
mod error;
mod file;
mod keys;
mod ledger;
mod promo;
mod proxies;
mod secret;
mod tls;
mod undo;
mod wallet;
mod witness;

pub use admin::Admin;
pub use error::ConfigError;
pub use keys::{KeysPlace, Protection, Rotate};
pub use ledger::LedgerPlace;
pub use promo::Promo;
pub(crate) use proxies::household;
pub use proxies::{Network, Proxies};
pub use secret::{SecretError, SecretReference};
pub use tls::Tls;
pub use undo::Undo;
pub use wallet::Wallet;
pub use witness::{WitnessForm, WitnessPlace};

use crate::amount;
use farthing_core::manifest::CurrencyTerms;
use farthing_core::money::Micro;
use farthing_core::origin::{IssuerId, OriginPolicy, PublisherId};
use farthing_core::resource::Version;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::num::{NonZero, NonZeroU32};
use std::path::{Path, PathBuf};

/// Longest that a quote may stand, in seconds.
const MAX_QUOTE_SECONDS: u64 = 86_400;

/// Requests in work at a time for each core, unless told otherwise: so many keep it busy and commits shared, and whoever
/// comes last is answered about as soon as on a normal day. More only wait for longer (docs/performance.md).
const REQUESTS_PER_CORE: usize = 20;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// The least important lines that are written.
    pub level: tracing::Level,
}

/// The issuer's terms and what a disclosure says in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsFiles {
    /// The version in force.
    pub version: Version,
    /// Where `<version>.txt` lies.
    pub directory: PathBuf,
    /// When value ends, in words.
    pub expiry: String,
    /// How what is not spent comes back, in words.
    pub cash_out: String,
}

/// What publishers are registered with unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublisherDefaults {
    /// The highest price of an offer.
    pub max_price: Micro,
    /// The issuer's part of a sale, in basis points.
    pub fee_bps: u16,
}

/// Limits on who may ask how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a quote stands, in seconds.
    pub quote_seconds: u64,
    /// Orders per minute and client.
    pub orders_per_minute: NonZeroU32,
    /// Claims of starter value per minute and client.
    pub claims_per_minute: NonZeroU32,
    /// Requests per minute and client; `None` for as many as there are.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Requests in work at a time.
    pub max_requests: usize,
    /// Connections open at a time.
    pub max_connections: usize,
    /// Connections of one client; `None` for as many as there are.
    pub connections_per_client: Option<usize>,
    /// The proxies in front, if the issuer stands behind some.
    pub proxies: Option<Proxies>,
}

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    issuer: IssuerId,
    sandbox: bool,
    listen: SocketAddr,
    ledger: LedgerPlace,
    keys: KeysPlace,
    currency: CurrencyTerms,
    denominations: Vec<Micro>,
    terms: TermsFiles,
    publishers: PublisherDefaults,
    undo: Option<Undo>,
    promos: Vec<Promo>,
    limits: Limits,
    log: Log,
    admin: Option<Admin>,
    checkpoints: Option<PathBuf>,
    witness: Option<WitnessPlace>,
    tls: Option<Tls>,
    gifts: bool,
    wallet: Option<Wallet>,
}

impl Config {
    /// Reads the file, and over it the variables `FARTHING__SECTION__KEY` of the environment. Relative paths are
    /// relative to the file's folder.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line or key, and what would be right.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read {
            path: path.to_owned(),
            error,
        })?;
        Self::parse_over(&text, path, &environment::variables())
    }

    /// Reads the text of the file at `path`, without an environment.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        Self::parse_over(text, path, &[])
    }

    /// Reads the text of the file at `path` with these variables, names and values, as the environment.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse_over(
        text: &str,
        path: &Path,
        variables: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let file = match environment::over(text, path, variables)? {
            Some(file) => file,
            None => read_text(text, path)?,
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::check(file, folder).map_err(|(key, reason)| ConfigError::Value {
            path: path.to_owned(),
            key,
            reason: reason.to_owned(),
        })
    }

    fn check(file: file::File, folder: &Path) -> Result<Self, (&'static str, &'static str)> {
        let policy = if file.sandbox {
            OriginPolicy::LoopbackHttp
        } else {
            OriginPolicy::HttpsOnly
        };
        let issuer = IssuerId::parse(&file.issuer_id, policy).ok_or((
            "issuer_id",
            "must be an https origin in lower case without a slash at its end; http only on loopback with sandbox = true",
        ))?;
        let listen = file
            .listen
            .parse()
            .map_err(|_| ("listen", "must be an address such as 127.0.0.1:8787"))?;
        let (currency, denominations) = currency::check(&file.currency)?;
        let version = Version::parse(&file.terms.version).ok_or((
            "terms.version",
            "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -",
        ))?;
        let max_price = amount::parse(&file.publishers.max_price)
            .ok_or(("publishers.max_price", "must be an amount such as \"5.00\""))?;
        if file.publishers.fee_bps > 10_000 {
            return Err((
                "publishers.fee_bps",
                "must be at most 10000, which is all of the price",
            ));
        }
        if !(60..=MAX_QUOTE_SECONDS).contains(&file.orders.quote_seconds) {
            return Err(("orders.quote_seconds", "must be 60 to 86400"));
        }
        let orders_per_minute = NonZeroU32::new(file.orders.per_minute)
            .ok_or(("orders.per_minute", "must be at least 1"))?;
        let claims_per_minute = NonZeroU32::new(file.orders.claims_per_minute)
            .ok_or(("orders.claims_per_minute", "must be at least 1"))?;
        let promos = promo::check(&file.promo, &currency, policy)?;
        let max_requests = file.http.max_requests.unwrap_or_else(requests_by_cores);
        if max_requests == 0 || file.http.max_connections == 0 {
            return Err((
                "http.max_requests and http.max_connections",
                "must be at least 1",
            ));
        }
        let ledger = ledger::check(file.ledger, folder)?;
        let witness = file
            .witness
            .map(|section| witness::check(section, &ledger, folder))
            .transpose()?;
        let undo = file
            .undo
            .map(|section| undo::check(section, &currency, policy))
            .transpose()?;
        let order_max = wallet::order_max(&file.currency, &currency)?;
        let wallet = file
            .wallet
            .map(|section| wallet::check(section, order_max, folder));
        let tls = file
            .tls
            .map(|section| tls::check(&section, &issuer, folder));
        Ok(Self {
            tls: tls.transpose()?,
            issuer,
            sandbox: file.sandbox,
            listen,
            ledger,
            keys: keys::check(file.keys, file.sandbox, folder)?,
            currency,
            denominations,
            terms: TermsFiles {
                version,
                directory: folder.join(file.terms.directory),
                expiry: file.terms.expiry,
                cash_out: file.terms.cash_out,
            },
            publishers: PublisherDefaults {
                max_price,
                fee_bps: file.publishers.fee_bps,
            },
            promos,
            limits: Limits {
                quote_seconds: file.orders.quote_seconds,
                orders_per_minute,
                claims_per_minute,
                requests_per_minute: NonZeroU32::new(file.http.requests_per_minute),
                max_requests,
                max_connections: file.http.max_connections,
                connections_per_client: Some(file.http.connections_per_client)
                    .filter(|most| *most > 0),
                proxies: proxies::check(&file.http)?,
            },
            log: log(&file.log)?,
            admin: file
                .admin
                .map(|section| admin::check(&section, listen, folder))
                .transpose()?,
            checkpoints: file.checkpoint.map(|section| folder.join(section.file)),
            witness,
            gifts: file.rights.gifts.unwrap_or(file.sandbox),
            undo,
            wallet,
        })
    }

    /// The same with another section `[keys]`.
    #[must_use]
    pub fn with_keys(&self, keys: KeysPlace) -> Self {
        Self {
            keys,
            ..self.clone()
        }
    }

    /// The issuer's origin: the `iss` of everything it signs, and where readers reach it.
    #[must_use]
    pub const fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// Whether this is a trial in which no real money moves.
    #[must_use]
    pub const fn sandbox(&self) -> bool {
        self.sandbox
    }

    /// Which origins may be publishers (R6).
    #[must_use]
    pub const fn origin_policy(&self) -> OriginPolicy {
        if self.sandbox {
            OriginPolicy::LoopbackHttp
        } else {
            OriginPolicy::HttpsOnly
        }
    }

    /// The address that the server listens on.
    #[must_use]
    pub const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Where the ledger is kept.
    #[must_use]
    pub const fn ledger(&self) -> &LedgerPlace {
        &self.ledger
    }

    /// The folder of key files.
    #[must_use]
    pub fn keys(&self) -> &Path {
        &self.keys.directory
    }

    /// The folder of key files, how they are encrypted, and who makes the next ones.
    #[must_use]
    pub const fn keys_place(&self) -> &KeysPlace {
        &self.keys
    }

    /// Unit, pocket limit and mixes.
    #[must_use]
    pub const fn currency(&self) -> &CurrencyTerms {
        &self.currency
    }

    /// The denominations that `init` makes keys for, ascending.
    #[must_use]
    pub fn denominations(&self) -> &[Micro] {
        &self.denominations
    }

    /// The terms.
    #[must_use]
    pub const fn terms(&self) -> &TermsFiles {
        &self.terms
    }

    /// What publishers are registered with unless told otherwise.
    #[must_use]
    pub const fn publishers(&self) -> PublisherDefaults {
        self.publishers
    }

    /// What publishers give away.
    #[must_use]
    pub fn promos(&self) -> &[Promo] {
        &self.promos
    }

    /// What one publisher gives away.
    #[must_use]
    pub fn promo(&self, publisher: &PublisherId) -> Option<&Promo> {
        let mut promos = self.promos.iter();
        promos.find(|promo| promo.publisher == *publisher)
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How log lines are written.
    #[must_use]
    pub const fn log(&self) -> Log {
        self.log
    }

    /// The file outside of the ledger in which its checkpoints are kept, if they are.
    #[must_use]
    pub fn checkpoints(&self) -> Option<&Path> {
        self.checkpoints.as_deref()
    }

    /// The witness log, if there is one.
    #[must_use]
    pub const fn witness(&self) -> Option<&WitnessPlace> {
        self.witness.as_ref()
    }

    /// The certificate that readers are shown; without the section they come over plain HTTP, as from a proxy.
    #[must_use]
    pub const fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Whether articles are sold as gifts: a right handed from person to person, which is not everywhere allowed.
    #[must_use]
    pub const fn gifts(&self) -> bool {
        self.gifts
    }

    /// How purchases are given back; without the section they are not.
    #[must_use]
    pub const fn undo(&self) -> Option<&Undo> {
        self.undo.as_ref()
    }

    /// The reader's purse, if this issuer has one for its readers.
    #[must_use]
    pub const fn wallet(&self) -> Option<&Wallet> {
        self.wallet.as_ref()
    }

    /// The operator's listener; without the section there is none.
    #[must_use]
    pub const fn admin(&self) -> Option<&Admin> {
        self.admin.as_ref()
    }
}

fn requests_by_cores() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    cores.saturating_mul(REQUESTS_PER_CORE)
}

/// Reads TOML, and says in which line it is none.
fn read_text<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        ConfigError::Syntax {
            path: path.to_owned(),
            line: before
                .map_or(0, |before| before.matches('\n').count())
                .saturating_add(1),
            message: error::with_suggestion(error.message()),
        }
    })
}

fn log(section: &file::LogSection) -> Result<Log, (&'static str, &'static str)> {
    let format = match section.format.as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        _ => return Err(("log.format", "must be \"text\" or \"json\"")),
    };
    let level = section.level.parse().map_err(|_| {
        (
            "log.level",
            "must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        )
    })?;
    Ok(Log { format, level })
}
