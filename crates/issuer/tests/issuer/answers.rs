//! What became of a spent token.

use crate::fixture::{Reader, Server, Shop};
use farthing_core::answer::PackedAnswer;
use farthing_core::request::{AnswerResponse, RedeemResponse};
use farthing_core::token::Token;
use farthing_core::wallet::{inquire, open_answer};

#[test]
fn any_token_of_a_request_recovers_key_and_grant() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 237_000);
    let attempt = reader.pay(&server, &page);
    let body = reader.send(&server, &attempt).ok(200).body;
    let sent = RedeemResponse::parse(body.as_bytes()).unwrap();
    let inputs = &attempt.payment.request.fields().inputs;
    assert!(inputs.len() > 1);
    let tokens: Vec<Token> = reader
        .purse()
        .into_iter()
        .filter(|token| inputs.iter().any(|input| &input.nonce == token.nonce()))
        .collect();
    for token in &tokens {
        let reply = reader.ask(&server, token).ok(200);
        let response = AnswerResponse::parse(reply.body.as_bytes()).unwrap();
        assert_eq!(response.operation, "redeem");
        assert_eq!(response.binding, *attempt.payment.request.binding());
        assert_eq!(response.lead, inputs[0].nullifier);
        let opened = open_answer(server.id(), &tokens, &response).unwrap().open();
        let packed = PackedAnswer::parse(&opened.unwrap());
        let Some(PackedAnswer::Redeem { key, grant }) = packed else {
            panic!("no redemption");
        };
        assert_eq!(key.commit(), page.offer.claims().key_commit);
        let fields = attempt.payment.request.fields();
        let text = grant.text(server.id(), &response.binding, &fields.cnf, None);
        assert_eq!(
            text, sent.grant,
            "the grant that was sent, to the last byte"
        );
        // Whoever has not the lead cannot open it.
        let others: Vec<Token> = tokens
            .iter()
            .filter(|token| token.nullifier(server.id()) != response.lead)
            .cloned()
            .collect();
        assert!(open_answer(server.id(), &others, &response).is_err());
    }
    server.audit();
}

#[test]
fn nobody_else_is_told() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    let other_server = Server::start();
    let token = reader.purse().remove(0);
    reader.ask(&server, &token).is(404, "answer_unknown");
    server.unmoved(|| {
        let mut request = inquire(server.id(), &token);
        request.mac = farthing_core::id::Mac::new([9; 32]);
        let reply = server.post("/v1/answers", &request.to_json());
        reply.is(422, "token_invalid");
        // A mac over another operation's binding is not one over this.
        let binding = farthing_core::id::Binding::new([7; 32]);
        request.mac = token.output().mac(&binding);
        server
            .post("/v1/answers", &request.to_json())
            .is(422, "token_invalid");
        let reply = other_server.post("/v1/answers", &inquire(other_server.id(), &token).to_json());
        reply.is(422, "keyset_unknown");
        server.post("/v1/answers", "{}").is(400, "malformed");
    });
}
