//! Redemptions and swaps that wait together are written together: one transaction, one commit, one turn at the head of the chain.

use super::broken::Broken;
use super::errand::Line;
use super::patience::Patience;
use super::redeem;
use crate::spend::Spend;
use crate::{Commits, Redeemed, StoreError, SwapError};
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

/// How many purchases share one commit at most. Bounds how long the first of them waits.
const GROUP: usize = 256;
/// How often a group is run again as a whole before each of its purchases stands alone.
const TOGETHER: u32 = 3;

/// A purchase with the caller that waits for it.
pub(super) struct Waiting {
    pub(super) spend: Spend,
    pub(super) caller: oneshot::Sender<Result<Redeemed, SwapError>>,
}

/// Works until all senders are gone.
pub(super) async fn serve(mut line: Line, mut queue: mpsc::Receiver<Waiting>, commits: &Commits) {
    while let Some(first) = queue.recv().await {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(next) = queue.try_recv() else { break };
            group.push(next);
        }
        settle(&mut line, group, commits).await;
    }
}

/// Answers every purchase of the group. What keeps the group from being written whole, and may be the fault of one of
/// them, is found out by taking them one by one.
async fn settle(line: &mut Line, group: Vec<Waiting>, commits: &Commits) {
    let mut patience = Patience::new();
    let Some((group, _)) = together(line, &mut patience, group, commits).await else {
        return;
    };
    let mut alone = VecDeque::from(group);
    while let Some(next) = alone.pop_front() {
        if let Some((left, broken)) = together(line, &mut patience, vec![next], commits).await {
            fail(left, &broken);
        }
    }
}

/// Writes a group and answers it, or gives it back with the reason.
async fn together(
    line: &mut Line,
    patience: &mut Patience,
    group: Vec<Waiting>,
    commits: &Commits,
) -> Option<(Vec<Waiting>, Broken)> {
    let mut contended: u32 = 0;
    loop {
        let requests: Vec<&Spend> = group.iter().map(|waiting| &waiting.spend).collect();
        let attempt = line.attempt(patience, async |session| {
            redeem::spend(session, &requests).await
        });
        let broken = match attempt.await {
            Ok(results) => {
                commits.committed(results.len());
                for (waiting, result) in group.into_iter().zip(results) {
                    // The caller may have gone; what was committed stays.
                    let _ = waiting.caller.send(result);
                }
                return None;
            }
            Err(broken) => broken,
        };
        match broken {
            Broken::Failed(_) => return Some((group, broken)),
            Broken::Contended(_) if group.len() > 1 && contended >= TOGETHER => {
                return Some((group, broken));
            }
            Broken::Contended(_) => contended = contended.saturating_add(1),
            Broken::Lost(_) => {}
        }
        if !patience.wait().await {
            fail(group, &broken);
            return None;
        }
    }
}

fn fail(group: Vec<Waiting>, broken: &Broken) {
    for waiting in group {
        let error = StoreError::from(broken.clone());
        let _ = waiting.caller.send(Err(error.into()));
    }
}
