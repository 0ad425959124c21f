//! Connections: accepted up to a number, of which the idlest goes when another comes; heads read within ten seconds,
//! answers written within twenty, ended gently.

use crate::metrics::Metrics;
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// How long a request's head may take to arrive, and how long a connection may be idle.
const HEAD_ARRIVAL: Duration = Duration::from_secs(10);

/// How long nothing may happen on a connection whose request is not in work: longer than a head and longer than a
/// body may take, so what is left is an answer that nobody reads.
const STUCK: Duration = Duration::from_secs(20);

/// How long requests in work may go on after the signal to end.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to wait after the system would give no more connections, or none could be ended.
const PAUSE: Duration = Duration::from_millis(50);

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// A connection, as far as it may be ended for another.
#[derive(Clone, Debug)]
pub(super) struct Line(Arc<State>);

#[derive(Debug)]
struct State {
    in_work: AtomicU32,
    since: Mutex<Instant>,
    end: Notify,
}

/// A request of the connection is in work while this lives.
#[derive(Debug)]
pub(super) struct Busy(Line);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.in_work.fetch_sub(1, Ordering::SeqCst);
        self.0.touch();
    }
}

impl Line {
    fn new() -> Self {
        Self(Arc::new(State {
            in_work: AtomicU32::new(0),
            since: Mutex::new(Instant::now()),
            end: Notify::new(),
        }))
    }

    /// Something happened on it.
    fn touch(&self) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// It must not be ended before the value is dropped.
    pub(super) fn work(&self) -> Busy {
        self.0.in_work.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    /// Since when it has been waiting for the other side; `None` while the other side waits for us.
    fn waiting(&self) -> Option<Instant> {
        let waits = self.0.in_work.load(Ordering::SeqCst) == 0;
        waits.then(|| *self.0.since.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Until it is ended for another, or is stuck.
    async fn ended(&self) {
        loop {
            let idle = self
                .waiting()
                .map_or(Duration::ZERO, |since| since.elapsed());
            let Some(left) = STUCK.checked_sub(idle).filter(|left| !left.is_zero()) else {
                return;
            };
            tokio::select! {
                () = self.0.end.notified() => return,
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

/// The connections that are open.
#[derive(Clone, Debug)]
struct Lines {
    slots: Arc<Semaphore>,
    open: Arc<Mutex<HashMap<u64, Line>>>,
}

impl Lines {
    fn new(max: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(max)),
            open: Arc::default(),
        }
    }

    fn add(&self, id: u64) -> Line {
        let line = Line::new();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id, line.clone());
        line
    }

    fn remove(&self, id: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&id);
    }

    /// Ends the connection on which nothing has happened for longest.
    fn end_idlest(&self) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = open
            .values()
            .filter_map(|line| Some((line.waiting()?, line)));
        let idlest = waiting.min_by_key(|(since, _)| *since);
        if let Some((_, line)) = idlest {
            line.0.end.notify_one();
        }
        idlest.is_some()
    }

    /// A place for one more connection, another's if need be.
    async fn place(&self, metrics: Option<&Metrics>) -> io::Result<OwnedSemaphorePermit> {
        loop {
            if let Ok(place) = Arc::clone(&self.slots).try_acquire_owned() {
                return Ok(place);
            }
            if self.end_idlest()
                && let Some(metrics) = metrics
            {
                metrics.requests.connection_ended();
            }
            let place = Arc::clone(&self.slots).acquire_owned();
            if let Ok(place) = tokio::time::timeout(PAUSE, place).await {
                return place.map_err(io::Error::other);
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
    max: usize,
    router: Router,
    metrics: Option<Arc<Metrics>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let lines = Lines::new(max);
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_ARRIVAL)
        .max_headers(64);
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    for id in 0_u64.. {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors, or a connection that was gone before it was taken.
            lines.end_idlest();
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let place = tokio::select! {
            place = lines.place(metrics.as_deref()) => place?,
            () = &mut shutdown => break,
        };
        let counted = metrics
            .as_ref()
            .map(|metrics| metrics.requests.connection());
        let (router, line) = (router.clone(), lines.add(id));
        let asked = line.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            asked.touch();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(address.ip()));
            request.extensions_mut().insert(asked.clone());
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        let lines = lines.clone();
        tokio::spawn(async move {
            tokio::select! {
                // How it ends is the other side's affair; an answer that did not arrive is asked for again.
                _ = connection => {}
                () = line.ended() => {}
            }
            lines.remove(id);
            drop((place, counted));
        });
    }
    if tokio::time::timeout(DRAIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still in work at the end");
    }
    Ok(())
}
