//! Sealed content (section 6): round trips, and every way of cutting, moving and joining that must not open.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use farthing_core::content::{
    ContentError, ContentKey, Header, MAX_CHUNK, MIN_CHUNK, SealedPart, ct_hash, open, seal,
};
use farthing_core::resource::{Resource, Version};
use farthing_testkit::{Article, TestIssuer, TestPublisher, fixed_bytes, publisher_id};
use proptest::prelude::*;

fn header(salt: u8, chunk: u32, length: usize) -> Option<Header> {
    let resource = Resource::parse("/2026/turnpikes").unwrap();
    let version = Version::parse("1").unwrap();
    let length = u64::try_from(length).unwrap();
    Header::new(
        publisher_id("publisher"),
        resource,
        version,
        [salt; 32],
        chunk,
        length,
    )
}

fn key() -> ContentKey {
    ContentKey::new(fixed_bytes("cek"))
}

fn text(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| u8::try_from(i % 251).unwrap())
        .collect()
}

fn sealed(salt: u8, length: usize) -> Vec<u8> {
    seal(
        &header(salt, MIN_CHUNK, length).unwrap(),
        &key(),
        &text(length),
    )
    .unwrap()
}

/// What a reader makes of bytes: parse, then open.
fn read(bytes: &[u8]) -> Option<Vec<u8>> {
    open(&SealedPart::parse(bytes)?, &key()).ok()
}

const PLAIN: usize = MIN_CHUNK as usize - 16;
const CHUNK: usize = MIN_CHUNK as usize;

#[test]
fn every_length_round_trips() {
    for length in [
        0,
        1,
        15,
        16,
        PLAIN - 1,
        PLAIN,
        PLAIN + 1,
        2 * PLAIN - 1,
        2 * PLAIN,
        2 * PLAIN + 1,
        5 * PLAIN,
    ] {
        let bytes = sealed(1, length);
        let part = SealedPart::parse(&bytes).unwrap();
        let chunks = length.div_ceil(PLAIN).max(1);
        assert_eq!(part.chunks().len(), chunks);
        assert_eq!(part.header().chunks(), Some(u64::try_from(chunks).unwrap()));
        assert_eq!(part.header().to_bytes(), part.header_bytes());
        assert_eq!(open(&part, &key()).unwrap(), text(length), "{length}");
        let wrong = open(&part, &ContentKey::new([1; 32]));
        assert_eq!(wrong, Err(ContentError::Corrupt));
    }
}

#[test]
fn chunk_sizes_are_bounded() {
    for size in [MIN_CHUNK, MIN_CHUNK + 1, 100_000, MAX_CHUNK] {
        let header = header(1, size, 300_000).unwrap();
        let bytes = seal(&header, &key(), &text(300_000)).unwrap();
        assert_eq!(read(&bytes), Some(text(300_000)), "{size}");
    }
    for size in [0, 15, 16, 17, MIN_CHUNK - 1, MAX_CHUNK + 1, u32::MAX] {
        assert!(header(1, size, 1).is_none(), "{size}");
    }
    assert!(header(1, MIN_CHUNK, usize::MAX).is_none(), "2^32 chunks");
    assert!(
        seal(&header(1, MIN_CHUNK, 5).unwrap(), &key(), &text(4)).is_none(),
        "another length"
    );
}

#[test]
fn chunks_cannot_be_cut_moved_joined_or_swapped() {
    let length = 3 * PLAIN + 100;
    let good = sealed(1, length);
    assert_eq!(read(&good), Some(text(length)));
    let start = good.len() - 3 * CHUNK - 116;
    let (head, body) = good.split_at(start);
    let chunk = |i: usize| &body[i * CHUNK..(i * CHUNK + CHUNK).min(body.len())];
    let joined = |chunks: &[&[u8]]| [&[head], chunks].concat().concat();
    assert_eq!(joined(&[chunk(0), chunk(1), chunk(2), chunk(3)]), good);

    for cut in [
        0,
        1,
        3,
        4,
        start - 1,
        start,
        start + 1,
        start + CHUNK,
        good.len() - 116,
        good.len() - 1,
    ] {
        assert_eq!(read(&good[..cut]), None, "cut at {cut}");
    }
    assert_eq!(read(&[good.as_slice(), b"\0"].concat()), None, "extended");
    assert_eq!(read(&[b"\0", good.as_slice()].concat()), None, "moved");
    let orders: [&[&[u8]]; 6] = [
        &[chunk(1), chunk(0), chunk(2), chunk(3)],
        &[chunk(0), chunk(2), chunk(1), chunk(3)],
        &[chunk(0), chunk(0), chunk(2), chunk(3)],
        &[chunk(0), chunk(1), chunk(3)],
        &[chunk(0), chunk(1), chunk(2)],
        &[chunk(0), chunk(1), chunk(2), chunk(2), chunk(3)],
    ];
    for (index, order) in orders.into_iter().enumerate() {
        assert_eq!(read(&joined(order)), None, "order {index}");
    }

    // The same key under another salt: nothing of one encryption fits the other.
    let other = sealed(2, length);
    let (other_head, other_body) = other.split_at(start);
    for i in 0..3 {
        let mut spliced = good.clone();
        let at = start + i * CHUNK;
        spliced[at..at + CHUNK].copy_from_slice(&other_body[i * CHUNK..(i + 1) * CHUNK]);
        assert_eq!(read(&spliced), None, "spliced {i}");
    }
    assert_eq!(read(&[other_head, body].concat()), None, "another header");

    // Cut to whole chunks with a header that says so: the last of them was not sealed as the last.
    let shorter = header(1, MIN_CHUNK, 2 * PLAIN).unwrap().to_bytes();
    let mut cut = u32::try_from(shorter.len()).unwrap().to_be_bytes().to_vec();
    cut.extend_from_slice(&shorter);
    cut.extend_from_slice(chunk(0));
    cut.extend_from_slice(chunk(1));
    assert!(SealedPart::parse(&cut).is_some(), "its shape is right");
    assert_eq!(read(&cut), None);
}

#[test]
fn a_length_from_nowhere_allocates_nothing() {
    let mut bytes = sealed(1, 10);
    let header_end = bytes.len() - 26;
    bytes[header_end - 8..header_end].copy_from_slice(&((1_u64 << 47) - 1).to_be_bytes());
    assert!(SealedPart::parse(&bytes).is_none());
    bytes[header_end - 8..header_end].copy_from_slice(&u64::MAX.to_be_bytes());
    assert!(SealedPart::parse(&bytes).is_none());
}

#[test]
fn the_offer_names_this_ciphertext_and_no_other() {
    let issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
    let other = publisher.seal(&issuer, &Article::new("/2026/tollgates"));
    let offer = article.offer(&publisher);
    let check = |bytes: &[u8]| SealedPart::parse(bytes).map(|part| offer.check_part(&part));
    assert_eq!(check(&article.part), Some(Ok(())));
    assert_eq!(check(&other.part), Some(Err(ContentError::Mismatch)));
    let mut changed = article.part.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(check(&changed), Some(Err(ContentError::Mismatch)));
    let part = SealedPart::parse(&article.part).unwrap();
    assert_eq!(
        ct_hash(part.header_bytes(), part.chunks().iter().copied()),
        part.ct_hash()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_byte_counts(length in prop::sample::select(vec![0, 1, 200, PLAIN, PLAIN + 7]), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = sealed(1, length);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_eq!(read(&bytes), None, "byte {}", at);
    }

    #[test]
    fn headers_round_trip(path in "/[a-z]{1,20}", version in "[A-Za-z0-9._-]{1,64}", salt in any::<[u8; 32]>(), chunk in MIN_CHUNK..=MAX_CHUNK, length in 0..(1_u64 << 47)) {
        let (resource, version) = (Resource::parse(&path).unwrap(), Version::parse(&version).unwrap());
        let header = Header::new(publisher_id("publisher"), resource, version, salt, chunk, length).unwrap();
        let bytes = header.to_bytes();
        prop_assert_eq!(Header::parse(&bytes), Some(header));
        prop_assert_eq!(Header::parse(&bytes[..bytes.len() - 1]), None);
        prop_assert_eq!(Header::parse(&[bytes.as_slice(), b"x"].concat()), None);
    }

    #[test]
    fn any_bytes_are_a_part_or_not(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Some(part) = SealedPart::parse(&bytes) {
            prop_assert_eq!(part.header().to_bytes(), part.header_bytes());
        }
    }
}

/// A header's bytes in a part whose flip hits the header only: each byte of it, not a sample.
#[test]
fn every_byte_of_a_header_counts() {
    let good = sealed(1, 40);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert_eq!(read(&bytes), None, "byte {at}");
    }
}
