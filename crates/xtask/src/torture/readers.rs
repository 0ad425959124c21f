//! Readers who live their lives while a fault happens: they order, pay, draw and buy, send each request until it is
//! answered, check every answer as a wallet does, and remember it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use farthing_testkit::load::{
    Broken, DrawPlan, Market, Program, Purchase, Reply, Wallet, ask, block_on,
};

use super::Report;
use crate::failure::Failure;

/// How long a reader asks for one answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// What a reader loads at a time, in micro: one pouch.
pub(super) const LOAD: u64 = 200_000;
/// Readers at once.
const READERS: usize = 4;
/// Spent tokens that are tried once more in another purchase.
const DOUBLES: usize = 50;
const POLL: Duration = Duration::from_millis(5);

/// What was asked.
enum Asked {
    Purchase(Box<Purchase>),
    Draw(Box<DrawPlan>),
}

/// A request and the answer that a reader got and checked.
struct Answered {
    asked: Asked,
    reply: Reply,
}

/// A trial under way.
pub(super) struct Trial<'a> {
    name: &'a str,
    market: &'a Market,
    addresses: Vec<SocketAddr>,
    answered: Mutex<Vec<Arc<Answered>>>,
    repeated: AtomicUsize,
    end: AtomicBool,
}

/// Readers with their purses and all that they were told, through one trial or several.
pub(super) struct Readers {
    name: String,
    wallets: Vec<Wallet>,
    answered: Vec<Arc<Answered>>,
}

impl Readers {
    /// Readers with empty purses; `name` is new at the issuers of this market.
    pub(super) fn named(name: &str, market: &Market) -> Self {
        let wallet = |n| Wallet::named(&format!("{name}/{n}"), &market.manifest);
        Self {
            name: name.to_owned(),
            wallets: (0..READERS).map(wallet).collect(),
            answered: Vec::new(),
        }
    }

    /// What is in all purses, in micro.
    pub(super) fn worth(&self) -> u64 {
        self.wallets.iter().map(Wallet::worth).sum()
    }

    /// The keys have changed.
    pub(super) fn renew(&mut self, market: &Market) {
        for wallet in &mut self.wallets {
            wallet.renew(&market.manifest);
        }
    }

    /// How many answers they have.
    pub(super) const fn count(&self) -> usize {
        self.answered.len()
    }

    /// What they got with the answers from that one on.
    pub(super) fn gains(&self, first: usize) -> Gains {
        gains(self.answered.iter().skip(first))
    }

    /// How many tokens they spent, by the answers from that one on, of keysets that are no longer listed.
    pub(super) fn coins_of_others(&self, first: usize, market: &Market) -> usize {
        let later = self.answered.iter().skip(first);
        let coins = later.map(|known| match &known.asked {
            Asked::Purchase(purchase) => {
                let tokens = purchase.tokens().iter();
                tokens
                    .filter(|token| market.manifest.keyset(token.keyset()).is_none())
                    .count()
            }
            Asked::Draw(_) => 0,
        });
        coins.sum()
    }

    /// Lets them live at these issuers, which have one ledger, while `fault` happens; afterwards asks for every answer
    /// that they ever got once more, and tries spent tokens again.
    pub(super) fn live(
        &mut self,
        market: &Market,
        addresses: &[SocketAddr],
        report: &mut Report,
        fault: impl FnOnce(&Trial<'_>, &mut Report) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let trial = Trial {
            name: &self.name,
            market,
            addresses: addresses.to_vec(),
            repeated: AtomicUsize::new(self.answered.len()),
            answered: Mutex::new(std::mem::take(&mut self.answered)),
            end: AtomicBool::new(false),
        };
        let wallets = std::mem::take(&mut self.wallets);
        let (result, lives) = thread::scope(|scope| {
            let trial = &trial;
            let live = |(n, wallet)| scope.spawn(move || block_on(trial.live(n, wallet)));
            let readers: Vec<_> = wallets.into_iter().enumerate().map(live).collect();
            let result = fault(trial, report);
            trial.end.store(true, Ordering::Relaxed);
            let lives: Vec<_> = readers.into_iter().map(|reader| reader.join()).collect();
            (result, lives)
        });
        result?;
        for life in lives {
            match life {
                Ok(Ok(wallet)) => self.wallets.push(wallet),
                Ok(Err(wrong)) => report.failed.push(format!("a reader: {wrong}")),
                Err(_) => report
                    .failed
                    .push("a reader was refused; see above".to_owned()),
            }
        }
        report.acknowledged = trial.count();
        trial.repeat_from(0, report);
        trial.steal(report);
        self.answered = trial.since(0);
        Ok(())
    }
}

/// Lets new readers live at these issuers, which have one ledger, while `fault` happens; afterwards asks for every answer
/// once more, and tries spent tokens again. Gives what they hold then. `name` is new at these issuers.
pub(super) fn trial(
    name: &str,
    market: &Market,
    addresses: &[SocketAddr],
    report: &mut Report,
    fault: impl FnOnce(&Trial<'_>, &mut Report) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut readers = Readers::named(name, market);
    readers.live(market, addresses, report, fault)?;
    Ok(readers.worth())
}

/// What readers got by some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gains {
    /// Draws.
    pub(super) draws: u64,
    /// Purchases.
    pub(super) purchases: u64,
    /// The price of all purchases, in micro.
    pub(super) spent: u64,
}

fn gains<'a>(answered: impl Iterator<Item = &'a Arc<Answered>>) -> Gains {
    answered.fold(Gains::default(), |sum, known| match &known.asked {
        Asked::Draw(_) => Gains {
            draws: sum.draws.saturating_add(1),
            ..sum
        },
        Asked::Purchase(purchase) => Gains {
            purchases: sum.purchases.saturating_add(1),
            spent: sum.spent.saturating_add(purchase.price()),
            ..sum
        },
    })
}

impl Trial<'_> {
    /// One reader's life; gives the purse back.
    async fn live(&self, reader: usize, mut wallet: Wallet) -> Result<Wallet, String> {
        let mut pages = self.market.pages.iter().cycle();
        let mut turn = reader;
        while !self.end.load(Ordering::Relaxed) {
            let plans = if wallet.purchases() == 0 {
                let order = wallet.order_patiently(self.address(&mut turn), LOAD, PATIENCE);
                order.await.map_err(said)?
            } else {
                // Of an earlier trial.
                Vec::new()
            };
            for plan in plans {
                let asked = Asked::Draw(Box::new(plan));
                let reply = self.send(&mut turn, &asked).await.map_err(said)?;
                if let Asked::Draw(plan) = &asked {
                    wallet.drawn(plan, &reply);
                }
                self.remember(asked, reply);
            }
            while let Some(purchase) = pages.next().and_then(|page| wallet.purchase(page)) {
                let asked = Asked::Purchase(Box::new(purchase));
                let reply = self.send(&mut turn, &asked).await.map_err(said)?;
                if let Asked::Purchase(purchase) = &asked {
                    for token in purchase.check(&reply)? {
                        wallet.keep(token);
                    }
                }
                self.remember(asked, reply);
                if self.end.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
        Ok(wallet)
    }

    /// The issuers take turns.
    fn address(&self, turn: &mut usize) -> SocketAddr {
        *turn = turn.wrapping_add(1);
        let index = turn.checked_rem(self.addresses.len()).unwrap_or_default();
        let address = self.addresses.get(index).copied();
        address.unwrap_or(self.market.address)
    }

    async fn send(&self, turn: &mut usize, asked: &Asked) -> Result<Reply, Broken> {
        let address = self.address(turn);
        match asked {
            Asked::Purchase(purchase) => {
                ask(address, Purchase::PATH, purchase.body(), PATIENCE).await
            }
            Asked::Draw(plan) => ask(address, &plan.path, plan.body.clone(), PATIENCE).await,
        }
    }

    fn remember(&self, asked: Asked, reply: Reply) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.push(Arc::new(Answered { asked, reply }));
    }

    fn since(&self, first: usize) -> Vec<Arc<Answered>> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.iter().skip(first).cloned().collect()
    }

    /// What readers got with the answers from that one on.
    pub(super) fn gains(&self, first: usize) -> Gains {
        gains(self.since(first).iter())
    }

    /// How many answers readers ever had.
    pub(super) fn total(&self) -> usize {
        self.since(0).len()
    }

    /// How many answers readers have.
    pub(super) fn count(&self) -> u64 {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        u64::try_from(answered.len()).unwrap_or(u64::MAX)
    }

    /// Waits until readers have so many answers more.
    pub(super) fn wait_for(&self, more: u64) -> Result<(), Failure> {
        let (wanted, begun) = (self.count().saturating_add(more), Instant::now());
        while self.count() < wanted {
            if begun.elapsed() > PATIENCE {
                return Err(Failure::new("readers get no answers any more"));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Asks again for all that was answered since this was called last.
    pub(super) fn repeat_latest(&self, report: &mut Report) {
        let first = self.repeated.load(Ordering::Relaxed);
        let latest = self.repeat_from(first, report);
        self.repeated
            .store(first.saturating_add(latest), Ordering::Relaxed);
    }

    fn repeat_from(&self, first: usize, report: &mut Report) -> usize {
        let answered = self.since(first);
        let mut turn = 0;
        for known in &answered {
            let Answered { asked, reply } = &**known;
            match block_on(self.send(&mut turn, asked)) {
                Ok(again) if again.status == 200 && again.body == reply.body => {
                    report.retries_same_answer = report.retries_same_answer.saturating_add(1);
                }
                Ok(again) if again.status == 200 => {
                    report.retries_other_answer = report.retries_other_answer.saturating_add(1);
                }
                other => {
                    report.lost = report.lost.saturating_add(1);
                    report.failed.push(format!("asked again: {other:?}"));
                }
            }
        }
        answered.len()
    }

    /// Spends tokens that were spent before, for something else.
    fn steal(&self, report: &mut Report) {
        let answered = self.since(0);
        let name = format!("{}/thief/{}", self.name, answered.len());
        let bought = answered
            .iter()
            .rev()
            .filter_map(|known| match &known.asked {
                Asked::Purchase(purchase) => Some(purchase),
                Asked::Draw(_) => None,
            });
        let mut turn = 0;
        for (purchase, page) in bought.zip(self.market.pages.iter().cycle()).take(DOUBLES) {
            let mut thief = Wallet::beside(&name, purchase);
            let again = thief.purchase_with(page, purchase.tokens().to_vec());
            let asked = Asked::Purchase(Box::new(again));
            match block_on(self.send(&mut turn, &asked)) {
                Ok(reply) if reply.code().as_deref() == Some("token_spent") => {}
                Ok(reply) if reply.status == 200 => {
                    report.doubled = report.doubled.saturating_add(1);
                }
                other => report.failed.push(format!("a spent token: {other:?}")),
            }
        }
    }
}

fn said(broken: Broken) -> String {
    broken.to_string()
}

/// The books, recomputed by the program.
pub(super) fn audit(program: &Program, report: &mut Report) -> String {
    match program.audit() {
        Ok(text) => text,
        Err(said) => {
            report.unbalanced = report.unbalanced.saturating_add(1);
            report.failed.push(said);
            String::new()
        }
    }
}

/// The last audit: the issuer owes readers exactly what they hold.
pub(super) fn compare(program: &Program, held: u64, report: &mut Report) {
    let text = audit(program, report);
    let owed = owed(&text);
    if owed != Some(held) {
        report.failed.push(format!(
            "readers hold {held}, and the books owe them {owed:?}"
        ));
    }
    report.more.count("readers_hold_micro", held);
}

/// The value of all tokens in readers' hands, from an audit's text.
pub(super) fn owed(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("tokens ["))?;
    let (_, sides) = line.rsplit_once(": ")?;
    sides.split_once(" = ")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::owed;

    #[test]
    fn what_is_owed_is_read_from_an_audit() {
        let text = "I4 [all] amounts below zero = 0: 0 = 0, difference 0\n\
                    tokens [EUR] funding tokens - use tokens = denominations x (issued - spent): 91000 = 91000, difference 0\n";
        assert_eq!(owed(text), Some(91_000));
        assert_eq!(owed("no audit"), None);
    }
}
