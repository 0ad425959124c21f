//! Making connections.

use super::broken::Broken;
use super::column;
use super::schema::OpenError;
use super::session::Session;
use super::url::DatabaseUrl;
use crate::StoreError;
use core::time::Duration;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a host may take to answer.
const CONNECT: Duration = Duration::from_secs(3);
/// How long sent bytes may stay without an acknowledgement before the connection counts as cut.
const SILENCE: Duration = Duration::from_secs(10);

/// Statements and idle transactions that take this long are ended by the server: an issuer that froze in the middle
/// of one must not hold up the others, which wait for the head of the chain. `COMMIT` is not among them.
const LIMITS: &str =
    "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '5s'";

/// What sessions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Reading everything once, from any server.
    Audit,
    /// Writing a whole ledger once, without limits of time, at the server that takes writes.
    Move,
    /// Requests, at the server that takes writes.
    Requests,
}

/// Makes connections to one database.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    encryption: Option<MakeRustlsConnect>,
    purpose: Use,
}

impl Connector {
    pub(super) fn new(url: &DatabaseUrl, purpose: Use) -> Result<Self, OpenError> {
        let mut config = url.config().clone();
        config
            .application_name("farthing-issuer")
            .connect_timeout(CONNECT)
            .keepalives_idle(SILENCE)
            .tcp_user_timeout(SILENCE);
        if purpose != Use::Audit {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let encryption = url.is_encrypted().then(encryption).transpose()?;
        Ok(Self {
            config,
            encryption,
            purpose,
        })
    }

    /// The same place, without limits of time.
    pub(super) fn for_everything(&self) -> Self {
        Self {
            purpose: Use::Move,
            ..self.clone()
        }
    }

    /// A connection whose commits are durable when they return.
    pub(super) async fn connect(&self) -> Result<Session, Broken> {
        let session = match &self.encryption {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                // It ends with the client; its error is the client's.
                tokio::task::spawn_local(async move { drop(connection.await) });
                Session::new(client)
            }
            Some(encryption) => {
                let (client, connection) = self.config.connect(encryption.clone()).await?;
                tokio::task::spawn_local(async move { drop(connection.await) });
                Session::new(client)
            }
        };
        if self.purpose == Use::Requests {
            session.batch(LIMITS).await?;
        }
        if self.purpose != Use::Audit {
            make_durable(&session).await?;
        }
        Ok(session)
    }
}

/// Other databases than PostgreSQL do not know these settings; they have nothing to switch off.
async fn make_durable(session: &Session) -> Result<(), Broken> {
    let settings = "SELECT current_setting('fsync', true), current_setting('full_page_writes', true), \
                    current_setting('synchronous_commit', true)";
    let row = session.one(settings, &[]).await?;
    for (index, name) in [(0, "fsync"), (1, "full_page_writes")] {
        if column::value::<Option<&str>>(&row, index)? == Some("off") {
            return Err(Broken::Failed(format!(
                "the database server has {name} = off: it can forget what it committed"
            )));
        }
    }
    // `on` and `remote_apply` wait for the disk here and at the synchronous standby, if there is one.
    let weak = ["off", "local", "remote_write"];
    match column::value::<Option<&str>>(&row, 2)? {
        Some(level) if weak.contains(&level) => {
            session.batch("SET synchronous_commit = 'on'").await
        }
        _ => Ok(()),
    }
}

fn encryption() -> Result<MakeRustlsConnect, OpenError> {
    let unavailable = |text: String| OpenError::Store(StoreError::Unavailable(text));
    let mut roots = RootCertStore::empty();
    // Those that cannot be read are left out; with none at all nothing is trusted and no connection made.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unavailable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
