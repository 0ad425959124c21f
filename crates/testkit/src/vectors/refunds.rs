//! The request that gives a purchase back (section 14).

use super::{Folder, b64u, no_point, parsed, with};
use crate::fixed::fixed_bytes;
use crate::issuer::TestIssuer;
use crate::publisher::{Article, TestPublisher};
use crate::reader::TestReader;
use farthing_core::grant::Grant;
use farthing_core::wallet::{self, Seed, Undo};
use serde_json::{Value, json};

/// As an issuer reads it, up to what is looked up. The right is a token like any: that it is one is for the issuer's keys to say.
pub(super) fn refunds() -> Folder {
    let mut issuer = TestIssuer::new();
    let publisher = TestPublisher::new();
    issuer.register(&publisher.id, &publisher.keys());
    let manifest = issuer.manifest(None, Some(&issuer.pin())).unwrap();
    let mut reader = TestReader::named("undoer");
    reader.seed = Seed::new(fixed_bytes("vector/undoer"));
    reader.load(&mut issuer, &manifest, 500_000).unwrap();
    let mut bought = |path: &str, right: usize| {
        let article = publisher.seal(&issuer, &Article::new(path));
        let bought = reader.buy(&mut issuer, &manifest, &publisher, &article);
        let purchase = bought.unwrap().purchase;
        let right = reader.purse().swap_remove(right);
        let grant = Grant::verify(&purchase.grant, &issuer.id, &manifest.signing_keys).unwrap();
        let undo = Undo {
            grant: &purchase.grant,
            claims: grant.claims(),
            lead_keyset: &purchase.lead_keyset,
            lead_nonce: &purchase.lead_nonce,
            right: &right,
        };
        let (seed, counters) = (&reader.seed, &mut reader.counters);
        let request = wallet::refund(&manifest, seed, &undo, counters, issuer.now).unwrap();
        (request, b64u(grant.claims().id.bytes()))
    };
    let (request, record) = bought("/2026/turnpikes", 0);
    let (other, _) = bought("/2026/canals", 1);
    let mut folder = Folder::new("refund_request");
    let text = request.to_json();
    let input = |request: String| json!({ "issuer": issuer.id.as_str(), "manifest": issuer.body_bytes(), "request": request });
    let expect = json!({
        "binding": b64u(request.binding().bytes()),
        "record": record,
        "nullifier": b64u(request.fields().right.nullifier.bytes()),
    });
    let about = "A purchase is given back.";
    folder.good("undo", about, "R56", &input(text.clone()), &expect);
    let (mine, other) = (parsed(&text), parsed(&other.to_json()));
    let mac = with(&mine, "/right/mac", b64u([1; 32])).to_string();
    let about = "The mac is not in the binding.";
    folder.good("mac_is_not_bound", about, "R22", &input(mac), &expect);
    let outputs = mine["outputs"].as_array().unwrap();
    let repeated = vec![outputs[0].clone(); 2];
    let bad: [(&str, &str, Value, &str); 12] = [
        (
            "grant_of_another",
            "/grant",
            other["grant"].clone(),
            "grant_signature",
        ),
        (
            "right_of_another",
            "/right",
            other["right"].clone(),
            "grant_signature",
        ),
        (
            "outputs_of_another",
            "/outputs",
            other["outputs"].clone(),
            "grant_signature",
        ),
        ("newer_manifest", "/manifest", 2.into(), "grant_signature"),
        (
            "signature_of_another",
            "/signature",
            other["signature"].clone(),
            "grant_signature",
        ),
        ("grant_no_jws", "/grant", "grant".into(), "malformed"),
        ("reason_unknown", "/reason", "goodwill".into(), "malformed"),
        ("no_outputs", "/outputs", json!([]), "malformed"),
        (
            "outputs_65",
            "/outputs",
            vec![outputs[0].clone(); 65].into(),
            "malformed",
        ),
        (
            "output_repeated",
            "/outputs",
            repeated.into(),
            "element_repeated",
        ),
        (
            "output_no_point",
            "/outputs/0/blinded",
            no_point(),
            "element_invalid",
        ),
        ("another_member", "/more", 1.into(), "malformed"),
    ];
    for (fault, pointer, value, code) in bad {
        let input = input(with(&mine, pointer, value).to_string());
        folder.bad(fault, "It gives nothing back.", "R56", &input, code);
    }
    folder
}
