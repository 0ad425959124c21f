//! Bad draws.

use crate::fixture::{Reader, Reply, Server};
use farthing_core::request::{DrawFields, DrawRequest};
use farthing_core::wallet::Load;

fn path(load: &Load) -> String {
    format!("/v1/orders/{}/draw", load.order.to_b64u())
}

/// A draw with other fields, signed by the order's claim key.
fn changed(
    reader: &Reader,
    server: &Server,
    request: &DrawRequest,
    change: impl FnOnce(&mut DrawFields),
) -> String {
    let mut fields = request.fields().clone();
    change(&mut fields);
    let claim = reader.seed.claim(server.id(), reader.claims - 1).unwrap();
    let signature = claim.sign(&fields.binding(server.id()));
    DrawRequest::new(fields, signature).to_json()
}

fn refused(server: &Server, load: &Load, text: &str, status: u16, code: &str) -> Reply {
    let reply = server.unmoved(|| server.post(&path(load), text));
    reply.is(status, code);
    reply
}

#[test]
fn nothing_is_evaluated_before_settlement() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.order(500_000);
    let request = reader.draw(&server, &load, 0, "0.50", 0).to_json();
    refused(&server, &load, &request, 404, "order_unknown");
    server.post("/v1/orders", &load.request.to_json()).ok(201);
    refused(&server, &load, &request, 409, "order_not_settled");
    server.press(&load.order.to_b64u(), "decline").ok(303);
    refused(&server, &load, &request, 409, "order_not_settled");

    let late = reader.order(500_000);
    server.post("/v1/orders", &late.request.to_json()).ok(201);
    let request = reader.draw(&server, &late, 0, "0.50", 0).to_json();
    server.pass(1_800);
    refused(&server, &late, &request, 409, "order_expired");
}

#[test]
fn a_pouch_has_its_coins_its_number_and_one_request() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 600_000);
    let request = reader.draw(&server, &load, 0, "0.50", 0);
    let change = |change: fn(&mut DrawFields)| changed(&reader, &server, &request, change);
    refused(
        &server,
        &load,
        &change(|f| f.mix = "0.75".to_owned()),
        422,
        "mix_unknown",
    );
    refused(
        &server,
        &load,
        &change(|f| f.mix = "2.00".to_owned()),
        422,
        "pouch_mismatch",
    );
    refused(
        &server,
        &load,
        &change(|f| f.mix = String::new()),
        422,
        "pouch_mismatch",
    );
    let short = change(|f| f.elements.truncate(f.elements.len() - 1));
    refused(&server, &load, &short, 422, "pouch_mismatch");
    let none = change(|f| f.elements.clear());
    refused(&server, &load, &none, 422, "pouch_mismatch");
    // More coins of one kind in place of others of the same worth are not the mix either.
    let swapped = change(|f| f.elements[0].keyset = f.elements[2].keyset);
    refused(&server, &load, &swapped, 422, "pouch_mismatch");
    refused(
        &server,
        &load,
        &change(|f| f.pouch = 1),
        409,
        "pouch_unavailable",
    );
    let elsewhere = Server::start();
    let foreign = *elsewhere.manifest().keysets[0].id();
    let unknown = changed(&reader, &server, &request, |f| {
        f.elements[0].keyset = foreign
    });
    refused(&server, &load, &unknown, 422, "keyset_unknown");
    let text = request.to_json();
    refused(
        &server,
        &load,
        &text.replacen("\"pouch\":0", "\"pouch\":1", 1),
        403,
        "claim_signature",
    );
    let other = Reader::named(&server, "thief");
    let thief = other.seed.claim(server.id(), 0).unwrap();
    let fields = request.fields().clone();
    let signature = thief.sign(&fields.binding(server.id()));
    let stolen = DrawRequest::new(fields, signature).to_json();
    refused(&server, &load, &stolen, 403, "claim_signature");
    refused(
        &server,
        &load,
        &text.replacen('{', "{\"x\":1,", 1),
        400,
        "malformed",
    );

    // After all that the pouch is drawn; another request for it is not.
    let first = server.post(&path(&load), &text).ok(200).body;
    assert_eq!(server.post(&path(&load), &text).ok(200).body, first);
    let second = reader.draw(&server, &load, 0, "0.50", 0).to_json();
    refused(&server, &load, &second, 409, "pouch_conflict");
    // 0.10 is left: less than any mix, drawn as a whole or not at all.
    let too_much = reader.draw(&server, &load, 1, "0.50", 0).to_json();
    refused(&server, &load, &too_much, 409, "pouch_unavailable");
    let part = reader.draw(&server, &load, 1, "", 50_000).to_json();
    refused(&server, &load, &part, 422, "pouch_mismatch");
    let rest = reader.draw(&server, &load, 1, "", 100_000).to_json();
    server.post(&path(&load), &rest).ok(200);
    let more = reader.draw(&server, &load, 2, "", 1_000).to_json();
    refused(&server, &load, &more, 422, "pouch_mismatch");
}

#[test]
fn elements_are_evaluated_for_one_request_only() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 1_000_000);
    let first = reader.draw(&server, &load, 0, "0.50", 0);
    server.post(&path(&load), &first.to_json()).ok(200);
    let second = reader.draw(&server, &load, 1, "0.50", 0);
    let known = first.fields().elements.clone();
    let reused = changed(&reader, &server, &second, |f| {
        f.elements[1] = known[1].clone()
    });
    let reply = refused(&server, &load, &reused, 409, "element_reused");
    assert_eq!(reply.member("elements"), "[1]");
    server.post(&path(&load), &second.to_json()).ok(200);
    server.audit();
}
