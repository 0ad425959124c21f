//! A reader with a seed, counters and a purse: the steps of a purchase in the order a wallet takes them.

use crate::fixed::{currency, fixed_bytes};
use crate::issuer::TestIssuer;
use crate::publisher::{SealedArticle, TestPublisher};
use crate::serve::Refusal;
use farthing_core::content::ContentKey;
use farthing_core::id::OrderId;
use farthing_core::manifest::Manifest;
use farthing_core::money::Micro;
use farthing_core::request::{DrawResponse, RedeemRequest, RedeemResponse};
use farthing_core::token::Token;
use farthing_core::wallet::{
    self, Basket, Counters, FreshToken, OwnedGrant, Payment, Pouch, Purchase, Seed,
};

/// A reader's wallet.
#[derive(Debug)]
pub struct TestReader {
    /// From which all its secrets derive.
    pub seed: Seed,
    /// The next unused counters.
    pub counters: Counters,
    /// Unspent tokens, oldest first.
    pub tokens: Vec<FreshToken>,
    /// The next unused claim counter.
    pub claims: u32,
}

/// A purchase and what was opened with it.
#[derive(Debug)]
pub struct Bought {
    /// What was sent.
    pub request: RedeemRequest,
    /// What came back.
    pub purchase: Purchase,
    /// The content key.
    pub key: ContentKey,
}

impl TestReader {
    /// A reader whose seed depends on nothing but the name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            seed: Seed::new(fixed_bytes(&format!("seed/{name}"))),
            counters: Counters::default(),
            tokens: Vec::new(),
            claims: 0,
        }
    }

    /// The tokens as a basket takes them.
    #[must_use]
    pub fn purse(&self) -> Vec<Token> {
        self.tokens
            .iter()
            .map(|fresh| fresh.token.clone())
            .collect()
    }

    /// What the tokens are worth.
    #[must_use]
    pub fn balance(&self) -> Micro {
        Micro::sum(self.tokens.iter().map(|fresh| fresh.amount)).unwrap()
    }

    /// Orders, pays and draws an amount in micro; gives the order.
    ///
    /// # Errors
    /// What the issuer refuses.
    pub fn load(
        &mut self,
        issuer: &mut TestIssuer,
        manifest: &Manifest,
        amount: u64,
    ) -> Result<OrderId, Refusal> {
        let (eur, amount) = (currency("EUR"), Micro::new(amount).unwrap());
        let (claim_counter, terms) = (self.claims, manifest.terms.sha256);
        self.claims += 1;
        let load = wallet::order(manifest, &self.seed, claim_counter, eur, amount, terms);
        let load = load.map_err(|e| Refusal(e.code()))?;
        issuer.order(&load.request.to_json())?;
        issuer.settle(&load.order);
        let mut rest = amount;
        let pouches = wallet::plan_pouches(manifest, eur, amount).map_err(|e| Refusal(e.code()))?;
        for (number, mix) in pouches.iter().enumerate() {
            let pouch = Pouch {
                order: load.order,
                claim_counter,
                number: u32::try_from(number).unwrap(),
                mix,
                rest,
                currency: eur,
            };
            let before = self.counters.clone();
            let request =
                wallet::draw(manifest, &self.seed, &pouch, &mut self.counters, issuer.now);
            let request = request.map_err(|e| Refusal(e.code()))?;
            let answer = issuer.draw(load.order, &request.to_json())?;
            let answer = DrawResponse::parse(answer.as_bytes()).map_err(|e| Refusal(e.code()))?;
            let fresh = wallet::finish_draw(manifest, &self.seed, &request, &before, &answer);
            let fresh = fresh.map_err(|e| Refusal(e.code()))?;
            rest = rest
                .minus(Micro::sum(fresh.iter().map(|f| f.amount)).unwrap())
                .unwrap();
            self.tokens.extend(fresh);
        }
        Ok(load.order)
    }

    /// Plans a payment and gives it with the counters from before it.
    ///
    /// # Errors
    /// As [`wallet::pay`].
    pub fn pay(
        &mut self,
        issuer: &TestIssuer,
        manifest: &Manifest,
        publisher: &TestPublisher,
        article: &SealedArticle,
    ) -> Result<(Payment, Counters), Refusal> {
        let before = self.counters.clone();
        let tokens = self.purse();
        let basket = Basket {
            offer: &article.offer(publisher),
            offer_text: &article.offer_text,
            price: article.price(),
            wrap: article.wrap,
            tokens: &tokens,
        };
        let payment = wallet::pay(
            manifest,
            &self.seed,
            &basket,
            &mut self.counters,
            issuer.now,
        );
        payment
            .map(|payment| (payment, before))
            .map_err(|e| Refusal(e.code()))
    }

    /// Takes an answer to a payment: checks it, drops what was spent, keeps the change.
    ///
    /// # Errors
    /// What does not fit.
    pub fn finish(
        &mut self,
        manifest: &Manifest,
        publisher: &TestPublisher,
        article: &SealedArticle,
        (payment, before): (Payment, Counters),
        answer: &str,
    ) -> Result<Bought, Refusal> {
        let offer = article.offer(publisher);
        let answer = RedeemResponse::parse(answer.as_bytes()).map_err(|e| Refusal(e.code()))?;
        let request = payment.request;
        let purchase =
            wallet::finish_payment(manifest, &self.seed, &offer, &request, &before, &answer)
                .and_then(|(decryption, sealed)| sealed.opened(decryption.open().as_deref()));
        let purchase = purchase.map_err(|e| Refusal(e.code()))?;
        let owned = OwnedGrant {
            grant: &purchase.grant,
            key: &purchase.key,
            binding: &purchase.binding,
            lead_keyset: &purchase.lead_keyset,
            lead_nonce: &purchase.lead_nonce,
        };
        let opened = wallet::open_owned(manifest, &offer, &self.seed, &owned)
            .and_then(|(decryption, sealed)| sealed.opened(decryption.open().as_deref()));
        let (_, key) = opened.map_err(|e| Refusal(e.code()))?;
        let spent = |fresh: &FreshToken| {
            let inputs = &request.fields().inputs;
            inputs
                .iter()
                .any(|input| input.nonce == *fresh.token.nonce())
        };
        self.tokens.retain(|fresh| !spent(fresh));
        self.tokens.extend(purchase.change.iter().cloned());
        Ok(Bought {
            request,
            purchase,
            key,
        })
    }

    /// The whole redemption: pay, send, finish.
    ///
    /// # Errors
    /// What the issuer or the wallet refuses.
    pub fn buy(
        &mut self,
        issuer: &mut TestIssuer,
        manifest: &Manifest,
        publisher: &TestPublisher,
        article: &SealedArticle,
    ) -> Result<Bought, Refusal> {
        let planned = self.pay(issuer, manifest, publisher, article)?;
        let answer = issuer.redeem(&planned.0.request.to_json())?;
        self.finish(manifest, publisher, article, planned, &answer)
    }
}
