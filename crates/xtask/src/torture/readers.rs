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
const PATIENCE: Duration = Duration::from_secs(180);
/// What a reader loads at a time, in micro: one pouch.
const LOAD: u64 = 200_000;
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

/// Lets readers live at these issuers, which have one ledger, while `fault` happens; afterwards asks for every answer
/// once more, tries spent tokens again, and compares what the readers hold with what the books of `program` owe.
/// `name` is new at these issuers.
pub(super) fn trial(
    name: &str,
    market: &Market,
    addresses: &[SocketAddr],
    report: &mut Report,
    fault: impl FnOnce(&Trial<'_>, &mut Report) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let trial = Trial {
        name,
        market,
        addresses: addresses.to_vec(),
        answered: Mutex::default(),
        repeated: AtomicUsize::new(0),
        end: AtomicBool::new(false),
    };
    let (result, lives) = thread::scope(|scope| {
        let trial = &trial;
        let readers: Vec<_> = (0..READERS)
            .map(|n| scope.spawn(move || block_on(trial.live(n))))
            .collect();
        let result = fault(trial, report);
        trial.end.store(true, Ordering::Relaxed);
        let lives: Vec<_> = readers.into_iter().map(|reader| reader.join()).collect();
        (result, lives)
    });
    result?;
    let mut held = 0_u64;
    for life in lives {
        match life {
            Ok(Ok(worth)) => held = held.saturating_add(worth),
            Ok(Err(wrong)) => report.failed.push(format!("a reader: {wrong}")),
            Err(_) => report
                .failed
                .push("a reader was refused; see above".to_owned()),
        }
    }
    report.acknowledged = trial.count();
    trial.repeat_from(0, report);
    trial.steal(report);
    Ok(held)
}

impl Trial<'_> {
    /// One reader's life; gives what is left in the purse, in micro.
    async fn live(&self, reader: usize) -> Result<u64, String> {
        let mut wallet = Wallet::named(&format!("{}/{reader}", self.name), &self.market.manifest);
        let mut pages = self.market.pages.iter().cycle();
        let mut turn = reader;
        while !self.end.load(Ordering::Relaxed) {
            let plans = wallet.order_patiently(self.address(&mut turn), LOAD, PATIENCE);
            for plan in plans.await.map_err(said)? {
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
        Ok(wallet.worth())
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
        let mut thief = Wallet::named(&format!("{}/thief", self.name), &self.market.manifest);
        let answered = self.since(0);
        let bought = answered
            .iter()
            .rev()
            .filter_map(|known| match &known.asked {
                Asked::Purchase(purchase) => Some(purchase),
                Asked::Draw(_) => None,
            });
        let mut turn = 0;
        for (purchase, page) in bought.zip(self.market.pages.iter().cycle()).take(DOUBLES) {
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

/// A reader of the fault's own, with purchases built ahead of time.
pub(super) struct Stock {
    pub(super) wallet: Wallet,
    pub(super) purchases: Vec<Purchase>,
}

impl Stock {
    /// Loads a new wallet for so many purchases, and builds them.
    pub(super) fn of(market: &Market, name: &str, count: usize) -> Result<Self, Failure> {
        let mut wallet = Wallet::named(name, &market.manifest);
        let at = market.address;
        let load = async {
            while wallet.purchases() < count {
                for plan in wallet.order_patiently(at, LOAD, PATIENCE).await? {
                    let reply = ask(at, &plan.path, plan.body.clone(), PATIENCE).await?;
                    wallet.drawn(&plan, &reply);
                }
            }
            Ok::<(), Broken>(())
        };
        block_on(load).map_err(|broken| Failure::new(broken.to_string()))?;
        let pages = market.pages.iter().cycle();
        let purchases = pages.map_while(|page| wallet.purchase(page)).take(count);
        Ok(Self {
            purchases: purchases.collect(),
            wallet,
        })
    }

    /// Pays for one load more; gives its draws, not sent.
    pub(super) fn order(&mut self, market: &Market) -> Result<Vec<DrawPlan>, Failure> {
        let plans = self.wallet.order_patiently(market.address, LOAD, PATIENCE);
        block_on(plans).map_err(|broken| Failure::new(broken.to_string()))
    }

    /// Sends the draws until they are answered, and keeps the tokens.
    pub(super) fn draw_all(&mut self, market: &Market, plans: &[DrawPlan]) -> Result<(), Failure> {
        for plan in plans {
            let sent = ask(market.address, &plan.path, plan.body.clone(), PATIENCE);
            let reply = block_on(sent).map_err(|broken| Failure::new(broken.to_string()))?;
            self.wallet.drawn(plan, &reply);
        }
        Ok(())
    }

    /// Sends the next purchase until it is answered, and keeps the change; gives the issuer's time.
    pub(super) fn buy_one(&mut self, market: &Market, report: &mut Report) -> Result<u64, Failure> {
        let purchase = self.purchases.pop();
        let purchase = purchase.ok_or_else(|| Failure::new("too few purchases"))?;
        let sent = ask(market.address, Purchase::PATH, purchase.body(), PATIENCE);
        let reply = block_on(sent).map_err(|broken| Failure::new(broken.to_string()))?;
        match purchase.check(&reply) {
            Ok(tokens) => tokens.into_iter().for_each(|token| self.wallet.keep(token)),
            Err(wrong) => {
                report.failed.push(wrong);
                return Err(Failure::new("a purchase was refused"));
            }
        }
        Ok(purchase.granted_at(&reply).get())
    }

    /// Sends all purchases until they are answered, and keeps the change.
    pub(super) fn buy_all(&mut self, market: &Market, report: &mut Report) {
        for purchase in &self.purchases {
            let sent = ask(market.address, Purchase::PATH, purchase.body(), PATIENCE);
            let change = block_on(sent).map_err(said);
            match change.and_then(|reply| purchase.check(&reply)) {
                Ok(tokens) => tokens.into_iter().for_each(|token| self.wallet.keep(token)),
                Err(wrong) => report.failed.push(wrong),
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
fn owed(text: &str) -> Option<u64> {
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
