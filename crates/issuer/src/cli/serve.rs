//! serve: puts the issuer together and answers until told to end.

use super::{Failure, Wall, durable};
use crate::config::Config;
use crate::http::Certificate;
use crate::issuer::Issuer;
use crate::keeper::{self, Keeper};
use crate::keys::Keys;
use crate::payment::Sandbox;
use crate::random::SystemRandom;
use crate::reload::Reload;
use crate::usecase::expire;
use crate::wallet_pages::WalletPages;
use crate::{admin, http, log, outbound};
use farthing_ledger::Ledger;
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How long work on blocking threads may go on after the last answer.
const LAST_WORK: Duration = Duration::from_secs(5);

/// How long to wait for the operator's address before it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

pub(super) fn serve(file: &Path, listen: Option<SocketAddr>, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let colours = std::io::stderr().is_terminal();
    let lines = log::layer(config.log(), std::io::stderr, colours);
    tracing_subscriber::registry().with(lines).init();
    log::panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(run(file, config, listen, wall));
    runtime.shutdown_timeout(LAST_WORK);
    result
}

async fn run(
    file: &Path,
    config: Config,
    listen: Option<SocketAddr>,
    wall: &Wall,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // From the first moment on: a signal that asks for renewal must not end an issuer that is just starting.
    let mut hangup = signal(SignalKind::hangup())?;
    let keys = Keys::read(&config)?;
    let certificate = Certificate::open(&config)?;
    let pages = config
        .wallet()
        .map(|wallet| WalletPages::read(&wallet.pages));
    let pages = pages.transpose()?;
    let open = durable::open(&config, wall).await?;
    keeper::warn_of(&open.verdict);
    keeper::put_back(&open.ledger, &open.verdict, config.checkpoints()).await?;
    let ledger = open.ledger;
    let address = listen.unwrap_or(config.listen());
    let listener =
        http::listen(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let address = listener.local_addr()?;
    // The sandbox's provider knows no certificates: where readers come by TLS it has a door of its own.
    let inside = match &certificate {
        Some(_) if config.sandbox() => Some(http::listen((Ipv4Addr::LOCALHOST, 0).into())?),
        _ => None,
    };
    let notices = inside
        .as_ref()
        .map_or(Ok(address), TcpListener::local_addr)?;
    let sandbox = sandbox(&config, &keys, notices)?;
    let name = config.issuer().as_str().to_owned();
    let clock = Arc::clone(&open.clock);
    let issuer = Issuer::open_behind(
        open.gate,
        config,
        keys,
        ledger,
        clock,
        Arc::new(SystemRandom),
        sandbox,
    );
    let issuer = Arc::new(issuer.await?.with_wallet_pages(pages));
    if let Some(pages) = issuer.wallet_pages() {
        tracing::info!(files = pages.count(), "readers have a purse at /wallet/");
    }
    let operations = issuer.in_force().keys().ops().name();
    tracing::info!(operations, "keys are read");
    let mut keeper = Keeper::new(Arc::clone(&issuer), open.clock, open.mark);
    // Before the first reader: what is outside is begun, and the ledger's time kept.
    keeper.round().await?;
    if issuer.sandbox().is_some() {
        tracing::info!(issuer = name, %address, "serving; sandbox: no real money moves");
    } else {
        tracing::warn!(issuer = name, %address, "serving; no payment provider: orders are refused");
    }
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let watch = watch(Arc::clone(&issuer));
    let reload = Reload::new(Arc::clone(&issuer), file.to_owned(), certificate.clone());
    let reload = reload.run(async || {
        hangup.recv().await;
    });
    let notices = notified(inside, Arc::clone(&issuer));
    let expiry = expire::hourly(Arc::clone(&issuer));
    tokio::select! {
        // In this order: the operator's address is tried before the first reader is answered.
        biased;
        failed = watch => failed?,
        failed = notices => failed?,
        () = expiry => {}
        never = keeper.run() => match never {},
        never = reload => match never {},
        served = readers(listener, certificate, issuer, shutdown) => served?,
    }
    tracing::info!("ended");
    Ok(())
}

/// Serves readers, with TLS if there is a certificate.
async fn readers<L: Ledger>(
    listener: TcpListener,
    certificate: Option<Certificate>,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    match certificate {
        Some(certificate) => http::serve_tls(listener, certificate, issuer, shutdown).await,
        None => http::serve(listener, issuer, shutdown).await,
    }
}

/// Takes the sandbox provider's notices, for as long as readers are served.
async fn notified<L: Ledger>(
    inside: Option<TcpListener>,
    issuer: Arc<Issuer<L>>,
) -> std::io::Result<()> {
    match inside {
        Some(inside) => http::serve(inside, issuer, std::future::pending()).await,
        None => std::future::pending().await,
    }
}

/// Serves the operator, if a listener is configured, for as long as readers are served. Readers do not wait for it:
/// while the address is taken, as by a process that is still ending, it is tried again.
async fn watch<L: Ledger>(issuer: Arc<Issuer<L>>) -> std::io::Result<()> {
    let Some(admin) = issuer.config().admin() else {
        return std::future::pending().await;
    };
    let mut told = false;
    let listener = loop {
        match TcpListener::bind(admin.address).await {
            Ok(listener) => break listener,
            Err(error) if !told => {
                tracing::error!(address = %admin.address, %error, "no metrics: cannot listen; trying again");
                told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN).await;
    };
    let address = listener.local_addr()?;
    tracing::info!(%address, "metrics and health");
    admin::serve(listener, Arc::clone(&issuer), std::future::pending()).await
}

fn sandbox(config: &Config, keys: &Keys, address: SocketAddr) -> Result<Option<Sandbox>, Failure> {
    if !config.sandbox() {
        return Ok(None);
    }
    let secret = keys
        .webhook()
        .ok_or("a sandbox needs webhook-sandbox.toml among its keys")?;
    // The provider reaches the issuer where it listens, not through a proxy in front of it.
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let to = SocketAddr::new(host, address.port());
    let url = format!("http://{to}/v1/webhooks/{}", Sandbox::NAME);
    Ok(Some(Sandbox::new(secret, url, outbound::client())))
}
