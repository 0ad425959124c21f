//! What is refused, and how that reaches JavaScript.

use crate::world::{
    World, bytes, code, follow, get, held, now, number, object, rejected, set, settled, text,
    thrown,
};
use farthing_testkit::{DAY, NOW, TestIssuer, TestPublisher, time};
use farthing_wasm::answer::{open_answer, prepare_answer};
use farthing_wasm::load::{
    finish_draw, plan_pouches, prepare_draw, prepare_order, verify_disclosure,
};
use farthing_wasm::manifest::{Manifest, head_info};
use farthing_wasm::offer::Offer;
use farthing_wasm::pay::plan_redemption;
use farthing_wasm::read::verify_grant;
use farthing_wasm::token::check_token;
use js_sys::{Array, JSON, Object, TypeError, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[track_caller]
fn assert_caller<T: std::fmt::Debug>(result: Result<T, farthing_wasm::errors::Failure>) {
    let error = thrown(result);
    assert!(error.is_instance_of::<TypeError>(), "{error:?}");
}

/// A copy with one member changed.
fn with(value: &JsValue, name: &str, member: &JsValue) -> JsValue {
    let copy: JsValue = Object::assign(&Object::new(), value.unchecked_ref::<Object>()).into();
    set(&copy, name, member);
    copy
}

fn flipped(value: &JsValue, place: u32) -> JsValue {
    let copy = Uint8Array::new(value);
    copy.set_index(place, copy.get_index(place) ^ 1);
    copy.into()
}

#[wasm_bindgen_test]
fn a_manifest_that_does_not_fit_is_refused() {
    let issuer = TestIssuer::new();
    let heads: Array = issuer.heads.iter().map(JsValue::from).collect();
    let body = issuer.body_bytes();
    let walk = |pin: &JsValue, heads: &JsValue, body: &str| {
        let (issuer, none) = ("https://issuer.example", JsValue::NULL);
        Manifest::follow(issuer, &none, pin, heads, body.as_bytes(), &now())
    };
    let pin = |hash: [u8; 32]| {
        let hash = farthing_core::bytes::to_b64u(&hash);
        object(&[("n", number(1)), ("hash", hash.into())])
    };
    let right = pin(*issuer.pin().hash.bytes());
    walk(&right, &heads, &body).unwrap();
    assert_eq!(code(walk(&pin([7; 32]), &heads, &body)), "pin_unknown");
    assert_eq!(code(walk(&right, &Array::new(), &body)), "pin_unknown");
    let other = body.replace("0.50", "0.51");
    assert_eq!(code(walk(&right, &heads, &other)), "manifest_invalid");
    let damaged = Array::of1(&"not a head".into());
    assert_eq!(code(walk(&right, &damaged, &body)), "manifest_invalid");
    assert_eq!(code(head_info("")), "manifest_invalid");

    // Two signed heads of one number.
    let trust = follow(&issuer).unwrap().trust();
    let mut forked = TestIssuer::new();
    forked.now = time(-1);
    forked.heads.clear();
    forked.publish();
    let heads: Array = forked.heads.iter().map(JsValue::from).collect();
    let walked = Manifest::follow(
        "https://issuer.example",
        &trust,
        &JsValue::NULL,
        &heads,
        forked.body_bytes().as_bytes(),
        &now(),
    );
    assert_eq!(code(walked), "manifest_fork");
}

#[wasm_bindgen_test]
fn an_offer_is_for_its_page_only() {
    let world = World::new();
    let open = |jws: &str, document: &[u8], origin: &str, path: &str| {
        Offer::open(jws, document, origin, path)
    };
    let (jws, document) = (world.article.offer_text.as_str(), world.document.as_slice());
    let (home, path) = ("https://publisher.example", "/2026/turnpikes");
    assert_eq!(
        code(open(jws, document, home, "/2026/turnpikes-2")),
        "offer_audience"
    );
    assert_eq!(
        code(open(jws, document, "https://thief.example", path)),
        "offer_audience"
    );
    assert_eq!(code(open(jws, document, "null", path)), "offer_audience");
    assert_eq!(code(open("a.b.c", document, home, path)), "offer_invalid");
    let other = TestPublisher::named("other")
        .document(&world.issuer.id)
        .to_json();
    assert_eq!(
        code(open(jws, other.as_bytes(), home, path)),
        "offer_invalid"
    );
    assert_eq!(code(open(jws, b"{}", home, path)), "offer_invalid");
    let late = number(NOW + 32 * DAY);
    assert_eq!(code(world.offer.check_time(&late)), "offer_expired");
    assert_caller(world.offer.check_time(&JsValue::NULL));
}

#[wasm_bindgen_test]
fn a_load_is_refused_where_it_does_not_fit() {
    let mut world = World::new();
    let (seed, amount) = (world.seed.clone(), number(500_000));
    let order = |currency: &str, amount: &JsValue| {
        prepare_order(&world.manifest, &seed, &number(0), currency, amount)
    };
    assert_eq!(code(order("CHF", &amount)), "unsupported");
    assert_eq!(
        code(plan_pouches(&world.manifest, "CHF", &amount)),
        "unsupported"
    );
    let all = number((1 << 53) - 1);
    assert_eq!(
        code(plan_pouches(&world.manifest, "EUR", &all)),
        "unsupported"
    );

    let made = order("EUR", &amount).unwrap();
    let id = text(&made, "order");
    let answer = world.issuer.order(&text(&made, "request")).unwrap();
    let jws = text(&JSON::parse(&answer).unwrap(), "disclosure");
    let quote = |order: &str, amount: u64, now: u64| {
        let asked = object(&[
            ("order", order.into()),
            ("currency", "EUR".into()),
            ("amount", number(amount)),
            ("now", number(now)),
        ]);
        verify_disclosure(&world.manifest, &jws, &asked)
    };
    quote(&id, 500_000, NOW).unwrap();
    let other = "AAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(code(quote(other, 500_000, NOW)), "disclosure_invalid");
    assert_eq!(code(quote(&id, 2_000_000, NOW)), "disclosure_invalid");
    assert_eq!(
        code(quote(&id, 500_000, NOW + 9 * DAY)),
        "disclosure_invalid"
    );

    let draw = object(&[
        ("order", id.as_str().into()),
        ("claimCounter", number(0)),
        ("pouch", number(0)),
        ("mix", "0.50".into()),
        ("rest", number(0)),
        ("currency", "EUR".into()),
        ("counters", object(&[])),
        ("now", now()),
    ]);
    let ask = |draw: &JsValue| prepare_draw(&world.manifest, &seed, draw);
    assert_eq!(
        code(ask(&with(&draw, "mix", &"0.75".into()))),
        "mix_unknown"
    );
    let ended = with(&draw, "now", &number(NOW + 200 * DAY));
    assert_eq!(code(ask(&ended)), "keyset_not_mintable");
    let plan = ask(&draw).unwrap();
    let request = text(&plan, "request");
    let finish = |answer: &str| finish_draw(&world.manifest, &seed, &request, &object(&[]), answer);
    assert_eq!(code(finish("")), "answer_invalid");
    assert_eq!(code(finish("{\"evaluations\":[]}")), "answer_invalid");
    let order = farthing_core::id::OrderId::parse(&id).unwrap();
    world.issuer.settle(&order);
    let answer = world.issuer.draw(order, &request).unwrap();
    // The proof of another evaluation, well formed.
    let halves: Vec<&str> = answer.split("\"proof\":\"").collect();
    let (first, second) = (&halves[1][..86], &halves[2][..86]);
    assert_eq!(
        code(finish(&answer.replace(first, second))),
        "proof_invalid"
    );
    finish(&answer).unwrap();
}

#[wasm_bindgen_test]
fn a_payment_is_refused_where_it_does_not_fit() {
    let mut world = World::new();
    assert_eq!(code(world.plan()), "insufficient_funds");
    world.load(500_000);
    let plan =
        |purchase: &JsValue| plan_redemption(&world.manifest, &world.offer, &world.seed, purchase);
    let cheaper = with(&world.price(), "amount", &number(100_000));
    assert_eq!(code(plan(&world.purchase(cheaper))), "price_changed");
    let elsewhere = with(&world.price(), "issuer", &"no origin".into());
    assert_eq!(code(plan(&world.purchase(elsewhere))), "price_changed");
    let right = world.purchase(world.price());
    assert_eq!(
        code(plan(&with(&right, "wrap", &bytes(&[1; 112])))),
        "wrap_invalid"
    );
    let record = with(&world.tokens.get(0), "token", &bytes(&[1; 80]));
    let damaged = with(&right, "tokens", &Array::of1(&record));
    assert_eq!(code(plan(&damaged)), "token_corrupt");
}

#[wasm_bindgen_test]
async fn an_answer_is_refused_where_it_does_not_fit() {
    let mut world = World::new();
    world.load(500_000);
    let plan = world.plan().unwrap();
    let answer = world.issuer.redeem(&text(&plan, "request")).unwrap();
    assert_eq!(
        rejected(world.finish(&plan, "<html>")).await,
        "answer_invalid"
    );
    let right = JSON::parse(&answer).unwrap();
    let changed = |name: &str, value: &str| {
        let changed = with(&right, name, &value.into());
        JSON::stringify(&changed).unwrap().as_string().unwrap()
    };
    let grant = text(&right, "grant");
    let signature = grant.rfind('.').unwrap() + 1;
    let unsigned = format!("{}{}", &grant[..signature], "A".repeat(86));
    assert_eq!(
        rejected(world.finish(&plan, &changed("grant", &unsigned))).await,
        "grant_invalid"
    );
    let key = text(&right, "key");
    let other = if &key[100..101] == "A" { "B" } else { "A" };
    let key = [&key[..100], other, &key[101..]].concat();
    assert_eq!(
        rejected(world.finish(&plan, &changed("key", &key))).await,
        "key_mismatch"
    );
    assert_eq!(
        rejected(world.finish(&plan, &changed("more", ""))).await,
        "answer_invalid"
    );

    let redemption = settled(world.finish(&plan, &answer)).await.unwrap();
    let held = held(&redemption);
    let other_key = with(&held, "key", &flipped(&get(&held, "key"), 80));
    assert_eq!(rejected(world.open(&other_key)).await, "key_mismatch");
    assert_eq!(
        rejected(world.open(&with(&held, "grant", &"".into()))).await,
        "grant_invalid"
    );
    let other_wallet =
        farthing_wasm::read::Reading::open(&world.manifest, &world.offer, &[1; 32], &held);
    assert_eq!(rejected(other_wallet).await, "grant_invalid");
    let grant = text(&redemption, "grant");
    let seen = |publisher: &str| verify_grant(&world.manifest, &grant, publisher, &now());
    assert_eq!(code(seen("https://publisher.example.org")), "grant_invalid");
    assert_eq!(code(seen("https://publisher.exampl")), "grant_invalid");
}

#[wasm_bindgen_test]
async fn access_ends() {
    let mut world = World::new();
    let mut claims = world.article.claims.clone();
    claims.access = 3_600;
    let (key, part) = (world.article.key.clone(), world.article.part.clone());
    let words = world.article.text.clone();
    world.article = world
        .publisher
        .sign(&world.issuer, claims, part, key, words);
    let (jws, home) = (&world.article.offer_text, "https://publisher.example");
    world.offer = Offer::open(jws, &world.document, home, "/2026/turnpikes").unwrap();
    world.load(500_000);
    let plan = world.plan().unwrap();
    let answer = world.issuer.redeem(&text(&plan, "request")).unwrap();
    let redemption = settled(world.finish(&plan, &answer)).await.unwrap();
    let held = held(&redemption);
    let reading = world.reading(&held).await;
    assert_eq!(get(&reading.grant(), "access_until"), number(NOW + 3_600));
    // A browser's clock is a hint with a day of tolerance.
    let at_the_end = with(&held, "now", &number(NOW + 3_600));
    settled(world.open(&at_the_end)).await.unwrap();
    let later = number(NOW + 3_600 + DAY);
    assert_eq!(
        rejected(world.open(&with(&held, "now", &later))).await,
        "grant_expired"
    );
    let grant = text(&redemption, "grant");
    assert_eq!(
        code(verify_grant(&world.manifest, &grant, home, &later)),
        "grant_expired"
    );
}

#[wasm_bindgen_test]
fn a_kept_token_that_was_changed_is_corrupt() {
    let mut world = World::new();
    world.load(500_000);
    let record = world.tokens.get(0);
    let check = |record: &JsValue| check_token(&world.manifest, &world.seed, record);
    check(&record).unwrap();
    let token = get(&record, "token");
    assert_eq!(
        code(check(&with(&record, "token", &flipped(&token, 80)))),
        "token_corrupt"
    );
    assert_eq!(
        code(check(&with(&record, "token", &flipped(&token, 5)))),
        "keyset_unknown"
    );
    assert_eq!(
        code(check(&with(&record, "amount", &number(2_000)))),
        "token_corrupt"
    );
    assert_eq!(
        code(check(&with(&record, "counter", &number(3)))),
        "token_corrupt"
    );
    let evidence = get(&record, "evidence");
    let other = with(&record, "evidence", &flipped(&evidence, 33));
    assert_eq!(code(check(&other)), "proof_invalid");
    assert_eq!(
        code(check(&with(&record, "evidence", &bytes(&[])))),
        "token_corrupt"
    );
    let other_seed = check_token(&world.manifest, &[9; 32], &record);
    assert_eq!(code(other_seed), "token_corrupt");
}

/// The token whose output sealed the answer: the first of the inputs.
fn spent_lead(world: &World, inputs: &Array) -> JsValue {
    let lead = inputs.get(0);
    let is_lead = |token: &JsValue| get(token, "nullifier") == lead;
    world.tokens.iter().find(is_lead).unwrap()
}

#[wasm_bindgen_test]
async fn an_answer_opens_with_its_lead_only() {
    let mut world = World::new();
    world.load(500_000);
    let plan = world.plan().unwrap();
    world.issuer.redeem(&text(&plan, "request")).unwrap();
    let inputs = Array::from(&get(&plan, "inputs"));
    let is_spent = |token: &JsValue| inputs.includes(&get(token, "nullifier"), 0);
    let spent = world.tokens.iter().find(is_spent).unwrap();
    let unspent = world.tokens.iter().find(|token| !is_spent(token)).unwrap();
    let id = "https://issuer.example";
    let question = prepare_answer(id, &Uint8Array::new(&get(&spent, "token")).to_vec()).unwrap();
    let answer = world.issuer.answer(&question).unwrap();
    let open = |token: &JsValue| open_answer(&Array::of1(&get(token, "token")), id, &answer);
    assert_eq!(rejected(open(&unspent)).await, "answer_invalid");
    let none = rejected(open_answer(&Array::new(), id, "{}")).await;
    assert_eq!(none, "answer_invalid");
    // The right token, and an answer with one bit changed.
    let right = settled(open(&spent_lead(&world, &inputs))).await.unwrap();
    assert_eq!(text(&right, "operation"), "redeem");
    let sealed = text(&JSON::parse(&answer).unwrap(), "answer");
    let other = if sealed.starts_with('A') { "B" } else { "A" };
    let bent = answer.replace(&sealed, &[other, &sealed[1..]].concat());
    let lead = get(&spent_lead(&world, &inputs), "token");
    let bent = rejected(open_answer(&Array::of1(&lead), id, &bent)).await;
    assert_eq!(bent, "answer_invalid");
    assert_eq!(code(prepare_answer(id, &[])), "token_corrupt");
}

#[wasm_bindgen_test]
async fn a_callers_mistake_is_a_type_error() {
    let world = World::new();
    let (manifest, seed) = (&world.manifest, world.seed.as_slice());
    let order = |amount: &JsValue| prepare_order(manifest, seed, &number(0), "EUR", amount);
    for wrong in [
        JsValue::NULL,
        JsValue::UNDEFINED,
        JsValue::from_f64(0.5),
        JsValue::from_f64(-1.0),
        JsValue::from_f64(f64::NAN),
        JsValue::from_f64(9_007_199_254_740_992.0),
        "500000".into(),
        true.into(),
        js_sys::BigInt::from(500_000).into(),
    ] {
        assert_caller(order(&wrong));
    }
    let amount = number(500_000);
    let big_counter = number(1 << 32);
    assert_caller(prepare_order(manifest, seed, &big_counter, "EUR", &amount));
    assert_caller(prepare_order(manifest, seed, &number(0), "eur", &amount));
    assert_caller(prepare_order(
        manifest,
        &seed[1..],
        &number(0),
        "EUR",
        &amount,
    ));
    assert_caller(prepare_draw(manifest, seed, &JsValue::NULL));
    assert_caller(prepare_draw(manifest, seed, &object(&[])));
    let counters = object(&[("short", number(1))]);
    assert_caller(finish_draw(manifest, seed, "{}", &counters, "{}"));
    assert_caller(check_token(
        manifest,
        seed,
        &object(&[("token", "AA".into())]),
    ));
    let opened = settled(open_answer(&"AA".into(), "https://issuer.example", "{}")).await;
    assert!(opened.unwrap_err().is_instance_of::<TypeError>());
    assert_caller(prepare_answer("issuer.example", &[]));
    let purchase = with(&world.purchase(world.price()), "tokens", &JsValue::NULL);
    assert_caller(plan_redemption(manifest, &world.offer, seed, &purchase));
    // A getter that throws is not let through as it is.
    let throws = Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(|| Err("mine".into()));
    let property = object(&[("get", throws.as_ref().clone())]);
    let trap = Object::new();
    Object::define_property(&trap, &"mix".into(), property.unchecked_ref());
    assert_caller(prepare_draw(manifest, seed, &trap));
}
