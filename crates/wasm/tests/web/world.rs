//! An issuer, a publisher and a page's wallet that talks to the face in JavaScript's values only.

use farthing_core::id::OrderId;
use farthing_testkit::{Article, NOW, SealedArticle, TestIssuer, TestPublisher};
use farthing_wasm::decryption::Promised;
use farthing_wasm::errors::Failure;
use farthing_wasm::load::{
    finish_draw, new_seed, plan_pouches, prepare_draw, prepare_order, verify_disclosure,
};
use farthing_wasm::manifest::Manifest;
use farthing_wasm::offer::Offer;
use farthing_wasm::pay::{finish_redemption, plan_redemption};
use farthing_wasm::read::Reading;
use js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What only JavaScript's clock would say.
pub(crate) fn now() -> JsValue {
    number(NOW)
}

pub(crate) fn number(n: u64) -> JsValue {
    JsValue::from_f64(n as f64)
}

pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub(crate) fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap()
}

pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    assert!(Reflect::set(object, &name.into(), value).unwrap());
}

/// A plain object.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in members {
        set(&object, name, value);
    }
    object
}

pub(crate) fn bytes(value: &[u8]) -> JsValue {
    Uint8Array::from(value).into()
}

/// What would be thrown.
pub(crate) fn thrown<T: std::fmt::Debug>(result: Result<T, Failure>) -> JsValue {
    result.unwrap_err().into()
}

/// What a promise gives, or what it is rejected with.
pub(crate) async fn settled(promise: Promised) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::from(promise)).await
}

/// The code of the `Error` that a promise is rejected with.
pub(crate) async fn rejected(promise: Promised) -> String {
    code_of(&settled(promise).await.unwrap_err())
}

/// The plaintext, or what the promise is rejected with.
pub(crate) async fn decrypted(reading: &Reading, part: &[u8]) -> Result<Vec<u8>, JsValue> {
    let opened = settled(reading.decrypt(part)).await?;
    Ok(Uint8Array::new(&opened).to_vec())
}

/// The code of what would be thrown, once it is shown to be an `Error` as it should be.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    code_of(&thrown(result))
}

/// The code of an `Error`.
#[track_caller]
pub(crate) fn code_of(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!(text(error, "name"), "FarthingError");
    assert!(!text(error, "message").is_empty());
    text(error, "code")
}

/// Everything that a purchase needs, and what the page's wallet keeps.
pub(crate) struct World {
    pub(crate) issuer: TestIssuer,
    pub(crate) publisher: TestPublisher,
    pub(crate) article: SealedArticle,
    pub(crate) document: Vec<u8>,
    pub(crate) manifest: Manifest,
    pub(crate) offer: Offer,
    pub(crate) seed: Vec<u8>,
    pub(crate) counters: JsValue,
    pub(crate) tokens: Array,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Article::new("/2026/turnpikes"))
    }

    pub(crate) fn with(article: Article) -> Self {
        let publisher = TestPublisher::new();
        let mut issuer = TestIssuer::new();
        issuer.register(&publisher.id, &publisher.keys());
        let article = publisher.seal(&issuer, &article);
        let document = publisher.document(&issuer.id).to_json().into_bytes();
        let offer = Offer::open(
            &article.offer_text,
            &document,
            "https://publisher.example",
            "/2026/turnpikes.html",
        );
        Self {
            manifest: follow(&issuer).unwrap(),
            offer: offer.unwrap(),
            issuer,
            publisher,
            article,
            document,
            seed: new_seed().unwrap(),
            counters: object(&[]),
            tokens: Array::new(),
        }
    }

    /// Orders, pays and draws an amount in micro.
    pub(crate) fn load(&mut self, amount: u64) {
        let (amount, claim) = (number(amount), number(0));
        let order = prepare_order(&self.manifest, &self.seed, &claim, "EUR", &amount).unwrap();
        let id = text(&order, "order");
        let answer = self.issuer.order(&text(&order, "request")).unwrap();
        let jws = text(&JSON::parse(&answer).unwrap(), "disclosure");
        let asked = object(&[
            ("order", id.as_str().into()),
            ("currency", "EUR".into()),
            ("amount", amount.clone()),
            ("now", now()),
        ]);
        let quote = verify_disclosure(&self.manifest, &jws, &asked).unwrap();
        assert_eq!(get(&quote, "value"), amount);
        self.issuer.settle(&OrderId::parse(&id).unwrap());
        let mixes: Array = plan_pouches(&self.manifest, "EUR", &amount).unwrap().into();
        let mut rest = amount.as_f64().unwrap();
        for (number, mix) in mixes.iter().enumerate() {
            let draw = object(&[
                ("order", id.as_str().into()),
                ("claimCounter", claim.clone()),
                ("pouch", JsValue::from_f64(number as f64)),
                ("mix", mix),
                ("rest", JsValue::from_f64(rest)),
                ("currency", "EUR".into()),
                ("counters", self.counters.clone()),
                ("now", now()),
            ]);
            let plan = prepare_draw(&self.manifest, &self.seed, &draw).unwrap();
            let request = text(&plan, "request");
            let answer = self
                .issuer
                .draw(OrderId::parse(&id).unwrap(), &request)
                .unwrap();
            let before = std::mem::replace(&mut self.counters, get(&plan, "counters"));
            let fresh = finish_draw(&self.manifest, &self.seed, &request, &before, &answer);
            for token in Array::from(&fresh.unwrap()).iter() {
                rest -= get(&token, "amount").as_f64().unwrap();
                self.tokens.push(&token);
            }
        }
        assert_eq!(rest, 0.0);
    }

    /// The price that the reader saw.
    pub(crate) fn price(&self) -> JsValue {
        Array::from(&get(&self.offer.view(), "prices")).get(0)
    }

    pub(crate) fn purchase(&self, price: JsValue) -> JsValue {
        object(&[
            ("wrap", bytes(&self.article.wrap)),
            ("price", price),
            ("tokens", self.tokens.clone().into()),
            ("counters", self.counters.clone()),
            ("now", now()),
        ])
    }

    pub(crate) fn plan(&self) -> Result<JsValue, Failure> {
        let purchase = self.purchase(self.price());
        plan_redemption(&self.manifest, &self.offer, &self.seed, &purchase)
    }

    /// What is journalled of a plan made with the present counters.
    pub(crate) fn attempt(&self, plan: &JsValue) -> JsValue {
        object(&[
            ("offer", self.article.offer_text.as_str().into()),
            ("publisherDocument", bytes(&self.document)),
            ("request", get(plan, "request")),
            ("counters", self.counters.clone()),
        ])
    }

    pub(crate) fn finish(&self, plan: &JsValue, answer: &str) -> Promised {
        finish_redemption(&self.manifest, &self.seed, &self.attempt(plan), answer)
    }

    /// Loads, pays and opens what was bought.
    pub(crate) async fn bought(&mut self) -> Reading {
        self.load(500_000);
        let plan = self.plan().unwrap();
        let answer = self.issuer.redeem(&text(&plan, "request")).unwrap();
        let redemption = settled(self.finish(&plan, &answer)).await.unwrap();
        self.reading(&held(&redemption)).await
    }

    pub(crate) fn open(&self, held: &JsValue) -> Promised {
        Reading::open(&self.manifest, &self.offer, &self.seed, held)
    }

    /// What is held, opened.
    pub(crate) async fn reading(&self, held: &JsValue) -> Reading {
        let reading = settled(self.open(held)).await.unwrap();
        Reading::try_from_js_value(reading).unwrap()
    }
}

/// What a wallet keeps of a redemption.
pub(crate) fn held(redemption: &JsValue) -> JsValue {
    let names = ["grant", "key", "binding", "lead"];
    let held = object(&names.map(|name| (name, get(redemption, name))));
    set(&held, "now", &now());
    held
}

/// The walk from the pin that an offer names, along all heads.
pub(crate) fn follow(issuer: &TestIssuer) -> Result<Manifest, Failure> {
    let pin = issuer.pin();
    let pin = object(&[("n", number(pin.n)), ("hash", pin.hash.to_b64u().into())]);
    let heads: Array = issuer.heads.iter().map(JsValue::from).collect();
    let body = issuer.body_bytes();
    Manifest::follow(
        issuer.id.as_str(),
        &JsValue::NULL,
        &pin,
        &heads.into(),
        body.as_bytes(),
        &now(),
    )
}
