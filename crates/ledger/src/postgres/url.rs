//! The address of a database, which holds a password.

use super::schema::OpenError;
use core::fmt;
use std::net::IpAddr;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Where the database is and who asks: `postgres://user:password@host:port/database`, or the `key=value` form of libpq.
/// Several hosts are tried in turn, and the one that takes writes is used. Never shown.
#[derive(Clone)]
pub struct DatabaseUrl(Config);

impl DatabaseUrl {
    /// Reads the text. Over a network the connection is encrypted and the server's name proved, whatever `sslmode` says.
    ///
    /// # Errors
    ///
    /// [`OpenError::Url`], which does not quote the text; [`OpenError::Unencrypted`] for `sslmode=disable` to another machine.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let mut config: Config = text.trim().parse().map_err(|_| OpenError::Url)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(OpenError::Url);
        }
        if !is_local(&config) {
            if config.get_ssl_mode() == SslMode::Disable {
                return Err(OpenError::Unencrypted);
            }
            config.ssl_mode(SslMode::Require);
        }
        Ok(Self(config))
    }

    pub(super) const fn config(&self) -> &Config {
        &self.0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.get_ssl_mode() == SslMode::Require
    }
}

/// Whether what is sent stays on this machine.
fn is_local(config: &Config) -> bool {
    let loopback = |text: &str| {
        text == "localhost"
            || text
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    };
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => loopback(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl")
    }
}
