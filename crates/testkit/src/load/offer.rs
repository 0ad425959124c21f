//! More than an issuer can serve: requests that come at a rate, whether or not the ones before are answered.

use super::block_on;
use super::connection::{Broken, Connection, Reply};
use super::purchase::Purchase;
use hyper::body::Bytes;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// How the crowd behaves.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Requests per second.
    pub rate: f64,
    /// For how long they come.
    pub duration: Duration,
    /// Connections at most; whoever finds none free does not come.
    pub connections: usize,
}

/// What came of a crowd.
#[derive(Debug, Default)]
pub struct Offered {
    /// For each purchase the answer that was not a refusal to work, if it came.
    pub replies: Vec<Option<Reply>>,
    /// How long each of those answers took, ascending.
    pub latencies: Vec<Duration>,
    /// How many requests were sent.
    pub sent: u64,
    /// How many were answered 429 or 503.
    pub shed: u64,
    /// How long those answers took, ascending.
    pub shed_latencies: Vec<Duration>,
    /// What was wrong with such answers: no `Retry-After`, or no problem document.
    pub shed_wrong: Vec<String>,
    /// Why requests got no answer at all, one for each.
    pub broken: Vec<Broken>,
    /// How many did not come because all connections were taken.
    pub crowded_out: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Purchases to be sent, by number; those that were refused come again at the end.
    waiting: VecDeque<usize>,
    free: Vec<Connection>,
    open: usize,
    offered: Offered,
}

/// Sends purchases at the crowd's rate. A purchase that is refused with 429 or 503 joins the queue again; the crowd goes
/// home early if every purchase is answered.
#[must_use]
pub fn offer(address: SocketAddr, purchases: &[Purchase], crowd: Crowd) -> Offered {
    const TICK: Duration = Duration::from_millis(2);
    let bodies: Vec<Bytes> = purchases.iter().map(Purchase::body).collect();
    let mut state = State {
        waiting: (0..bodies.len()).collect(),
        ..State::default()
    };
    state.offered.replies = vec![None; bodies.len()];
    let state = Rc::new(RefCell::new(state));
    let local = LocalSet::new();
    block_on(local.run_until(async {
        let begun = Instant::now();
        let (mut due, mut tasks) = (0.0, Vec::new());
        while begun.elapsed() < crowd.duration {
            tokio::time::sleep(TICK).await;
            let target = begun.elapsed().as_secs_f64() * crowd.rate;
            while due < target {
                due += 1.0;
                let Some((index, connection)) = next(&state, crowd.connections) else {
                    continue;
                };
                let (body, state) = (bodies[index].clone(), Rc::clone(&state));
                let task = one(address, index, body, connection, state);
                tasks.push(tokio::task::spawn_local(task));
            }
            tasks.retain(|task| !task.is_finished());
        }
        for task in tasks {
            task.await.unwrap();
        }
    }));
    let mut offered = std::mem::take(&mut state.borrow_mut().offered);
    offered.latencies.sort_unstable();
    offered.shed_latencies.sort_unstable();
    offered
}

/// The next purchase, and a connection if one is free. `None`: nothing waits, or nobody else gets in. A connection that
/// the issuer ended while nobody asked anything on it is no connection any more (RFC 9112, 9.5).
fn next(state: &RefCell<State>, connections: usize) -> Option<(usize, Option<Connection>)> {
    let mut state = state.borrow_mut();
    let mut connection = state.free.pop();
    while connection.as_ref().is_some_and(Connection::is_over) {
        state.open -= 1;
        connection = state.free.pop();
    }
    if connection.is_none() && state.open >= connections {
        state.offered.crowded_out += 1;
        return None;
    }
    let Some(index) = state.waiting.pop_front() else {
        state.free.extend(connection);
        return None;
    };
    state.open += usize::from(connection.is_none());
    state.offered.sent += 1;
    Some((index, connection))
}

async fn one(
    address: SocketAddr,
    index: usize,
    body: Bytes,
    connection: Option<Connection>,
    state: Rc<RefCell<State>>,
) {
    let sent = Instant::now();
    let asked = async {
        let mut connection = match connection {
            Some(connection) => connection,
            None => Connection::open(address).await?,
        };
        let reply = connection.post(Purchase::PATH, body).await?;
        Ok::<_, Broken>((connection, reply))
    };
    let asked = asked.await;
    let took = sent.elapsed();
    let mut state = state.borrow_mut();
    let (connection, reply) = match asked {
        Ok(asked) => asked,
        Err(broken) => {
            state.open -= 1;
            state.offered.broken.push(broken);
            state.waiting.push_back(index);
            return;
        }
    };
    state.free.push(connection);
    if matches!(reply.status, 429 | 503) {
        state.offered.shed += 1;
        state.offered.shed_latencies.push(took);
        if reply.retry_after.is_none() || reply.code().is_none() {
            let wrong = format!("{} {:?}: {}", reply.status, reply.retry_after, reply.text());
            state.offered.shed_wrong.push(wrong);
        }
        state.waiting.push_back(index);
    } else {
        state.offered.latencies.push(took);
        state.offered.replies[index] = Some(reply);
    }
}
