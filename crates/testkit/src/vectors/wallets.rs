//! What a wallet makes of an issuer's answers, in one purchase.

use super::jws::{crafted, header, payload, twin};
use super::{Folder, b64u, no_point, parsed, with};
use crate::fixed::{Deterministic, currency, fixed_bytes, time};
use crate::issuer::TestIssuer;
use crate::publisher::{Article, SealedArticle, TestPublisher};
use crate::reader::TestReader;
use farthing_core::answer;
use farthing_core::content::ContentKey;
use farthing_core::hpke::{key_info, seal};
use farthing_core::id::OrderId;
use farthing_core::jws;
use farthing_core::manifest::Manifest;
use farthing_core::money::Micro;
use farthing_core::request::{
    AnswerResponse, DrawRequest, DrawResponse, OrderRequest, RedeemResponse, SwapRequest,
    SwapResponse,
};
use farthing_core::token::Token;
use farthing_core::wallet::{
    self, Counters, FreshToken, Payment, Pouch, Seed, SwapCoin, SwapPlan, finish_swap, inquire,
};
use serde_json::{Value, json};

/// One purchase with change, and everything that was sent and answered.
pub(super) struct Scene {
    pub(super) issuer: TestIssuer,
    pub(super) publisher: TestPublisher,
    pub(super) article: SealedArticle,
    pub(super) seed: [u8; 32],
    pub(super) order_id: OrderId,
    pub(super) order: (String, String),
    pub(super) draw: (DrawRequest, String),
    pub(super) tokens: Vec<FreshToken>,
    pub(super) before: Counters,
    pub(super) payment: Payment,
    pub(super) redeem: (String, String),
    pub(super) question: (String, String),
    pub(super) swap: Swapped,
}

/// A swap that fills a pocket: tokens in, the pocket's group and one's own out.
pub(super) struct Swapped {
    pub(super) request: SwapRequest,
    pub(super) answer: String,
    /// What *answer* says of one of its inputs.
    question: String,
    pub(super) pocket: [u8; 32],
    /// The purse's counters before it.
    before: Counters,
    /// What each of the two made of its group.
    tokens: [Vec<FreshToken>; 2],
}

impl Swapped {
    /// Swaps the two largest tokens below 0.064 and a third, whose issuance is shown.
    fn new(
        issuer: &mut TestIssuer,
        manifest: &Manifest,
        reader: &mut TestReader,
        tokens: &[FreshToken],
    ) -> Self {
        let pocket = fixed_bytes("vector/pocket");
        let seed = Seed::new(pocket);
        let (eur, now) = (currency("EUR"), time(0));
        let worth = Micro::new(35_000).unwrap();
        let mut filled = Counters::default();
        let given = wallet::elements_for(manifest, &seed, eur, worth, &mut filled, now).unwrap();
        let mut small: Vec<_> = tokens.iter().filter(|t| t.amount.get() < 64_000).collect();
        small.sort_by_key(|fresh| (core::cmp::Reverse(fresh.amount), fresh.counter));
        let coins: Vec<_> = small
            .iter()
            .take(3)
            .enumerate()
            .map(|(index, fresh)| SwapCoin {
                token: &fresh.token,
                keyset: manifest.keyset(fresh.token.keyset()).unwrap(),
                branch: 0,
                counter: fresh.counter,
                shown: index == 2,
            })
            .collect();
        let plan = SwapPlan {
            currency: eur,
            coins: &coins,
            given: core::slice::from_ref(&given),
        };
        let before = reader.counters.clone();
        let request = wallet::swap(manifest, &reader.seed, &plan, &mut reader.counters, now);
        let request = request.unwrap();
        let answer = issuer.swap(&request.to_json()).unwrap();
        assert_eq!(issuer.swap(&request.to_json()).as_ref(), Ok(&answer));
        let question = inquire(&issuer.id, coins[0].token).to_json();
        let question = issuer.answer(&question).unwrap();
        let response = SwapResponse::parse(answer.as_bytes()).unwrap();
        let none = Counters::default();
        let theirs = finish_swap(manifest, &seed, &request, 0, &none, &response);
        let ours = finish_swap(manifest, &reader.seed, &request, 1, &before, &response);
        Self {
            request,
            answer,
            question,
            pocket,
            before,
            tokens: [theirs.unwrap(), ours.unwrap()],
        }
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut issuer = TestIssuer::new();
        let publisher = TestPublisher::new();
        issuer.register(&publisher.id, &publisher.keys());
        let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
        let seed = fixed_bytes("vector/seed");
        let mut reader = TestReader::named("vector");
        reader.seed = Seed::new(seed);
        let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
        let (eur, amount) = (currency("EUR"), Micro::new(500_000).unwrap());
        let load = wallet::order(
            &manifest,
            &reader.seed,
            0,
            eur,
            amount,
            manifest.terms.sha256,
        )
        .unwrap();
        let order = issuer.order(&load.request.to_json()).unwrap();
        issuer.settle(&load.order);
        let pouch = Pouch {
            order: load.order,
            claim_counter: 0,
            number: 0,
            mix: "0.50",
            rest: amount,
            currency: eur,
        };
        let draw = wallet::draw(
            &manifest,
            &reader.seed,
            &pouch,
            &mut reader.counters,
            time(0),
        )
        .unwrap();
        let drawn = issuer.draw(load.order, &draw.to_json()).unwrap();
        let response = DrawResponse::parse(drawn.as_bytes()).unwrap();
        let tokens = wallet::finish_draw(
            &manifest,
            &reader.seed,
            &draw,
            &Counters::default(),
            &response,
        )
        .unwrap();
        // Large coins only: 0.200 is then paid with change.
        reader.tokens = tokens
            .iter()
            .filter(|fresh| fresh.amount.get() >= 64_000)
            .cloned()
            .collect();
        let (payment, before) = reader
            .pay(&issuer, &manifest, &publisher, &article)
            .unwrap();
        let redeem = payment.request.to_json();
        let redeemed = issuer.redeem(&redeem).unwrap();
        let input = payment.request.fields().inputs.last().unwrap();
        let spent = tokens
            .iter()
            .find(|fresh| *fresh.token.nonce() == input.nonce)
            .unwrap();
        let question = inquire(&issuer.id, &spent.token).to_json();
        let answered = issuer.answer(&question).unwrap();
        let swap = Swapped::new(&mut issuer, &manifest, &mut reader, &tokens);
        Self {
            order_id: load.order,
            order: (load.request.to_json(), order),
            draw: (draw, drawn),
            redeem: (redeem, redeemed),
            question: (question, answered),
            issuer,
            publisher,
            article,
            seed,
            tokens,
            before,
            payment,
            swap,
        }
    }

    /// The lead of the redemption.
    pub(super) fn lead(&self) -> &Token {
        let lead = self.payment.request.fields().lead().unwrap();
        let mut tokens = self.tokens.iter().map(|fresh| &fresh.token);
        tokens.find(|token| *token.nonce() == lead.nonce).unwrap()
    }

    /// The claim key that the order was made with.
    pub(super) fn claim(&self) -> Value {
        let order = OrderRequest::parse(self.order.0.as_bytes()).unwrap();
        b64u(order.fields().claim.bytes())
    }
}

fn counters(counters: &Counters) -> Value {
    let pairs = counters.pairs();
    pairs
        .map(|(keyset, next)| json!({ "keyset": b64u(keyset.bytes()), "next": next }))
        .collect()
}

fn kept<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> Value {
    tokens
        .into_iter()
        .map(|token| b64u(token.to_bytes()))
        .collect()
}

/// Section 10, order: what is shown before paying.
pub(super) fn disclosures(scene: &Scene) -> Folder {
    let mut folder = Folder::new("disclosure");
    let answer = parsed(&scene.order.1);
    let text = answer["disclosure"].as_str().unwrap();
    let input = json!({ "manifest": scene.issuer.body_bytes(), "disclosure": text });
    let claims = parsed(&payload(text));
    let expect = json!({ "order": claims["order"], "total": 510_000, "value": 500_000 });
    folder.good(
        "load",
        "A load of 0.50 with a fee of 0.01.",
        "section 10",
        &input,
        &expect,
    );
    folder.good(
        "other_signature",
        "(r, n - s) is a signature too.",
        "R2",
        &with(&input, "/disclosure", twin(text)),
        &expect,
    );
    for (fault, text) in super::jws::faults(&scene.issuer.signing, text, jws::DISCLOSURE) {
        folder.bad(
            fault,
            "Not a JWS of this issuer's as R4 has it.",
            "R4",
            &with(&input, "/disclosure", text),
            "disclosure_invalid",
        );
    }
    let resign = |claims: &Value| {
        let secret = &scene.issuer.signing;
        with(
            &input,
            "/disclosure",
            crafted(
                secret,
                &header(secret, jws::DISCLOSURE),
                &claims.to_string(),
            ),
        )
    };
    let bad: [(&str, &str, Value); 6] = [
        ("total_below_its_parts", "/total", 500_000.into()),
        ("fee_not_in_the_total", "/fees/0/amount", 20_000.into()),
        ("tax_not_in_the_total", "/tax", 1.into()),
        (
            "iss_of_another_issuer",
            "/iss",
            "https://other.example".into(),
        ),
        ("moment_unknown", "/moment", "later".into()),
        ("sandbox_not_a_truth_value", "/sandbox", 1.into()),
    ];
    for (fault, pointer, value) in bad {
        folder.bad(
            fault,
            "Its sums or members do not fit.",
            "section 10",
            &resign(&with(&claims, pointer, value)),
            "disclosure_invalid",
        );
    }
    folder
}

/// R10, R12: tokens from an issuer's evaluations.
pub(super) fn draws(scene: &Scene) -> Folder {
    let mut folder = Folder::new("draw");
    let (request, response) = (scene.draw.0.to_json(), parsed(&scene.draw.1));
    let input = json!({
        "seed": b64u(scene.seed), "manifest": scene.issuer.body_bytes(), "order": b64u(scene.order_id.bytes()), "request": request, "counters": [], "response": scene.draw.1,
    });
    let expect = json!({ "tokens": kept(scene.tokens.iter().map(|fresh| &fresh.token)) });
    folder.good(
        "pouch",
        "Eighteen tokens from a pouch of 0.50.",
        "R12",
        &input,
        &expect,
    );
    let answered = |response: &Value| with(&input, "/response", response.to_string());
    let all = response["evaluations"].as_array().unwrap();
    let swapped: Vec<_> = [&all[1], &all[0]]
        .into_iter()
        .chain(&all[2..])
        .cloned()
        .collect();
    let first = all[0]["evaluated"].as_array().unwrap();
    let reversed: Vec<_> = first.iter().rev().cloned().collect();
    let rogue = TestIssuer::named("rogue");
    let by_rogue = {
        let binding = scene.draw.0.fields().binding(&scene.issuer.id);
        let keyset = scene.draw.0.fields().elements[0].keyset;
        let group: Vec<_> = scene
            .draw
            .0
            .fields()
            .elements
            .iter()
            .filter(|o| o.keyset == keyset)
            .map(|o| &o.blinded)
            .collect();
        let secret = rogue.secrets.values().next().unwrap();
        let evaluation = secret.evaluate(&keyset, &binding, &group).unwrap();
        let mut one = parsed(
            &DrawResponse {
                evaluations: vec![evaluation],
            }
            .to_json(),
        );
        one["evaluations"][0].take()
    };
    let bad = [
        (
            "proof_of_another_keyset",
            "A proof is for one keyset.",
            with(&response, "/evaluations/0/proof", all[1]["proof"].clone()),
            "proof_invalid",
        ),
        (
            "evaluated_under_another_key",
            "Elements and proof are right, but under another key than the manifest's.",
            with(&response, "/evaluations/0", by_rogue),
            "proof_invalid",
        ),
        (
            "elements_in_another_order",
            "The proof covers the elements in the order sent.",
            with(&response, "/evaluations/0/evaluated", reversed),
            "proof_invalid",
        ),
        (
            "element_of_another_group",
            "An element is another.",
            with(
                &response,
                "/evaluations/0/evaluated/0",
                all[1]["evaluated"][0].clone(),
            ),
            "proof_invalid",
        ),
        (
            "groups_in_another_order",
            "Groups stand in the order of their first appearance.",
            with(&response, "/evaluations", swapped),
            "answer_invalid",
        ),
        (
            "group_missing",
            "A keyset was not answered.",
            with(&response, "/evaluations", all[1..].to_vec()),
            "answer_invalid",
        ),
        (
            "element_missing",
            "An element was not answered.",
            with(&response, "/evaluations/0/evaluated", first[1..].to_vec()),
            "answer_invalid",
        ),
        (
            "element_off_the_curve",
            "An element is no point.",
            with(&response, "/evaluations/0/evaluated/0", no_point()),
            "malformed",
        ),
        (
            "element_in_compact_form",
            "A point has one form on the wire.",
            with(&response, "/evaluations/0/evaluated/0", compact(&first[0])),
            "malformed",
        ),
        (
            "proof_zero",
            "Both halves of a proof are scalars other than zero.",
            with(&response, "/evaluations/0/proof", b64u([0; 64])),
            "malformed",
        ),
        (
            "extra_member",
            "A member that nobody knows.",
            with(&response, "/extra", 1),
            "malformed",
        ),
    ];
    for (fault, about, response, code) in bad {
        folder.bad(fault, about, "R12", &answered(&response), code);
    }
    let moved = json!([{ "keyset": all[0]["keyset"], "next": 1 }]);
    let moved = with(&input, "/counters", moved);
    let about = "The elements were made from other counters: the journal is wrong.";
    folder.bad("counters_moved_on", about, "R13", &moved, "token_corrupt");
    let other = with(&input, "/seed", b64u([1; 32]));
    let about = "The elements are another wallet's.";
    folder.bad(
        "seed_of_another_wallet",
        about,
        "section 4",
        &other,
        "token_corrupt",
    );
    folder
}

/// The compact form (0x05) of a compressed point.
pub(super) fn compact(element: &Value) -> Value {
    let mut bytes = farthing_core::bytes::from_b64u(element.as_str().unwrap()).unwrap();
    bytes[0] = 5;
    b64u(bytes)
}

/// R21, R29: what a purchase gave.
pub(super) fn payments(scene: &Scene) -> Folder {
    let mut folder = Folder::new("payment");
    let input = json!({
        "seed": b64u(scene.seed),
        "manifest": scene.issuer.body_bytes(),
        "document": scene.publisher.document(&scene.issuer.id).to_json(),
        "offer": scene.article.offer_text,
        "request": scene.redeem.0,
        "counters": counters(&scene.before),
        "response": scene.redeem.1,
    });
    let manifest = scene
        .issuer
        .manifest(None, Some(&scene.issuer.pin()))
        .unwrap();
    let response = RedeemResponse::parse(scene.redeem.1.as_bytes()).unwrap();
    let offer = scene.article.offer(&scene.publisher);
    let seed = Seed::new(scene.seed);
    let (decryption, sealed) = wallet::finish_payment(
        &manifest,
        &seed,
        &offer,
        &scene.payment.request,
        &scene.before,
        &response,
    )
    .unwrap();
    let purchase = sealed.opened(decryption.open().as_deref()).unwrap();
    let expect = json!({ "cek": b64u(scene.article.key.bytes()), "change": kept(purchase.change.iter().map(|fresh| &fresh.token)) });
    folder.good(
        "article",
        "An article for 0.20, with change.",
        "R21",
        &input,
        &expect,
    );
    let response = parsed(&scene.redeem.1);
    let grant = response["grant"].as_str().unwrap();
    let twinned = with(&response, "/grant", twin(grant)).to_string();
    folder.good(
        "other_signature",
        "(r, n - s) is a signature too.",
        "R2",
        &with(&input, "/response", twinned),
        &expect,
    );
    let claims = parsed(&payload(grant));
    let late = with(&claims, "/iat", claims["iat"].as_u64().unwrap() + 86_400);
    let resign = |claims: &Value| {
        let secret = &scene.issuer.signing;
        let text = crafted(secret, &header(secret, jws::GRANT), &claims.to_string());
        with(
            &input,
            "/response",
            with(&response, "/grant", text).to_string(),
        )
    };
    folder.good(
        "grant_of_a_faster_clock",
        "The issuer's clock is no reason to refuse what was paid.",
        "R21",
        &resign(&late),
        &expect,
    );
    // The folder of grants has them all.
    let some = [
        "alg_none",
        "header_jwk",
        "signature_changed",
        "key_of_nobody",
    ];
    let faults = super::jws::faults(&scene.issuer.signing, grant, jws::GRANT).into_iter();
    for (fault, text) in faults.filter(|(fault, _)| some.contains(fault)) {
        let answer = with(&response, "/grant", text).to_string();
        let about = "Not a JWS of this issuer's as R4 has it.";
        let input = with(&input, "/response", answer);
        folder.bad(
            &format!("grant_{fault}"),
            about,
            "R4",
            &input,
            "grant_invalid",
        );
    }
    for (fault, pointer, value) in super::grants::faults() {
        folder.bad(
            &format!("grant_{fault}"),
            "The grant is not for what was asked.",
            "R21",
            &resign(&with(&claims, pointer, value)),
            "grant_invalid",
        );
    }
    let answered = |pointer: &str, value: Value| {
        with(
            &input,
            "/response",
            with(&response, pointer, value).to_string(),
        )
    };
    let mut key = farthing_core::bytes::from_b64u(response["key"].as_str().unwrap()).unwrap();
    key[112] ^= 1;
    let other = {
        // Rightly sealed to the reader for this request, but the key of another text.
        let (fields, binding) = (
            scene.payment.request.fields(),
            scene.payment.request.binding(),
        );
        let other = ContentKey::new(fixed_bytes("vector/other cek"));
        let mut random = Deterministic::new("vector/release");
        seal(&fields.sealing, &key_info(binding), &other, &mut |bytes| {
            random.fill(bytes)
        })
        .unwrap()
    };
    let about = "The released key opens, but the offer commits to another.";
    folder.bad(
        "key_of_another_text",
        about,
        "R29",
        &answered("/key", b64u(other)),
        "key_mismatch",
    );
    let change = response["change"].as_array().unwrap();
    folder.bad(
        "key_changed",
        "The released key does not open.",
        "R29",
        &answered("/key", b64u(key)),
        "key_mismatch",
    );
    folder.bad(
        "key_is_the_wrap",
        "The released key is sealed to the issuer.",
        "R29",
        &answered("/key", b64u(scene.article.wrap)),
        "key_mismatch",
    );
    folder.bad(
        "change_missing",
        "Less change than asked for.",
        "R24",
        &answered("/change", change[1..].to_vec().into()),
        "answer_invalid",
    );
    folder.bad(
        "change_unproven",
        "A proof is another's.",
        "R12",
        &answered("/change/0/proof", change[1]["proof"].clone()),
        "proof_invalid",
    );
    folder
}

/// Section 9, the stored answer.
pub(super) fn answers(scene: &Scene) -> Folder {
    let mut folder = Folder::new("answer");
    let tokens = kept(scene.tokens.iter().map(|fresh| &fresh.token));
    let id = scene.issuer.id.as_str();
    let question = &scene.question.1;
    let input =
        json!({ "seed": b64u(scene.seed), "issuer": id, "tokens": tokens, "response": question });
    let cek = b64u(scene.article.key.bytes());
    let grant = &parsed(&scene.redeem.1)["grant"];
    folder.good(
        "redeem",
        "The wallet finds the lead among its tokens, opens the answer, and has key and grant again.",
        "R28",
        &input,
        &json!({ "operation": "redeem", "cek": cek, "grant": grant }),
    );
    folder.good(
        "swap",
        "Nothing is stored of a swap: its response is made again.",
        "R28",
        &with(&input, "/response", scene.swap.question.as_str()),
        &json!({ "operation": "swap" }),
    );
    let response = parsed(question);
    let lead = scene.payment.request.fields().lead().unwrap();
    let others = scene.tokens.iter().map(|fresh| &fresh.token);
    let others = kept(others.filter(|token| *token.nonce() != lead.nonce));
    folder.bad(
        "lead_not_mine",
        "The lead is not among the tokens.",
        "R28",
        &with(&input, "/tokens", others),
        "answer_invalid",
    );
    let mut sealed = farthing_core::bytes::from_b64u(response["answer"].as_str().unwrap()).unwrap();
    sealed[0] ^= 1;
    let mut changes = vec![
        ("answer_changed", "/answer", b64u(sealed)),
        ("binding_of_another_request", "/binding", b64u([1; 32])),
        ("lead_unknown", "/lead", b64u([1; 32])),
    ];
    changes.extend(unpackable(scene).map(|(fault, sealed)| (fault, "/answer", b64u(sealed))));
    for (fault, pointer, value) in changes {
        let changed = with(
            &input,
            "/response",
            with(&response, pointer, value).to_string(),
        );
        folder.bad(
            fault,
            "The answer does not open, or is no packed answer.",
            "section 9",
            &changed,
            "answer_invalid",
        );
    }
    folder.bad(
        "issuer_of_another_name",
        "The token is another issuer's.",
        "section 3",
        &with(&input, "/issuer", "https://other.example"),
        "answer_invalid",
    );
    folder
}

/// Stored answers that open and are no packed answer, by their fault.
fn unpackable(scene: &Scene) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let (lead, binding) = (scene.lead().output(), scene.payment.request.binding());
    let response = AnswerResponse::parse(scene.question.1.as_bytes()).unwrap();
    let packed = answer::open(lead, binding, &response.answer).unwrap();
    let amount = 1 + 32 + 32 + 64 + 32 + 3;
    assert_eq!(packed[amount..amount + 3], [0xc0, 0x9a, 0x0c], "200,000");
    let changed = |at: usize, bytes: &[u8]| {
        let mut changed = packed.clone();
        changed.splice(at..at + bytes.len(), bytes.iter().copied());
        changed
    };
    let mut longer = packed.clone();
    longer.splice(amount + 2..amount + 3, [0x8c, 0x00]);
    let faults = [
        ("packed_form_unknown", changed(0, &[5])),
        ("packed_nothing", Vec::new()),
        ("packed_cut_off", packed[..amount + 2].to_vec()),
        (
            "packed_publisher_missing",
            packed[..packed.len() - 25].to_vec(),
        ),
        ("packed_publisher_no_origin", [&packed[..], b"/"].concat()),
        ("packed_number_longer_than_needed", longer),
        ("packed_currency_no_letters", changed(amount - 3, b"eur")),
        ("packed_swap_with_more", vec![2, 0]),
    ];
    let seal = |packed: &[u8]| answer::seal(lead, binding, packed).unwrap();
    faults
        .map(|(fault, bytes)| (fault, seal(&bytes)))
        .into_iter()
}

/// Section 9, key release: what the issuer makes, at first and again.
pub(super) fn key_releases(scene: &Scene) -> Folder {
    let mut folder = Folder::new("key_release");
    let response = RedeemResponse::parse(scene.redeem.1.as_bytes()).unwrap();
    let request = &scene.payment.request;
    let input = json!({
        "lead": b64u(&*scene.lead().to_bytes()),
        "binding": b64u(request.binding().bytes()),
        "sealing": b64u(request.fields().sealing.bytes()),
        "cek": b64u(scene.article.key.bytes()),
    });
    folder.good(
        "again",
        "The ephemeral key derives from lead and binding: the same request, the same bytes.",
        "R26",
        &input,
        &json!({ "key": b64u(response.key) }),
    );
    folder
}

/// Section 10, swap: a group of evaluations to kept tokens.
pub(super) fn swaps(scene: &Scene) -> Folder {
    let mut folder = Folder::new("swap");
    let swap = &scene.swap;
    let (request, response) = (swap.request.to_json(), parsed(&swap.answer));
    let input = |group: usize, seed: [u8; 32], before: &Counters| {
        json!({
            "seed": b64u(seed), "manifest": scene.issuer.body_bytes(), "request": request, "group": group,
            "counters": counters(before), "response": swap.answer,
        })
    };
    let [theirs, ours] = &swap.tokens;
    let expect =
        |tokens: &[FreshToken]| json!({ "tokens": kept(tokens.iter().map(|fresh| &fresh.token)) });
    let pocket = input(0, swap.pocket, &Counters::default());
    folder.good(
        "pocket",
        "The pocket makes its tokens from the first group, with nothing of the purse's.",
        "section 10",
        &pocket,
        &expect(theirs),
    );
    folder.good(
        "purse",
        "The purse makes its tokens from the second group.",
        "section 10",
        &input(1, scene.seed, &swap.before),
        &expect(ours),
    );
    let answered = |response: &Value| with(&pocket, "/response", response.to_string());
    let groups = response["groups"].as_array().unwrap();
    let first = &groups[0]["evaluations"];
    let bad = [
        (
            "group_missing",
            "A group was not answered.",
            with(&response, "/groups", groups[..1].to_vec()),
            "answer_invalid",
        ),
        (
            "proof_of_another_keyset",
            "A proof is for one keyset and group.",
            with(
                &response,
                "/groups/0/evaluations/0/proof",
                first[1]["proof"].clone(),
            ),
            "proof_invalid",
        ),
        (
            "element_off_the_curve",
            "An element is no point.",
            with(&response, "/groups/0/evaluations/0/evaluated/0", no_point()),
            "malformed",
        ),
    ];
    for (fault, about, response, code) in bad {
        folder.bad(fault, about, "R12", &answered(&response), code);
    }
    folder
}
