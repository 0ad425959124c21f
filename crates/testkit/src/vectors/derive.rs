//! Ids, nullifiers, macs and the wallet's secrets. The secrets are derived here from the specification's text, without the
//! core's code.

use super::wallets::Scene;
use super::{Folder, b64u, parsed, with};
use crate::fixed::{fixed_bytes, issuer_id};
use crate::issuer::TestIssuer;
use farthing_core::id::{Binding, KeysetId, Nonce};
use farthing_core::token::{Token, nullifier, voprf_input};
use p256::elliptic_curve::array::Array;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{ProjectivePoint, Scalar};
use serde_json::{Value, json};
use sha2::Sha256;

/// R8, R9.
pub(super) fn keysets() -> Folder {
    let mut folder = Folder::new("keyset");
    let issuer = TestIssuer::new();
    let body = parsed(&issuer.body_bytes());
    let keyset = &body["keysets"][3];
    let input =
        json!({ "issuer": issuer.id.as_str(), "currency": "EUR", "unit": 1_000, "keyset": keyset });
    folder.good(
        "id",
        "The id is the hash of everything that a keyset is.",
        "R8",
        &input,
        &json!({ "id": keyset["id"] }),
    );
    let later = |name: &str| keyset[name].as_u64().unwrap() + 1;
    let bad = [
        ("mint_from", "/keyset/mint_from", later("mint_from").into()),
        (
            "mint_until",
            "/keyset/mint_until",
            later("mint_until").into(),
        ),
        (
            "claim_until",
            "/keyset/claim_until",
            later("claim_until").into(),
        ),
        ("denomination", "/keyset/denomination", 16_000.into()),
        (
            "public_key",
            "/keyset/public_key",
            body["keysets"][4]["public_key"].clone(),
        ),
        ("issuer", "/issuer", "https://other.example".into()),
        ("unit", "/unit", 500.into()),
        ("kind_reserved", "/keyset/kind", "promo".into()),
        ("dates_out_of_order", "/keyset/redeem_until", 0.into()),
    ];
    for (fault, pointer, value) in bad {
        let about = "A member is not what the id was made from, or not what a keyset may have.";
        folder.bad(
            fault,
            about,
            "R8",
            &with(&input, pointer, value),
            "malformed",
        );
    }
    folder
}

/// Section 3.
pub(super) fn nullifiers() -> Folder {
    let mut folder = Folder::new("nullifier");
    for (name, issuer) in [("one_issuer", "issuer"), ("another_issuer", "other")] {
        let issuer = issuer_id(issuer);
        let keyset = KeysetId::from_slice(&fixed_bytes("vector/keyset")[..16]).unwrap();
        let nonce = Nonce::new(fixed_bytes("vector/nonce"));
        let input = json!({ "issuer": issuer.as_str(), "keyset": b64u(keyset.bytes()), "nonce": b64u(nonce.bytes()) });
        let expect = json!({
            "voprf_input": b64u(voprf_input(&issuer, &keyset, &nonce)),
            "nullifier": b64u(nullifier(&issuer, &keyset, &nonce).bytes()),
        });
        folder.good(
            name,
            "One nonce has another nullifier at another issuer.",
            "section 3",
            &input,
            &expect,
        );
    }
    folder
}

/// R11, the wallet's half.
pub(super) fn macs(scene: &Scene) -> Folder {
    let mut folder = Folder::new("mac");
    let token = &scene.tokens[0].token;
    let binding = Binding::new(fixed_bytes("vector/binding"));
    let input = json!({ "token": b64u(token.to_bytes()), "binding": b64u(binding.bytes()) });
    let expect = json!({ "mac": b64u(token.output().mac(&binding).bytes()) });
    folder.good(
        "of_a_binding",
        "The mac of a kept token over a binding.",
        "R11",
        &input,
        &expect,
    );
    let kept = token.to_bytes();
    let mut version = kept.to_vec();
    version[0] = 2;
    folder.bad(
        "token_version",
        "A kept token begins with 0x01.",
        "section 3",
        &with(&input, "/token", b64u(version)),
        "token_corrupt",
    );
    folder.bad(
        "token_length",
        "A kept token has 81 bytes.",
        "section 3",
        &with(&input, "/token", b64u(&kept[..80])),
        "token_corrupt",
    );
    folder
}

/// R11, the issuer's half.
pub(super) fn tokens(scene: &Scene) -> Folder {
    let mut folder = Folder::new("token");
    let token = &scene.tokens[0].token;
    let binding = Binding::new(fixed_bytes("vector/binding"));
    let mac = token.output().mac(&binding);
    let place = |token: &Token| {
        let mut keysets = scene.issuer.body.keysets.iter();
        keysets
            .position(|keyset| keyset.id() == token.keyset())
            .unwrap()
    };
    let input = json!({
        "issuer": scene.issuer.id.as_str(),
        "keyset_secret": b64u(fixed_bytes(&format!("issuer/keyset/{}", place(token)))),
        "keyset": b64u(token.keyset().bytes()),
        "nonce": b64u(token.nonce().bytes()),
        "binding": b64u(binding.bytes()),
        "mac": b64u(mac.bytes()),
    });
    folder.good(
        "mac",
        "The issuer recomputes y and finds the mac right.",
        "R11",
        &input,
        &json!({}),
    );
    let other = scene.tokens.last().unwrap();
    let bad = [
        (
            "mac_changed",
            "The mac is another.",
            "/mac",
            b64u(fixed_bytes("vector/mac")),
        ),
        (
            "binding_of_another_request",
            "The mac is over another request.",
            "/binding",
            b64u(fixed_bytes("vector/other")),
        ),
        (
            "nonce_changed",
            "The token is forged.",
            "/nonce",
            b64u(fixed_bytes("vector/nonce")),
        ),
        (
            "keyset_of_another_token",
            "The token is of another keyset.",
            "/keyset",
            b64u(other.token.keyset().bytes()),
        ),
        (
            "key_of_another_keyset",
            "The token was made under another key.",
            "/keyset_secret",
            b64u(fixed_bytes(&format!(
                "issuer/keyset/{}",
                place(&other.token)
            ))),
        ),
        (
            "issuer_of_another_name",
            "The token is another issuer's.",
            "/issuer",
            "https://other.example".into(),
        ),
    ];
    for (fault, about, pointer, value) in bad {
        folder.bad(
            fault,
            about,
            "R11",
            &with(&input, pointer, value),
            "token_invalid",
        );
    }
    folder
}

fn lp(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [length.as_slice(), bytes].concat()
}

fn derive<const N: usize>(seed: &[u8], info: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    hkdf::Hkdf::<Sha256>::new(None, seed)
        .expand(&info.concat(), &mut out)
        .unwrap();
    out
}

fn scalar(bytes: &[u8; 48]) -> Scalar {
    <Scalar as Reduce<Array<u8, p256::elliptic_curve::array::typenum::U48>>>::reduce(
        &(*bytes).into(),
    )
}

fn public(secret: &Scalar) -> Value {
    let point = (ProjectivePoint::GENERATOR * secret).to_affine();
    b64u(point.to_sec1_point(true).as_bytes())
}

/// Section 4.1. Words and bytes are BIP 39's own test vectors.
pub(super) fn phrases() -> Folder {
    let mut folder = Folder::new("phrase");
    let zeros = format!("{}about", "abandon ".repeat(11));
    let ones = format!("{}wrong", "zoo ".repeat(11));
    let typed = " 1. Legal 2. WINNER 3. thank\n4. year 5. wave 6. sausage\r\n7.\tworth 8. useful 9. legal\n10. winner 11. thank 12. yellow.\n";
    let good = [
        ("zeros", zeros.as_str(), [0x00; 16]),
        (
            "sevens",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            [0x7f; 16],
        ),
        (
            "eights",
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
            [0x80; 16],
        ),
        ("ones", ones.as_str(), [0xff; 16]),
        ("as_a_person_writes", typed, [0x7f; 16]),
    ];
    for (name, words, bytes) in good {
        let seed: [u8; 32] = derive(&bytes, &[b"farthing/v1/phrase"]);
        let input = json!({ "words": words });
        let expect = json!({ "bytes": b64u(bytes), "seed": b64u(seed) });
        folder.good(name, "Twelve words, and the seed.", "R42", &input, &expect);
    }
    let long = "abandon ".repeat(24);
    let bad = [
        ("none", "No word.", ""),
        (
            "eleven_words",
            "A word is missing.",
            zeros.trim_end_matches(" about"),
        ),
        (
            "twenty_four_words",
            "A longer phrase of BIP 39.",
            long.as_str(),
        ),
        (
            "unknown_word",
            "A word that is not in the list.",
            "legal winner thank year wave sausage worth useful legal winner thank yellwo",
        ),
        (
            "beginning_of_a_word",
            "Four letters tell the word, but a wallet completes none.",
            "lega winner thank year wave sausage worth useful legal winner thank yellow",
        ),
        (
            "places_changed",
            "Two words changed places.",
            "winner legal thank year wave sausage worth useful legal winner thank yellow",
        ),
        (
            "another_word",
            "One word is another of the list.",
            "legal winner thank year wave sausage worth useful legal winner thank zoo",
        ),
    ];
    for (name, about, words) in bad {
        folder.bad(
            name,
            about,
            "section 4.1",
            &json!({ "words": words }),
            "phrase_invalid",
        );
    }
    folder
}

/// Section 4, tokens.
pub(super) fn token_secrets() -> Folder {
    let mut folder = Folder::new("token_secret");
    let issuer = TestIssuer::new();
    let seed = fixed_bytes("vector/seed");
    for (place, counter) in [(0_usize, 0_u32), (0, 1), (3, 0), (3, 4_294_967_294)] {
        let keyset = issuer.body.keysets[place].id();
        let issuer_lp = lp(issuer.id.bytes());
        let (branch, number) = (0_u32.to_be_bytes(), counter.to_be_bytes());
        let info: [&[u8]; 5] = [
            b"farthing/v1/token",
            &issuer_lp,
            keyset.bytes(),
            &branch,
            &number,
        ];
        let secret: [u8; 80] = derive(&seed, &info);
        let (nonce, wide) = secret.split_first_chunk::<32>().unwrap();
        let blind = scalar(wide.try_into().unwrap());
        let input = json!({ "seed": b64u(seed), "issuer": issuer.id.as_str(), "manifest": issuer.body_bytes(), "keyset": b64u(keyset.bytes()), "counter": counter });
        // The blinded element is the blind times the hashed input; the client's own hash-to-curve is checked with it.
        let expect = json!({
            "nonce": b64u(nonce),
            "blind": b64u(blind.to_bytes()),
            "voprf_input": b64u(voprf_input(&issuer.id, keyset, &Nonce::new(*nonce))),
        });
        let about = "Nonce and blind of a token, from seed, keyset and counter.";
        folder.good(
            &format!("keyset_{place}_counter_{counter}"),
            about,
            "R13",
            &input,
            &expect,
        );
    }
    folder
}

/// Section 4, claim keys.
pub(super) fn claim_keys() -> Folder {
    let mut folder = Folder::new("claim_key");
    let seed = fixed_bytes("vector/seed");
    for (name, counter) in [("issuer", 0_u32), ("issuer", 7), ("other", 0)] {
        let issuer = issuer_id(name);
        let (branch, number) = (0_u32.to_be_bytes(), counter.to_be_bytes());
        let secret = scalar(&derive(
            &seed,
            &[b"farthing/v1/claim", &lp(issuer.bytes()), &branch, &number],
        ));
        let input = json!({ "seed": b64u(seed), "issuer": issuer.as_str(), "counter": counter });
        let expect = json!({ "secret": b64u(secret.to_bytes()), "public": public(&secret) });
        let about = "The key that claims an order, from seed, issuer and counter.";
        folder.good(
            &format!("{name}_{counter}"),
            about,
            "section 4",
            &input,
            &expect,
        );
    }
    folder
}

/// Section 4, what derives from the lead.
pub(super) fn redemption_secrets() -> Folder {
    let mut folder = Folder::new("redemption_secret");
    let issuer = issuer_id("issuer");
    let seed = fixed_bytes("vector/seed");
    for name in ["a", "b"] {
        let keyset = fixed_bytes("vector/keyset")[..16].to_vec();
        let nonce = fixed_bytes(&format!("vector/lead/{name}"));
        let issuer_lp = lp(issuer.bytes());
        let info = |label: &'static [u8]| {
            [
                label,
                issuer_lp.as_slice(),
                keyset.as_slice(),
                nonce.as_slice(),
            ]
        };
        let cnf = scalar(&derive(&seed, &info(b"farthing/v1/cnf")));
        let sealing = scalar(&derive(&seed, &info(b"farthing/v1/seal")));
        let salt: [u8; 32] = derive(&seed, &info(b"farthing/v1/salt"));
        let input = json!({ "seed": b64u(seed), "issuer": issuer.as_str(), "lead_keyset": b64u(&keyset), "lead_nonce": b64u(nonce) });
        let expect = json!({ "cnf": public(&cnf), "sealing_secret": b64u(sealing.to_bytes()), "sealing": public(&sealing), "salt": b64u(salt) });
        let about = "The reader's keys and the salt of one redemption, from its lead.";
        folder.good(&format!("lead_{name}"), about, "section 4", &input, &expect);
    }
    folder
}

/// Section 4, what a gift's giver and whoever claims it derive.
pub(super) fn gift_secrets() -> Folder {
    let mut folder = Folder::new("gift_secret");
    let issuer = issuer_id("issuer");
    let (seed, issuer_lp) = (fixed_bytes("vector/seed"), lp(issuer.bytes()));
    for name in ["a", "b"] {
        let keyset = fixed_bytes("vector/keyset")[..16].to_vec();
        let nonce = fixed_bytes(&format!("vector/lead/{name}"));
        let jti = fixed_bytes(&format!("vector/gift/{name}"))[..16].to_vec();
        let of_lead = |label: &'static [u8]| {
            [
                label,
                issuer_lp.as_slice(),
                keyset.as_slice(),
                nonce.as_slice(),
            ]
        };
        let secret: [u8; 32] = derive(&seed, &of_lead(b"farthing/v1/gift"));
        let giver = scalar(&derive(&seed, &of_lead(b"farthing/v1/giver")));
        let cnf = scalar(&derive(&secret, &[b"farthing/v1/gift-cnf"]));
        let sealing = scalar(&derive(&secret, &[b"farthing/v1/gift-seal"]));
        let rebound = [b"farthing/v1/rebound".as_slice(), &issuer_lp, &jti];
        let rebound = scalar(&derive(&seed, &rebound));
        let input = json!({
            "seed": b64u(seed),
            "issuer": issuer.as_str(),
            "lead_keyset": b64u(&keyset),
            "lead_nonce": b64u(nonce),
            "jti": b64u(&jti),
        });
        let expect = json!({
            "secret": b64u(secret),
            "cnf": public(&cnf),
            "sealing": public(&sealing),
            "giver": public(&giver),
            "rebound": public(&rebound),
        });
        let about = "The secret of a gift link with its keys, the giver's key, and the key of whoever claims it.";
        folder.good(&format!("lead_{name}"), about, "section 4", &input, &expect);
    }
    folder
}
