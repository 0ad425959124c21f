//! Sealed text through WebCrypto, against the AES in Rust.

use crate::world::{World, code, code_of, decrypted, held, rejected, settled, text};
use farthing_core::content::{SealedPart, open};
use farthing_testkit::Article;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Five chunks, the last one short.
fn long() -> Article {
    let mut article = Article::new("/2026/turnpikes");
    article.text = (0..300_000_u32)
        .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .collect();
    article
}

#[wasm_bindgen_test]
async fn webcrypto_opens_what_the_core_opens() {
    let mut world = World::with(long());
    let reading = world.bought().await;
    let opened = decrypted(&reading, &world.article.part).await.unwrap();
    let part = SealedPart::parse(&world.article.part).unwrap();
    assert_eq!(part.chunks().len(), 5);
    assert_eq!(opened, open(&part, &world.article.key).unwrap());
    assert_eq!(opened, world.article.text);
}

#[wasm_bindgen_test]
async fn an_empty_part_is_one_chunk() {
    let mut article = Article::new("/2026/turnpikes");
    article.text = Vec::new();
    let mut world = World::with(article);
    let reading = world.bought().await;
    let opened = decrypted(&reading, &world.article.part).await.unwrap();
    assert_eq!(opened.len(), 0);
}

#[wasm_bindgen_test]
async fn another_part_is_a_mismatch() {
    let mut world = World::with(long());
    let reading = world.bought().await;
    let mut part = world.article.part.clone();
    *part.last_mut().unwrap() ^= 1;
    assert_eq!(
        code_of(&decrypted(&reading, &part).await.unwrap_err()),
        "content_mismatch"
    );
    assert_eq!(code(world.offer.check_part(&part)), "content_mismatch");
    part.pop();
    assert_eq!(
        code_of(&decrypted(&reading, &part).await.unwrap_err()),
        "content_mismatch"
    );
    assert_eq!(
        code_of(&decrypted(&reading, &[]).await.unwrap_err()),
        "content_mismatch"
    );
}

/// The commitment covers every byte, so that only a publisher's own mistake reaches the tag: an offer over a chunk that
/// was not sealed under the key. Here it is the third of five.
fn damaged_by_its_publisher() -> World {
    let mut world = World::with(long());
    let mut part = world.article.part.clone();
    part[150_000] ^= 1;
    let mut claims = world.article.claims.clone();
    claims.content.ct_hash = SealedPart::parse(&part).unwrap().ct_hash();
    let (key, text) = (world.article.key.clone(), world.article.text.clone());
    world.article = world.publisher.sign(&world.issuer, claims, part, key, text);
    let offer = farthing_wasm::offer::Offer::open(
        &world.article.offer_text,
        &world.document,
        "https://publisher.example",
        "/2026/turnpikes",
    );
    world.offer = offer.unwrap();
    world
}

#[wasm_bindgen_test]
async fn a_chunk_that_does_not_open_is_corrupt() {
    let mut world = damaged_by_its_publisher();
    let reading = world.bought().await;
    world.offer.check_part(&world.article.part).unwrap();
    let opened = decrypted(&reading, &world.article.part).await;
    assert_eq!(code_of(&opened.unwrap_err()), "content_corrupt");
}

/// Hides `crypto.subtle`, as a page over plain http has it, as long as it lives.
struct Insecure(Object);

impl Insecure {
    fn new() -> Self {
        let crypto: Object = Reflect::get(&js_sys::global(), &"crypto".into())
            .unwrap()
            .into();
        let hidden = Object::new();
        Reflect::set(&hidden, &"value".into(), &JsValue::UNDEFINED).unwrap();
        Reflect::set(&hidden, &"configurable".into(), &true.into()).unwrap();
        Object::define_property(&crypto, &"subtle".into(), &hidden);
        Self(crypto)
    }
}

impl Drop for Insecure {
    fn drop(&mut self) {
        Reflect::delete_property(&self.0, &"subtle".into()).unwrap();
    }
}

/// A page without WebCrypto could not open what it pays for; it is told, and nothing that was bought is lost.
#[wasm_bindgen_test]
async fn without_webcrypto_nothing_opens() {
    let mut world = World::with(long());
    world.load(500_000);
    let plan = world.plan().unwrap();
    let answer = world.issuer.redeem(&text(&plan, "request")).unwrap();
    let redemption = settled(world.finish(&plan, &answer)).await.unwrap();
    let held = held(&redemption);
    let reading = world.reading(&held).await;

    let insecure = Insecure::new();
    let refused = [
        rejected(world.finish(&plan, &answer)).await,
        rejected(world.open(&held)).await,
        rejected(reading.decrypt(&world.article.part)).await,
    ];
    drop(insecure);
    assert_eq!(refused, ["internal", "internal", "internal"]);

    settled(world.finish(&plan, &answer)).await.unwrap();
    let reading = world.reading(&held).await;
    let opened = decrypted(&reading, &world.article.part).await;
    assert_eq!(opened.unwrap(), world.article.text);
}
