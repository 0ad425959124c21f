//! The purse as JavaScript has it: phrases, a pocket filled and emptied by swaps, a second device that has the phrase alone.

use crate::world::{World, bytes, code, decrypted, get, held, now, number, object, settled, text};
use farthing_core::id::{KeysetId, OrderId};
use farthing_wasm::errors::Failure;
use farthing_wasm::load::{finish_draw, prepare_draw};
use farthing_wasm::pay::finish_redemption;
use farthing_wasm::purse::element::{ask_elements, receive_elements, worth_of};
use farthing_wasm::purse::find::{finish_find, prepare_find};
use farthing_wasm::purse::keyset::check_token_of;
use farthing_wasm::purse::phrase::{
    new_phrase, phrase_from_words, phrase_seed, phrase_suggestions, phrase_words,
};
use farthing_wasm::purse::recovered::recover_answer;
use farthing_wasm::purse::renew::{choose_tokens, tokens_to_renew};
use farthing_wasm::purse::restore::{finish_restore, prepare_restore};
use farthing_wasm::purse::seed::on_branch;
use farthing_wasm::purse::spent::{look_up_spent, spent_prefix};
use farthing_wasm::purse::swap::{finish_swap, plan_swap, swap_group};
use farthing_wasm::read::Reading;
use farthing_wasm::token::check_token;
use js_sys::{Array, JSON, Uint8Array};
use std::collections::BTreeSet;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

const ISSUER: &str = "https://issuer.example";

fn sum(tokens: &JsValue) -> u64 {
    let amount = |token: JsValue| get(&token, "amount").as_f64().unwrap() as u64;
    Array::from(tokens).iter().map(amount).sum()
}

fn nullifiers<'a>(tokens: impl IntoIterator<Item = &'a JsValue>) -> BTreeSet<String> {
    tokens.into_iter().map(|t| text(t, "nullifier")).collect()
}

fn json(text: &str) -> JsValue {
    JSON::parse(text).unwrap()
}

/// A whole load, then a swap of some tokens for a pocket's elements worth `amount`.
struct Filled {
    pocket: Vec<u8>,
    asked: JsValue,
    plan: JsValue,
    answer: String,
}

fn fill(world: &mut World, amount: u64) -> Filled {
    let pocket = farthing_wasm::load::new_seed().unwrap();
    let asking = object(&[
        ("currency", "EUR".into()),
        ("amount", number(amount)),
        ("counters", object(&[])),
        ("now", now()),
    ]);
    let asked = ask_elements(&world.manifest, &pocket, &asking).unwrap();
    let weighing = object(&[
        ("currency", "EUR".into()),
        // As they arrive from another window.
        (
            "outputs",
            json(&String::from(
                JSON::stringify(&get(&asked, "outputs")).unwrap(),
            )),
        ),
        ("now", now()),
    ]);
    assert_eq!(worth_of(&world.manifest, &weighing).unwrap(), amount as f64);
    let amounts: Array = world.tokens.iter().map(|t| get(&t, "amount")).collect();
    let chosen = choose_tokens(&amounts, &number(amount)).unwrap();
    let chosen: BTreeSet<u32> = Array::from(&chosen)
        .iter()
        .map(|place| place.as_f64().unwrap() as u32)
        .collect();
    let (mut spent, mut left) = (Array::new(), Array::new());
    for (place, token) in world.tokens.iter().enumerate() {
        let to = if chosen.contains(&(place as u32)) {
            &mut spent
        } else {
            &mut left
        };
        to.push(&token);
    }
    let swap = object(&[
        ("currency", "EUR".into()),
        ("tokens", spent.into()),
        ("given", Array::of1(&get(&asked, "outputs")).into()),
        ("counters", world.counters.clone()),
        ("now", now()),
    ]);
    let plan = plan_swap(&world.manifest, &world.seed, &swap).unwrap();
    assert_eq!(Array::from(&get(&plan, "groups")).get(0), number(amount));
    let answer = world.issuer.swap(&text(&plan, "request")).unwrap();
    let before = std::mem::replace(&mut world.counters, get(&plan, "counters"));
    world.tokens = left;
    if !get(&plan, "own").is_null() {
        let own = get(&plan, "own");
        let request = text(&plan, "request");
        let change = finish_swap(
            &world.manifest,
            &world.seed,
            &request,
            &own,
            &before,
            &answer,
        );
        for token in Array::from(&change.unwrap()).iter() {
            world.tokens.push(&token);
        }
    }
    Filled {
        pocket,
        asked,
        plan,
        answer,
    }
}

impl Filled {
    fn handed(&self, world: &World) -> Result<JsValue, Failure> {
        let request = text(&self.plan, "request");
        swap_group(&world.manifest, &request, &number(0), &self.answer)
    }

    fn received(&self, world: &World, evaluations: &JsValue) -> Result<JsValue, Failure> {
        let outputs = get(&self.asked, "outputs");
        receive_elements(
            &world.manifest,
            &self.pocket,
            &outputs,
            &object(&[]),
            evaluations,
        )
    }
}

#[wasm_bindgen_test]
fn a_phrase_is_read_back_as_a_person_writes_it() {
    let phrase = new_phrase().unwrap();
    let words = Array::from(&phrase_words(&phrase).unwrap());
    assert_eq!(words.length(), 12);
    let written: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(place, word)| {
            format!(
                "{}. {}\n",
                place + 1,
                word.as_string().unwrap().to_uppercase()
            )
        })
        .collect();
    assert_eq!(phrase_from_words(&written.concat()).unwrap(), phrase);
    assert_eq!(phrase_seed(&phrase).unwrap().len(), 32);
    assert_ne!(new_phrase().unwrap(), phrase);

    let refused = |words: &str| phrase_from_words(words).unwrap_err();
    let zeros = "abandon ".repeat(11);
    let unknown = refused(&format!("{zeros} abuot"));
    assert_eq!(text(&unknown, "code"), "phrase_invalid");
    assert_eq!(
        (text(&unknown, "reason"), get(&unknown, "word")),
        ("word".into(), 11.into())
    );
    let short = refused(&zeros);
    assert_eq!(
        (text(&short, "reason"), get(&short, "word")),
        ("count".into(), JsValue::UNDEFINED)
    );
    assert_eq!(
        text(&refused(&format!("{zeros} abandon")), "reason"),
        "checksum"
    );
    let found = Array::from(&phrase_suggestions("aba"));
    assert_eq!(found.to_vec(), [JsValue::from("abandon")]);
    assert_eq!(Array::from(&phrase_suggestions("")).length(), 0);
    assert_eq!(Array::from(&phrase_suggestions("s")).length(), 10);
}

#[wasm_bindgen_test]
fn a_pocket_is_filled_from_the_purse_and_its_proofs_hold_in_the_pocket() {
    let mut world = World::new();
    world.load(500_000);
    let filled = fill(&mut world, 123_000);
    assert_eq!(sum(&world.tokens), 377_000);
    // As it goes to another window.
    let handed = filled.handed(&world).unwrap();
    let handed = json(&String::from(JSON::stringify(&handed).unwrap()));
    let received = filled.received(&world, &handed).unwrap();
    assert_eq!(sum(&received), 123_000);
    for token in Array::from(&received).iter() {
        check_token(&world.manifest, &filled.pocket, &token).unwrap();
        assert!(
            check_token(&world.manifest, &world.seed, &token).is_err(),
            "not the purse's"
        );
    }
    // The same request again, after the answer was lost: the same bytes.
    assert_eq!(
        world.issuer.swap(&text(&filled.plan, "request")),
        Ok(filled.answer.clone())
    );
    // What is another's, or bent on the way, is nothing.
    let other = fill(&mut world, 123_000);
    assert_eq!(code(other.received(&world, &handed)), "proof_invalid");
    assert_eq!(
        code(filled.received(&world, &Array::new().into())),
        "answer_invalid"
    );
    let swapped = filled.answer.replace(
        &text(&Array::from(&handed).get(0), "proof"),
        &text(&Array::from(&other.handed(&world).unwrap()).get(0), "proof"),
    );
    let request = text(&filled.plan, "request");
    assert_eq!(
        code(swap_group(&world.manifest, &request, &number(0), &swapped)),
        "proof_invalid"
    );
    assert_eq!(
        code(swap_group(
            &world.manifest,
            &request,
            &number(2),
            &filled.answer
        )),
        "answer_invalid"
    );
}

#[wasm_bindgen_test]
fn elements_that_nobody_may_give_are_refused() {
    let mut world = World::new();
    world.load(500_000);
    let filled = fill(&mut world, 3_000);
    let outputs = Array::from(&get(&filled.asked, "outputs"));
    let weigh = |outputs: Array, currency: &str| {
        let members = [
            ("currency", currency.into()),
            ("outputs", outputs.into()),
            ("now", now()),
        ];
        code(worth_of(&world.manifest, &object(&members)))
    };
    let twice = outputs.concat(&Array::of1(&outputs.get(0)));
    assert_eq!(weigh(twice, "EUR"), "element_repeated");
    assert_eq!(weigh(outputs.clone(), "KRW"), "keyset_not_mintable");
    assert_eq!(weigh(Array::new(), "EUR"), "malformed");
    let no_point = format!("Av{}", "_".repeat(42));
    let keyset = get(&outputs.get(0), "keyset");
    let none = object(&[("keyset", keyset), ("blinded", no_point.into())]);
    assert_eq!(weigh(Array::of1(&none), "EUR"), "element_invalid");
    let swap = object(&[
        ("currency", "EUR".into()),
        ("tokens", Array::of1(&world.tokens.get(0)).into()),
        ("given", Array::of1(&outputs).into()),
        ("counters", world.counters.clone()),
        ("now", now()),
    ]);
    let smallest = world
        .tokens
        .iter()
        .find(|t| get(t, "amount") == 1_000)
        .unwrap();
    crate::world::set(&swap, "tokens", &Array::of1(&smallest));
    assert_eq!(
        code(plan_swap(&world.manifest, &world.seed, &swap)),
        "insufficient_funds"
    );
}

/// Everything that the second device finds in one keyset and branch.
fn search(world: &World, seed: &[u8], keyset: &JsValue) -> Vec<JsValue> {
    let (mut found, mut from, mut gap) = (Vec::new(), 0, 0);
    while gap < 100 {
        let of = [
            ("keyset", get(keyset, "id")),
            ("from", number(from)),
            ("count", number(50)),
        ];
        let request = prepare_restore(ISSUER, seed, &object(&of)).unwrap();
        let answer = world.issuer.restore(&request).unwrap();
        let of = [
            ("keyset", keyset.clone()),
            ("from", number(from)),
            ("request", request.into()),
        ];
        let tokens = finish_restore(&world.manifest, seed, &object(&of), &answer).unwrap();
        from += 50;
        gap += 50;
        for token in Array::from(&tokens).iter() {
            gap = from - 1 - get(&token, "counter").as_f64().unwrap() as u64;
            found.push(token);
        }
    }
    found
}

#[wasm_bindgen_test]
fn a_second_device_finds_every_unspent_token_and_goes_on_on_the_next_branch() {
    let mut world = World::new();
    let phrase = phrase_from_words(&format!("{}about", "abandon ".repeat(11))).unwrap();
    world.seed = phrase_seed(&phrase).unwrap();
    world.load(500_000);
    fill(&mut world, 123_000);
    let seed = phrase_seed(&phrase).unwrap();
    let next = on_branch(&seed, &number(1)).unwrap();
    let mut unspent = Vec::new();
    let mut spent_ones = 0;
    for keyset in Array::from(&world.manifest.keysets()).iter() {
        assert!(search(&world, &next, &keyset).is_empty(), "branch 1 is new");
        let found = search(&world, &seed, &keyset);
        let id =
            KeysetId::new(farthing_core::bytes::array_from_b64u(&text(&keyset, "id")).unwrap());
        let list = world.issuer.spent_list(&id);
        let asked: Array = found.iter().map(|t| get(t, "nullifier")).collect();
        let of = object(&[
            ("keyset", get(&keyset, "id")),
            ("prefix", "all".into()),
            ("nullifiers", asked.into()),
            ("now", now()),
        ]);
        let spent = look_up_spent(&world.manifest, &of, &list).unwrap();
        assert_eq!(get(&spent, "at"), now());
        let spent = Array::from(&get(&spent, "spent"));
        for (token, is_spent) in found.iter().zip(spent.iter()) {
            check_token_of(&world.manifest, &keyset, &seed, token).unwrap();
            if is_spent.is_truthy() {
                spent_ones += 1;
            } else {
                unspent.push(token.clone());
            }
        }
        let other = list.replacen("\"spent\":\"", "\"spent\":\"AAAA", 1);
        assert_eq!(
            code(look_up_spent(&world.manifest, &of, &other)),
            "spent_list_invalid"
        );
    }
    let kept: Vec<JsValue> = world.tokens.iter().collect();
    assert_eq!(
        nullifiers(&unspent),
        nullifiers(&kept),
        "every unspent token, and no other"
    );
    assert!(spent_ones > 0);
    // A swap spends what grew on branch 0 into tokens of branch 1, showing what is asked for with the blinds of branch 0.
    let unspent: Array = unspent.iter().collect();
    let all: Array = Array::from(&world.manifest.keysets())
        .iter()
        .map(|k| get(&k, "id"))
        .collect();
    let swap = object(&[
        ("currency", "EUR".into()),
        ("tokens", unspent.clone().into()),
        ("show", all.into()),
        ("counters", object(&[])),
        ("now", now()),
    ]);
    let plan = plan_swap(&world.manifest, &next, &swap).unwrap();
    let request = text(&plan, "request");
    let answer = world.issuer.swap(&request).unwrap();
    let own = get(&plan, "own");
    assert_eq!(own, 0);
    let fresh = finish_swap(
        &world.manifest,
        &next,
        &request,
        &own,
        &object(&[]),
        &answer,
    )
    .unwrap();
    assert_eq!(sum(&fresh), sum(&unspent));
    for token in Array::from(&fresh).iter() {
        check_token(&world.manifest, &next, &token).unwrap();
    }
}

#[wasm_bindgen_test]
fn an_order_is_found_by_its_claim_key_and_drawn_into_another_branch() {
    let mut world = World::new();
    let order = farthing_wasm::load::prepare_order(
        &world.manifest,
        &world.seed,
        &number(3),
        "EUR",
        &number(500_000),
    );
    let order = order.unwrap();
    world.issuer.order(&text(&order, "request")).unwrap();
    let id = OrderId::parse(&text(&order, "order")).unwrap();
    world.issuer.settle(&id);
    let question = prepare_find(ISSUER, &world.seed, &number(3)).unwrap();
    let answer = world.issuer.find(&question).unwrap();
    let found = finish_find(ISSUER, &world.seed, &number(3), &answer).unwrap();
    assert_eq!(text(&found, "order"), text(&order, "order"));
    assert_eq!(
        (text(&found, "state"), get(&found, "unminted")),
        ("settled".into(), number(500_000))
    );
    assert_eq!(
        code(finish_find(ISSUER, &world.seed, &number(4), &answer)),
        "answer_invalid"
    );
    let none = prepare_find(ISSUER, &world.seed, &number(4)).unwrap();
    assert_eq!(world.issuer.find(&none).unwrap_err().0, "order_unknown");

    let next = on_branch(&world.seed, &number(1)).unwrap();
    let draw = object(&[
        ("order", get(&found, "order")),
        ("claimCounter", number(3)),
        ("pouch", get(&found, "pouches")),
        ("mix", "0.50".into()),
        ("rest", get(&found, "unminted")),
        ("currency", "EUR".into()),
        ("counters", object(&[])),
        ("now", now()),
    ]);
    let wrong = prepare_draw(&world.manifest, &next, &draw).unwrap();
    let refused = world.issuer.draw(id, &text(&wrong, "request")).unwrap_err();
    assert_eq!(refused.0, "claim_signature", "the claim key is of branch 0");
    crate::world::set(&draw, "claimBranch", &number(0));
    let plan = prepare_draw(&world.manifest, &next, &draw).unwrap();
    let request = text(&plan, "request");
    let answer = world.issuer.draw(id, &request).unwrap();
    let fresh = finish_draw(&world.manifest, &next, &request, &object(&[]), &answer).unwrap();
    assert_eq!(sum(&fresh), 500_000);
}

#[wasm_bindgen_test]
async fn what_was_bought_is_read_again_by_a_device_that_has_seed_and_lead_alone() {
    let mut world = World::new();
    world.load(500_000);
    let plan = world.plan().unwrap();
    let answer = world.issuer.redeem(&text(&plan, "request")).unwrap();
    let bought = settled(finish_redemption(
        &world.manifest,
        &world.seed,
        &world.attempt(&plan),
        &answer,
    ))
    .await;
    let bought = held(&bought.unwrap());
    let tokens: Array = world
        .tokens
        .iter()
        .map(|token| get(&token, "token"))
        .collect();
    let inputs = Array::from(&get(&plan, "inputs"));
    let lead = world
        .tokens
        .iter()
        .find(|t| get(t, "nullifier") == inputs.get(0))
        .unwrap();
    let lead: Uint8Array = get(&lead, "token").into();
    let question = farthing_wasm::answer::prepare_answer(ISSUER, &lead.to_vec()).unwrap();
    let answer = world.issuer.answer(&question).unwrap();
    let recovered = settled(recover_answer(
        &world.manifest,
        &world.seed,
        &tokens,
        &answer,
    ))
    .await
    .unwrap();
    assert_eq!(text(&recovered, "operation"), "redeem");
    assert_eq!(get(&recovered, "lead"), inputs.get(0));
    let recovered = get(&recovered, "bought");
    assert_eq!(
        text(&recovered, "grant"),
        text(&bought, "grant"),
        "the very bytes"
    );
    assert_eq!(
        text(&get(&recovered, "view"), "aud"),
        "https://publisher.example"
    );
    crate::world::set(&recovered, "now", &now());
    let reading =
        Reading::recovered(&world.manifest, &world.offer, &world.seed, &recovered).unwrap();
    assert_eq!(
        decrypted(&reading, &world.article.part).await.unwrap(),
        world.article.text
    );
    let others = farthing_wasm::load::new_seed().unwrap();
    assert_eq!(
        code(Reading::recovered(
            &world.manifest,
            &world.offer,
            &others,
            &recovered
        )),
        "grant_invalid"
    );
    let rejected = settled(recover_answer(&world.manifest, &others, &tokens, &answer))
        .await
        .unwrap_err();
    assert_eq!(text(&rejected, "code"), "grant_invalid");
    crate::world::set(&recovered, "contentKey", &bytes(&[7; 32]));
    assert_eq!(
        code(Reading::recovered(
            &world.manifest,
            &world.offer,
            &world.seed,
            &recovered
        )),
        "key_mismatch"
    );
}

#[wasm_bindgen_test]
fn nothing_is_renewed_before_there_is_something_better() {
    let mut world = World::new();
    world.load(500_000);
    let renew = |within: u64| {
        let of = object(&[
            ("currency", "EUR".into()),
            ("tokens", world.tokens.clone().into()),
            ("now", now()),
            ("within", number(within)),
            ("most", number(8)),
        ]);
        Array::from(&tokens_to_renew(&world.manifest, &of).unwrap()).length()
    };
    assert_eq!(renew(30 * 86_400), 0);
    // Their keysets are the ones that are minted still: new tokens would end as soon.
    assert_eq!(renew(400 * 86_400), 0);
    let nullifier = text(&world.tokens.get(0), "nullifier");
    assert_eq!(spent_prefix(&nullifier, &number(0)).unwrap(), "all");
    assert_eq!(spent_prefix(&nullifier, &number(9)).unwrap().len(), 9);
    assert!(spent_prefix(&nullifier, &number(33)).is_err());
}
