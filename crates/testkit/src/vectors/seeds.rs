//! Where fuzzing begins: one good example of everything that a parser reads.

use super::jws::payload;
use super::wallets::Scene;
use super::{Value, parsed};
use crate::fixed::fixed_bytes;
use farthing_core::answer;
use farthing_core::content::{ContentKey, Header, MIN_CHUNK, seal};
use farthing_core::money::{Currency, Micro};
use farthing_core::request::{
    AnswerResponse, DrawResponse, FindRequest, FindResponse, RestoreRequest, RestoreResponse,
    order_id,
};
use farthing_core::resource::{Resource, Version};
use farthing_core::spent::{SpentClaims, list_hash};
use farthing_core::time::Timestamp;
use farthing_core::wallet::Seed as WalletSeed;

/// A seed: the parser it is for, its name, its bytes.
pub type Seed = (&'static str, &'static str, Vec<u8>);

/// All seeds, from the same purchase as the vectors.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let scene = Scene::new();
    let redeemed = parsed(&scene.redeem.1);
    let ordered = parsed(&scene.order.1);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (grant, disclosure) = (text(&redeemed["grant"]), text(&ordered["disclosure"]));
    let head = scene.issuer.heads[0].clone();
    let document = scene.publisher.document(&scene.issuer.id).to_json();
    let fresh = scene.tokens.last().unwrap();
    let header = Header::new(
        scene.publisher.id.clone(),
        Resource::parse("/a").unwrap(),
        Version::parse("1").unwrap(),
        fixed_bytes("seed/salt"),
        MIN_CHUNK,
        5,
    );
    let part = seal(&header.unwrap(), &ContentKey::new([1; 32]), b"hello").unwrap();
    let drawn = DrawResponse::parse(scene.draw.1.as_bytes()).unwrap();
    let evaluation = drawn.evaluations[0].clone();
    let elements = scene.draw.0.fields().elements.iter();
    let elements = elements.filter(|element| element.keyset == evaluation.keyset);
    let restore = RestoreRequest {
        keyset: evaluation.keyset,
        elements: elements.map(|element| element.blinded.clone()).collect(),
    };
    let restored = RestoreResponse {
        issued: vec![true; restore.elements.len()],
        evaluation: Some(evaluation),
    };
    let claim = WalletSeed::new(fixed_bytes("seed/claim")).claim(&scene.issuer.id, 0);
    let claim = claim.unwrap();
    let find = FindRequest {
        claim: *claim.public(),
        signature: claim.sign(&FindRequest::binding(&scene.issuer.id, claim.public())),
    };
    let found = FindResponse {
        order: order_id(&scene.issuer.id, claim.public()),
        state: "settled".to_owned(),
        currency: Currency::parse("EUR").unwrap(),
        value: Micro::new(500_000).unwrap(),
        unminted: Micro::ZERO,
        pouches: 1,
        disclosure: disclosure.clone(),
    };
    let spent = SpentClaims {
        issuer: scene.issuer.id.clone(),
        iat: Timestamp::default(),
        keyset: restore.keyset,
        prefix: "all".to_owned(),
        hash: list_hash(&[]),
    };
    let given = super::gifts::Given::new();
    let texts = [
        (
            "json",
            "object",
            r#"{"a":[0,9007199254740991,true,{"b":"\ud83d\ude00\n"}],"c":""}"#.to_owned(),
        ),
        ("json", "base64url", "AAECAwQF".to_owned()),
        ("jws", "offer", scene.article.offer_text.clone()),
        ("jws", "grant", grant.clone()),
        ("jws", "head", head.clone()),
        ("manifest", "body", scene.issuer.body_bytes()),
        ("manifest", "document", document),
        ("manifest", "head", payload(&head)),
        ("offer", "payload", payload(&scene.article.offer_text)),
        ("grant", "payload", payload(&grant)),
        ("grant", "disclosure", payload(&disclosure)),
        ("requests", "order", scene.order.0.clone()),
        ("requests", "ordered", scene.order.1.clone()),
        ("requests", "draw", scene.draw.0.to_json()),
        ("requests", "drawn", scene.draw.1.clone()),
        ("requests", "redeem", scene.redeem.0.clone()),
        ("requests", "redeemed", scene.redeem.1.clone()),
        ("requests", "swap", scene.swap.request.to_json()),
        ("requests", "swapped", scene.swap.answer.clone()),
        ("requests", "question", scene.question.0.clone()),
        ("requests", "answer", scene.question.1.clone()),
        ("requests", "restore", restore.to_json()),
        ("requests", "restored", restored.to_json()),
        ("requests", "find", find.to_json()),
        ("requests", "found", found.to_json()),
        ("requests", "claim", given.claim()),
        ("requests", "take_back", given.take_back()),
        ("requests", "gift_link", given.fragment()),
        ("requests", "redeem_gift", given.redeem().to_owned()),
        ("spent", "payload", spent.to_json()),
        ("spent", "all", "all".to_owned()),
        ("spent", "prefix", "0110".to_owned()),
        ("resource", "path", "/a%20b/c.html".to_owned()),
        ("resource", "escapes", "/%61%c3%a9/index.html".to_owned()),
        ("origin", "https", "https://issuer.example:8443".to_owned()),
        ("origin", "loopback", "http://[::1]:8080".to_owned()),
        ("origin", "ipv4", "http://127.0.0.1:3000".to_owned()),
    ];
    let texts = texts
        .into_iter()
        .map(|(parser, name, text)| (parser, name, text.into_bytes()));
    let lead = scene.lead().output();
    let stored = AnswerResponse::parse(scene.question.1.as_bytes()).unwrap();
    let packed = answer::open(lead, scene.payment.request.binding(), &stored.answer).unwrap();
    let bytes = [
        ("packed", "redeem", packed),
        ("packed", "swap", vec![2]),
        ("part", "short", part),
        ("token", "token", fresh.token.to_bytes().to_vec()),
        ("token", "evidence", fresh.evidence.to_bytes()),
    ];
    texts.chain(bytes).collect()
}
