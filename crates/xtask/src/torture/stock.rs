//! A reader of the fault's own, who buys when the fault says so.

use farthing_testkit::load::{Broken, DrawPlan, Market, Purchase, Wallet, ask, block_on};

use super::Report;
use super::readers::{LOAD, PATIENCE};
use crate::failure::Failure;

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
            let change = block_on(sent).map_err(|broken| broken.to_string());
            match change.and_then(|reply| purchase.check(&reply)) {
                Ok(tokens) => tokens.into_iter().for_each(|token| self.wallet.keep(token)),
                Err(wrong) => report.failed.push(wrong),
            }
        }
    }
}
