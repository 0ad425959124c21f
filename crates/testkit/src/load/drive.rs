//! Many purchases over some connections.

use super::block_on;
use super::connection::{Broken, Connection, Reply};
use super::purchase::Purchase;
use hyper::body::Bytes;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// What came of it.
#[derive(Debug)]
pub struct Run {
    /// From the first request to the last answer.
    pub took: Duration,
    /// How long each answer took, ascending.
    pub latencies: Vec<Duration>,
    /// The answers, in the order of the purchases.
    pub replies: Vec<Result<Reply, Broken>>,
}

impl Run {
    /// Answers per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let count = u32::try_from(self.latencies.len()).unwrap();
        f64::from(count) / self.took.as_secs_f64()
    }

    /// The latency that so many of a thousand answers did not exceed; zero without answers.
    #[must_use]
    pub fn per_mille(&self, part: usize) -> Duration {
        super::per_mille(&self.latencies, part)
    }
}

/// Sends each purchase once, over so many connections, each of which sends its next when it has its answer. All of it on
/// one thread, so that the issuer has the rest of the machine.
///
/// # Panics
/// If the issuer takes no connections.
#[must_use]
pub fn drive(address: SocketAddr, purchases: &[Purchase], connections: usize) -> Run {
    let bodies: Rc<Vec<_>> = Rc::new(purchases.iter().map(Purchase::body).collect());
    let local = LocalSet::new();
    block_on(local.run_until(async move {
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections {
            open.push(Connection::open(address).await.unwrap());
        }
        let (next, answers) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
        let begun = Instant::now();
        let mut tasks = Vec::with_capacity(connections);
        for mut connection in open {
            let (bodies, next) = (Rc::clone(&bodies), Rc::clone(&next));
            let answers = Rc::clone(&answers);
            tasks.push(tokio::task::spawn_local(async move {
                loop {
                    let index = next.get();
                    let Some(body) = bodies.get(index) else { break };
                    next.set(index + 1);
                    let sent = Instant::now();
                    let reply = connection.post(Purchase::PATH, body.clone()).await;
                    let broken = reply.is_err();
                    answers.borrow_mut().push((index, sent.elapsed(), reply));
                    if broken {
                        // A connection that broke is of no more use.
                        match Connection::open(address).await {
                            Ok(new) => connection = new,
                            Err(_) => break,
                        }
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let took = begun.elapsed();
        let mut answers = answers.take();
        answers.sort_by_key(|(index, _, _)| *index);
        let mut latencies: Vec<_> = answers.iter().map(|(_, took, _)| *took).collect();
        latencies.sort_unstable();
        Run {
            took,
            latencies,
            replies: answers.into_iter().map(|(_, _, reply)| reply).collect(),
        }
    }))
}

/// Sends to the issuer what each line holds, paths and bodies, one after the other; each line has a connection of its own.
/// Gives the answers line by line.
///
/// # Errors
/// [`Broken`] if one of them is not answered.
///
/// # Panics
/// If the issuer takes no connections.
pub fn drive_lines(
    address: SocketAddr,
    lines: Vec<Vec<(String, Bytes)>>,
) -> Result<(Run, Vec<Vec<Reply>>), Broken> {
    let local = LocalSet::new();
    block_on(local.run_until(async move {
        let mut open = Vec::with_capacity(lines.len());
        for line in lines {
            open.push((Connection::open(address).await?, line));
        }
        let begun = Instant::now();
        let work = |(mut connection, line): (Connection, Vec<(String, Bytes)>)| async move {
            let mut answers = Vec::with_capacity(line.len());
            for (path, body) in line {
                let sent = Instant::now();
                let reply = connection.post(&path, body).await?;
                answers.push((sent.elapsed(), reply));
            }
            Ok::<_, Broken>(answers)
        };
        let open = open.into_iter();
        let tasks: Vec<_> = open
            .map(|line| tokio::task::spawn_local(work(line)))
            .collect();
        let (mut latencies, mut replies) = (Vec::new(), Vec::new());
        for task in tasks {
            let (took, answers): (Vec<_>, Vec<_>) = task.await.unwrap()?.into_iter().unzip();
            latencies.extend(took);
            replies.push(answers);
        }
        let took = begun.elapsed();
        latencies.sort_unstable();
        let run = Run {
            took,
            latencies,
            replies: Vec::new(),
        };
        Ok((run, replies))
    }))
}
