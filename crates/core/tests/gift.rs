//! An article given away: bought, claimed by the press of somebody else, or taken back.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::content::{self, SealedPart};
use farthing_core::gift::{FRAGMENT, GiftLink, MAX_FRAGMENT};
use farthing_core::grant::Grant;
use farthing_core::jwk::Kid;
use farthing_core::jws;
use farthing_core::manifest::Manifest;
use farthing_core::request::{RebindRequest, RebindResponse, RedeemRequest, RedeemResponse};
use farthing_core::resource::{Resource, Version};
use farthing_core::wallet::{
    self, Basket, Purchase, Seed, WalletError, claim, finish_gift, finish_payment, finish_rebind,
    gift_link, open_gift, take_back,
};
use farthing_testkit::{
    Article, SealedArticle, TestIssuer, TestPublisher, TestReader, fixed_bytes,
};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use std::sync::LazyLock;

struct Gift {
    issuer: TestIssuer,
    manifest: Manifest,
    article: SealedArticle,
    giver: TestReader,
    request: RedeemRequest,
    purchase: Purchase,
    link: GiftLink,
}

/// A gift as it was bought, and its link.
fn give() -> Gift {
    let mut issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    issuer.register(&publisher.id, &publisher.keys());
    let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let mut giver = TestReader::named("giver");
    giver.load(&mut issuer, &manifest, 500_000).unwrap();
    let tokens = giver.purse();
    let offer = article.offer(&publisher);
    let basket = Basket {
        offer: &offer,
        offer_text: &article.offer_text,
        price: article.price(),
        wrap: article.wrap,
        tokens: &tokens,
    };
    let before = giver.counters.clone();
    let counters = &mut giver.counters;
    let payment = wallet::pay_gift(&manifest, &giver.seed, &basket, counters, issuer.now).unwrap();
    let sent = payment.request.to_json();
    let body = issuer.redeem(&sent).unwrap();
    assert_eq!(issuer.redeem(&sent).as_ref(), Ok(&body), "the same bytes");
    let response = RedeemResponse::parse(body.as_bytes()).unwrap();
    let request = RedeemRequest::parse(sent.as_bytes(), &issuer.id).unwrap();
    let seed = &giver.seed;
    // It is no purchase for oneself, and is not taken for one.
    let mistaken = finish_payment(&manifest, seed, &offer, &request, &before, &response);
    assert_eq!(mistaken.err(), Some(WalletError::GrantInvalid));
    let (decryption, sealed) =
        finish_gift(&manifest, seed, &offer, &request, &before, &response).unwrap();
    let purchase = sealed.opened(decryption.open().as_deref()).unwrap();
    let link = gift_link(&issuer.id, seed, &offer, &purchase).unwrap();
    Gift {
        issuer,
        manifest,
        article,
        giver,
        request,
        purchase,
        link,
    }
}

static GIFT: LazyLock<Gift> = LazyLock::new(give);

/// The grant that an issuer gives for a rebind.
fn rebound(gift: &Gift, request: &RebindRequest) -> RebindResponse {
    let keys = gift.manifest.grant_keys();
    let old = Grant::verify(&request.fields().grant, &gift.issuer.id, &keys).unwrap();
    let fields = request.fields();
    let claims = old
        .claims()
        .rebound(request.binding(), fields.cnf, gift.issuer.now.plus(7));
    let signing = &gift.issuer.signing;
    RebindResponse {
        grant: signing.sign_jws(jws::GRANT, &claims.to_json()).unwrap(),
    }
}

/// Reads as whoever claimed does, from the link and the grant alone.
fn read(gift: &Gift, seed: &Seed, link: &GiftLink, grant: &str) -> Result<Vec<u8>, WalletError> {
    let (decryption, sealed) = open_gift(&gift.manifest, seed, link, grant)?;
    let (_, key) = sealed.opened(decryption.open().as_deref())?;
    let part = SealedPart::parse(&gift.article.part).unwrap();
    assert_eq!(part.ct_hash(), link.ct_hash);
    Ok(content::open(&part, &key).unwrap())
}

#[test]
fn whoever_has_the_link_claims_it_and_reads() {
    let gift = &*GIFT;
    let fragment = gift.link.to_fragment();
    let link = GiftLink::parse(&format!("#{fragment}")).unwrap();
    assert_eq!(link, gift.link);
    let friend = Seed::new(fixed_bytes("friend"));
    let request = claim(&friend, &link).unwrap();
    let text = request.to_json();
    assert_eq!(
        claim(&friend, &link).unwrap().to_json(),
        text,
        "the same bytes"
    );
    let request = RebindRequest::parse(text.as_bytes(), &gift.issuer.id).unwrap();
    assert_eq!(request.to_json(), text);
    let cnf = link.secret.cnf().unwrap().public().unwrap();
    let fields = request.fields();
    for (key, signature) in [(cnf, request.signature()), (fields.cnf, request.proof())] {
        assert!(jws::verify_es256(
            &key,
            request.binding().bytes(),
            signature
        ));
    }
    let response = rebound(gift, &request);
    let grant = finish_rebind(&gift.manifest, &link, &request, &response).unwrap();
    let text = read(gift, &friend, &link, &grant).unwrap();
    assert_eq!(text, gift.article.text);
    // Somebody else's wallet has neither the grant's key nor, without the link, the text.
    let other = Seed::new(fixed_bytes("other"));
    let refused = read(gift, &other, &link, &grant);
    assert_eq!(refused, Err(WalletError::GrantInvalid));
    // The gift's own grant opens nothing: who has the link and did not claim it has no grant of his own.
    let refused = read(gift, &friend, &link, &gift.purchase.grant);
    assert_eq!(refused, Err(WalletError::GrantInvalid));
}

#[test]
fn the_giver_takes_it_back_with_the_givers_key_only() {
    let gift = &*GIFT;
    let (keyset, nonce) = (&gift.purchase.lead_keyset, &gift.purchase.lead_nonce);
    let request = take_back(&gift.giver.seed, &gift.link, keyset, nonce).unwrap();
    let giver = request.fields().giver.unwrap();
    assert_eq!(gift.request.fields().giver, Some(giver));
    assert_eq!(gift.link.giver, Kid::of(&giver));
    assert!(jws::verify_es256(
        &giver,
        request.binding().bytes(),
        request.signature()
    ));
    let response = rebound(gift, &request);
    let grant = finish_rebind(&gift.manifest, &gift.link, &request, &response).unwrap();
    let text = read(gift, &gift.giver.seed, &gift.link, &grant).unwrap();
    assert_eq!(text, gift.article.text);
    let other = Seed::new(fixed_bytes("friend"));
    let refused = take_back(&other, &gift.link, keyset, nonce);
    assert_eq!(refused.err(), Some(WalletError::GrantInvalid));
}

#[test]
fn a_grant_that_is_not_the_gifts_is_not_taken() {
    let gift = &*GIFT;
    let friend = Seed::new(fixed_bytes("friend"));
    let request = claim(&friend, &gift.link).unwrap();
    let good = rebound(gift, &request);
    let keys = gift.manifest.grant_keys();
    let claims = Grant::verify(&good.grant, &gift.issuer.id, &keys).unwrap();
    let claims = claims.claims().clone();
    let other = fixed_bytes("other");
    let mut wrong = vec![gift.purchase.grant.clone()];
    let mut resign = |change: &dyn Fn(&mut farthing_core::grant::GrantClaims)| {
        let mut claims = claims.clone();
        change(&mut claims);
        let text = gift.issuer.signing.sign_jws(jws::GRANT, &claims.to_json());
        wrong.push(text.unwrap());
    };
    resign(&|claims| claims.subject = farthing_core::id::Subject::new(other));
    resign(&|claims| claims.access_until = Some(gift.issuer.now.plus(1)));
    resign(&|claims| claims.refund_until = Some(gift.issuer.now.plus(1)));
    resign(&|claims| claims.giver = Some(gift.link.giver));
    resign(&|claims| claims.id = farthing_core::id::GrantId::new([1; 16]));
    resign(&|claims| claims.cnf = gift.link.secret.cnf().unwrap().public().unwrap());
    for grant in wrong {
        let response = RebindResponse { grant };
        let refused = finish_rebind(&gift.manifest, &gift.link, &request, &response);
        assert_eq!(refused, Err(WalletError::GrantInvalid), "{response:?}");
    }
    assert!(finish_rebind(&gift.manifest, &gift.link, &request, &good).is_ok());
}

#[test]
fn the_longest_gift_fits_into_a_link() {
    let mut link = GIFT.link.clone();
    let long = |length: usize| "a".repeat(length);
    let host = [long(63), long(63), long(63), long(51)].join(".");
    let origin = format!("https://{host}");
    let most = 255 - origin.len();
    assert!(most < 8, "{most}");
    let https = farthing_core::origin::OriginPolicy::HttpsOnly;
    link.issuer = farthing_core::origin::IssuerId::parse(&origin, https).unwrap();
    link.opening.resource = Resource::parse(&format!("/{}", long(1_023))).unwrap();
    link.opening.version = Version::parse(&long(64)).unwrap();
    link.media_type = long(100);
    link.length = (1 << 53) - 1;
    let fragment = link.to_fragment();
    // The publisher's name and five numbers of the grant may be as long as they get, too.
    let rest = (255 - 25 + 5 * 8 + most) * 4 / 3 + 4;
    assert!(fragment.len() + rest <= MAX_FRAGMENT, "{}", fragment.len());
    assert_eq!(GiftLink::parse(&fragment), Some(link));
    assert!(GIFT.link.to_fragment().len() < 1_100);
}

#[test]
fn only_what_a_giver_made_is_a_link() {
    let fragment = GIFT.link.to_fragment();
    let body = fragment.strip_prefix(FRAGMENT).unwrap();
    let bytes = from_b64u(body).unwrap();
    for end in 0..bytes.len() {
        // Cut within the publisher's name it may still be one, but of another grant.
        let cut = bytes.get(..end).unwrap();
        let cut = GiftLink::parse(&format!("{FRAGMENT}{}", to_b64u(cut)));
        assert!(cut.is_none_or(|cut| cut.grant != GIFT.link.grant), "{end}");
    }
    let long = format!("{fragment}{}", "A".repeat(MAX_FRAGMENT));
    let padded = format!("{fragment}=");
    let twice = format!("##{fragment}");
    for text in [
        "",
        "#",
        FRAGMENT,
        body,
        &long,
        &padded,
        &twice,
        "farthing-gift=!",
    ] {
        assert_eq!(GiftLink::parse(text), None, "{text}");
    }
    let mut other = bytes;
    if let Some(form) = other.first_mut() {
        *form = 2;
    }
    let other = format!("{FRAGMENT}{}", to_b64u(&other));
    assert_eq!(GiftLink::parse(&other), None);
}

#[test]
fn kind_data_is_nothing_or_a_givers_key() {
    let text = GIFT.request.to_json();
    let giver = GIFT.request.fields().giver.unwrap();
    let mut data = vec![2];
    data.extend_from_slice(giver.bytes());
    let name = to_b64u(&data);
    assert!(text.contains(&name));
    let parse = |text: &str| RedeemRequest::parse(text.as_bytes(), &GIFT.issuer.id);
    let none = parse(&text.replace(&name, "")).unwrap();
    assert_eq!(none.fields().giver, None);
    assert_ne!(none.binding(), GIFT.request.binding());
    let mut no_point = [0xff; 34];
    no_point[0] = 2;
    let uses = [1; 49];
    for wrong in [
        &data[..33],
        &[&data[..], &[0]].concat(),
        &no_point,
        &uses,
        &[2],
    ] {
        let request = text.replace(&name, &to_b64u(wrong));
        let code = parse(&request).map_err(|error| error.code());
        assert_eq!(code.err(), Some("unsupported"), "{wrong:?}");
    }
}

#[test]
fn a_rebind_is_read_strictly() {
    let friend = Seed::new(fixed_bytes("friend"));
    let text = claim(&friend, &GIFT.link).unwrap().to_json();
    let issuer = &GIFT.issuer.id;
    let parse = |text: &str| RebindRequest::parse(text.as_bytes(), issuer);
    assert!(parse(&text).is_ok());
    for wrong in [
        text.replacen('{', "{\"more\":1,", 1),
        text.replacen("\"giver\":\"\",", "", 1),
        text.replacen("\"giver\":\"\"", "\"giver\":\"AQ\"", 1),
        text.replacen("\"giver\":\"\"", "\"giver\":0", 1),
        text.replacen("\"grant\":\"e", "\"grant\":\"f", 1),
        format!("{text} x"),
    ] {
        assert!(parse(&wrong).is_err(), "{wrong}");
    }
    let Ok(other) = parse(&text.replacen("\"memory\":\"", "\"memory\":\"A", 1)) else {
        return;
    };
    panic!("{other:?}");
}

proptest! {
    /// Nothing that is read makes the reader of links fail but by refusing, and what it takes it writes again.
    #[test]
    fn any_bytes_are_a_link_of_one_form_or_none(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in prop_oneof![Just(None), any::<proptest::sample::Index>().prop_map(Some)],
    ) {
        let fragment = GIFT.link.to_fragment();
        let mut bytes = from_b64u(fragment.strip_prefix(FRAGMENT).unwrap()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let text = format!("{FRAGMENT}{}", to_b64u(&bytes));
        if let Some(link) = GiftLink::parse(&text) {
            prop_assert_eq!(link.to_fragment(), text);
        }
    }
}
