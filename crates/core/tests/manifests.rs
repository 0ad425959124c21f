//! The walk along signed heads (R14), keysets that prove their id (R8), bodies that contradict themselves.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::id::HeadHash;
use farthing_core::jwk::PublicJwk;
use farthing_core::jws;
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::manifest::{Body, Head, Manifest, Pin, RevokedKey, Trust, WalkError, walk};
use farthing_core::money::Micro;
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::sign::SecretKey;
use farthing_testkit::{DAY, TestIssuer, TestPublisher, currency, time};

/// An issuer with `n` manifests.
fn issuer(n: u64) -> TestIssuer {
    let mut issuer = TestIssuer::new();
    for _ in 1..n {
        issuer.publish();
    }
    issuer
}

fn pin_of(head: &str) -> Pin {
    let head = Head::parse(head).unwrap();
    Pin {
        n: head.n(),
        hash: head.hash(),
    }
}

fn stored(issuer: &TestIssuer, head: &str) -> Trust {
    Trust {
        pin: pin_of(head),
        kids: issuer
            .body
            .signing_keys
            .iter()
            .map(PublicJwk::kid)
            .collect(),
    }
}

fn go(
    issuer: &TestIssuer,
    trust: Option<&Trust>,
    pin: Option<&Pin>,
    heads: &[&str],
) -> Result<Manifest, WalkError> {
    let heads: Vec<Head> = heads
        .iter()
        .map(|head| Head::parse(head).unwrap())
        .collect();
    let body = issuer.body_bytes();
    walk(&issuer.id, trust, pin, &heads, body.as_bytes(), issuer.now)
}

fn code<T>(result: Result<T, WalkError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn a_walk_begins_at_the_higher_of_stored_and_pinned() {
    let issuer = issuer(4);
    let heads: Vec<&str> = issuer.heads.iter().map(String::as_str).collect();
    let newest = pin_of(heads[3]);
    let first = go(&issuer, None, Some(&pin_of(heads[0])), &heads).unwrap();
    assert_eq!(first.trust().pin, newest);
    assert_eq!(first.n, 4);
    let (second, fourth) = (stored(&issuer, heads[1]), stored(&issuer, heads[3]));
    let accepted = [
        go(&issuer, Some(&second), None, &heads[1..]),
        go(&issuer, Some(&second), Some(&pin_of(heads[0])), &heads[1..]),
        go(&issuer, Some(&second), Some(&pin_of(heads[1])), &heads[1..]),
        go(&issuer, Some(&second), Some(&pin_of(heads[2])), &heads[2..]),
        go(&issuer, Some(&fourth), Some(&pin_of(heads[0])), &heads[3..]),
        go(&issuer, None, Some(&newest), &heads[3..]),
    ];
    for manifest in accepted {
        assert_eq!(manifest.unwrap().trust().pin, newest);
    }
    assert_eq!(
        code(go(&issuer, None, None, &heads)),
        "pin_unknown",
        "nothing to begin with"
    );
}

#[test]
fn a_page_with_a_wrong_pin_is_the_pages_fault() {
    let issuer = issuer(4);
    let heads: Vec<&str> = issuer.heads.iter().map(String::as_str).collect();
    let second = stored(&issuer, heads[1]);
    let made_up = |n| Pin {
        n,
        hash: HeadHash::new([9; 32]),
    };
    assert_eq!(
        code(go(&issuer, None, Some(&made_up(1)), &heads)),
        "pin_unknown"
    );
    assert_eq!(
        code(go(&issuer, None, Some(&made_up(9)), &[])),
        "pin_unknown",
        "no head so high"
    );
    assert_eq!(
        code(go(&issuer, Some(&second), Some(&made_up(3)), &heads[2..])),
        "pin_unknown"
    );
    assert_eq!(
        code(go(&issuer, Some(&second), Some(&made_up(9)), &[])),
        "pin_unknown",
        "a page cannot make an issuer look false"
    );
    assert_eq!(
        code(go(&issuer, Some(&second), Some(&made_up(2)), &heads[1..])),
        "pin_unknown"
    );
    // Below what is stored a pin is not looked at.
    assert_eq!(
        code(go(&issuer, Some(&second), Some(&made_up(1)), &heads[1..])),
        "accepted"
    );
}

#[test]
fn two_signed_heads_of_one_number_are_a_fork() {
    let mut issuer = issuer(3);
    let heads = issuer.heads.clone();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let second = stored(&issuer, heads[1]);
    // Another third and another second, signed by the issuer.
    let hash = |head| pin_of(head).hash;
    issuer.body.n = 2;
    let other_second = issuer.sign_head(2, &hash(heads[0]), time(7));
    assert_eq!(
        code(go(&issuer, Some(&second), None, &[&other_second])),
        "manifest_fork"
    );
    assert_eq!(
        code(go(
            &issuer,
            None,
            Some(&pin_of(heads[1])),
            &[heads[1], &other_second]
        )),
        "manifest_fork"
    );
    issuer.body.n = 3;
    let other_third = issuer.sign_head(3, &hash(&other_second), time(7));
    assert_eq!(
        code(go(&issuer, Some(&second), None, &[heads[1], &other_third])),
        "manifest_fork",
        "prev does not fit"
    );
    assert_eq!(
        code(go(&issuer, Some(&second), None, &[])),
        "manifest_fork",
        "the newest is below one seen"
    );
    issuer.body.n = 1;
    assert_eq!(
        code(go(&issuer, Some(&second), None, &[heads[0]])),
        "manifest_fork",
        "the same, with a head"
    );
}

#[test]
fn damage_is_not_equivocation() {
    let issuer = issuer(4);
    let heads: Vec<&str> = issuer.heads.iter().map(String::as_str).collect();
    let second = stored(&issuer, heads[1]);
    let go = |heads: &[&str]| code(go(&issuer, Some(&second), None, heads));
    assert_eq!(go(&[heads[1], heads[3]]), "manifest_invalid", "a gap");
    assert_eq!(
        go(&heads[2..]),
        "manifest_invalid",
        "begins above what was asked for"
    );
    assert_eq!(
        go(&heads[0..]),
        "manifest_invalid",
        "begins below it, but reaches as far"
    );
    assert_eq!(
        go(&[heads[1], heads[1], heads[2], heads[3]]),
        "manifest_invalid",
        "one head twice"
    );
    assert_eq!(
        go(&heads[1..3]),
        "manifest_invalid",
        "the body is of another head"
    );

    // A second head that the issuer did not sign proves nothing against it.
    let rogue = SecretKey::from_bytes(&[5; 32]).unwrap();
    let body = Body::hash(issuer.body_bytes().as_bytes());
    let payload = Head::payload(&issuer.id, 4, &pin_of(heads[2]).hash, &body, time(0));
    let foreign = rogue.sign_jws(jws::MANIFEST, &payload).unwrap();
    let fourth = stored(&issuer, heads[3]);
    let unsigned = from_stored(&issuer, &fourth, &[&foreign]);
    assert_eq!(unsigned, "manifest_invalid");
    let (text, _) = heads[3].rsplit_once('.').unwrap();
    let forged = format!("{text}.{}", to_b64u(&[1; 64]));
    assert_eq!(
        go(&[heads[1], heads[2], &forged]),
        "manifest_invalid",
        "its signature is not good"
    );
    assert_eq!(go(&[heads[1], heads[2], &foreign]), "manifest_key_unknown");
}

fn from_stored(issuer: &TestIssuer, trust: &Trust, heads: &[&str]) -> &'static str {
    code(go(issuer, Some(trust), None, heads))
}

#[test]
fn a_key_is_trusted_from_a_body_signed_by_one_trusted_before() {
    let mut issuer = issuer(1);
    let pin = issuer.pin();
    let trust = issuer.manifest(None, Some(&pin)).unwrap().trust().clone();
    // n = 2 lists a second key, n = 3 is signed by it.
    let next = SecretKey::from_bytes(&[5; 32]).unwrap();
    issuer
        .body
        .signing_keys
        .push(PublicJwk::new(next.public().unwrap()));
    issuer.publish();
    let second = issuer.manifest(Some(&trust), None).unwrap().trust().clone();
    assert_eq!(second.kids.len(), 2);
    issuer.signing = next;
    issuer.publish();
    assert_eq!(issuer.manifest(Some(&second), None).unwrap().n, 3);
    // Who has not seen the second body does not know the key.
    assert_eq!(
        code(issuer.manifest(Some(&trust), None)),
        "manifest_key_unknown"
    );
    assert_eq!(
        code(issuer.manifest(None, Some(&pin))),
        "manifest_key_unknown"
    );
    // At first contact with the third, its own key is the pinned one.
    assert_eq!(code(issuer.manifest(None, Some(&issuer.pin()))), "accepted");
}

/// An issuer whose first key leaked: n = 2 lists a second one, n = 3 revokes the first, signed by the second. Gives the
/// first with what a reader keeps of n = 1 and n = 2.
fn leaked() -> (TestIssuer, SecretKey, Trust, Trust) {
    let mut issuer = issuer(1);
    let first = stored(&issuer, &issuer.heads[0]);
    let next = SecretKey::from_bytes(&[5; 32]).unwrap();
    let leaked = issuer.body.signing_keys[0];
    issuer
        .body
        .signing_keys
        .push(PublicJwk::new(next.public().unwrap()));
    issuer.publish();
    let second = issuer.manifest(Some(&first), None).unwrap().trust().clone();
    let old = std::mem::replace(&mut issuer.signing, next);
    issuer.body.signing_keys.remove(0);
    issuer.body.revoked_keys = vec![RevokedKey {
        key: leaked,
        from: 3,
    }];
    issuer.publish();
    (issuer, old, first, second)
}

#[test]
fn a_revoked_key_still_vouches_for_the_heads_before_it_and_for_none_after() {
    let (mut issuer, old, _, second) = leaked();
    let pin = pin_of(&issuer.heads[1]);
    for walked in [
        issuer.manifest(Some(&second), None),
        // A page that pins a head from before: its key is revoked since, and was good then. The body between lists the
        // second one.
        issuer.manifest(Some(&second), Some(&pin)),
    ] {
        let kids = walked.unwrap().trust().kids.clone();
        assert_eq!(kids, [issuer.body.signing_keys[0].kid()]);
    }
    // Whoever has the leaked key signs a fourth head, after one that the issuer made.
    let third = issuer.manifest(Some(&second), None).unwrap();
    issuer.body.n = 4;
    let new = std::mem::replace(&mut issuer.signing, old);
    let forged = issuer.sign_head(4, &third.trust().pin.hash, time(0));
    let heads = [issuer.heads[2].clone(), forged];
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let at_third = third.trust();
    assert_eq!(
        from_stored(&issuer, at_third, &heads),
        "manifest_key_unknown"
    );
    // Also with a body that says the key is good, and revokes the other one.
    issuer.body.signing_keys = vec![issuer.body.revoked_keys[0].key];
    issuer.body.revoked_keys[0] = RevokedKey {
        key: PublicJwk::new(new.public().unwrap()),
        from: 4,
    };
    let forged = issuer.sign_head(4, &at_third.pin.hash, time(0));
    let heads = [heads[0], &forged];
    assert_eq!(
        from_stored(&issuer, at_third, &heads),
        "manifest_key_unknown"
    );
    // And a revocation that would let it have signed its own.
    issuer.body.signing_keys = vec![PublicJwk::new(new.public().unwrap())];
    issuer.body.revoked_keys[0] = RevokedKey {
        key: PublicJwk::new(issuer.signing.public().unwrap()),
        from: 5,
    };
    assert!(Body::parse(issuer.body_bytes().as_bytes()).is_err());
}

#[test]
fn a_body_without_revocations_is_what_it_was_and_one_with_them_is_read_strictly() {
    let (issuer, ..) = leaked();
    let text = issuer.body_bytes();
    assert_eq!(Body::parse(text.as_bytes()).unwrap(), issuer.body);
    let key = issuer.body.revoked_keys[0].key.kid();
    let keys = issuer.body.grant_keys();
    assert!(keys.iter().any(|known| known.kid() == key) && keys.len() == 2);
    assert!(!TestIssuer::new().body_bytes().contains("revoked_keys"));
    let mut both = issuer.body.clone();
    both.signing_keys.push(both.revoked_keys[0].key);
    assert!(
        Body::parse(both.to_json().as_bytes()).is_err(),
        "good and revoked"
    );
    let text = text.replace("\"from\":3", "\"from\":3,\"until\":4");
    assert!(Body::parse(text.as_bytes()).is_err(), "another member");
}

#[test]
fn a_head_of_the_future_or_of_another_issuer_is_refused() {
    let mut issuer = issuer(1);
    let trust = stored(&issuer, &issuer.heads[0]);
    for (ahead, expected) in [(300, "accepted"), (301, "manifest_invalid")] {
        issuer.body.n = 2;
        let head = issuer.sign_head(2, &trust.pin.hash, time(ahead));
        let heads = [issuer.heads[0].clone(), head];
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        assert_eq!(
            code(go(&issuer, Some(&trust), None, &heads)),
            expected,
            "{ahead} s ahead"
        );
    }
    // One key, two names: a head of the other name is none of this issuer's.
    let other = TestIssuer::named("other");
    let body = issuer.body_bytes();
    let payload = Head::payload(
        &other.id,
        2,
        &trust.pin.hash,
        &Body::hash(body.as_bytes()),
        time(0),
    );
    let head = issuer.signing.sign_jws(jws::MANIFEST, &payload).unwrap();
    assert_eq!(
        code(go(
            &issuer,
            Some(&trust),
            None,
            &[&issuer.heads[0].clone(), &head]
        )),
        "manifest_invalid"
    );
    let heads: Vec<Head> = vec![Head::parse(&other.heads[0]).unwrap()];
    let walked = walk(
        &issuer.id,
        None,
        Some(&other.pin()),
        &heads,
        other.body_bytes().as_bytes(),
        time(0),
    );
    assert_eq!(
        code(walked),
        "manifest_invalid",
        "the whole list is another's"
    );
}

#[test]
fn the_first_head_follows_none() {
    let issuer = issuer(1);
    assert!(Head::parse(&issuer.sign_head(1, &HeadHash::new([0; 32]), time(0))).is_ok());
    assert!(Head::parse(&issuer.sign_head(1, &HeadHash::new([1; 32]), time(0))).is_err());
    assert!(Head::parse(&issuer.sign_head(0, &HeadHash::new([0; 32]), time(0))).is_err());
}

/// R2: another signature of the same head is the same head.
#[test]
fn a_heads_identity_is_not_its_signature() {
    let issuer = issuer(1);
    let (text, signature) = issuer.heads[0].rsplit_once('.').unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&from_b64u(signature).unwrap()).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let twin = format!("{text}.{}", to_b64u(&twin.to_bytes()));
    assert_ne!(twin, issuer.heads[0]);
    assert_eq!(pin_of(&twin), issuer.pin());
    assert_eq!(
        code(go(
            &issuer,
            Some(&stored(&issuer, &issuer.heads[0])),
            None,
            &[&twin]
        )),
        "accepted"
    );
}

fn keyset(denomination: u64, dates: (i64, i64, i64, i64)) -> Option<Keyset> {
    let issuer = TestIssuer::new();
    let key = *issuer.body.keysets[0].public_key();
    let micro = |n| Micro::new(n).unwrap();
    let dates = Dates::new(time(dates.0), time(dates.1), time(dates.2), time(dates.3))?;
    Keyset::money(
        &issuer.id,
        currency("EUR"),
        micro(1_000),
        micro(denomination),
        key,
        dates,
    )
}

#[test]
fn denominations_are_doublings_and_dates_ascend() {
    let dates = (0, 1, 1, 1);
    for denomination in [1_000, 2_000, 1_000 << 23] {
        assert!(keyset(denomination, dates).is_some(), "{denomination}");
    }
    for denomination in [0, 1, 999, 3_000, 1_500, 1_000 << 24] {
        assert!(keyset(denomination, dates).is_none(), "{denomination}");
    }
    for dates in [(0, 0, 1, 1), (1, 0, 1, 1), (0, 2, 1, 3), (0, 1, 3, 2)] {
        assert!(keyset(1_000, dates).is_none(), "{dates:?}");
    }
    let keyset = keyset(1_000, (0, 10, 20, 30)).unwrap();
    assert!(keyset.is_mintable(time(0)) && keyset.is_mintable(time(9)));
    assert!(!keyset.is_mintable(time(-1)) && !keyset.is_mintable(time(10)));
    assert!(keyset.is_redeemable(time(0)) && keyset.is_redeemable(time(19)));
    assert!(!keyset.is_redeemable(time(-1)) && !keyset.is_redeemable(time(20)));
}

/// R8: nothing of a keyset can change under its id.
#[test]
fn a_keyset_is_what_its_id_says() {
    let issuer = TestIssuer::new();
    let body: serde_json::Value = serde_json::from_str(&issuer.body_bytes()).unwrap();
    assert!(Body::parse(body.to_string().as_bytes()).is_ok());
    let other_key = body["keysets"][1]["public_key"].clone();
    let changes = [
        ("/keysets/0/denomination", 16_384_000.into()),
        ("/keysets/0/mint_from", time(1).get().into()),
        ("/keysets/0/mint_until", time(1).get().into()),
        ("/keysets/0/redeem_until", time(400 * 86_400).get().into()),
        ("/keysets/0/claim_until", time(400 * 86_400).get().into()),
        ("/keysets/0/public_key", other_key),
        ("/keysets/0/kind", "promo".into()),
        ("/keysets/0/publisher", "https://publisher.example".into()),
        ("/keysets/0/currency", "KRW".into()),
        ("/currencies/0/unit", 500.into()),
        ("/iss", "https://other.example".into()),
    ];
    for (pointer, value) in changes {
        let mut changed = body.clone();
        let place = changed.pointer_mut(pointer).unwrap();
        assert_ne!(*place, value);
        *place = value;
        assert!(
            Body::parse(changed.to_string().as_bytes()).is_err(),
            "{pointer}"
        );
    }
}

#[test]
fn a_body_does_not_contradict_itself() {
    let issuer = TestIssuer::new();
    let dates = |from: i64, until: i64| {
        let day = |n: i64| time(n * i64::try_from(DAY).unwrap());
        Dates::new(day(from), day(until), day(until), day(until)).unwrap()
    };
    let first = &issuer.body.keysets[0];
    let (unit, key) = (first.denomination(), *issuer.body.keysets[1].public_key());
    let another = |from, until| {
        let eur = currency("EUR");
        let keyset = Keyset::money(&issuer.id, eur, unit, unit, key, dates(from, until)).unwrap();
        let mut body = issuer.body.clone();
        body.keysets.push(keyset);
        Body::parse(body.to_json().as_bytes()).map(|_| ())
    };
    // The fixture's is mintable from day -30 to day 150.
    assert!(another(150, 300).is_ok(), "the next one");
    assert!(another(-60, -30).is_ok(), "the one before");
    assert!(another(149, 300).is_err(), "two at a time");
    assert!(another(-30, 150).is_err());
    let mut twice = issuer.body.clone();
    twice.keysets.push(twice.keysets[0].clone());
    assert!(Body::parse(twice.to_json().as_bytes()).is_err());
    let mut twice = issuer.body.clone();
    twice.currencies.push(twice.currencies[0].clone());
    assert!(Body::parse(twice.to_json().as_bytes()).is_err());
    for url in ["javascript:alert(1)", "data:text/html,x", "/terms", ""] {
        let mut scripted = issuer.body.clone();
        scripted.terms.url = url.to_owned();
        assert!(Body::parse(scripted.to_json().as_bytes()).is_err(), "{url}");
    }
}

/// A kid is the thumbprint of its key, wherever a key is listed: it is what a pin trusts.
#[test]
fn a_key_is_what_its_kid_says() {
    let issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    let body: serde_json::Value = serde_json::from_str(&issuer.body_bytes()).unwrap();
    let document = publisher.document(&issuer.id).to_json();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let other = TestIssuer::named("other").body;
    let kid = other.sealing_keys[0].kid().to_text();
    let reads_body = |tree: &serde_json::Value| Body::parse(tree.to_string().as_bytes()).is_ok();
    let reads_document =
        |tree: &serde_json::Value| PublisherDocument::parse(tree.to_string().as_bytes()).is_ok();
    assert!(reads_body(&body) && reads_document(&document));
    for pointer in ["/signing_keys/0/kid", "/sealing_keys/0/kid"] {
        let mut changed = body.clone();
        *changed.pointer_mut(pointer).unwrap() = kid.clone().into();
        assert!(!reads_body(&changed), "{pointer}");
    }
    let mut changed = document;
    *changed.pointer_mut("/keys/0/kid").unwrap() = kid.into();
    assert!(!reads_document(&changed));
    let mut changed = body.clone();
    let seal_until = body["sealing_keys"][0]["seal_until"].as_u64().unwrap();
    *changed.pointer_mut("/sealing_keys/0/open_until").unwrap() = (seal_until - 1).into();
    assert!(
        !reads_body(&changed),
        "a key that is sealed to is opened with"
    );
}
