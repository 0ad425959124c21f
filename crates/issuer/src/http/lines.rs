//! The connections that are open, and which of them goes when another comes: never one whose request is in work, those
//! that got no answer yet before those that did, and of these the one on which nothing has happened for longest.
//!
//! Every question is answered from an ordered set: ten thousand idle connections cost as much as ten.

use std::collections::btree_map::BTreeMap;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long nothing may happen on a connection whose request is not in work: longer than a head and longer than a
/// body may take, so what is left is an answer that nobody reads.
const STUCK: Duration = Duration::from_secs(20);

/// The order in which waiting connections go. `happened` counts what happened on any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    served: bool,
    happened: u64,
}

#[derive(Debug)]
struct Entry {
    client: Option<IpAddr>,
    served: bool,
    in_work: u32,
    /// Its rank while it waits for the other side; none while the other side waits for us, or once it is to end.
    rank: Option<Rank>,
    since: Instant,
    end: Arc<Notify>,
}

/// The connections of one client.
#[derive(Debug, Default)]
struct Own {
    open: usize,
    waiting: BTreeSet<Rank>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    happened: u64,
    entries: HashMap<u64, Entry>,
    waiting: BTreeMap<Rank, u64>,
    clients: HashMap<IpAddr, Own>,
}

/// All of them. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Arc<Mutex<Open>>);

/// One of them, as far as it may be ended for another. Clones are the same connection.
#[derive(Clone, Debug)]
pub(super) struct Line {
    lines: Lines,
    id: u64,
    end: Arc<Notify>,
}

/// The connection is open while this lives.
#[derive(Debug)]
pub(super) struct Held(Line);

/// A request of the connection is in work while this lives.
#[derive(Debug)]
pub(super) struct Busy(Line);

impl Lines {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more. `client` is whose bound it counts towards, if any bound.
    pub(super) fn add(&self, client: Option<IpAddr>) -> Held {
        let mut open = self.open();
        open.last = open.last.wrapping_add(1);
        let id = open.last;
        let end = Arc::new(Notify::new());
        let entry = Entry {
            client,
            served: false,
            in_work: 0,
            rank: None,
            since: Instant::now(),
            end: Arc::clone(&end),
        };
        open.entries.insert(id, entry);
        if let Some(client) = client {
            let own = open.clients.entry(client).or_default();
            own.open = own.open.saturating_add(1);
        }
        open.wait(id);
        drop(open);
        let lines = self.clone();
        Held(Line { lines, id, end })
    }

    /// How many a client has open.
    pub(super) fn of(&self, client: IpAddr) -> usize {
        self.open().clients.get(&client).map_or(0, |own| own.open)
    }

    /// Ends the connection that goes first, if any may go.
    pub(super) fn end_first(&self) -> bool {
        let mut open = self.open();
        let first = open.waiting.values().next().copied();
        first.is_some_and(|id| open.end(id))
    }

    /// Ends the connection of this client that goes first, if any may go.
    pub(super) fn end_first_of(&self, client: IpAddr) -> bool {
        let mut open = self.open();
        let own = open.clients.get(&client);
        let first = own.and_then(|own| own.waiting.first());
        let first = first.and_then(|rank| open.waiting.get(rank)).copied();
        first.is_some_and(|id| open.end(id))
    }
}

impl Open {
    /// Something happened on it, and it waits for the other side.
    fn wait(&mut self, id: u64) {
        self.unrank(id);
        self.happened = self.happened.wrapping_add(1);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let rank = Rank {
            served: entry.served,
            happened: self.happened,
        };
        entry.since = Instant::now();
        entry.rank = Some(rank);
        self.waiting.insert(rank, id);
        if let Some(own) = entry
            .client
            .and_then(|client| self.clients.get_mut(&client))
        {
            own.waiting.insert(rank);
        }
    }

    /// It does not wait for the other side.
    fn unrank(&mut self, id: u64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some(rank) = entry.rank.take() else {
            return;
        };
        self.waiting.remove(&rank);
        if let Some(own) = entry
            .client
            .and_then(|client| self.clients.get_mut(&client))
        {
            own.waiting.remove(&rank);
        }
    }

    /// It is to end; it is not chosen again.
    fn end(&mut self, id: u64) -> bool {
        self.unrank(id);
        let entry = self.entries.get(&id);
        entry.inspect(|entry| entry.end.notify_one()).is_some()
    }

    fn remove(&mut self, id: u64) {
        self.unrank(id);
        let client = self.entries.remove(&id).and_then(|entry| entry.client);
        let Some((client, own)) =
            client.and_then(|client| Some((client, self.clients.get_mut(&client)?)))
        else {
            return;
        };
        own.open = own.open.saturating_sub(1);
        if own.open == 0 {
            self.clients.remove(&client);
        }
    }
}

impl Held {
    /// The connection, to be asked about it.
    pub(super) fn line(&self) -> Line {
        self.0.clone()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lines.open().remove(self.0.id);
    }
}

impl Line {
    /// A request's head arrived.
    pub(super) fn asked(&self) {
        let mut open = self.lines.open();
        let waits = open.entries.get(&self.id);
        if waits.is_some_and(|entry| entry.rank.is_some()) {
            open.wait(self.id);
        }
    }

    /// It must not be ended before the value is dropped.
    pub(super) fn work(&self) -> Busy {
        let mut open = self.lines.open();
        open.unrank(self.id);
        if let Some(entry) = open.entries.get_mut(&self.id) {
            entry.in_work = entry.in_work.saturating_add(1);
        }
        Busy(self.clone())
    }

    /// How long it has been waiting for the other side; `None` while the other side waits for us.
    fn idle(&self) -> Option<Duration> {
        let open = self.lines.open();
        let entry = open.entries.get(&self.id)?;
        (entry.in_work == 0).then(|| entry.since.elapsed())
    }

    /// Until it is ended for another, or is stuck.
    pub(super) async fn ended(&self) {
        loop {
            let left = STUCK.saturating_sub(self.idle().unwrap_or_default());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                // A request that came in this moment is worked on, and another goes.
                () = self.end.notified() => if self.idle().is_some() { return },
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let (mut open, id) = (self.0.lines.open(), self.0.id);
        let Some(entry) = open.entries.get_mut(&id) else {
            return;
        };
        entry.in_work = entry.in_work.saturating_sub(1);
        entry.served = true;
        if entry.in_work == 0 {
            open.wait(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Lines};
    use std::net::{IpAddr, Ipv4Addr};

    const A: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    const B: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

    /// Ends lines until none may go; gives them by their place in `held`, in the order in which they went.
    fn ended(lines: &Lines, held: &[Held], end: impl Fn(&Lines) -> bool) -> Vec<usize> {
        let mut order = Vec::new();
        let mut left: Vec<usize> = (0..held.len()).collect();
        while end(lines) {
            let open = lines.open();
            let waits = |place: &usize| open.entries[&held[*place].0.id].rank.is_some();
            order.extend(left.iter().filter(|place| !waits(place)));
            left.retain(waits);
        }
        order
    }

    #[test]
    fn who_got_no_answer_goes_first_and_then_the_idlest_and_never_one_in_work() {
        let lines = Lines::default();
        let held: Vec<Held> = (0..5).map(|_| lines.add(A)).collect();
        // 0 was answered long ago, 1 and 4 ask nothing, 2 was answered just now, 3 is in work.
        drop(held[0].line().work());
        let busy = held[3].line().work();
        drop(held[2].line().work());
        let order = ended(&lines, &held, Lines::end_first);
        // 3 did not wait at the beginning, and is found with the first that goes.
        assert_eq!(order, [1, 3, 4, 0, 2]);
        drop(busy);
        assert!(lines.end_first(), "its request is done, so it may go");
        assert!(!lines.end_first());
        assert_eq!(lines.of(A.unwrap()), 5, "open until it is dropped");
        drop(held);
        assert_eq!(lines.of(A.unwrap()), 0);
        assert!(lines.open().entries.is_empty() && lines.open().clients.is_empty());
    }

    #[test]
    fn a_client_over_its_bound_loses_a_connection_of_its_own() {
        let lines = Lines::default();
        let others = lines.add(B);
        let own = [lines.add(A), lines.add(A)];
        drop(own[0].line().work());
        assert_eq!((lines.of(A.unwrap()), lines.of(B.unwrap())), (2, 1));
        let order = ended(&lines, &own, |lines| lines.end_first_of(A.unwrap()));
        assert_eq!(order, [1, 0]);
        assert!(!lines.end_first_of(A.unwrap()));
        assert!(lines.end_first(), "the other's is untouched");
        drop(others);
        assert!(!lines.end_first_of(B.unwrap()));
    }

    #[test]
    fn who_counts_towards_no_bound_is_ended_like_others() {
        let lines = Lines::default();
        let held = lines.add(None);
        assert!(lines.open().clients.is_empty());
        assert!(lines.end_first());
        drop(held);
        assert!(!lines.end_first());
    }
}
