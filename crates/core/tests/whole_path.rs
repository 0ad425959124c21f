//! One purchase from order to text, and the ways it can be interrupted.

#![expect(
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::answer::PackedAnswer;
use farthing_core::content::{self, SealedPart};
use farthing_core::disclosure::Disclosure;
use farthing_core::grant::Grant;
use farthing_core::id::Nonce;
use farthing_core::manifest::Manifest;
use farthing_core::money::Micro;
use farthing_core::offer::OfferError;
use farthing_core::request::{
    AnswerResponse, DrawResponse, OrderResponse, RedeemRequest, RedeemResponse,
};
use farthing_core::wallet::{
    self, Counters, OwnedGrant, Pouch, WalletError, check_again, inquire, open_answer,
};
use farthing_testkit::{
    Article, NOW, Refusal, SealedArticle, TestIssuer, TestPublisher, TestReader, currency, page,
    time,
};

struct Town {
    issuer: TestIssuer,
    publisher: TestPublisher,
    reader: TestReader,
    article: SealedArticle,
}

fn town() -> Town {
    let mut issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    issuer.register(&publisher.id, &publisher.keys());
    let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
    Town {
        issuer,
        publisher,
        reader: TestReader::named("ann"),
        article,
    }
}

/// Two coins of 0.128 and two of 0.064: 0.200 cannot be paid without change.
fn load_large_coins(t: &mut Town) -> Manifest {
    let manifest = t.issuer.manifest(None, Some(&t.issuer.pin())).unwrap();
    t.reader.load(&mut t.issuer, &manifest, 500_000).unwrap();
    t.reader.tokens.retain(|fresh| fresh.amount.get() >= 64_000);
    assert_eq!(t.reader.balance().get(), 384_000);
    manifest
}

#[test]
fn a_reader_orders_draws_pays_and_reads() {
    let Town {
        mut issuer,
        publisher,
        mut reader,
        article,
    } = town();

    // The page: its offer is the publisher's and for this page; its pin leads to the issuer's manifest.
    let offer = article.offer(&publisher);
    let path = "/2026/turnpikes.html";
    offer.check_audience(&page("publisher"), path).unwrap();
    offer.check_time_as_hint(time(0)).unwrap();
    let part = SealedPart::parse(&article.part).unwrap();
    offer.check_part(&part).unwrap();
    let manifest = issuer.manifest(None, offer.pin(&issuer.id)).unwrap();

    // The order, by hand: what is signed before paying adds up.
    let (eur, amount) = (currency("EUR"), Micro::new(500_000).unwrap());
    let terms = manifest.terms.sha256;
    let load = wallet::order(&manifest, &reader.seed, 0, eur, amount, terms).unwrap();
    let text = issuer.order(&load.request.to_json()).unwrap();
    assert_eq!(text, issuer.order(&load.request.to_json()).unwrap());
    let answer = OrderResponse::parse(text.as_bytes()).unwrap();
    assert_eq!(answer.order, load.order);
    let disclosure = Disclosure::verify(&answer.disclosure, &issuer.id, &manifest.signing_keys);
    let disclosure = disclosure.unwrap();
    assert_eq!(disclosure.claims().order, load.order);
    assert_eq!(disclosure.claims().total.get(), 510_000);

    // Nothing is evaluated before settlement; the same request gets the same bytes after it.
    let pouch = Pouch {
        order: load.order,
        claim_counter: 0,
        number: 0,
        mix: "0.50",
        rest: amount,
        currency: eur,
    };
    let before = reader.counters.clone();
    let draw = wallet::draw(
        &manifest,
        &reader.seed,
        &pouch,
        &mut reader.counters,
        time(0),
    )
    .unwrap();
    let refused = issuer.draw(load.order, &draw.to_json());
    assert_eq!(refused, Err(Refusal("order_not_settled")));
    issuer.settle(&load.order);
    let drawn = issuer.draw(load.order, &draw.to_json()).unwrap();
    assert_eq!(drawn, issuer.draw(load.order, &draw.to_json()).unwrap());
    let drawn = DrawResponse::parse(drawn.as_bytes()).unwrap();
    reader.tokens = wallet::finish_draw(&manifest, &reader.seed, &draw, &before, &drawn).unwrap();
    assert_eq!(reader.balance(), amount);

    // The payment: exact sums, and what was bought opens to the text.
    let (payment, counters) = reader
        .pay(&issuer, &manifest, &publisher, &article)
        .unwrap();
    let sent = payment.request.to_json();
    let change = payment.change;
    let body = issuer.redeem(&sent).unwrap();
    assert_eq!(
        body,
        issuer.redeem(&sent).unwrap(),
        "the same request, the same bytes"
    );
    let purse = reader.purse();
    let bought = reader
        .finish(&manifest, &publisher, &article, (payment, counters), &body)
        .unwrap();
    assert_eq!(content::open(&part, &bought.key).unwrap(), article.text);
    assert_eq!(reader.balance().get(), 500_000 - 200_000);
    assert_eq!(issuer.earned().get(), 200_000);
    let worth = Micro::sum(bought.purchase.change.iter().map(|fresh| fresh.amount));
    assert_eq!(worth, Some(change));

    // The answer, asked with any token of the request, holds key and grant.
    let inputs = &bought.request.fields().inputs;
    for input in inputs {
        let token = purse.iter().find(|t| *t.nonce() == input.nonce).unwrap();
        let answer = issuer
            .answer(&inquire(&issuer.id, token).to_json())
            .unwrap();
        let answer = AnswerResponse::parse(answer.as_bytes()).unwrap();
        assert_eq!(answer.lead, inputs[0].nullifier);
        let opened = open_answer(&issuer.id, &purse, &answer).unwrap().open();
        let packed = PackedAnswer::parse(&opened.unwrap());
        let Some(PackedAnswer::Redeem { key, grant }) = packed else {
            panic!("no redemption")
        };
        assert_eq!(key.bytes(), article.key.bytes());
        let cnf = bought.request.fields().cnf;
        let text = grant.text(&issuer.id, &answer.binding, &cnf, None);
        assert_eq!(text, bought.purchase.grant, "signature and all");
    }

    // What is kept reads again later, without the network.
    let owned = OwnedGrant {
        grant: &bought.purchase.grant,
        key: &bought.purchase.key,
        binding: &bought.purchase.binding,
        lead_keyset: &bought.purchase.lead_keyset,
        lead_nonce: &bought.purchase.lead_nonce,
    };
    let (decryption, sealed) = wallet::open_owned(&manifest, &offer, &reader.seed, &owned).unwrap();
    let (grant, key) = sealed.opened(decryption.open().as_deref()).unwrap();
    assert_eq!(key.bytes(), article.key.bytes());
    assert_eq!(grant.claims().amount.get(), 200_000);

    // Whatever decrypts: nothing, and nothing but the key that was committed to, is taken.
    let mut other_key = *article.key.bytes();
    other_key[0] ^= 1;
    let long = [article.key.bytes().as_slice(), b"\0"].concat();
    let wrong = [None, Some(&other_key[..]), Some(&long), Some(&long[..31])];
    for plaintext in wrong {
        let (_, sealed) = wallet::open_owned(&manifest, &offer, &reader.seed, &owned).unwrap();
        let opened = sealed.opened(plaintext).unwrap_err();
        assert_eq!(opened, WalletError::KeyMismatch);
    }
    let other = TestReader::named("bob");
    let stolen = wallet::open_owned(&manifest, &offer, &other.seed, &owned).unwrap_err();
    assert_eq!(stolen, WalletError::GrantInvalid);
}

#[test]
fn every_token_can_be_checked_again_from_its_evidence() {
    let mut t = town();
    let manifest = t.issuer.manifest(None, Some(&t.issuer.pin())).unwrap();
    t.reader.load(&mut t.issuer, &manifest, 500_000).unwrap();
    t.reader
        .buy(&mut t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    assert!(t.reader.tokens.len() > 5);
    let stranger = TestReader::named("bob");
    for fresh in &t.reader.tokens {
        let keyset = manifest.keyset(fresh.token.keyset()).unwrap();
        let check = |seed, counter| {
            check_again(
                seed,
                &t.issuer.id,
                keyset,
                counter,
                &fresh.token,
                &fresh.evidence,
            )
        };
        assert_eq!(check(&t.reader.seed, fresh.counter), Ok(()));
        let other_counter = check(&t.reader.seed, fresh.counter + 1);
        assert_eq!(other_counter, Err(WalletError::TokenCorrupt));
        assert_eq!(
            check(&stranger.seed, fresh.counter),
            Err(WalletError::TokenCorrupt)
        );
    }
}

#[test]
fn counters_never_give_one_secret_twice() {
    let mut t = town();
    let manifest = t.issuer.manifest(None, Some(&t.issuer.pin())).unwrap();
    t.reader.load(&mut t.issuer, &manifest, 2_000_000).unwrap();
    t.reader.load(&mut t.issuer, &manifest, 507_000).unwrap();
    t.reader
        .buy(&mut t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    let mut used: Vec<_> = t
        .reader
        .tokens
        .iter()
        .map(|f| (*f.token.keyset(), f.counter))
        .collect();
    let mut nonces: Vec<Nonce> = t.reader.tokens.iter().map(|f| *f.token.nonce()).collect();
    let count = used.len();
    used.sort_unstable();
    used.dedup();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!((used.len(), nonces.len()), (count, count));
    for (keyset, next) in t.reader.counters.pairs() {
        assert!(
            used.iter()
                .all(|(k, counter)| k != keyset || *counter < next)
        );
    }
}

/// The answer was lost and the page offers anew: the wallet learns of it, and finishes the attempt it kept (R28).
#[test]
fn a_lost_answer_costs_nothing() {
    let mut t = town();
    let manifest = load_large_coins(&mut t);
    let kept = t
        .reader
        .pay(&t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    t.issuer.redeem(&kept.0.request.to_json()).unwrap();

    // The same coins under fresh counters are another request: refused, and nothing more is spent.
    let again = t
        .reader
        .pay(&t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    assert_ne!(again.0.request.binding(), kept.0.request.binding());
    let books = (t.issuer.spent_and_issued(), t.issuer.earned());
    let refused = t.issuer.redeem(&again.0.request.to_json());
    assert_eq!(refused, Err(Refusal("token_spent")));
    assert_eq!(books, (t.issuer.spent_and_issued(), t.issuer.earned()));

    let purse = t.reader.purse();
    let spent = purse
        .iter()
        .find(|t| *t.nonce() == kept.0.request.fields().inputs[0].nonce);
    let answer = t
        .issuer
        .answer(&inquire(&t.issuer.id, spent.unwrap()).to_json())
        .unwrap();
    let answer = AnswerResponse::parse(answer.as_bytes()).unwrap();
    assert_eq!(answer.binding, *kept.0.request.binding());
    let opened = open_answer(&t.issuer.id, &purse, &answer).unwrap().open();
    assert!(PackedAnswer::parse(&opened.unwrap()).is_some());
    // It tells which attempt it was: that one's request is answered again.
    let body = t.issuer.redeem(&kept.0.request.to_json()).unwrap();
    let bought = t
        .reader
        .finish(&manifest, &t.publisher, &t.article, kept, &body);
    assert_eq!(bought.unwrap().key.bytes(), t.article.key.bytes());
    assert_eq!(t.reader.balance().get(), 184_000);

    // Nobody else opens the answer, and an unspent token has none.
    let mut bob = TestReader::named("bob");
    bob.load(&mut t.issuer, &manifest, 500_000).unwrap();
    let opened = open_answer(&t.issuer.id, &bob.purse(), &answer);
    assert_eq!(opened.unwrap_err(), WalletError::AnswerInvalid);
    let unspent = inquire(&t.issuer.id, &bob.tokens[0].token).to_json();
    assert_eq!(t.issuer.answer(&unspent), Err(Refusal("answer_unknown")));
}

/// Every change of an answer to a draw or redemption is noticed, and the wallet commits nothing.
#[test]
fn a_dishonest_issuer_is_noticed() {
    let mut t = town();
    let manifest = load_large_coins(&mut t);
    let offer = t.article.offer(&t.publisher);
    let (payment, before) = t
        .reader
        .pay(&t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    assert!(payment.change > Micro::ZERO, "the test needs change");
    let body = t.issuer.redeem(&payment.request.to_json()).unwrap();
    let honest = RedeemResponse::parse(body.as_bytes()).unwrap();
    let finish = |answer: RedeemResponse| {
        wallet::finish_payment(
            &manifest,
            &t.reader.seed,
            &offer,
            &payment.request,
            &before,
            &answer,
        )
        .and_then(|(decryption, sealed)| sealed.opened(decryption.open().as_deref()))
        .map(|_| ())
    };
    assert_eq!(finish(honest.clone()), Ok(()));

    let mut other_key = honest.clone();
    other_key.key[112] ^= 1;
    assert_eq!(finish(other_key), Err(WalletError::KeyMismatch));

    let mut no_change = honest.clone();
    no_change.change.pop();
    assert_eq!(finish(no_change), Err(WalletError::AnswerInvalid));

    // Another binding: a proof of the same elements with other randomness is as good. Another key is not.
    let rogue = TestIssuer::named("rogue");
    let fields = payment.request.fields();
    let mut unproven = honest.clone();
    let (_, secret) = rogue.secrets.iter().next().unwrap();
    let keyset = unproven.change[0].keyset;
    let group: Vec<_> = fields
        .outputs
        .iter()
        .filter(|o| o.keyset == keyset)
        .collect();
    let group: Vec<_> = group.iter().map(|o| &o.blinded).collect();
    unproven.change[0] = secret
        .evaluate(&keyset, payment.request.binding(), &group)
        .unwrap();
    assert_eq!(finish(unproven), Err(WalletError::ProofInvalid));

    let mut cheaper = honest.clone();
    let claims = Grant::verify(&honest.grant, &t.issuer.id, &manifest.signing_keys).unwrap();
    let mut claims = claims.claims().clone();
    claims.amount = Micro::new(1_000).unwrap();
    cheaper.grant = t
        .issuer
        .signing
        .sign_jws(farthing_core::jws::GRANT, &claims.to_json())
        .unwrap();
    assert_eq!(finish(cheaper), Err(WalletError::GrantInvalid));

    let mut forged = honest;
    forged.grant = rogue
        .signing
        .sign_jws(farthing_core::jws::GRANT, &claims.to_json())
        .unwrap();
    assert_eq!(finish(forged), Err(WalletError::GrantInvalid));
}

/// Each wrong request is refused with its code, and afterwards the right one still goes through.
#[test]
fn refusals_leave_everything_unspent() {
    let mut t = town();
    let manifest = load_large_coins(&mut t);
    let planned = t
        .reader
        .pay(&t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap();
    let good = planned.0.request.to_json();
    let fields = planned.0.request.fields().clone();
    let purse = t.reader.purse();
    let remade = |fields| {
        let mac = |input: &farthing_core::request::Input, binding: &_| {
            let token = purse.iter().find(|t| *t.nonce() == input.nonce)?;
            Some(token.output().mac(binding))
        };
        RedeemRequest::new(fields, &t.issuer.id, mac)
            .unwrap()
            .to_json()
    };
    let dear = t
        .publisher
        .seal(&t.issuer, &Article::new("/dear").at(450_000));
    let later = {
        let mut c = t.article.claims.clone();
        c.iat = time(301);
        c.exp = time(1_000);
        c
    };
    let over = {
        let mut c = t.article.claims.clone();
        c.exp = time(0);
        c
    };
    let resign = |claims| {
        let a = &t.article;
        t.publisher.sign(
            &t.issuer,
            claims,
            a.part.clone(),
            a.key.clone(),
            a.text.clone(),
        )
    };
    let (later, over) = (resign(later), resign(over));
    let bad = [
        (
            "wrap_invalid",
            remade({
                let mut f = fields.clone();
                f.wrap = dear.wrap;
                f
            }),
        ),
        (
            "price_mismatch",
            remade({
                let mut f = fields.clone();
                f.price.amount = Micro::new(1_000).unwrap();
                f
            }),
        ),
        (
            "unbalanced",
            remade({
                let mut f = fields.clone();
                f.outputs.pop();
                f
            }),
        ),
        ("inputs_order", {
            let mut f = fields.clone();
            f.inputs.reverse();
            remade(f)
        }),
        ("inputs_order", {
            let mut f = fields.clone();
            f.inputs.push(f.inputs[f.inputs.len() - 1]);
            remade(f)
        }),
        ("element_repeated", {
            let mut f = fields.clone();
            f.outputs.push(f.outputs[0].clone());
            remade(f)
        }),
        ("offer_expired", {
            let mut f = fields.clone();
            f.offer = over.offer_text.clone();
            f.wrap = over.wrap;
            remade(f)
        }),
        ("offer_expired", {
            let mut f = fields.clone();
            f.offer = later.offer_text.clone();
            f.wrap = later.wrap;
            remade(f)
        }),
        (
            "token_invalid",
            good.replacen(&fields.salt.to_b64u(), &dear.offer_hash.to_b64u(), 1),
        ),
        (
            "token_invalid",
            good.replacen("\"manifest\":1", "\"manifest\":2", 1),
        ),
        ("malformed", good.replacen('{', "{\"extra\":1,", 1)),
        ("malformed", good[..good.len() - 1].to_owned()),
        (
            "unsupported",
            good.replacen("\"kind_data\":\"\"", "\"kind_data\":\"AQ\"", 1),
        ),
    ];
    for (code, request) in bad {
        let books = (t.issuer.spent_and_issued(), t.issuer.earned());
        assert_eq!(t.issuer.redeem(&request), Err(Refusal(code)), "{request}");
        assert_eq!(books, (t.issuer.spent_and_issued(), t.issuer.earned()));
    }
    let body = t.issuer.redeem(&good).unwrap();
    t.reader
        .finish(&manifest, &t.publisher, &t.article, planned, &body)
        .unwrap();
}

#[test]
fn an_element_is_evaluated_for_one_request_only() {
    let mut t = town();
    let manifest = load_large_coins(&mut t);
    // A wallet that lost its counters asks for the elements of its draw once more.
    t.reader.counters = Counters::default();
    let refused = t
        .reader
        .buy(&mut t.issuer, &manifest, &t.publisher, &t.article)
        .unwrap_err();
    assert_eq!(refused, Refusal("element_reused"));
    // It goes on to the next counters and is served (R27).
    let bought = (0..40).find_map(|_| {
        t.reader
            .buy(&mut t.issuer, &manifest, &t.publisher, &t.article)
            .ok()
    });
    assert_eq!(bought.unwrap().key.bytes(), t.article.key.bytes());
}

#[test]
fn times_are_exact_at_the_issuer_and_a_hint_at_the_browser() {
    let t = town();
    let offer = t.article.offer(&t.publisher);
    let (iat, exp) = (offer.claims().iat.get(), offer.claims().exp.get());
    let at = |seconds: u64| time(i64::try_from(seconds).unwrap() - i64::try_from(NOW).unwrap());
    assert_eq!(offer.check_time(at(exp - 1)), Ok(()));
    assert_eq!(offer.check_time(at(exp)), Err(OfferError::Expired));
    assert_eq!(offer.check_time(at(iat - 300)), Ok(()));
    assert_eq!(offer.check_time(at(iat - 301)), Err(OfferError::Expired));
    assert_eq!(offer.check_time_as_hint(at(exp + 86_399)), Ok(()));
    assert_eq!(
        offer.check_time_as_hint(at(exp + 86_400)),
        Err(OfferError::Expired)
    );
    assert_eq!(offer.check_time_as_hint(at(iat - 300)), Ok(()));
    assert_eq!(
        offer.check_time_as_hint(at(iat - 301)),
        Err(OfferError::Expired),
        "R5"
    );
}

#[test]
fn an_offer_is_for_its_page_only() {
    let t = town();
    let mut article = Article::new("/article-1");
    article.embedders = vec![page("embedder")];
    let sealed = t.publisher.seal(&t.issuer, &article);
    let offer = sealed.offer(&t.publisher);
    let audience = |name: &str, path| offer.check_audience(&page(name), path);
    for path in [
        "/article-1",
        "/article-1/",
        "/article-1.html",
        "/article-1/index.html",
        "/%61rticle-1",
    ] {
        assert_eq!(audience("publisher", path), Ok(()), "{path}");
    }
    for path in [
        "/article-10",
        "/article-",
        "/article-1/x",
        "/",
        "",
        "/Article-1",
        "/x/../article-1",
        "//article-1",
    ] {
        assert_eq!(
            audience("publisher", path),
            Err(OfferError::Audience),
            "{path}"
        );
    }
    assert_eq!(audience("embedder", "/anything"), Ok(()));
    assert_eq!(
        audience("stranger", "/article-1"),
        Err(OfferError::Audience)
    );
}
