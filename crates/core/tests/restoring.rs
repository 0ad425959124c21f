//! The purse beyond loading and paying: its phrase, a restore from the seed alone, a pocket filled, tokens renewed.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::id::Nullifier;
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::manifest::Manifest;
use farthing_core::money::Micro;
use farthing_core::request::{FindResponse, RestoreResponse, SwapResponse};
use farthing_core::time::Timestamp;
use farthing_core::token::Token;
use farthing_core::wallet::{
    self, Counters, FreshToken, GAP, Phrase, PhraseInvalid, Renewal, Seed, SwapCoin, SwapPlan,
    WalletError, suggestions, to_renew,
};
use farthing_testkit::{Article, NOW, TestIssuer, TestPublisher, TestReader, currency};
use proptest::prelude::*;
use std::collections::BTreeSet;

const DAY: u64 = 86_400;

fn micro(n: u64) -> Micro {
    Micro::new(n).unwrap()
}

fn at(days: u64) -> Timestamp {
    Timestamp::new(NOW + days * DAY).unwrap()
}

fn nullifiers<'a>(
    manifest: &Manifest,
    tokens: impl IntoIterator<Item = &'a FreshToken>,
) -> BTreeSet<Nullifier> {
    let tokens = tokens.into_iter();
    tokens
        .map(|fresh| fresh.token.nullifier(&manifest.issuer))
        .collect()
}

/// All that was ever evaluated for a seed on its branch, spent ones among it.
fn restored(issuer: &TestIssuer, manifest: &Manifest, seed: &Seed) -> Vec<FreshToken> {
    let mut all = Vec::new();
    for keyset in &manifest.keysets {
        let (mut from, mut missed) = (0, 0);
        while missed < GAP {
            let request = wallet::search(&issuer.id, seed, *keyset.id(), from, 50).unwrap();
            let answer = issuer.restore(&request.to_json()).unwrap();
            let answer = RestoreResponse::parse(answer.as_bytes()).unwrap();
            let found = wallet::finish_search(&issuer.id, seed, keyset, from, &request, &answer);
            let found = found.unwrap();
            missed = found
                .last()
                .map_or(missed + 50, |last| from + 49 - last.counter);
            from += 50;
            all.extend(found);
        }
    }
    all
}

fn coins<'a>(manifest: &'a Manifest, tokens: &'a [FreshToken], branch: u32) -> Vec<SwapCoin<'a>> {
    let coin = |fresh: &'a FreshToken| SwapCoin {
        token: &fresh.token,
        keyset: manifest.keyset(fresh.token.keyset()).unwrap(),
        branch,
        counter: fresh.counter,
        shown: false,
    };
    tokens.iter().map(coin).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_phrase_is_read_back_and_no_other_bytes_have_its_seed(bytes: [u8; 16], other: [u8; 16]) {
        let phrase = Phrase::new(bytes);
        let words = phrase.words();
        prop_assert_eq!(words.len(), 12);
        let read = Phrase::parse(&words.join(" ")).unwrap();
        prop_assert_eq!(read.bytes(), phrase.bytes());
        prop_assert_eq!(read.seed_bytes(), phrase.seed_bytes());
        let same = Phrase::new(other).seed_bytes() == phrase.seed_bytes();
        prop_assert_eq!(same, bytes == other);
    }

    /// One word in sixteen passes the checksum by chance; it is then another phrase, never the same.
    #[test]
    fn a_word_that_is_another_is_never_the_same_phrase(bytes: [u8; 16], place in 0..12_usize, start in "[a-z]") {
        let phrase = Phrase::new(bytes);
        let mut words = phrase.words();
        let Some(other) = suggestions(&start).iter().find(|other| **other != words[place]) else {
            return Ok(());
        };
        words[place] = other;
        match Phrase::parse(&words.join(" ")) {
            Ok(other) => prop_assert_ne!(other.bytes(), phrase.bytes()),
            Err(invalid) => prop_assert_eq!(invalid, PhraseInvalid::Checksum),
        }
    }

    #[test]
    fn no_text_breaks_the_reading_of_a_phrase(text in "\\PC{0,200}") {
        let _ = Phrase::parse(&text);
    }
}

#[test]
fn the_word_that_is_unknown_is_named() {
    let mut words = Phrase::new([7; 16]).words();
    words[4] = "farthing";
    assert_eq!(
        Phrase::parse(&words.join(" ")).unwrap_err(),
        PhraseInvalid::Word(4)
    );
    words.pop();
    assert_eq!(
        Phrase::parse(&words.join(" ")).unwrap_err(),
        PhraseInvalid::Count
    );
    assert_eq!(suggestions("zoo"), ["zoo"]);
    assert_eq!(suggestions("zz"), [""; 0]);
    assert_eq!(suggestions("é"), [""; 0]);
}

#[test]
fn a_restore_finds_every_unspent_token_of_a_wallet_and_the_next_branch_empty() {
    let (mut issuer, publisher) = (TestIssuer::new(), TestPublisher::new());
    issuer.register(&publisher.id, &publisher.keys());
    let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let phrase = Phrase::new([42; 16]);
    let mut reader = TestReader::named("restored");
    reader.seed = phrase.seed();
    // More than one stretch of a keyset: 4 coins of the unit in each of 14 pouches.
    for _ in 0..14 {
        reader.load(&mut issuer, &manifest, 500_000).unwrap();
    }
    reader
        .buy(&mut issuer, &manifest, &publisher, &article)
        .unwrap();
    // An order that was paid and never drawn.
    let terms = manifest.terms.sha256;
    let eur = currency("EUR");
    let load = wallet::order(&manifest, &reader.seed, 14, eur, micro(500_000), terms).unwrap();
    issuer.order(&load.request.to_json()).unwrap();
    issuer.settle(&load.order);

    let seed = phrase.seed();
    let found = restored(&issuer, &manifest, &seed);
    let known = nullifiers(&manifest, &found);
    let kept = nullifiers(&manifest, &reader.tokens);
    assert_eq!(known.len(), found.len(), "none twice");
    assert!(kept.is_subset(&known), "every unspent token");
    let spent = known.difference(&kept).count();
    assert_eq!(
        spent,
        issuer.spent_and_issued().0,
        "and beyond them only what was spent"
    );
    assert!(restored(&issuer, &manifest, &seed.on_branch(1)).is_empty());

    let ask = |counter| issuer.find(&wallet::find(&issuer.id, &seed, counter).unwrap().to_json());
    let orders = (0..35).filter(|counter| ask(*counter).is_ok()).count();
    assert_eq!(orders, 15);
    let answer = FindResponse::parse(ask(14).unwrap().as_bytes()).unwrap();
    assert_eq!((answer.unminted, answer.pouches), (micro(500_000), 0));
    assert_eq!(wallet::check_found(&issuer.id, &seed, 14, &answer), Ok(()));
    let other = wallet::check_found(&issuer.id, &seed, 13, &answer);
    assert_eq!(other, Err(WalletError::AnswerInvalid));
}

#[test]
fn a_filled_pocket_proves_its_group_and_a_bent_group_is_handed_to_nobody() {
    let mut issuer = TestIssuer::new();
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let mut reader = TestReader::named("purse");
    reader.load(&mut issuer, &manifest, 500_000).unwrap();
    let (eur, now) = (currency("EUR"), issuer.now);
    let pocket = Seed::new([9; 32]);
    let none = Counters::default();
    let mut counters = none.clone();
    let asked = micro(123_000);
    let outputs = wallet::elements_for(&manifest, &pocket, eur, asked, &mut counters, now).unwrap();
    assert_eq!(wallet::worth_of(&manifest, eur, &outputs, now), Ok(asked));
    let coins = coins(&manifest, &reader.tokens, 0);
    let given = [outputs.clone()];
    let plan = SwapPlan {
        currency: eur,
        coins: &coins,
        given: &given,
    };
    let request = wallet::swap(&manifest, &reader.seed, &plan, &mut reader.counters, now).unwrap();
    let answer = issuer.swap(&request.to_json()).unwrap();
    let answer = SwapResponse::parse(answer.as_bytes()).unwrap();
    let group = wallet::check_group(&manifest, &request, 0, &answer).unwrap();
    let tokens = wallet::finish_elements(&manifest, &pocket, &outputs, &none, group).unwrap();
    assert_eq!(Micro::sum(tokens.iter().map(|t| t.amount)), Some(asked));
    for fresh in &tokens {
        let keyset = manifest.keyset(fresh.token.keyset()).unwrap();
        let (token, evidence): (&Token, _) = (&fresh.token, &fresh.evidence);
        let checked =
            wallet::check_again(&pocket, &issuer.id, keyset, fresh.counter, token, evidence);
        assert_eq!(checked, Ok(()));
    }
    let mut bent = answer.clone();
    bent.groups[0][0].proof = answer.groups[1][0].proof.clone();
    let refused = wallet::check_group(&manifest, &request, 0, &bent).map(|_| ());
    assert_eq!(refused, Err(WalletError::ProofInvalid));
    bent.groups[0].pop();
    let refused = wallet::check_group(&manifest, &request, 0, &bent).map(|_| ());
    assert_eq!(refused, Err(WalletError::AnswerInvalid));
    let others = Seed::new([8; 32]);
    let refused = wallet::finish_elements(&manifest, &others, &outputs, &none, group);
    assert_eq!(refused.err(), Some(WalletError::TokenCorrupt));
}

/// Keysets of the unit and its double that end at different times, all mintable ones the last to end.
fn ends(issuer: &TestIssuer, units: u64, mint: (u64, u64), redeem: u64, claim: u64) -> Keyset {
    let key = *issuer.body.keysets[0].public_key();
    let start = Timestamp::new(NOW - 100 * DAY + mint.0 * DAY).unwrap();
    let dates = Dates::new(start, at(mint.1), at(redeem), at(claim)).unwrap();
    let (eur, unit) = (currency("EUR"), micro(1_000));
    Keyset::money(&issuer.id, eur, unit, micro(units * 1_000), key, dates).unwrap()
}

#[test]
fn what_ends_first_is_renewed_first_and_only_into_what_ends_later() {
    let mut issuer = TestIssuer::new();
    let now = issuer.now;
    let new = |units| ends(&issuer, units, (99, 150), 300, 330);
    let (one, two) = (new(1), new(2));
    let soon = ends(&issuer, 1, (0, 1), 10, 90);
    let sooner = ends(&issuer, 2, (0, 1), 5, 90);
    let unclaimable = ends(&issuer, 1, (0, 0), 0, 0);
    let late = ends(&issuer, 4, (99, 15), 20, 90);
    issuer.body.keysets = vec![one.clone(), two.clone(), late.clone()];
    issuer.publish();
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let choose = |keysets: &[Option<&Keyset>], days, most| {
        let renewal = Renewal {
            currency: currency("EUR"),
            keysets,
            until: at(days),
            most,
        };
        to_renew(&manifest, &renewal, now)
    };
    let all = [
        Some(&one),
        Some(&soon),
        None,
        Some(&sooner),
        Some(&unclaimable),
        Some(&late),
        Some(&soon),
    ];
    assert_eq!(
        choose(&all, 3, 64),
        [0_usize; 0],
        "nothing ends within three days"
    );
    assert_eq!(choose(&all, 7, 64), [3]);
    assert_eq!(
        choose(&all, 30, 64),
        [1, 3, 6],
        "of 0.004 there is no later keyset yet"
    );
    assert_eq!(
        choose(&all, 30, 2),
        [1, 3],
        "the first to end, then the older"
    );
    assert_eq!(choose(&all, 30, 0), [0_usize; 0]);
}

#[test]
fn small_coins_are_put_together_when_there_are_too_many_and_then_left_in_peace() {
    let issuer = TestIssuer::new();
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let (one, two) = (&manifest.keysets[0], &manifest.keysets[1]);
    let largest = manifest.keysets.last().unwrap();
    let choose = |keysets: &[Option<&Keyset>]| {
        let renewal = Renewal {
            currency: currency("EUR"),
            keysets,
            until: at(1),
            most: 64,
        };
        to_renew(&manifest, &renewal, issuer.now)
    };
    assert_eq!(choose(&[Some(one); 16]), [0_usize; 0]);
    let mixed: Vec<_> = (0..34)
        .map(|n| Some(if n % 2 == 0 { two } else { one }))
        .collect();
    assert_eq!(
        choose(&mixed),
        [1, 3, 5, 7, 9, 11, 13, 15],
        "of 17 the eight oldest, in pairs"
    );
    assert_eq!(
        choose(&vec![Some(largest); 60]),
        [0_usize; 0],
        "no fewer coins can be made"
    );
    assert_eq!(
        choose(&vec![Some(one); 200]).len(),
        64,
        "no more than a swap holds"
    );
}
