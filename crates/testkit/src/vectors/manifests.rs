//! Walks (R14).

use super::jws::{crafted, header, twin};
use super::{Folder, b64u, with};
use crate::fixed::{DAY, NOW, time};
use crate::issuer::TestIssuer;
use farthing_core::id::HeadHash;
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::jws;
use farthing_core::manifest::{Body, Head, Pin};
use farthing_core::sign::SecretKey;
use serde_json::{Value, json};

fn pin(pin: &Pin) -> Value {
    json!({ "n": pin.n, "hash": b64u(pin.hash.bytes()) })
}

fn pin_of(head: &str) -> Pin {
    let head = Head::parse(head).unwrap();
    Pin {
        n: head.n(),
        hash: head.hash(),
    }
}

/// Pins, heads, bodies and what a reader stored.
pub(super) fn walks() -> Folder {
    let mut folder = Folder::new("manifest");
    let mut issuer = TestIssuer::new();
    issuer.publish();
    issuer.publish();
    let (heads, body) = (issuer.heads.clone(), issuer.body_bytes());
    let kid = Kid::of(&issuer.signing.public().unwrap()).to_text();
    let stored = |head: &str| {
        let mut stored = pin(&pin_of(head));
        stored["kids"] = json!([kid]);
        stored
    };
    let input = json!({ "issuer": issuer.id.as_str(), "now": NOW, "pin": pin(&pin_of(&heads[0])), "heads": heads, "body": body });
    let newest = pin(&pin_of(&heads[2]));
    let from_second = json!({ "issuer": issuer.id.as_str(), "now": NOW, "stored": stored(&heads[1]), "heads": heads[1..], "body": body });
    let mut good = |name, about, input: &Value| folder.good(name, about, "R14", input, &newest);
    good(
        "first_contact",
        "From the page's pin to the newest head.",
        &input,
    );
    good(
        "from_what_is_stored",
        "From the head stored to the newest.",
        &from_second,
    );
    good(
        "pin_below_what_is_stored",
        "A pin below what is stored is not looked at.",
        &with(&from_second, "/pin", pin(&pin_of(&heads[0]))),
    );
    let ahead = with(
        &with(&from_second, "/pin", pin(&pin_of(&heads[2]))),
        "/heads",
        json!([heads[2]]),
    );
    good(
        "pin_above_what_is_stored",
        "A walk begins at the higher of the two.",
        &ahead,
    );
    good(
        "other_signature_of_a_head",
        "(r, n - s) is a signature too: the head is the same.",
        &with(&from_second, "/heads/0", twin(&heads[1])),
    );

    let made_up = |n: u64| json!({ "n": n, "hash": b64u([9; 32]) });
    let key_unknown = SecretKey::from_bytes(&[5; 32]).unwrap();
    let payload = |issuer: &TestIssuer, n, prev: &HeadHash, at| {
        Head::payload(&issuer.id, n, prev, &Body::hash(body.as_bytes()), time(at))
    };
    let hash = |head: &str| pin_of(head).hash;
    let sign = |secret: &SecretKey, payload: &str| {
        crafted(secret, &header(secret, jws::MANIFEST), payload)
    };
    let third =
        |secret: &SecretKey, prev: &HeadHash, at| sign(secret, &payload(&issuer, 3, prev, at));
    let forked_third = third(&issuer.signing, &HeadHash::new([7; 32]), 0);
    let late_third = |at| third(&issuer.signing, &hash(&heads[1]), at);
    let (text, _) = heads[2].rsplit_once('.').unwrap();
    let forged = format!("{text}.{}", farthing_core::bytes::to_b64u(&[1; 64]));
    let other = TestIssuer::named("other");
    let of_other = sign(&issuer.signing, &payload(&other, 3, &hash(&heads[1]), 0));

    let at_300 = with(&from_second, "/heads/1", late_third(300));
    let expect = pin(&pin_of(&late_third(300)));
    folder.good(
        "iat_300_seconds_ahead",
        "An iat may be 300 seconds ahead.",
        "R5",
        &at_300,
        &expect,
    );

    let mut second_body = issuer.body.clone();
    second_body.n = 2;
    let second_body = second_body.to_json();
    let other_second = Head::payload(
        &issuer.id,
        2,
        &hash(&heads[0]),
        &Body::hash(second_body.as_bytes()),
        time(9),
    );
    let other_second = sign(&issuer.signing, &other_second);
    let two_seconds = json!({ "issuer": issuer.id.as_str(), "now": NOW, "stored": stored(&heads[1]), "heads": [other_second], "body": second_body });
    let mut first_body = issuer.body.clone();
    first_body.n = 1;
    let taken_back = json!({ "issuer": issuer.id.as_str(), "now": NOW, "stored": stored(&heads[1]), "heads": [heads[0]], "body": first_body.to_json() });
    let head_zero_prev = sign(
        &issuer.signing,
        &payload(&issuer, 1, &HeadHash::new([1; 32]), 0),
    );
    let mut changed_body = issuer.body.clone();
    changed_body.terms.url.push('x');
    let mut with_new_key = issuer.body.clone();
    with_new_key
        .signing_keys
        .push(PublicJwk::new(key_unknown.public().unwrap()));
    let with_new_key = with_new_key.to_json();
    let by_new_key = Head::payload(
        &issuer.id,
        3,
        &hash(&heads[1]),
        &Body::hash(with_new_key.as_bytes()),
        time(0),
    );
    let by_new_key = with(
        &with(&from_second, "/body", with_new_key),
        "/heads/1",
        sign(&key_unknown, &by_new_key),
    );

    let bad = [
        (
            "fork_two_heads_of_one_number",
            "The issuer signed another head of the number stored.",
            two_seconds,
            "manifest_fork",
        ),
        (
            "fork_prev_does_not_fit",
            "The issuer signed a head that follows another one.",
            with(&from_second, "/heads/1", forked_third),
            "manifest_fork",
        ),
        (
            "fork_newest_taken_back",
            "The newest head is below the one stored.",
            taken_back,
            "manifest_fork",
        ),
        (
            "fork_nothing_from_the_stored_number",
            "The issuer has no head of the number stored any more.",
            with(&from_second, "/heads", json!([])),
            "manifest_fork",
        ),
        (
            "pin_of_no_head",
            "The page pins a hash that the issuer never signed.",
            with(&input, "/pin", made_up(1)),
            "pin_unknown",
        ),
        (
            "pin_too_high",
            "The page pins a number that does not exist: its own fault, not the issuer's.",
            with(
                &with(&from_second, "/pin", made_up(99)),
                "/heads",
                json!([]),
            ),
            "pin_unknown",
        ),
        (
            "pin_beside_the_stored_head",
            "The page pins another hash for the number stored; nobody showed a signature.",
            with(&from_second, "/pin", made_up(2)),
            "pin_unknown",
        ),
        (
            "gap",
            "A number is left out.",
            with(&input, "/heads", json!([heads[0], heads[2]])),
            "manifest_invalid",
        ),
        (
            "one_head_twice",
            "A head stands twice.",
            with(
                &input,
                "/heads",
                json!([heads[0], heads[0], heads[1], heads[2]]),
            ),
            "manifest_invalid",
        ),
        (
            "signature",
            "A head's signature is not good.",
            with(&from_second, "/heads/1", forged),
            "manifest_invalid",
        ),
        (
            "key_not_listed",
            "A head is signed by a key that no body lists.",
            with(
                &from_second,
                "/heads/1",
                third(&key_unknown, &hash(&heads[1]), 0),
            ),
            "manifest_key_unknown",
        ),
        (
            "key_listed_by_itself_only",
            "A head is signed by a key that its own body is the first to list.",
            by_new_key,
            "manifest_key_unknown",
        ),
        (
            "head_of_another_issuer",
            "A head names another issuer, under the same key.",
            with(&from_second, "/heads/1", of_other),
            "manifest_invalid",
        ),
        (
            "list_of_another_issuer",
            "All of it is another issuer's.",
            with(&from_second, "/issuer", "https://other.example"),
            "manifest_invalid",
        ),
        (
            "body_changed",
            "The body is not the one that the head signs.",
            with(&from_second, "/body", changed_body.to_json()),
            "manifest_invalid",
        ),
        (
            "body_of_another_number",
            "The body is an older one.",
            with(&from_second, "/body", second_body),
            "manifest_invalid",
        ),
        (
            "first_head_follows_one",
            "Head 1 follows 32 zero bytes.",
            with(
                &with(&input, "/heads", json!([head_zero_prev])),
                "/pin",
                pin(&Pin {
                    n: 1,
                    hash: HeadHash::new([1; 32]),
                }),
            ),
            "manifest_invalid",
        ),
        (
            "iat_301_seconds_ahead",
            "A head is from the future.",
            with(&from_second, "/heads/1", late_third(301)),
            "manifest_invalid",
        ),
        (
            "pin_missing_at_first_contact",
            "There is nothing to begin with.",
            {
                let mut i = input.clone();
                i.as_object_mut().unwrap().remove("pin");
                i
            },
            "pin_unknown",
        ),
    ];
    for (fault, about, input, code) in bad {
        folder.bad(fault, about, "R14", &input, code);
    }
    let clash = {
        let mut body = issuer.body.clone();
        let (first, dates) = (&body.keysets[0], body.keysets[0].dates());
        let key = *body.keysets[1].public_key();
        let unit = first.denomination();
        let again = farthing_core::keyset::Keyset::money(
            &issuer.id,
            first.currency(),
            unit,
            unit,
            key,
            *dates,
        );
        body.keysets.push(again.unwrap());
        let text = body.to_json();
        let head = Head::payload(
            &issuer.id,
            3,
            &hash(&heads[1]),
            &Body::hash(text.as_bytes()),
            time(-i64::try_from(DAY).unwrap()),
        );
        with(
            &with(&from_second, "/body", text),
            "/heads/1",
            sign(&issuer.signing, &head),
        )
    };
    folder.bad(
        "two_mintable_keysets_of_one_coin",
        "Exactly one keyset of a coin is mintable at any time.",
        "section 3",
        &clash,
        "manifest_invalid",
    );
    folder
}
