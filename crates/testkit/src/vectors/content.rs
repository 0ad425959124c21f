//! Sealed parts, wraps and released keys (R16, R18, R29).

use super::wallets::Scene;
use super::{Folder, b64u, with};
use crate::fixed::{NOW, fixed_bytes};
use crate::issuer::TestIssuer;
use crate::publisher::{Article, TestPublisher};
use farthing_core::content::{ContentKey, Header, MIN_CHUNK, SealedPart, seal};
use farthing_core::request::RedeemResponse;
use serde_json::{Value, json};

fn u32_at(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// R16.
pub(super) fn parts() -> Folder {
    let mut folder = Folder::new("part");
    let (issuer, publisher) = (TestIssuer::new(), TestPublisher::new());
    let ask = |article: &Article| {
        let sealed = publisher.seal(&issuer, article);
        let input = json!({
            "now": NOW, "document": publisher.document(&issuer.id).to_json(), "offer": sealed.offer_text, "part": b64u(&sealed.part), "cek": b64u(sealed.key.bytes()),
        });
        let expect = json!({ "ct_hash": b64u(sealed.claims.content.ct_hash.bytes()), "key_commit": b64u(sealed.key.commit().bytes()), "text": b64u(&sealed.text) });
        (sealed, input, expect)
    };
    let short = {
        let mut article = Article::new("/2026/turnpikes");
        article.text = b"<p>The toll was a farthing.</p>".to_vec();
        article
    };
    let (sealed, input, expect) = ask(&short);
    folder.good(
        "one_chunk",
        "A short part is one chunk.",
        "R16",
        &input,
        &expect,
    );
    let mut empty = short.clone();
    empty.text.clear();
    let (_, empty_input, empty_expect) = ask(&empty);
    folder.good(
        "empty",
        "An empty part is one chunk of 16 bytes.",
        "R16",
        &empty_input,
        &empty_expect,
    );
    let mut long = short;
    long.text = (0..MIN_CHUNK)
        .map(|i| b"farthing "[usize::try_from(i).unwrap() % 9])
        .collect();
    let (two, two_input, two_expect) = ask(&long);
    folder.good(
        "two_chunks",
        "65,536 bytes are a whole chunk and 16 bytes.",
        "R16",
        &two_input,
        &two_expect,
    );

    let part = &sealed.part;
    let end = part.len();
    let header_length = end - 4 - sealed.text.len() - 16;
    let changed = |at: usize| {
        let mut part = part.clone();
        part[at] ^= 1;
        part
    };
    let mut longer_header = part.clone();
    u32_at(
        &mut longer_header,
        0,
        u32::try_from(header_length + 1).unwrap(),
    );
    let mut tiny_chunks = part.clone();
    u32_at(&mut tiny_chunks, 4 + header_length - 12, 17);
    let other = publisher.seal(&issuer, &Article::new("/2026/tollgates"));
    let resealed = {
        // The same text under the same key with another salt: not what the offer names.
        let header = SealedPart::parse(part).unwrap();
        let header = header.header();
        let again = Header::new(
            header.publisher().clone(),
            header.resource().clone(),
            header.version().clone(),
            fixed_bytes("vector/salt"),
            MIN_CHUNK,
            header.length(),
        );
        seal(&again.unwrap(), &sealed.key, &sealed.text).unwrap()
    };
    let mismatch = [
        ("last_byte_changed", "The tag is changed.", changed(end - 1)),
        (
            "ciphertext_changed",
            "The ciphertext is changed.",
            changed(4 + header_length),
        ),
        (
            "header_version",
            "The header begins with another version.",
            changed(4),
        ),
        (
            "salt_changed",
            "The salt is changed.",
            changed(4 + header_length - 13),
        ),
        (
            "length_changed",
            "The length is changed.",
            changed(4 + header_length - 1),
        ),
        (
            "header_too_long",
            "The header's length is another.",
            longer_header,
        ),
        (
            "chunks_too_small",
            "A chunk has at least 64 KiB.",
            tiny_chunks,
        ),
        ("truncated", "A byte is missing.", part[..end - 1].to_vec()),
        (
            "extended",
            "A byte follows.",
            [part.as_slice(), b"x"].concat(),
        ),
        ("empty_text", "Nothing is there.", Vec::new()),
        (
            "another_article",
            "It is another article's.",
            other.part.clone(),
        ),
        (
            "sealed_again",
            "It is the same text under the same key, but another encryption.",
            resealed,
        ),
    ];
    for (fault, about, part) in mismatch {
        folder.bad(
            fault,
            about,
            "R16",
            &with(&input, "/part", b64u(part)),
            "content_mismatch",
        );
    }
    let cut = &two.part[..two.part.len() - 32];
    folder.bad(
        "last_chunk_missing",
        "The last of two chunks is cut off.",
        "R16",
        &with(&two_input, "/part", b64u(cut)),
        "content_mismatch",
    );
    let other_key = ContentKey::new(fixed_bytes("vector/other cek"));
    folder.bad(
        "key",
        "The key is another.",
        "R29",
        &with(&input, "/cek", b64u(other_key.bytes())),
        "key_mismatch",
    );
    folder
}

/// Section 7, wraps.
pub(super) fn wraps() -> Folder {
    let mut folder = Folder::new("wrap");
    let (issuer, publisher) = (TestIssuer::new(), TestPublisher::new());
    let dear = publisher.seal(&issuer, &Article::new("/dear").at(500_000));
    let cheap = publisher.seal(&issuer, &Article::new("/cheap").at(2_000));
    let other = publisher.seal(
        &TestIssuer::named("other"),
        &Article::new("/dear").at(500_000),
    );
    let input = json!({
        "issuer": issuer.id.as_str(),
        "sealing_secret": b64u(fixed_bytes("issuer/sealing/0")),
        "offer_hash": b64u(dear.offer_hash.bytes()),
        "key_commit": b64u(dear.claims.key_commit.bytes()),
        "wrap": b64u(dear.wrap),
    });
    folder.good(
        "opens",
        "The issuer opens the content key for the offer it was wrapped for.",
        "R18",
        &input,
        &json!({ "cek": b64u(dear.key.bytes()) }),
    );
    let mut enc = dear.wrap;
    enc[64] ^= 1;
    let mut tag = dear.wrap;
    tag[112] ^= 1;
    let bad: [(&str, &str, &str, Value, &str); 7] = [
        (
            "of_a_cheaper_article",
            "The wrap stood in a cheaper article's page.",
            "/wrap",
            b64u(cheap.wrap),
            "wrap_invalid",
        ),
        (
            "offer_of_a_cheaper_article",
            "The offer is a cheaper article's.",
            "/offer_hash",
            b64u(cheap.offer_hash.bytes()),
            "wrap_invalid",
        ),
        (
            "of_another_issuer",
            "It was wrapped to another issuer.",
            "/wrap",
            b64u(other.wrap),
            "wrap_invalid",
        ),
        (
            "issuer_of_another_name",
            "The issuer's name is in the info.",
            "/issuer",
            "https://other.example".into(),
            "wrap_invalid",
        ),
        (
            "enc_off_the_curve",
            "enc is no point.",
            "/wrap",
            b64u(enc),
            "wrap_invalid",
        ),
        (
            "tag_changed",
            "The tag is changed.",
            "/wrap",
            b64u(tag),
            "wrap_invalid",
        ),
        (
            "key_of_another_text",
            "What opens is not the key that the offer commits to.",
            "/key_commit",
            b64u(cheap.claims.key_commit.bytes()),
            "key_mismatch",
        ),
    ];
    for (fault, about, pointer, value, code) in bad {
        folder.bad(fault, about, "R18", &with(&input, pointer, value), code);
    }
    folder
}

/// Section 9, key release.
pub(super) fn releases(scene: &Scene) -> Folder {
    let mut folder = Folder::new("release");
    let response = RedeemResponse::parse(scene.redeem.1.as_bytes()).unwrap();
    let lead = scene.payment.request.fields().lead().unwrap();
    let input = json!({
        "seed": b64u(scene.seed),
        "issuer": scene.issuer.id.as_str(),
        "lead_keyset": b64u(lead.keyset.bytes()),
        "lead_nonce": b64u(lead.nonce.bytes()),
        "binding": b64u(scene.payment.request.binding().bytes()),
        "key_commit": b64u(scene.article.claims.key_commit.bytes()),
        "key": b64u(response.key),
    });
    folder.good(
        "opens",
        "The reader opens the released key with what derives from the lead.",
        "R29",
        &input,
        &json!({ "cek": b64u(scene.article.key.bytes()) }),
    );
    let mut changed = response.key;
    changed[112] ^= 1;
    let bad = [
        (
            "binding_of_another_request",
            "It was released for another request.",
            "/binding",
            b64u([1; 32]),
        ),
        (
            "lead_of_another_request",
            "It was released to another key.",
            "/lead_nonce",
            b64u([1; 32]),
        ),
        (
            "seed_of_another_wallet",
            "It was released to another reader.",
            "/seed",
            b64u([1; 32]),
        ),
        ("key_changed", "It is changed.", "/key", b64u(changed)),
        (
            "wrap_instead",
            "It is the wrap of the page.",
            "/key",
            b64u(scene.article.wrap),
        ),
        (
            "key_of_another_text",
            "The key is not the one that the offer commits to.",
            "/key_commit",
            b64u([1; 32]),
        ),
    ];
    for (fault, about, pointer, value) in bad {
        folder.bad(
            fault,
            about,
            "R29",
            &with(&input, pointer, value),
            "key_mismatch",
        );
    }
    folder
}
