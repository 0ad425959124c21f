//! One place that takes what is new while readers are served: by itself where files change, and all of it on SIGHUP.

use crate::config::Config;
use crate::http::{Certificate, WatchedCertificate};
use crate::issuer::Issuer;
use crate::renewal::{self, Renewals};
use farthing_ledger::Ledger;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the certificate's files are looked at. Whoever renews them does so weeks before the end.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(5);

/// What can be taken anew: the section `[keys]`, key files, key list, and the certificate.
#[derive(Debug)]
pub struct Reload<L> {
    issuer: Arc<Issuer<L>>,
    file: PathBuf,
    certificate: Option<WatchedCertificate>,
    renewals: Renewals,
}

impl<L: Ledger> Reload<L> {
    /// Of an issuer that was configured by this file.
    #[must_use]
    pub fn new(issuer: Arc<Issuer<L>>, file: PathBuf, certificate: Option<Certificate>) -> Self {
        Self {
            issuer,
            file,
            certificate: certificate.map(WatchedCertificate::new),
            renewals: Renewals::default(),
        }
    }

    /// Looks at once, then every minute, at the certificate every five seconds, and takes everything whenever `hangup`
    /// gives a value.
    pub async fn run(mut self, mut hangup: impl AsyncFnMut()) -> Infallible {
        let lacking = self.issuer.in_force().lacking().clone();
        if !lacking.is_empty() {
            renewal::tell(&lacking);
        }
        let (mut keys, mut certificate) = (interval(renewal::EVERY), interval(CERTIFICATE_EVERY));
        for ticks in [&mut keys, &mut certificate] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                _ = keys.tick() => {
                    let config = self.issuer.keys_config();
                    self.renewals.look(&self.issuer, config).await;
                }
                _ = certificate.tick() => {
                    if let Some(certificate) = &mut self.certificate {
                        certificate.look();
                    }
                }
                () = hangup() => self.all().await,
            }
        }
    }

    /// Takes everything that can be taken. What cannot be used is told, and what was before it stays; the rest is taken.
    async fn all(&mut self) {
        let section = self.section().await;
        let config = section.clone().unwrap_or_else(|| self.issuer.keys_config());
        self.renewals.listen();
        let keys = self.renewals.look(&self.issuer, config).await;
        let certificate = self.certificate.as_mut().map(WatchedCertificate::renew);
        if section.is_some() && keys && certificate != Some(false) {
            tracing::info!("all that can be taken while serving was read anew");
        } else {
            tracing::error!("not all was read anew: what is named above stays as it was");
        }
    }

    /// The configuration with the section `[keys]` as it is in the file now; `None` if the file cannot be used.
    async fn section(&self) -> Option<Arc<Config>> {
        let file = self.file.clone();
        let read = tokio::task::spawn_blocking(move || Config::read(&file)).await;
        let read = match read.ok()? {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(%error, "the configuration is not read again");
                return None;
            }
        };
        let (running, place) = (self.issuer.config(), read.keys_place().clone());
        if read != running.with_keys(place.clone()) {
            tracing::warn!(
                "other sections than [keys] have changed: they are taken at the next start"
            );
        }
        if place != *self.issuer.keys_config().keys_place() {
            tracing::info!(folder = %place.directory.display(), "[keys] has changed");
        }
        Some(Arc::new(running.with_keys(place)))
    }
}
