//! Swaps over HTTP: renewing, dividing, filling a pocket; once, and the same answer again.

use crate::fixture::{Reader, Server, Shop, eur, micro};
use farthing_core::answer::PackedAnswer;
use farthing_core::decryption::Decryption;
use farthing_core::keyset::Keyset;
use farthing_core::request::{AnswerResponse, SwapFields, SwapRequest, SwapResponse};
use farthing_core::time::DAY;
use farthing_core::wallet::{
    self, Counters, FreshToken, SwapCoin, SwapPlan, elements_for, finish_swap, open_answer,
};

/// A swap as it was journalled before it was sent.
pub(crate) struct Renewal {
    pub(crate) request: SwapRequest,
    pub(crate) before: Counters,
}

impl Reader {
    /// Plans a swap of these tokens into others of one's own.
    pub(crate) fn renew(
        &mut self,
        server: &Server,
        tokens: &[FreshToken],
        keysets: &[Keyset],
        shown: bool,
    ) -> Renewal {
        let before = self.counters.clone();
        let coin = |fresh| coin(fresh, keysets, shown);
        let coins: Vec<_> = tokens.iter().map(coin).collect();
        let plan = SwapPlan {
            currency: eur(),
            coins: &coins,
            given: &[],
        };
        let now = server.now();
        let request = wallet::swap(&self.manifest, &self.seed, &plan, &mut self.counters, now);
        Renewal {
            request: request.unwrap(),
            before,
        }
    }

    /// Checks the answer for the last group, drops what was spent, keeps what came.
    pub(crate) fn renewed(&mut self, renewal: &Renewal, body: &str) {
        let response = SwapResponse::parse(body.as_bytes()).unwrap();
        let request = &renewal.request;
        let last = request.fields().groups.len() - 1;
        let fresh = finish_swap(
            &self.manifest,
            &self.seed,
            request,
            last,
            &renewal.before,
            &response,
        );
        let inputs = &request.fields().inputs;
        self.tokens.retain(|fresh| {
            let nonce = fresh.token.nonce();
            inputs.iter().all(|input| input.token.nonce != *nonce)
        });
        self.tokens.extend(fresh.unwrap());
    }
}

fn coin<'a>(fresh: &'a FreshToken, keysets: &'a [Keyset], shown: bool) -> SwapCoin<'a> {
    let of = |keyset: &&Keyset| keyset.id() == fresh.token.keyset();
    SwapCoin {
        token: &fresh.token,
        keyset: keysets.iter().find(of).unwrap(),
        branch: 0,
        counter: fresh.counter,
        shown,
    }
}

/// The same request with other fields, authenticated anew with the reader's tokens.
fn changed(
    reader: &Reader,
    server: &Server,
    renewal: &Renewal,
    change: impl FnOnce(&mut SwapFields),
) -> String {
    let mut fields = renewal.request.fields().clone();
    change(&mut fields);
    let purse = reader.purse();
    let request = SwapRequest::new(fields, server.id(), |input, binding| {
        let token = purse.iter().find(|token| token.nonce() == &input.nonce)?;
        Some(token.output().mac(binding))
    });
    request.unwrap().to_json()
}

#[test]
fn a_swap_is_answered_once_and_the_same_again_and_what_comes_out_pays() {
    let mut server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let tokens = reader.tokens.clone();
    let renewal = reader.renew(&server, &tokens, &keysets, false);
    let text = renewal.request.to_json();
    let first = server.post("/v1/swaps", &text).ok(200).body;
    let after = server.audit();
    server.restart();
    assert_eq!(server.post("/v1/swaps", &text).ok(200).body, first);
    server.pass(700 * DAY);
    assert_eq!(server.post("/v1/swaps", &text).ok(200).body, first);
    server.clock.set(crate::fixture::time(crate::fixture::NOW));
    assert_eq!(server.audit(), after);
    reader.renewed(&renewal, &first);
    assert_eq!(reader.balance(), 500_000);
    // 0.50 from its binary digits.
    let digits = 500u32.count_ones();
    assert_eq!(reader.tokens.len(), usize::try_from(digits).unwrap());
    let page = shop.seal(&server, &reader.manifest, "/article", 500_000);
    let attempt = reader.pay(&server, &page);
    let bought = reader.send(&server, &attempt).ok(200).body;
    reader.finish(&page, &attempt, &bought);
    assert_eq!(reader.balance(), 0);
    server.audit();
}

#[test]
fn a_purse_fills_a_pocket_and_keeps_the_rest() {
    let server = Server::start();
    let mut purse = Reader::loaded(&server);
    let mut pocket = Reader::named(&server, "pocket");
    let now = server.now();
    let before = pocket.counters.clone();
    let elements = elements_for(
        &pocket.manifest,
        &pocket.seed,
        eur(),
        micro(123_000),
        &mut pocket.counters,
        now,
    );
    let given = [elements.unwrap()];
    let keysets = purse.manifest.keysets.clone();
    let tokens = purse.tokens.clone();
    let coins: Vec<_> = tokens.iter().map(|t| coin(t, &keysets, false)).collect();
    let plan = SwapPlan {
        currency: eur(),
        coins: &coins,
        given: &given,
    };
    let purse_before = purse.counters.clone();
    let request = wallet::swap(
        &purse.manifest,
        &purse.seed,
        &plan,
        &mut purse.counters,
        now,
    );
    let renewal = Renewal {
        request: request.unwrap(),
        before: purse_before,
    };
    let text = renewal.request.to_json();
    let body = server.post("/v1/swaps", &text).ok(200).body;
    let response = SwapResponse::parse(body.as_bytes()).unwrap();
    assert_eq!(response.groups.len(), 2);
    // The pocket gets its group alone, and checks it with nothing of the purse's.
    let fresh = finish_swap(
        &pocket.manifest,
        &pocket.seed,
        &renewal.request,
        0,
        &before,
        &response,
    );
    pocket.tokens = fresh.unwrap();
    purse.renewed(&renewal, &body);
    assert_eq!((pocket.balance(), purse.balance()), (123_000, 377_000));
    for fresh in pocket.tokens.iter().chain(&purse.tokens) {
        pocket.ask(&server, &fresh.token).is(404, "answer_unknown");
    }
    server.audit();
}

#[test]
fn any_token_of_a_swap_leads_to_its_answer() {
    let server = Server::start();
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let tokens = reader.tokens.clone();
    let renewal = reader.renew(&server, &tokens, &keysets, false);
    server.post("/v1/swaps", &renewal.request.to_json()).ok(200);
    for fresh in [tokens.first().unwrap(), tokens.last().unwrap()] {
        let reply = reader.ask(&server, &fresh.token).ok(200);
        let answer = AnswerResponse::parse(reply.body.as_bytes()).unwrap();
        assert_eq!(answer.operation, "swap");
        let opened = open_answer(server.id(), &reader.purse(), &answer);
        let opened = opened
            .map(|decryption| Decryption::open(&decryption))
            .unwrap();
        let packed = PackedAnswer::parse(&opened.unwrap());
        assert!(matches!(packed, Some(PackedAnswer::Swap)));
    }
}

#[test]
fn a_token_is_swapped_or_redeemed_and_never_both() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let tokens = reader.tokens.clone();
    let page = shop.seal(&server, &reader.manifest, "/article", 500_000);
    let attempt = reader.pay(&server, &page);
    let renewal = reader.renew(&server, &tokens, &keysets, false);
    server.post("/v1/swaps", &renewal.request.to_json()).ok(200);
    server.unmoved(|| {
        let reply = reader.send(&server, &attempt);
        reply.is(409, "token_spent");
        let other = reader.renew(&server, &tokens[..1], &keysets, false);
        let reply = server.post("/v1/swaps", &other.request.to_json());
        reply.is(409, "token_spent");
        assert_eq!(reply.member("spent"), "[0]");
    });
}

#[test]
fn what_does_not_fit_is_refused_and_moves_nothing() {
    let server = Server::start();
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let tokens = reader.tokens.clone();
    let other = reader.renew(&server, &tokens[..2], &keysets, false);
    let renewal = reader.renew(&server, &tokens, &keysets, false);
    let good = renewal.request.to_json();
    let post = |text: &str| server.post("/v1/swaps", text);
    server.unmoved(|| {
        // Under another name, by another order, with a changed element: the macs are for one request.
        let strange = changed(&reader, &server, &renewal, |fields| {
            fields.groups.swap_remove(0);
        });
        post(&strange).is(400, "malformed");
        let mut less = other.request.fields().groups.clone();
        less[0].clear();
        let empty = changed(&reader, &server, &renewal, |fields| {
            fields.groups.extend(less);
        });
        post(&empty).is(400, "malformed");
        let moved = good.replacen("\"manifest\":1", "\"manifest\":2", 1);
        let reply = post(&moved);
        reply.is(422, "token_invalid");
        assert_eq!(reply.member("index"), "0");
        let unbalanced = changed(&reader, &server, &renewal, |fields| {
            fields.groups[0].pop();
        });
        post(&unbalanced).is(422, "unbalanced");
        let twice = changed(&reader, &server, &renewal, |fields| {
            let group = fields.groups[0].clone();
            fields.groups.push(group);
        });
        post(&twice).is(422, "element_repeated");
        let turned = changed(&reader, &server, &renewal, |fields| fields.inputs.reverse());
        post(&turned).is(422, "inputs_order");
        let more = good.replacen('{', "{\"more\":1,", 1);
        post(&more).is(400, "malformed");
        post(&good.replacen("\"blind\":\"\"", "\"blind\":\"AAAA\"", 1)).is(400, "malformed");
        let zero = format!("\"blind\":\"{}\"", "A".repeat(43));
        post(&good.replacen("\"blind\":\"\"", &zero, 1)).is(400, "malformed");
    });
    // Two of one worth that ask for the same element: the second finds it evaluated.
    let twin = |fresh: &&FreshToken| {
        let same = tokens.iter().filter(|other| other.amount == fresh.amount);
        same.count() > 1
    };
    let one = tokens.iter().find(twin).unwrap().clone();
    let two = tokens
        .iter()
        .rfind(|t| t.amount == one.amount)
        .unwrap()
        .clone();
    let first = reader.renew(&server, &[one], &keysets, false);
    let second = reader.renew(&server, &[two], &keysets, false);
    post(&first.request.to_json()).ok(200);
    let reused = changed(&reader, &server, &second, |fields| {
        fields.groups = first.request.fields().groups.clone();
    });
    let reply = server.unmoved(|| post(&reused));
    reply.is(409, "element_reused");
}

#[test]
fn tokens_are_swapped_until_they_can_no_longer_be_claimed() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let tokens = reader.tokens.clone();
    let page = shop.seal(&server, &reader.manifest, "/article", 500_000);
    let attempt = reader.pay(&server, &page);
    let renewal = reader.renew(&server, &tokens, &keysets, false);
    let dates = keysets[0].dates();
    server.clock.set(dates.redeem_until());
    server.unmoved(|| {
        // Good as input; but nothing is made any more that it could be swapped for.
        let reply = server.post("/v1/swaps", &renewal.request.to_json());
        reply.is(409, "keyset_not_mintable");
        reader.send(&server, &attempt).is(422, "offer_expired");
        server.pass(6 * 365 * DAY);
        let reply = server.post("/v1/swaps", &renewal.request.to_json());
        reply.is(422, "keyset_expired");
    });
}
