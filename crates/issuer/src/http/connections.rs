//! Connections: accepted up to a number, a client's up to a bound; heads read within ten seconds, answers written
//! within twenty, ended gently.

use super::lines::{Held, Line, Lines};
use super::tls::Door;
use crate::config::{Limits, Proxies, household};
use crate::metrics::Metrics;
use crate::open_files;
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// How long a request's head may take to arrive, and how long a connection may be idle.
const HEAD_ARRIVAL: Duration = Duration::from_secs(10);

/// How long a request's head may be in bytes; it is also what a connection may hold of a body that nobody has asked for
/// yet. The library's own limit is 400 KiB, which slow senders would fill the memory with.
const MAX_HEAD: usize = 16 * 1024;

/// How long requests in work may go on after the signal to end.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to wait after the system would give no more connections, or none could be ended.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections the system keeps until they are accepted. The system's own limit may be lower. Beyond it a
/// beginning is dropped, and whoever began tries again after a second: 128, which is usual, is one burst.
const BACKLOG: u32 = 4_096;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(super) IpAddr);

/// How many connections there may be, and how many of one client.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    max: usize,
    per_client: Option<usize>,
    proxies: Option<Proxies>,
}

impl Bounds {
    pub(crate) const fn of_all(max: usize) -> Self {
        Self {
            max,
            per_client: None,
            proxies: None,
        }
    }

    pub(crate) fn of_readers(limits: &Limits) -> Self {
        Self {
            max: open_files::allow(limits.max_connections),
            per_client: limits.connections_per_client,
            proxies: limits.proxies.clone(),
        }
    }

    /// Whose bound a connection counts towards: a proxy's connections are those of all readers behind it.
    fn client(&self, address: IpAddr) -> Option<IpAddr> {
        let proxy = self.proxies.as_ref();
        let is_proxy = proxy.is_some_and(|proxies| proxies.contain(address));
        (self.per_client.is_some() && !is_proxy).then(|| household(address))
    }
}

/// Listens there, with room for a burst.
///
/// # Errors
/// Those of the system.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As usual for servers: connections of the process before this one may still be on their way out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Places for connections.
#[derive(Clone, Debug)]
struct Places {
    bounds: Bounds,
    free: Arc<Semaphore>,
    lines: Lines,
    metrics: Option<Arc<Metrics>>,
}

impl Places {
    fn ended_one(&self, ended: bool) -> bool {
        if ended && let Some(metrics) = &self.metrics {
            metrics.requests.connection_ended();
        }
        ended
    }

    /// A place for one more connection, another's if need be. `None` if the client has too many, all in work.
    async fn take(&self, client: Option<IpAddr>) -> io::Result<Option<OwnedSemaphorePermit>> {
        if let (Some(client), Some(most)) = (client, self.bounds.per_client)
            && self.lines.of(client) >= most
            && !self.ended_one(self.lines.end_first_of(client))
        {
            return Ok(None);
        }
        loop {
            if let Ok(place) = Arc::clone(&self.free).try_acquire_owned() {
                return Ok(Some(place));
            }
            self.ended_one(self.lines.end_first());
            let place = Arc::clone(&self.free).acquire_owned();
            if let Ok(place) = tokio::time::timeout(PAUSE, place).await {
                return place.map(Some).map_err(io::Error::other);
            }
        }
    }
}

/// Serves `router` until `shutdown` is ready; then takes no new connection, lets requests in work finish, and returns.
/// Connections are counted if there are metrics to count them in.
///
/// # Errors
/// Those of the listener that do not pass.
pub(crate) async fn accept(
    listener: TcpListener,
    door: Door,
    bounds: Bounds,
    router: Router,
    metrics: Option<Arc<Metrics>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let places = Places {
        free: Arc::new(Semaphore::new(bounds.max)),
        bounds,
        lines: Lines::default(),
        metrics,
    };
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors, or a connection that was gone before it was taken.
            places.ended_one(places.lines.end_first());
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let client = places.bounds.client(address.ip());
        let place = tokio::select! {
            place = places.take(client) => place?,
            () = &mut shutdown => break,
        };
        let Some(place) = place else { continue };
        let metrics = places.metrics.as_ref();
        let counted = metrics.map(|metrics| metrics.requests.connection());
        let connection = Connection {
            router: router.clone(),
            peer: Peer(address.ip()),
            held: places.lines.add(client),
            watcher: graceful.watcher(),
        };
        let door = door.clone();
        tokio::spawn(async move {
            connection.serve(stream, &door).await;
            drop((place, counted));
        });
    }
    // What is still being accepted would hold the drain up.
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still in work at the end");
    }
    Ok(())
}

/// One that was accepted.
struct Connection {
    router: Router,
    peer: Peer,
    held: Held,
    watcher: Watcher,
}

impl Connection {
    async fn serve(self, stream: TcpStream, door: &Door) {
        let line = self.held.line();
        let served = async {
            match door {
                Door::Open => self.answer(stream).await,
                Door::Tls(tls) => {
                    // Who does not get through the handshake learns why from the alert, and the log nothing.
                    if let Some(stream) = tls.handshake(stream, self.peer).await {
                        self.answer(stream).await;
                    }
                }
            }
        };
        tokio::select! {
            () = served => {}
            () = line.ended() => {}
        }
    }

    async fn answer<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self {
            router,
            peer,
            held,
            watcher,
        } = self;
        let line = held.line();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            line.asked();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert::<Line>(line.clone());
            router.clone().oneshot(request)
        });
        let mut server = http1::Builder::new();
        server
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_ARRIVAL)
            .max_buf_size(MAX_HEAD)
            .max_headers(64);
        let connection = server.serve_connection(TokioIo::new(stream), service);
        // How it ends is the other side's affair; an answer that did not arrive is asked for again.
        let _ = watcher.watch(connection).await;
    }
}
