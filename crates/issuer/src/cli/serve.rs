//! serve: puts the issuer together and answers until told to end.

use super::Failure;
use crate::books::Books;
use crate::clock::SystemClock;
use crate::config::{Config, Log, LogFormat};
use crate::issuer::Issuer;
use crate::keys::Keys;
use crate::payment::Sandbox;
use crate::random::SystemRandom;
use crate::{http, outbound};
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How long work on blocking threads may go on after the last answer.
const LAST_WORK: Duration = Duration::from_secs(5);

pub(super) fn serve(config: &Path, listen: Option<SocketAddr>) -> Result<(), Failure> {
    let config = Config::read(config)?;
    log(config.log());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(run(config, listen));
    runtime.shutdown_timeout(LAST_WORK);
    result
}

async fn run(config: Config, listen: Option<SocketAddr>) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let keys = Keys::read(&config)?;
    let ledger = Books::open(&config)?;
    let address = listen.unwrap_or(config.listen());
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let address = listener.local_addr()?;
    let sandbox = sandbox(&config, &keys, address)?;
    let name = config.issuer().as_str().to_owned();
    let issuer = Issuer::open(
        config,
        keys,
        ledger,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
        sandbox,
    );
    let issuer = Arc::new(issuer.await?);
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
    http::serve(listener, issuer, shutdown).await?;
    tracing::info!("ended");
    Ok(())
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

/// Only this project's own lines: a library's could quote what passes through it.
fn log(log: Log) {
    let own = Targets::new()
        .with_target("farthing", log.level)
        .with_default(Level::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let registry = tracing_subscriber::registry().with(own);
    match log.format {
        LogFormat::Text => registry.with(lines).init(),
        LogFormat::Json => registry.with(lines.json()).init(),
    }
}
