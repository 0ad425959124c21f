//! A reader who fills a wallet over HTTP and builds purchases from it.

use super::connection::{Broken, Connection, Reply, ask, press};
use super::purchase::Purchase;
use super::shop::Page;
use crate::fixed::{currency, fixed_bytes};
use farthing_core::id::{KeysetId, OrderId};
use farthing_core::keyset::Keyset;
use farthing_core::manifest::{Body, Manifest};
use farthing_core::money::Micro;
use farthing_core::request::{DrawRequest, DrawResponse};
use farthing_core::token::Token;
use farthing_core::wallet::{self, Basket, Counters, Pouch, Seed};
use hyper::body::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// What the reader presses at the sandbox's checkout.
const APPROVE: &str = "decision=approve";
/// Tokens that a purchase spends.
const INPUTS: usize = 3;

/// A wallet. Its secrets depend on nothing but its name, so a name is used once for each issuer.
#[derive(Debug)]
pub struct Wallet {
    seed: Arc<Seed>,
    // With the keysets of its tokens that the issuer lists no more.
    manifest: Arc<Body>,
    counters: Counters,
    claims: u32,
    tokens: BTreeMap<KeysetId, Vec<Token>>,
}

/// A paid order that is not drawn yet.
#[derive(Debug)]
struct Paid {
    order: OrderId,
    claim_counter: u32,
    amount: Micro,
}

impl Paid {
    fn checkout(&self) -> String {
        format!("/checkout/{}", self.order.to_b64u())
    }
}

/// One draw, built ahead of time.
#[derive(Debug)]
pub struct DrawPlan {
    /// Where it is sent.
    pub path: String,
    /// The exact bytes.
    pub body: Bytes,
    /// How many tokens it asks for.
    pub tokens: usize,
    request: DrawRequest,
    before: Counters,
}

impl Wallet {
    /// An empty wallet.
    #[must_use]
    pub fn named(name: &str, manifest: &Manifest) -> Self {
        Self::by(name, Arc::new((**manifest).clone()))
    }

    /// An empty wallet that knows the keysets of the tokens of this purchase: for another one with them.
    #[must_use]
    pub fn beside(name: &str, purchase: &Purchase) -> Self {
        Self::by(name, Arc::clone(&purchase.manifest))
    }

    fn by(name: &str, manifest: Arc<Body>) -> Self {
        Self {
            seed: Arc::new(Seed::new(fixed_bytes(&format!("load/seed/{name}")))),
            manifest,
            counters: Counters::default(),
            claims: 0,
            tokens: BTreeMap::new(),
        }
    }

    /// Goes by a newer manifest from now on, and keeps the keysets of those tokens that are no longer made. They are paid
    /// with first.
    pub fn renew(&mut self, manifest: &Manifest) {
        let mut body = (**manifest).clone();
        let held = self.tokens.keys().filter(|id| body.keyset(id).is_none());
        let kept: Vec<_> = held
            .filter_map(|id| self.manifest.keyset(id).cloned())
            .collect();
        // At the end: a new coin is asked for in the first keyset that is mintable.
        body.keysets.extend(kept);
        self.manifest = Arc::new(body);
    }

    /// Orders, pays in the sandbox, draws all of it, checks the proofs and keeps the tokens. `amount` in micro.
    ///
    /// # Errors
    /// [`Broken`] without an answer; what the issuer refuses is a fault of the test and panics.
    pub async fn load(&mut self, connection: &mut Connection, amount: u64) -> Result<(), Broken> {
        let plans = self.order(connection, amount).await?;
        for plan in plans {
            let reply = connection.post(&plan.path, plan.body.clone()).await?;
            self.drawn(&plan, &reply);
        }
        Ok(())
    }

    /// Orders and pays in the sandbox; gives the draws of the whole amount, built and not sent. They are to be sent one
    /// after the other, in this order.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn order(
        &mut self,
        connection: &mut Connection,
        amount: u64,
    ) -> Result<Vec<DrawPlan>, Broken> {
        let paid = self.pay_for(connection, amount).await?;
        Ok(self.plans(&paid))
    }

    /// The same at an issuer that may fail meanwhile: each request is sent until it is answered.
    ///
    /// # Errors
    /// [`Broken`] once `patience` with one of them is over.
    pub async fn order_patiently(
        &mut self,
        address: SocketAddr,
        amount: u64,
        patience: Duration,
    ) -> Result<Vec<DrawPlan>, Broken> {
        let (paid, body) = self.order_request(amount);
        let reply = ask(address, "/v1/orders", body, patience).await?;
        expect(&reply, 201);
        let reply = press(address, &paid.checkout(), APPROVE, patience).await?;
        expect(&reply, 303);
        Ok(self.plans(&paid))
    }

    fn plans(&mut self, paid: &Paid) -> Vec<DrawPlan> {
        let mixes = wallet::plan_pouches(&self.manifest, currency("EUR"), paid.amount).unwrap();
        let mut rest = paid.amount;
        let mut plans = Vec::with_capacity(mixes.len());
        for (number, mix) in mixes.iter().enumerate() {
            plans.push(self.plan(paid, number, mix, rest));
            let terms = self.manifest.currency(currency("EUR")).unwrap();
            let drawn = terms.mix(mix).map_or(rest, |mix| mix.amount());
            rest = rest.minus(drawn).unwrap();
        }
        plans
    }

    async fn pay_for(&mut self, connection: &mut Connection, amount: u64) -> Result<Paid, Broken> {
        let (paid, body) = self.order_request(amount);
        expect(&connection.post("/v1/orders", body).await?, 201);
        expect(&connection.form(&paid.checkout(), APPROVE).await?, 303);
        Ok(paid)
    }

    fn order_request(&mut self, amount: u64) -> (Paid, Bytes) {
        let (claim_counter, amount) = (self.claims, Micro::new(amount).unwrap());
        self.claims += 1;
        let terms = self.manifest.terms.sha256;
        let (manifest, eur) = (&self.manifest, currency("EUR"));
        let load = wallet::order(manifest, &self.seed, claim_counter, eur, amount, terms).unwrap();
        let paid = Paid {
            order: load.order,
            claim_counter,
            amount,
        };
        (paid, Bytes::from(load.request.to_json()))
    }

    fn plan(&mut self, paid: &Paid, number: usize, mix: &str, rest: Micro) -> DrawPlan {
        let pouch = Pouch {
            order: paid.order,
            claim_counter: paid.claim_counter,
            number: u32::try_from(number).unwrap(),
            mix,
            rest,
            currency: currency("EUR"),
        };
        let before = self.counters.clone();
        let counters = &mut self.counters;
        let request = wallet::draw(&self.manifest, &self.seed, &pouch, counters, super::now());
        let request = request.unwrap();
        DrawPlan {
            path: format!("/v1/orders/{}/draw", paid.order.to_b64u()),
            body: Bytes::from(request.to_json()),
            tokens: request.fields().elements.len(),
            request,
            before,
        }
    }

    /// Checks the answer to a draw and keeps its tokens.
    pub fn drawn(&mut self, plan: &DrawPlan, reply: &Reply) {
        expect(reply, 200);
        let response = DrawResponse::parse(&reply.body).unwrap();
        let (seed, request) = (&self.seed, &plan.request);
        let fresh = wallet::finish_draw(&self.manifest, seed, request, &plan.before, &response);
        for fresh in fresh.unwrap() {
            self.keep(fresh.token);
        }
    }

    /// Keeps a token, such as change.
    pub fn keep(&mut self, token: Token) {
        self.tokens.entry(*token.keyset()).or_default().push(token);
    }

    /// What its tokens are worth, in micro.
    #[must_use]
    pub fn worth(&self) -> u64 {
        let worth = |(keyset, tokens): (&KeysetId, &Vec<Token>)| {
            let denomination = self.manifest.keyset(keyset).unwrap().denomination().get();
            denomination * u64::try_from(tokens.len()).unwrap()
        };
        self.tokens.iter().map(worth).sum()
    }

    /// How many purchases can be built for pages that cost what [`Wallet::price`] says.
    #[must_use]
    pub fn purchases(&self) -> usize {
        let coins = |keyset: &KeysetId| self.tokens.get(keyset).map_or(0, Vec::len);
        let coins = coins_of(&self.manifest).map(coins);
        coins.map(|coins| coins / INPUTS).sum()
    }

    /// What a page must cost, in micro, so that three coins of four units pay for it and coins of two and of one come
    /// back. No two of the three would do.
    #[must_use]
    pub fn price(manifest: &Body) -> u64 {
        9 * unit(manifest)
    }

    /// Takes three coins out of the wallet and builds their purchase. `None` if there are no three.
    #[must_use]
    pub fn purchase(&mut self, page: &Arc<Page>) -> Option<Purchase> {
        let tokens = coins_of(&self.manifest).find_map(|keyset| {
            let coins = self.tokens.get_mut(keyset)?;
            Some(coins.split_off(coins.len().checked_sub(INPUTS)?))
        })?;
        Some(self.purchase_with(page, tokens))
    }

    /// Builds a purchase of these tokens, whether or not they were spent before.
    #[must_use]
    pub fn purchase_with(&mut self, page: &Arc<Page>, tokens: Vec<Token>) -> Purchase {
        let before = self.counters.clone();
        let basket = Basket {
            offer: &page.offer,
            offer_text: &page.offer_text,
            price: page.price(),
            wrap: page.wrap,
            tokens: &tokens,
        };
        let (manifest, counters) = (&self.manifest, &mut self.counters);
        let payment = wallet::pay(manifest, &self.seed, &basket, counters, super::now()).unwrap();
        Purchase {
            body: Bytes::from(payment.request.to_json()),
            payment,
            before,
            tokens,
            page: Arc::clone(page),
            seed: Arc::clone(&self.seed),
            manifest: Arc::clone(&self.manifest),
        }
    }
}

fn unit(manifest: &Body) -> u64 {
    manifest.currency(currency("EUR")).unwrap().unit().get()
}

/// The keysets of the coin of four units, those that are no longer made first.
fn coins_of(manifest: &Body) -> impl Iterator<Item = &KeysetId> {
    let four = Micro::new(4 * unit(manifest)).unwrap();
    let keysets = manifest.keysets.iter().rev();
    keysets
        .filter(move |k| k.currency() == currency("EUR") && k.denomination() == four)
        .map(Keyset::id)
}

fn expect(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text());
}
