//! From a new seed to a read article, and to the same article after the answer was lost.

use crate::world::{World, decrypted, follow, get, held, now, number, object, settled, text};
use farthing_wasm::answer::{open_answer, prepare_answer};
use farthing_wasm::manifest::{Manifest, head_info};
use farthing_wasm::read::verify_grant;
use farthing_wasm::token::check_token;
use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

fn sum(tokens: &JsValue) -> f64 {
    let tokens = Array::from(tokens);
    tokens
        .iter()
        .map(|t| get(&t, "amount").as_f64().unwrap())
        .sum()
}

#[wasm_bindgen_test]
async fn a_reader_loads_pays_and_reads() {
    let mut world = World::new();
    // A pouch of 0.50 and a rest of 0.123, which is drawn in its canonical split.
    world.load(623_000);
    assert_eq!(sum(&world.tokens), 623_000.0);

    let plan = world.plan().unwrap();
    let answer = world.issuer.redeem(&text(&plan, "request")).unwrap();
    let redemption = settled(world.finish(&plan, &answer)).await.unwrap();
    let inputs = Array::from(&get(&plan, "inputs"));
    let spent: Array = world
        .tokens
        .iter()
        .filter(|token| inputs.includes(&get(token, "nullifier"), 0))
        .collect();
    assert_eq!(spent.length(), inputs.length());
    assert_eq!(sum(&spent) - sum(&get(&redemption, "change")), 200_000.0);
    assert_eq!(text(&redemption, "binding"), text(&plan, "binding"));

    let reading = world.reading(&held(&redemption)).await;
    let grant = reading.grant();
    assert_eq!(text(&grant, "aud"), "https://publisher.example");
    assert_eq!(get(&grant, "amount"), 200_000);
    assert_eq!(get(&get(&grant, "fees"), "issuer"), 20_000);
    assert_eq!(get(&grant, "access_until"), 0);
    let plain = decrypted(&reading, &world.article.part).await.unwrap();
    assert_eq!(plain, world.article.text);

    let jws = text(&redemption, "grant");
    let seen = verify_grant(&world.manifest, &jws, "https://publisher.example", &now()).unwrap();
    assert_eq!(text(&seen, "jti"), text(&grant, "jti"));
}

#[wasm_bindgen_test]
async fn a_lost_answer_is_found_again_by_any_of_its_tokens() {
    let mut world = World::new();
    world.load(500_000);
    let plan = world.plan().unwrap();
    let sent = world.issuer.redeem(&text(&plan, "request")).unwrap();

    let inputs = Array::from(&get(&plan, "inputs"));
    let spent = world
        .tokens
        .iter()
        .filter(|t| inputs.includes(&get(t, "nullifier"), 0));
    let spent: Array = spent.map(|token| get(&token, "token")).collect();
    let last: Uint8Array = spent.get(spent.length() - 1).into();
    let question = prepare_answer("https://issuer.example", &last.to_vec()).unwrap();
    let answer = world.issuer.answer(&question).unwrap();
    let opened = settled(open_answer(&spent, "https://issuer.example", &answer)).await;
    let opened = opened.unwrap();
    assert_eq!(text(&opened, "operation"), "redeem");
    assert_eq!(text(&opened, "binding"), text(&plan, "binding"));
    assert_eq!(text(&opened, "lead"), inputs.get(0).as_string().unwrap());
    // Which attempt it was is known now: its request is sent again.
    let again = world.issuer.redeem(&text(&plan, "request")).unwrap();
    assert_eq!(again, sent);
    let finished = settled(world.finish(&plan, &again)).await;
    assert_eq!(text(&finished.unwrap(), "binding"), text(&plan, "binding"));
}

#[wasm_bindgen_test]
fn kept_tokens_are_checked_again() {
    let mut world = World::new();
    world.load(500_000);
    for token in world.tokens.iter() {
        check_token(&world.manifest, &world.seed, &token).unwrap();
    }
    let counters = JSON::stringify(&world.counters)
        .unwrap()
        .as_string()
        .unwrap();
    assert!(counters.contains("\":4"), "four coins of 0.001: {counters}");
}

#[wasm_bindgen_test]
fn a_stored_trust_follows_to_the_next_manifest() {
    let mut world = World::new();
    let trust = world.manifest.trust();
    world.issuer.publish();
    let heads: Array = world.issuer.heads.iter().map(JsValue::from).collect();
    let newest = head_info(world.issuer.heads.last().unwrap()).unwrap();
    assert_eq!(get(&newest, "n"), 2);
    let followed = Manifest::follow(
        "https://issuer.example",
        &trust,
        &JsValue::UNDEFINED,
        &heads,
        world.issuer.body_bytes().as_bytes(),
        &now(),
    )
    .unwrap();
    let view = followed.view();
    assert_eq!(get(&view, "n"), 2);
    let eur = Array::from(&get(&view, "currencies")).get(0);
    assert_eq!(get(&eur, "unit"), 1_000);
    assert_eq!(Array::from(&get(&eur, "mixes")).length(), 2);
    assert_eq!(text(&get(&view, "terms"), "version"), "2026-11-01");
    let kids = Array::from(&get(&followed.trust(), "kids"));
    assert_eq!(text(&newest, "kid"), kids.get(0).as_string().unwrap());
}

#[wasm_bindgen_test]
fn a_view_says_what_the_offer_says() {
    let world = World::new();
    let view = world.offer.view();
    assert_eq!(text(&view, "name"), "The Example");
    assert_eq!(text(&view, "resource"), "/2026/turnpikes");
    assert_eq!(text(&view, "hash"), world.article.offer_hash.to_b64u());
    let part = Array::from(&get(&view, "content")).get(0);
    assert_eq!(
        get(&part, "length"),
        number(world.article.text.len() as u64)
    );
    let pin = Array::from(&get(&view, "pins")).get(0);
    let pin = object(&[("n", get(&pin, "n")), ("hash", get(&pin, "hash"))]);
    let trust = follow(&world.issuer).unwrap().trust();
    assert_eq!(text(&pin, "hash"), text(&trust, "hash"));
    world.offer.check_time(&now()).unwrap();
    world.offer.check_part(&world.article.part).unwrap();
}
