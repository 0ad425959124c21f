//! Gifts: the secrets of a link, the link, and the request that binds a gift (section 13).

use super::{Folder, b64u, parsed, with};
use crate::fixed::fixed_bytes;
use crate::issuer::TestIssuer;
use crate::publisher::{Article, TestPublisher};
use crate::reader::TestReader;
use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::gift::{FRAGMENT, GiftLink};
use farthing_core::grant::grant_id;
use farthing_core::request::{RebindRequest, RedeemResponse};
use farthing_core::wallet::{self, Basket, Seed, claim, finish_gift, gift_link, take_back};
use serde_json::{Value, json};

/// A gift that was bought, and what both may send.
pub(super) struct Given {
    manifest: String,
    issuer: String,
    redeem: String,
    link: GiftLink,
    claim: RebindRequest,
    take_back: RebindRequest,
}

impl Given {
    pub(super) fn new() -> Self {
        let mut issuer = TestIssuer::new();
        let publisher = TestPublisher::new();
        issuer.register(&publisher.id, &publisher.keys());
        let article = publisher.seal(&issuer, &Article::new("/2026/turnpikes"));
        let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
        let mut giver = TestReader::named("giver");
        giver.seed = Seed::new(fixed_bytes("vector/giver"));
        giver.load(&mut issuer, &manifest, 500_000).unwrap();
        let (before, tokens, offer) = (
            giver.counters.clone(),
            giver.purse(),
            article.offer(&publisher),
        );
        let basket = Basket {
            offer: &offer,
            offer_text: &article.offer_text,
            price: article.price(),
            wrap: article.wrap,
            tokens: &tokens,
        };
        let (seed, counters) = (&giver.seed, &mut giver.counters);
        let payment = wallet::pay_gift(&manifest, seed, &basket, counters, issuer.now).unwrap();
        let redeem = payment.request.to_json();
        let response = issuer.redeem(&redeem).unwrap();
        let response = RedeemResponse::parse(response.as_bytes()).unwrap();
        let request = &payment.request;
        let (decryption, sealed) =
            finish_gift(&manifest, seed, &offer, request, &before, &response).unwrap();
        let purchase = sealed.opened(decryption.open().as_deref()).unwrap();
        let link = gift_link(&issuer.id, seed, &offer, &purchase).unwrap();
        let friend = Seed::new(fixed_bytes("vector/friend"));
        let (keyset, nonce) = (&purchase.lead_keyset, &purchase.lead_nonce);
        Self {
            manifest: issuer.body_bytes(),
            issuer: issuer.id.as_str().to_owned(),
            redeem,
            claim: claim(&friend, &link).unwrap(),
            take_back: take_back(seed, &link, keyset, nonce).unwrap(),
            link,
        }
    }

    /// The link's fragment.
    pub(super) fn fragment(&self) -> String {
        self.link.to_fragment()
    }

    /// Whoever has the link.
    pub(super) fn claim(&self) -> String {
        self.claim.to_json()
    }

    /// The giver.
    pub(super) fn take_back(&self) -> String {
        self.take_back.to_json()
    }

    /// The redemption that bought it.
    pub(super) fn redeem(&self) -> &str {
        &self.redeem
    }
}

/// What a link says, and what is none.
pub(super) fn links(given: &Given) -> Folder {
    let mut folder = Folder::new("gift_link");
    let link = &given.link;
    let fragment = link.to_fragment();
    let cnf = link.secret.cnf().unwrap().public().unwrap();
    let sealing = link.secret.sealing().unwrap().public().unwrap();
    let opening = &link.opening;
    let input = json!({ "fragment": fragment });
    let expect = json!({
        "issuer": link.issuer.as_str(),
        "binding": b64u(link.binding.bytes()),
        "jti": b64u(grant_id(&link.binding).bytes()),
        "key": b64u(link.key),
        "salt": b64u(opening.salt.bytes()),
        "resource": opening.resource.as_str(),
        "version": opening.version.as_str(),
        "offer_hash": b64u(opening.offer_hash.bytes()),
        "key_commit": b64u(opening.key_commit.bytes()),
        "ct_hash": b64u(link.ct_hash.bytes()),
        "length": link.length,
        "media_type": link.media_type,
        "cnf": b64u(cnf.bytes()),
        "sealing": b64u(sealing.bytes()),
        "grant": link.grant().unwrap(),
    });
    let about = "The fragment of a gift link, and the grant made again from it.";
    folder.good("article", about, "section 13", &input, &expect);
    let bytes = from_b64u(fragment.strip_prefix(FRAGMENT).unwrap()).unwrap();
    let of = |bytes: &[u8]| format!("{FRAGMENT}{}", to_b64u(bytes));
    let form = [&[2], &bytes[1..]].concat();
    let resource = opening.resource.as_str();
    let place = bytes
        .windows(resource.len())
        .position(|at| at == resource.as_bytes());
    let mut unnormal = bytes.clone();
    unnormal[place.unwrap() + 1] = b'/';
    let mut length = bytes.clone();
    // After the seven fixed parts stands the length, in its shortest form.
    let at = 1 + 32 + 32 + 113 + 32 * 5;
    length.splice(at..=at, [bytes[at] | 0x80, 0x80, 0]);
    let bad = [
        (
            "another_name",
            "section 13",
            fragment.replacen("gift", "fill", 1),
        ),
        ("another_form", "section 13", of(&form)),
        ("cut_in_the_key", "section 13", of(&bytes[..100])),
        (
            "cut_in_the_signature",
            "section 13",
            of(&bytes[..bytes.len() - 120]),
        ),
        (
            "no_publisher",
            "section 13",
            of(&[&bytes[..], b"/"].concat()),
        ),
        ("resource_not_normal", "R7", of(&unnormal)),
        ("number_longer_than_needed", "section 1", of(&length)),
        ("padded", "section 1", format!("{fragment}=")),
        (
            "too_long",
            "section 13",
            format!("{FRAGMENT}{}", "A".repeat(3_072)),
        ),
    ];
    for (fault, rule, fragment) in bad {
        let input = with(&input, "/fragment", fragment);
        folder.bad(fault, "It is no gift link.", rule, &input, "malformed");
    }
    folder
}

/// Claiming and taking back, as an issuer reads them.
pub(super) fn rebinds(given: &Given) -> Folder {
    let mut folder = Folder::new("rebind_request");
    let input = |request: String| json!({ "issuer": given.issuer, "manifest": given.manifest, "request": request });
    let expect = |request: &RebindRequest| {
        json!({
            "binding": b64u(request.binding().bytes()),
            "record": b64u(grant_id(&given.link.binding).bytes()),
        })
    };
    let (claim, back) = (&given.claim, &given.take_back);
    let (claimed, taken) = (claim.to_json(), back.to_json());
    let about = "Whoever has the link claims.";
    folder.good(
        "claim",
        about,
        "R51",
        &input(claimed.clone()),
        &expect(claim),
    );
    let about = "The giver takes the gift back.";
    folder.good(
        "take_back",
        about,
        "R51",
        &input(taken.clone()),
        &expect(back),
    );
    let (mine, giver) = (parsed(&claimed), parsed(&taken));
    let bad: [(&str, &str, Value, &str); 9] = [
        (
            "memory_of_another",
            "/memory",
            giver["memory"].clone(),
            "grant_signature",
        ),
        (
            "cnf_of_another",
            "/cnf",
            giver["cnf"].clone(),
            "grant_signature",
        ),
        (
            "giver_who_did_not_sign",
            "/giver",
            giver["giver"].clone(),
            "grant_signature",
        ),
        (
            "giver_of_another_gift",
            "/giver",
            mine["cnf"].clone(),
            "grant_invalid",
        ),
        ("proof_missing", "/proof", b64u([0; 64]), "grant_signature"),
        (
            "signature_by_the_new_key",
            "/signature",
            mine["proof"].clone(),
            "grant_signature",
        ),
        ("another_member", "/more", 1.into(), "malformed"),
        ("grant_no_jws", "/grant", "grant".into(), "malformed"),
        ("giver_no_point", "/giver", super::no_point(), "malformed"),
    ];
    for (fault, pointer, value, code) in bad {
        let input = input(with(&mine, pointer, value).to_string());
        folder.bad(fault, "It binds no gift.", "R51", &input, code);
    }
    folder
}
