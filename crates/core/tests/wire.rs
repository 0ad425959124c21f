//! Everything that is written reads back as itself, and a changed byte does not.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::disclosure::{Disclosure, DisclosureClaims};
use farthing_core::grant::{Grant, GrantClaims, GrantError, Paid};
use farthing_core::id::{GrantId, OrderId, QuoteId, Subject};
use farthing_core::jws;
use farthing_core::manifest::Body;
use farthing_core::money::Micro;
use farthing_core::offer::{OfferClaims, OfferError, PriceEntry, UnverifiedOffer};
use farthing_core::origin::{IssuerId, OriginPolicy};
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::request::{
    AnswerRequest, AnswerResponse, DrawRequest, DrawResponse, OrderRequest, OrderResponse,
    RedeemRequest, RedeemResponse,
};
use farthing_core::resource::Version;
use farthing_core::sign::SecretKey;
use farthing_core::time::Timestamp;
use farthing_core::token::{Evidence, Token};
use farthing_core::wallet::{self, Counters, Pouch, check_again, inquire};
use farthing_testkit::{
    Article, SealedArticle, TestIssuer, TestPublisher, TestReader, currency, issuer_id, page, time,
};
use proptest::prelude::*;
use std::sync::LazyLock;

/// One purchase with change, and all that was said in it.
struct Talk {
    issuer: TestIssuer,
    publisher: TestPublisher,
    reader: TestReader,
    article: SealedArticle,
    order: (String, String),
    order_id: OrderId,
    draw: (String, String),
    redeem: (String, String),
    answer: (String, String),
    grant: String,
    tokens: Vec<wallet::FreshToken>,
}

static TALK: LazyLock<Talk> = LazyLock::new(|| {
    let mut issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    issuer.register(&publisher.id, &publisher.keys());
    let mut article = Article::new("/2026/turnpikes");
    article.embedders = vec![page("embedder"), page("other")];
    let article = publisher.seal(&issuer, &article);
    let mut reader = TestReader::named("ann");
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let (eur, amount) = (currency("EUR"), Micro::new(500_000).unwrap());
    let load = wallet::order(
        &manifest,
        &reader.seed,
        0,
        eur,
        amount,
        manifest.terms.sha256,
    );
    let load = load.unwrap();
    let order_text = load.request.to_json();
    let order = issuer.order(&order_text).unwrap();
    issuer.settle(&load.order);
    let pouch = Pouch {
        order: load.order,
        claim_counter: 0,
        number: 0,
        mix: "0.50",
        rest: amount,
        currency: eur,
    };
    let before = Counters::default();
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
    let tokens = wallet::finish_draw(&manifest, &reader.seed, &draw, &before, &response).unwrap();
    reader.tokens = tokens
        .iter()
        .filter(|f| f.amount.get() >= 64_000)
        .cloned()
        .collect();
    let (payment, _) = reader
        .pay(&issuer, &manifest, &publisher, &article)
        .unwrap();
    let redeem_text = payment.request.to_json();
    let redeemed = issuer.redeem(&redeem_text).unwrap();
    let spent = payment.request.fields().inputs[0].nonce;
    let spent = tokens.iter().find(|f| *f.token.nonce() == spent).unwrap();
    let question = inquire(&issuer.id, &spent.token).to_json();
    let answered = issuer.answer(&question).unwrap();
    Talk {
        grant: RedeemResponse::parse(redeemed.as_bytes()).unwrap().grant,
        order: (order_text, order),
        order_id: load.order,
        draw: (draw.to_json(), drawn),
        redeem: (redeem_text, redeemed),
        answer: (question, answered),
        issuer,
        publisher,
        reader,
        article,
        tokens,
    }
});

#[test]
fn requests_and_answers_read_back_as_themselves() {
    let talk = &*TALK;
    let id = &talk.issuer.id;
    let order = OrderRequest::parse(talk.order.0.as_bytes()).unwrap();
    assert_eq!(order.to_json(), talk.order.0);
    assert!(order.is_signed(id));
    assert!(
        !order.is_signed(&issuer_id("other")),
        "the issuer is in the binding"
    );
    assert_eq!(
        OrderResponse::parse(talk.order.1.as_bytes())
            .unwrap()
            .to_json(),
        talk.order.1
    );
    let draw = DrawRequest::parse(talk.draw.0.as_bytes(), talk.order_id).unwrap();
    assert_eq!(draw.to_json(), talk.draw.0);
    assert!(draw.is_signed(id, &order.fields().claim));
    let elsewhere = DrawRequest::parse(talk.draw.0.as_bytes(), OrderId::new([1; 16])).unwrap();
    assert!(
        !elsewhere.is_signed(id, &order.fields().claim),
        "the order in the path is in the binding"
    );
    assert_eq!(
        DrawResponse::parse(talk.draw.1.as_bytes())
            .unwrap()
            .to_json(),
        talk.draw.1
    );
    let redeem = RedeemRequest::parse(talk.redeem.0.as_bytes(), id).unwrap();
    assert_eq!(redeem.to_json(), talk.redeem.0);
    assert_eq!(
        RedeemResponse::parse(talk.redeem.1.as_bytes())
            .unwrap()
            .to_json(),
        talk.redeem.1
    );
    assert_eq!(
        AnswerRequest::parse(talk.answer.0.as_bytes())
            .unwrap()
            .to_json(),
        talk.answer.0
    );
    assert_eq!(
        AnswerResponse::parse(talk.answer.1.as_bytes())
            .unwrap()
            .to_json(),
        talk.answer.1
    );
}

/// Each member of each object is wanted, and no other: dropped, doubled by another name, or of another type is refused.
#[test]
fn objects_have_exactly_their_members() {
    let talk = &*TALK;
    let document = talk.publisher.document(&talk.issuer.id).to_json();
    let body = talk.issuer.body_bytes();
    let id = &talk.issuer.id;
    type Reads<'a> = Box<dyn Fn(&str) -> bool + 'a>;
    let objects: [(&str, Reads<'_>); 10] = [
        (
            &talk.order.0,
            Box::new(|t| OrderRequest::parse(t.as_bytes()).is_ok()),
        ),
        (
            &talk.order.1,
            Box::new(|t| OrderResponse::parse(t.as_bytes()).is_ok()),
        ),
        (
            &talk.draw.0,
            Box::new(|t| DrawRequest::parse(t.as_bytes(), talk.order_id).is_ok()),
        ),
        (
            &talk.draw.1,
            Box::new(|t| DrawResponse::parse(t.as_bytes()).is_ok()),
        ),
        (
            &talk.redeem.0,
            Box::new(|t| RedeemRequest::parse(t.as_bytes(), id).is_ok()),
        ),
        (
            &talk.redeem.1,
            Box::new(|t| RedeemResponse::parse(t.as_bytes()).is_ok()),
        ),
        (
            &talk.answer.0,
            Box::new(|t| AnswerRequest::parse(t.as_bytes()).is_ok()),
        ),
        (
            &talk.answer.1,
            Box::new(|t| AnswerResponse::parse(t.as_bytes()).is_ok()),
        ),
        (
            &document,
            Box::new(|t| PublisherDocument::parse(t.as_bytes()).is_ok()),
        ),
        (&body, Box::new(|t| Body::parse(t.as_bytes()).is_ok())),
    ];
    for (text, reads) in objects {
        assert!(reads(text), "{text}");
        let tree: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut faults = 0;
        for fault in faults_of(&tree) {
            let fault = fault.to_string();
            assert!(!reads(&fault), "{fault}");
            faults += 1;
        }
        assert!(faults >= 6, "{faults} faults of {text}");
    }
}

/// A tree with one fault in one place, for each place that is an object.
fn faults_of(tree: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut faults = Vec::new();
    match tree {
        serde_json::Value::Object(map) => {
            let mut extra = map.clone();
            extra.insert("extra".to_owned(), 1.into());
            faults.push(extra.into());
            for name in map.keys() {
                let mut missing = map.clone();
                missing.remove(name);
                faults.push(missing.into());
                let mut other = map.clone();
                other.insert(name.clone(), serde_json::Value::Null);
                faults.push(other.into());
                let mut other = map.clone();
                let flipped = match &map[name] {
                    serde_json::Value::String(_) => 7.into(),
                    _ => "text".into(),
                };
                other.insert(name.clone(), flipped);
                faults.push(other.into());
                for inner in faults_of(&map[name]) {
                    let mut other = map.clone();
                    other.insert(name.clone(), inner);
                    faults.push(other.into());
                }
            }
        }
        serde_json::Value::Array(items) => {
            for inner in items.first().into_iter().flat_map(faults_of) {
                let mut other = items.clone();
                other[0] = inner;
                faults.push(other.into());
            }
        }
        _ => {}
    }
    faults
}

#[test]
fn manifests_and_documents_read_back_as_themselves() {
    let talk = &*TALK;
    let body = talk.issuer.body_bytes();
    assert_eq!(Body::parse(body.as_bytes()), Ok(talk.issuer.body.clone()));
    let document = talk.publisher.document(&talk.issuer.id);
    assert_eq!(
        PublisherDocument::parse(document.to_json().as_bytes()),
        Ok(document)
    );
}

#[test]
fn offers_read_back_as_themselves() {
    let talk = &*TALK;
    let offer = talk.article.offer(&talk.publisher);
    assert_eq!(*offer.claims(), talk.article.claims);
    assert_eq!(*offer.hash(), talk.article.offer_hash);
    for price in &offer.claims().prices {
        assert_eq!(offer.price(price), Some(price));
        let cheaper = PriceEntry {
            amount: Micro::new(1).unwrap(),
            ..price.clone()
        };
        assert_eq!(offer.price(&cheaper), None);
    }
}

/// A text of a JWS with one character changed is another text or none; with one bit of a part changed it does not verify.
#[test]
fn every_character_of_a_jws_counts() {
    let talk = &*TALK;
    let keys = talk.publisher.keys();
    let verify = |text: &str| {
        UnverifiedOffer::parse(text)
            .map_err(OfferError::from)
            .and_then(|offer| offer.verify(&talk.publisher.id, &keys))
    };
    let text = &talk.article.offer_text;
    assert!(verify(text).is_ok());
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        let place = alphabet.iter().position(|c| *c == changed[at]);
        // The next character of the alphabet; a dot becomes a letter.
        changed[at] = alphabet[place.map_or(0, |place| (place + 1) % 64)];
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(
            verify(&changed).map(|_| ()),
            Err(OfferError::Invalid),
            "character {at}"
        );
    }
    for changed in [
        format!("{text}="),
        format!("{text}."),
        format!("{text} "),
        format!(".{text}"),
        text.replacen('.', "..", 1),
        text.to_lowercase(),
        String::new(),
    ] {
        assert!(verify(&changed).is_err());
    }
    let padded = format!("{text}{}", "A".repeat(16 * 1024));
    assert!(UnverifiedOffer::parse(&padded).is_err(), "too long");
}

#[test]
fn kept_tokens_and_evidence_read_back_and_hold_no_other_bytes() {
    let talk = &*TALK;
    let manifest = talk
        .issuer
        .manifest(None, Some(&talk.issuer.pin()))
        .unwrap();
    for fresh in &talk.tokens {
        let kept = fresh.token.to_bytes();
        assert_eq!(kept.len(), 81);
        assert_eq!(Token::parse(&kept).unwrap().to_bytes(), kept);
        let evidence = fresh.evidence.to_bytes();
        assert_eq!(Evidence::parse(&evidence).unwrap().to_bytes(), evidence);
    }
    let fresh = &talk.tokens[0];
    let (kept, evidence) = (fresh.token.to_bytes(), fresh.evidence.to_bytes());
    let holds = |token: &[u8], evidence: &[u8]| {
        let (Some(token), Some(evidence)) = (Token::parse(token), Evidence::parse(evidence)) else {
            return false;
        };
        let keyset = manifest.keyset(fresh.token.keyset()).unwrap();
        check_again(
            &talk.reader.seed,
            &talk.issuer.id,
            keyset,
            fresh.counter,
            &token,
            &evidence,
        )
        .is_ok()
    };
    assert!(holds(&kept, &evidence));
    // Index and count stand after the proof: the index is of an element that is there, the count at most 64.
    let group = fresh.evidence.to_bytes()[68..72].to_vec();
    let mut beyond = evidence.clone();
    beyond[64..68].copy_from_slice(&group);
    assert!(Evidence::parse(&beyond).is_none(), "the index is the count");
    for at in 0..kept.len() {
        let mut changed = kept.to_vec();
        changed[at] ^= 1;
        assert!(!holds(&changed, &evidence), "token byte {at}");
    }
    for at in 0..evidence.len() {
        let mut changed = evidence.clone();
        changed[at] ^= 1;
        assert!(!holds(&kept, &changed), "evidence byte {at}");
    }
    for bytes in [&kept[..80], &[], &[kept.as_slice(), b"x"].concat()] {
        assert!(Token::parse(bytes).is_none());
    }
    for bytes in [
        &evidence[..evidence.len() - 1],
        &[],
        &[evidence.as_slice(), b"x"].concat(),
    ] {
        assert!(Evidence::parse(bytes).is_none());
    }
}

/// A grant is good for exactly what was asked, whatever else it says.
#[test]
fn grants_are_for_one_publisher_subject_and_key() {
    let talk = &*TALK;
    let keys = &talk.issuer.body.signing_keys;
    let grant = Grant::verify(&talk.grant, &talk.issuer.id, keys).unwrap();
    let claims = grant.claims().clone();
    let resigned = |claims: &GrantClaims, secret: &SecretKey, typ| {
        secret.sign_jws(typ, &claims.to_json()).unwrap()
    };
    let again = resigned(&claims, &talk.issuer.signing, jws::GRANT);
    assert_eq!(again, talk.grant, "signatures are deterministic");
    let verify = |text: &str| Grant::verify(text, &talk.issuer.id, keys);

    let other = SecretKey::from_bytes(&[5; 32]).unwrap();
    assert_eq!(
        verify(&resigned(&claims, &other, jws::GRANT)),
        Err(GrantError::Invalid)
    );
    for typ in [jws::OFFER, jws::MANIFEST, jws::DISCLOSURE, "JWT", ""] {
        assert_eq!(
            verify(&resigned(&claims, &talk.issuer.signing, typ)),
            Err(GrantError::Invalid),
            "{typ}"
        );
    }
    let elsewhere = GrantClaims {
        issuer: issuer_id("other"),
        ..claims.clone()
    };
    assert_eq!(
        verify(&resigned(&elsewhere, &talk.issuer.signing, jws::GRANT)),
        Err(GrantError::Invalid)
    );

    let ends = GrantClaims {
        access_until: Some(time(0)),
        refund_until: Some(time(5)),
        ..claims
    };
    let ends = verify(&resigned(&ends, &talk.issuer.signing, jws::GRANT)).unwrap();
    assert_eq!(ends.claims().access_until, Some(time(0)));
    assert_eq!(ends.check_access_as_hint(time(86_399)), Ok(()));
    assert_eq!(
        ends.check_access_as_hint(time(86_400)),
        Err(GrantError::Expired)
    );
    assert_eq!(
        grant.check_access_as_hint(Timestamp::new(1 << 52).unwrap()),
        Ok(()),
        "for ever"
    );
}

#[test]
fn disclosures_add_up_or_are_none() {
    let talk = &*TALK;
    let keys = &talk.issuer.body.signing_keys;
    let text = OrderResponse::parse(talk.order.1.as_bytes())
        .unwrap()
        .disclosure;
    let disclosure = Disclosure::verify(&text, &talk.issuer.id, keys).unwrap();
    let good = disclosure.claims().clone();
    let verify = |claims: &DisclosureClaims| {
        let text = talk
            .issuer
            .signing
            .sign_jws(jws::DISCLOSURE, &claims.to_json())
            .unwrap();
        Disclosure::verify(&text, &talk.issuer.id, keys)
    };
    assert_eq!(verify(&good).unwrap(), disclosure);
    let faults: [fn(&mut DisclosureClaims); 5] = [
        |c| one_more(&mut c.total),
        |c| one_more(&mut c.tax),
        |c| one_more(&mut c.value),
        |c| c.fees.clear(),
        |c| c.issuer = issuer_id("other"),
    ];
    for fault in faults {
        let mut claims = good.clone();
        fault(&mut claims);
        assert!(verify(&claims).is_err());
    }
    assert!(Disclosure::verify(&talk.grant, &talk.issuer.id, keys).is_err());
}

fn one_more(amount: &mut Micro) {
    *amount = Micro::new(amount.get() + 1).unwrap();
}

#[test]
fn a_disclosure_is_for_one_order_and_a_while() {
    let talk = &*TALK;
    let text = OrderResponse::parse(talk.order.1.as_bytes())
        .unwrap()
        .disclosure;
    let keys = &talk.issuer.body.signing_keys;
    let disclosure = Disclosure::verify(&text, &talk.issuer.id, keys).unwrap();
    let (eur, value) = (currency("EUR"), Micro::new(500_000).unwrap());
    let terms = talk.issuer.body.terms.sha256;
    let under = |terms, order: &OrderId, currency, value, at| {
        let asked = disclosure.check_order(order, currency, value, terms, time(at));
        asked.is_ok()
    };
    let check = |order: &OrderId, currency, value, at| under(&terms, order, currency, value, at);
    let order = &talk.order_id;
    // Made at 0, over at 900; a browser's clock may be a day off.
    for at in [-86_400, 0, 899, 900 + 86_399] {
        assert!(check(order, eur, value, at), "{at}");
    }
    for at in [-86_401, 900 + 86_400] {
        assert!(!check(order, eur, value, at), "{at}");
    }
    assert!(!check(&OrderId::new([1; 16]), eur, value, 0));
    assert!(!check(order, currency("USD"), value, 0));
    assert!(
        !check(order, eur, Micro::new(510_000).unwrap(), 0),
        "the total is not the value"
    );
    let other_terms = farthing_core::id::TermsHash::new([7; 32]);
    assert!(!under(&other_terms, order, eur, value, 0));
}

/// The stored answer opens with its lead and binding only.
#[test]
fn a_stored_answer_is_for_one_lead_and_binding() {
    use farthing_core::answer::{open, seal};
    use farthing_core::id::Binding;
    let (lead, other) = (TALK.tokens[0].token.output(), TALK.tokens[1].token.output());
    let binding = Binding::new([7; 32]);
    let sealed = seal(lead, &binding, b"the body").unwrap();
    assert_eq!(open(lead, &binding, &sealed).unwrap(), b"the body");
    assert_eq!(open(other, &binding, &sealed), None);
    assert_eq!(open(lead, &Binding::new([8; 32]), &sealed), None);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(open(lead, &binding, &changed), None);
    }
    assert_eq!(open(lead, &binding, &sealed[..15]), None);
}

fn offer_claims() -> impl Strategy<Value = OfferClaims> {
    let numbers = (
        0..1_u64 << 53,
        1..=400 * 86_400_u64,
        0..1_u64 << 53,
        0..1_u64 << 53,
        0..1_u64 << 53,
        1..1_u64 << 53,
    );
    let texts = (
        "/[a-z]{1,30}",
        "[A-Za-z0-9._-]{1,64}",
        "\\PC{1,100}",
        "[ -~]{0,100}",
    );
    (numbers, texts, any::<[u8; 32]>(), 1..1_000_u64).prop_map(|(numbers, texts, bytes, n)| {
        let (iat, life, words, access, refund, amount) = numbers;
        let iat = iat.min((1 << 53) - 1 - life);
        let mut claims = TALK.article.claims.clone();
        claims.iat = Timestamp::new(iat).unwrap();
        claims.exp = Timestamp::new(iat + life).unwrap();
        claims.resource = farthing_core::resource::Resource::parse(&texts.0).unwrap();
        claims.version = Version::parse(&texts.1).unwrap();
        claims.title = texts.2;
        claims.content.media_type = texts.3;
        claims.content.length = words;
        claims.words = words;
        claims.access = access;
        claims.refund = refund;
        claims.content.ct_hash = farthing_core::id::CtHash::new(bytes);
        claims.prices[0].amount = Micro::new(amount).unwrap();
        claims.prices.push(PriceEntry {
            currency: currency("KRW"),
            ..claims.prices[0].clone()
        });
        claims.pins[0].1.n = n;
        claims
    })
}

fn grant_claims() -> impl Strategy<Value = GrantClaims> {
    let numbers = proptest::array::uniform6(0..1_u64 << 53);
    (numbers, any::<[u8; 32]>(), any::<[u8; 16]>(), 1..u64::MAX).prop_map(
        |(n, subject, id, key)| {
            let micro = |n| Micro::new(n).unwrap();
            let time = |n: u64| Timestamp::new(n).unwrap();
            let mut secret = [0; 32];
            secret[24..].copy_from_slice(&key.to_be_bytes());
            GrantClaims {
                issuer: TALK.issuer.id.clone(),
                publisher: TALK.publisher.id.clone(),
                id: GrantId::new(id),
                iat: time(n[0]),
                subject: Subject::new(subject),
                amount: micro(n[1]),
                currency: currency("JPY"),
                paid: if n[0] % 2 == 0 {
                    Paid::Money
                } else {
                    Paid::Promo
                },
                issuer_fee: micro(n[2]),
                tax: micro(n[3]),
                access_until: (n[4] > 0).then(|| time(n[4])),
                refund_until: (n[5] > 0).then(|| time(n[5])),
                cnf: SecretKey::from_bytes(&secret).unwrap().public().unwrap(),
                giver: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_offer_reads_back_as_itself(claims in offer_claims()) {
        let text = TALK.publisher.signing.sign_jws(jws::OFFER, &claims.to_json()).unwrap();
        let offer = UnverifiedOffer::parse(&text).unwrap();
        let offer = offer.verify(&TALK.publisher.id, &TALK.publisher.keys()).unwrap();
        prop_assert_eq!(offer.claims(), &claims);
    }

    #[test]
    fn any_grant_reads_back_as_itself(claims in grant_claims()) {
        let text = TALK.issuer.signing.sign_jws(jws::GRANT, &claims.to_json()).unwrap();
        let grant = Grant::verify(&text, &TALK.issuer.id, &TALK.issuer.body.signing_keys).unwrap();
        prop_assert_eq!(grant.claims(), &claims);
    }

    #[test]
    fn any_disclosure_reads_back_as_itself(value in 0..1_u64 << 50, fees in prop::collection::vec(0..1_u64 << 48, 0..8), tax in 0..1_u64 << 50, words in "\\PC{0,50}", quote in any::<[u8; 16]>(), sandbox in any::<bool>()) {
        let talk = &*TALK;
        let text = OrderResponse::parse(talk.order.1.as_bytes()).unwrap().disclosure;
        let mut claims = Disclosure::verify(&text, &talk.issuer.id, &talk.issuer.body.signing_keys).unwrap().claims().clone();
        claims.total = Micro::new(value + tax + fees.iter().sum::<u64>()).unwrap();
        claims.value = Micro::new(value).unwrap();
        claims.tax = Micro::new(tax).unwrap();
        claims.fees = fees.into_iter().map(|fee| farthing_core::disclosure::Fee { kind: words.clone(), amount: Micro::new(fee).unwrap() }).collect();
        claims.expiry = words;
        claims.quote = QuoteId::new(quote);
        claims.sandbox = sandbox;
        let text = talk.issuer.signing.sign_jws(jws::DISCLOSURE, &claims.to_json()).unwrap();
        let read = Disclosure::verify(&text, &talk.issuer.id, &talk.issuer.body.signing_keys).unwrap();
        prop_assert_eq!(read.claims(), &claims);
    }

    /// A request with one changed character is refused when it is read, or its macs no longer fit: never both accepted
    /// and of the same binding, unless the change left the meaning alone.
    #[test]
    fn a_changed_request_is_another_request(at in any::<prop::sample::Index>(), to in prop::sample::select(b"AB1-_\"{}[]:,0 ".to_vec())) {
        let talk = &*TALK;
        let good = RedeemRequest::parse(talk.redeem.0.as_bytes(), &talk.issuer.id).unwrap();
        let mut text = talk.redeem.0.clone().into_bytes();
        let at = at.index(text.len());
        prop_assume!(text[at] != to);
        text[at] = to;
        if let Ok(other) = RedeemRequest::parse(&text, &talk.issuer.id) {
            let same_macs = other.macs() == good.macs();
            let same_binding = other.binding() == good.binding();
            // The offer's own signature is neither bound nor a mac: another one of the same text is the same offer.
            let same_offer_text = other.fields().offer == good.fields().offer;
            prop_assert!(!(same_macs && same_binding && same_offer_text));
        }
    }
}

/// Every field of a redemption is in its binding (R22).
#[test]
fn every_field_is_bound() {
    let talk = &*TALK;
    let good = RedeemRequest::parse(talk.redeem.0.as_bytes(), &talk.issuer.id).unwrap();
    let tree: serde_json::Value = serde_json::from_str(&talk.redeem.0).unwrap();
    let key = to_b64u(
        SecretKey::from_bytes(&[6; 32])
            .unwrap()
            .public()
            .unwrap()
            .bytes(),
    );
    let blinded = &serde_json::from_str::<serde_json::Value>(&talk.draw.0).unwrap()["elements"][0];
    let other_offer = talk
        .publisher
        .seal(&talk.issuer, &Article::new("/other"))
        .offer_text;
    let flipped = |pointer: &str| {
        let mut bytes = from_b64u(tree.pointer(pointer).unwrap().as_str().unwrap()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        serde_json::Value::from(to_b64u(&bytes))
    };
    let changes = [
        ("/manifest", 2.into()),
        ("/offer", other_offer.into()),
        ("/price/issuer", "https://other.example".into()),
        ("/price/currency", "KRW".into()),
        ("/price/amount", 1.into()),
        ("/price/sealing_kid", flipped("/price/sealing_kid")),
        ("/wrap", flipped("/wrap")),
        ("/cnf", key.clone().into()),
        ("/sealing", key.into()),
        ("/salt", flipped("/salt")),
        ("/outputs/0/keyset", flipped("/outputs/0/keyset")),
        ("/outputs/0/blinded", blinded["blinded"].clone()),
        ("/outputs", serde_json::json!([])),
        ("/inputs/0/keyset", flipped("/inputs/0/keyset")),
        ("/inputs/0/nonce", flipped("/inputs/0/nonce")),
    ];
    let mut bindings = vec![*good.binding()];
    for (pointer, value) in changes {
        let mut changed = tree.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let parsed = RedeemRequest::parse(changed.to_string().as_bytes(), &talk.issuer.id);
        // Another input may come out of order, which is as good a refusal.
        match parsed {
            Ok(request) => bindings.push(*request.binding()),
            Err(error) => assert_eq!(error.code(), "inputs_order", "{pointer}"),
        }
    }
    let elsewhere = RedeemRequest::parse(talk.redeem.0.as_bytes(), &issuer_id("b"));
    bindings.extend(elsewhere.ok().map(|request| *request.binding()));
    let count = bindings.len();
    assert!(count >= 14);
    bindings.sort_unstable();
    bindings.dedup();
    assert_eq!(bindings.len(), count, "two requests with one binding");
    // A mac alone changes nothing in the binding.
    let mut changed = tree.clone();
    changed["inputs"][0]["mac"] = flipped("/inputs/0/mac");
    let same = RedeemRequest::parse(changed.to_string().as_bytes(), &talk.issuer.id).unwrap();
    assert_eq!(same.binding(), good.binding());
}

/// Ids are never compared by prefix (R6).
#[test]
fn issuers_are_compared_whole() {
    let keys = &TALK.issuer.body.signing_keys;
    for other in [
        "https://issuer.example:8443",
        "https://issuer.exampl",
        "https://issuer.example.evil",
    ] {
        let other = IssuerId::parse(other, OriginPolicy::HttpsOnly).unwrap();
        assert_eq!(
            Grant::verify(&TALK.grant, &other, keys),
            Err(GrantError::Invalid)
        );
    }
}
