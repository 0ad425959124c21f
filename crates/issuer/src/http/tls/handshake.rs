//! Handshakes: within ten seconds, one core's worth of arithmetic at a time, and no more in the queue than requests
//! may be in work. Beyond that a connection is ended at once, rather than to let all of them wait.

use super::certificate::Certificate;
use crate::http::connections::Peer;
use crate::http::limits::Rates;
use crate::metrics::{Handshake, Metrics};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{Acceptor, NoServerSessionStorage};
use rustls::version::{TLS12, TLS13};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// TLS as this server speaks it. Clones share certificate and bounds.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    queue: Arc<Semaphore>,
    cores: Arc<Semaphore>,
    rates: Rates,
    metrics: Arc<Metrics>,
}

impl Tls {
    /// With a certificate, for as many handshakes in the queue as requests may be in work.
    pub(in crate::http) fn new(
        certificate: Certificate,
        max_requests: usize,
        rates: Rates,
        metrics: Arc<Metrics>,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificate));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A ticket is a cookie: by it a reader who comes back would be known again, whatever his address.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            config: Arc::new(config),
            queue: Arc::new(Semaphore::new(max_requests)),
            // Half of the cores: the other half answers those whose handshake is done.
            cores: Arc::new(Semaphore::new(cores.div_ceil(2))),
            rates,
            metrics,
        })
    }

    /// The stream behind the handshake; `None` if there is none, which is counted.
    pub(in crate::http) async fn handshake(
        &self,
        stream: TcpStream,
        peer: Peer,
    ) -> Option<TlsStream<TcpStream>> {
        let shaken = if self.rates.may_begin(peer) {
            let shaken = tokio::time::timeout(HANDSHAKE, self.shake(stream)).await;
            shaken.unwrap_or(Err(Handshake::Timeout))
        } else {
            Err(Handshake::Limited)
        };
        let outcome = shaken.as_ref().err().copied().unwrap_or(Handshake::Done);
        self.metrics.requests.handshake(outcome);
        shaken.ok()
    }

    async fn shake(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Handshake> {
        let failed = |_| Handshake::Failed;
        // Whoever says nothing takes no place.
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = hello.await.map_err(failed)?;
        let mut rest = pin!(hello.into_stream(Arc::clone(&self.config)));
        let first = {
            let _queued = self.queue.try_acquire().map_err(|_| Handshake::Shed)?;
            let _core = self.cores.acquire().await.map_err(|_| Handshake::Shed)?;
            // The hello is there, so this first step is the key exchange and the signature.
            poll_fn(|context| Poll::Ready(rest.as_mut().poll(context))).await
        };
        match first {
            Poll::Ready(shaken) => shaken.map_err(failed),
            Poll::Pending => rest.await.map_err(failed),
        }
    }
}
