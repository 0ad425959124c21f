//! From a request's numbers to a call of the ledger, and what it said.

use crate::step::{Request, Shown};
use farthing_core::bytes::Transcript;
use farthing_core::id::{Binding, BodyHash, HeadHash, KeysetId, OfferHash};
use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::conformance::world::{
    LOAD_FEE, LOAD_TAX, draw, element, eur, hash, input, inputs, keyset, micro, new_order,
    order_id, publisher, publisher_id, redemption, settlement, swap, time,
};
use farthing_ledger::{
    Answer, AnswerError, AppendManifestError, Commitment, CreateOrderError, Created, DeclineError,
    Draw, DrawError, Drawn, Freeze, Hour, Input, Ledger, NewManifest, NewOrder, Order, Publisher,
    PutPublisherError, Quote, RecordKey, RedeemError, Redeemed, Redemption, Reservation,
    SealedAnswer, SettleError, Settlement, StoreError, StoredAnswerError, Swap, SwapError,
    Transition, Withdrawal,
};

/// What every order is worth, in micro.
pub const VALUE: u64 = 64_000;
/// For how long a quote stands, in seconds.
pub const QUOTE: u64 = 1_800;
/// For how long an answer is kept, in seconds: less than an issuer keeps one, so that a run sees the end of it.
pub const KEPT: u64 = 60 * DAY;
/// The denominations of all tokens, each with a keyset.
pub const DENOMINATIONS: [u64; 3] = [500, 1_000, 8_000];
/// More than there ever are: an issuer drops in batches, and which come first is its own affair.
const ALL: usize = 1_000_000;

/// A request as it arrives.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked.
    pub request: Request,
    /// The issuer's clock.
    pub now: Timestamp,
    /// Different for every arrival: an answer that is built anew is another one.
    pub arrival: u64,
}

/// What a ledger said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as the method that gave it")]
#[expect(
    clippy::large_enum_variant,
    reason = "a reply lives for one step of a run"
)]
pub enum Reply {
    Created(Result<Created, CreateOrderError>),
    Settled(Result<Transition, SettleError>),
    Declined(Result<Transition, DeclineError>),
    Drawn(Result<Drawn, DrawError>),
    Order(Result<Option<Order>, StoreError>),
    Redeemed(Result<Redeemed, RedeemError>),
    Swapped(Result<Redeemed, SwapError>),
    Frozen(Result<Transition, StoreError>),
    Thawed(Result<Transition, StoreError>),
    Expired(Result<usize, StoreError>),
    Reserved(Result<usize, StoreError>),
    Stored(Result<Option<SealedAnswer>, StoredAnswerError>),
    Answer(Result<Answer, AnswerError>),
    Publisher(Result<(), PutPublisherError>),
    Manifest(Result<(), AppendManifestError>),
}

/// Denominations by turns, so that change and prices come in all sizes.
#[must_use]
pub const fn denomination(token: u32) -> u64 {
    match token % 4 {
        0 => 500,
        1 | 2 => 1_000,
        _ => 8_000,
    }
}

/// The denomination at a place that wraps round.
#[must_use]
pub fn denomination_at(place: u8) -> u64 {
    let [first, second, third] = DENOMINATIONS;
    match place % 3 {
        0 => first,
        1 => second,
        _ => third,
    }
}

/// The keyset of a token.
#[must_use]
pub fn keyset_of(token: u32) -> KeysetId {
    keyset(denomination(token))
}

fn coin(token: u32) -> (u64, u64) {
    (u64::from(token), denomination(token))
}

/// What tells a repetition from another request: all that the client says.
#[must_use]
pub fn binding(request: &Request) -> Binding {
    let text = serde_json::to_vec(request).expect("numbers");
    Binding::new(Transcript::new("simulation").fixed(&text).hash())
}

/// What the journal says of the request: the same again for the same request.
fn commitment(request: &Request) -> Commitment {
    let hash = Transcript::new("simulated commitment")
        .fixed(binding(request).bytes())
        .hash();
    Commitment::new(*hash.first_chunk().expect("32 bytes have 16"))
}

fn order(ask: &Ask, n: u16) -> NewOrder {
    let terms = new_order(n.into(), VALUE);
    let (fee, tax) = (micro(LOAD_FEE), micro(LOAD_TAX));
    // Made anew by the issuer at each arrival; the first counts.
    let quote = Quote::new(
        terms.quote.id(),
        ask.now.plus(QUOTE),
        micro(VALUE),
        fee,
        tax,
    );
    NewOrder {
        binding: binding(&ask.request),
        quote: quote.expect("a quote"),
        ..terms
    }
}

fn purchase(ask: &Ask, tokens: &[u32], change: &[u32], shop: u8, off: bool) -> Redemption {
    // Repeated tokens cannot be sent: the order of inputs is strict.
    let sum = |tokens: &[u32]| -> u64 { tokens.iter().map(|token| denomination(*token)).sum() };
    let amount = sum(tokens).saturating_sub(sum(change)).max(500) + u64::from(off);
    let (tokens, outputs) = (tokens.iter().copied(), change.iter().copied());
    let built = redemption(0, tokens.map(coin), amount, outputs.map(coin));
    Redemption {
        binding: binding(&ask.request),
        publisher: publisher_id(shop.into()),
        offer: OfferHash::new(hash("offer", u64::from(shop % 3))),
        hour: Hour::of(ask.now),
        answer: built_answer(ask.arrival),
        answer_expires: answer_expires(ask.now),
        commitment: commitment(&ask.request),
        ..built
    }
}

/// The first hour at which what was bought then is no longer answered.
#[must_use]
pub fn answer_expires(now: Timestamp) -> Hour {
    Hour::from_then_on(now.plus(KEPT))
}

fn exchange(ask: &Ask, tokens: &[u32], others: &[u32], shown: Shown) -> Swap {
    let coins = |tokens: &[u32]| tokens.iter().copied().map(coin).collect::<Vec<_>>();
    let built = swap(0, coins(tokens), coins(others));
    let evidence = built.inputs.iter().map(|sent| {
        // The token of that nullifier, since inputs are sorted.
        let token = tokens.iter().copied().map(coin);
        let mut token = token.filter(|(n, denomination)| input(*n, *denomination) == *sent);
        let (n, denomination) = token.next().expect("an input is a token");
        match shown {
            Shown::Nothing => None,
            Shown::Issuance => Some(element(n, denomination)),
            Shown::Invented => Some(element(n + INVENTED, denomination)),
        }
    });
    Swap {
        binding: binding(&ask.request),
        evidence: evidence.collect(),
        hour: Hour::of(ask.now),
        answer: built_answer(ask.arrival),
        answer_expires: answer_expires(ask.now),
        commitment: commitment(&ask.request),
        ..built
    }
}

/// From here on no element is ever evaluated.
const INVENTED: u64 = 1 << 40;

/// The answer that the issuer builds at that arrival.
#[must_use]
pub fn built_answer(arrival: u64) -> SealedAnswer {
    SealedAnswer::new(hash("built", arrival).repeat(20))
}

/// Sends a request to a ledger.
pub async fn send<L: Ledger>(ledger: &L, ask: &Ask) -> Reply {
    match &ask.request {
        Request::Order { order: n, .. } => {
            Reply::Created(ledger.create_order(order(ask, *n), ask.now).await)
        }
        Request::Settle {
            order: n,
            charge,
            more,
        } => {
            let asked = settlement((*n).into(), VALUE);
            let settled = ledger.settle_order(Settlement {
                reference: format!("charge-{charge}"),
                amount: micro(asked.amount.get() + u64::from(*more)),
                now: ask.now,
                ..asked
            });
            Reply::Settled(settled.await)
        }
        Request::Decline { order } => {
            let declined = ledger.decline_order(order_id((*order).into()), ask.now);
            Reply::Declined(declined.await)
        }
        Request::Draw {
            order,
            pouch,
            first,
            count,
            rest,
        } => {
            let tokens = (*first..first.saturating_add(*count)).map(coin);
            let drawn = ledger.draw(Draw {
                binding: binding(&ask.request),
                mix: if *rest { String::new() } else { "0.50".into() },
                now: ask.now,
                ..draw((*order).into(), *pouch, tokens)
            });
            Reply::Drawn(drawn.await)
        }
        Request::Look { order } => Reply::Order(ledger.order(order_id((*order).into())).await),
        Request::Redeem {
            tokens,
            change,
            shop,
            off,
        } => Reply::Redeemed(
            ledger
                .redeem(purchase(ask, tokens, change, *shop, *off))
                .await,
        ),
        Request::Swap {
            tokens,
            others,
            shown,
        } => Reply::Swapped(ledger.swap(exchange(ask, tokens, others, *shown)).await),
        Request::Freeze { keyset: place } => {
            let denomination = denomination_at(*place);
            let frozen = ledger.freeze(Freeze {
                promo: None,
                keyset: keyset(denomination),
                currency: eur(),
                denomination: micro(denomination),
                hour: Hour::of(ask.now),
                reason: format!("drill {}", ask.arrival),
            });
            Reply::Frozen(frozen.await)
        }
        Request::Thaw { keyset: place } => {
            let keyset = keyset(denomination_at(*place));
            Reply::Thawed(ledger.thaw(keyset, Hour::of(ask.now)).await)
        }
        Request::Expire => Reply::Expired(ledger.expire_answers(Hour::of(ask.now), ALL).await),
        Request::Reserve { tokens, .. } => {
            let asked = ask.request.purchase().expect("of a purchase");
            let sent = inputs(tokens.iter().copied().map(coin));
            let reservation = |input: &Input| Reservation {
                key: RecordKey::token(&input.nullifier),
                binding: binding(&asked),
            };
            let reserved = ledger.reserve(sent.iter().map(reservation).collect());
            Reply::Reserved(reserved.await)
        }
        Request::Stored { tokens, .. } => {
            let asked = ask.request.purchase().expect("a question about a purchase");
            let inputs = inputs(tokens.iter().copied().map(coin));
            let stored = ledger.stored_answer(inputs, binding(&asked), Hour::of(ask.now));
            Reply::Stored(stored.await)
        }
        Request::Answer { token } => {
            let (n, denomination) = coin(*token);
            let spent = input(n, denomination);
            let answer = ledger.answer(spent.keyset, spent.nullifier, Hour::of(ask.now));
            Reply::Answer(answer.await)
        }
        Request::Publisher {
            publisher: n,
            fee,
            from,
        } => {
            let withdrawal = Withdrawal {
                path: format!("/{}", from % 3),
                offers_valid_from: time((*from).into()),
            };
            let put = ledger.put_publisher(Publisher {
                offers_valid_from: time(u64::from(*from) / 2),
                fee_basis_points: *fee,
                withdrawals: vec![withdrawal],
                ..publisher((*n).into())
            });
            Reply::Publisher(put.await)
        }
        Request::Manifest { n } => {
            let n = u64::from(*n);
            let appended = ledger.append_manifest(NewManifest {
                n,
                head: format!("head {n}"),
                head_hash: HeadHash::new(hash("head", n)),
                body: vec![1],
                body_hash: BodyHash::new(hash("body", n)),
            });
            Reply::Manifest(appended.await)
        }
    }
}
