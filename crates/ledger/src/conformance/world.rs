//! Orders, tokens and purchases made from numbers, so that a case is short and every run the same.

use crate::{
    ClaimKey, Commitment, Draw, Drawn, Element, Hour, Input, Ledger, NewOrder, PromoGrant,
    Publisher, Quote, Redemption, Refund, SealedAnswer, Settlement, Split, Swap, Transition,
};
use farthing_core::bytes::Transcript;
use farthing_core::id::{Binding, GrantId, KeysetId, Nullifier, OfferHash, OrderId, QuoteId};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::{HOUR, Timestamp};

/// When everything happens unless a case says otherwise.
pub const NOW: u64 = 1_800_000_000;
/// When quotes run out.
pub const QUOTE_EXPIRY: u64 = NOW + 1_800;
/// The fee of a load.
pub const LOAD_FEE: u64 = 30_000;
/// The tax on a load.
pub const LOAD_TAX: u64 = 7_000;

/// 32 bytes from a label and a number.
#[must_use]
pub fn hash(label: &str, n: u64) -> [u8; 32] {
    Transcript::new(label).be64(n).hash()
}

fn half(label: &str, n: u64) -> [u8; 16] {
    let bytes = hash(label, n);
    let (half, _) = bytes.split_first_chunk::<16>().expect("32 bytes have 16");
    *half
}

fn point(label: &str, n: u64) -> [u8; 33] {
    let mut point = [2; 33];
    let (_, x) = point.split_at_mut(1);
    x.copy_from_slice(&hash(label, n));
    point
}

/// An amount.
#[must_use]
pub fn micro(amount: u64) -> Micro {
    Micro::new(amount).expect("a small amount")
}

/// A time.
#[must_use]
pub fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).expect("a near time")
}

/// The currency of the suite.
#[must_use]
pub fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

/// The binding of request number `n`.
#[must_use]
pub fn binding(n: u64) -> Binding {
    Binding::new(hash("binding", n))
}

/// What the journal says of request number `n`.
#[must_use]
pub fn commitment(n: u64) -> Commitment {
    Commitment::new(half("commitment", n))
}

/// Publisher number `n`.
#[must_use]
pub fn publisher_id(n: u64) -> PublisherId {
    let origin = format!("https://paper-{n}.example");
    PublisherId::parse(&origin, OriginPolicy::HttpsOnly).expect("an origin")
}

/// Publisher number `n` as registered.
#[must_use]
pub fn publisher(n: u64) -> Publisher {
    Publisher {
        origin: publisher_id(n),
        name: format!("Paper {n}"),
        keys: "[]".into(),
        max_price: micro(5_000_000),
        fee_basis_points: 1_000,
        offers_valid_from: Timestamp::default(),
        withdrawals: Vec::new(),
    }
}

/// The id of order number `n`.
#[must_use]
pub fn order_id(n: u64) -> OrderId {
    OrderId::new(half("order", n))
}

/// Order number `n`.
#[must_use]
pub fn new_order(n: u64, value: u64) -> NewOrder {
    let quote = Quote::new(
        QuoteId::new(half("quote", n)),
        time(QUOTE_EXPIRY),
        micro(value),
        micro(LOAD_FEE),
        micro(LOAD_TAX),
    );
    NewOrder {
        promo: None,
        id: order_id(n),
        claim: ClaimKey::new(point("claim", n)),
        binding: Binding::new(hash("order binding", n)),
        currency: eur(),
        quote: quote.expect("a quote"),
        pocket: true,
        disclosure: format!("disclosure {n}").into_bytes(),
    }
}

/// The charge for order number `n`.
#[must_use]
pub fn settlement(n: u64, value: u64) -> Settlement {
    Settlement {
        order: order_id(n),
        provider: "sandbox".into(),
        reference: format!("charge-{n}"),
        amount: new_order(n, value).quote.total(),
        now: time(NOW),
    }
}

/// Creates and settles order number `n`.
pub async fn load<L: Ledger>(ledger: &L, n: u64, value: u64) {
    ledger
        .create_order(new_order(n, value), time(NOW))
        .await
        .expect("an order");
    let settled = ledger.settle_order(settlement(n, value)).await;
    assert_eq!(settled, Ok(Transition::Done));
}

/// The keyset of a denomination.
#[must_use]
pub fn keyset(denomination: u64) -> KeysetId {
    KeysetId::new(half("keyset", denomination))
}

/// The blinded element of token number `n`.
#[must_use]
pub fn element(n: u64, denomination: u64) -> Element {
    Element::new(
        keyset(denomination),
        micro(denomination),
        &point("element", n),
    )
}

/// Token number `n`.
#[must_use]
pub fn input(n: u64, denomination: u64) -> Input {
    Input {
        keyset: keyset(denomination),
        denomination: micro(denomination),
        nullifier: Nullifier::new(hash("nullifier", n)),
    }
}

/// Tokens in the order in which they are sent.
#[must_use]
pub fn inputs(tokens: impl IntoIterator<Item = (u64, u64)>) -> Vec<Input> {
    let mut inputs: Vec<_> = tokens.into_iter().map(|(n, d)| input(n, d)).collect();
    inputs.sort_unstable_by_key(|input| input.nullifier);
    inputs
}

/// A draw of tokens (number, denomination) from order number `order`.
#[must_use]
pub fn draw(order: u64, pouch: u32, tokens: impl IntoIterator<Item = (u64, u64)>) -> Draw {
    Draw {
        order: order_id(order),
        pouch,
        mix: "0.50".into(),
        binding: Binding::new(hash(
            "draw binding",
            order.wrapping_mul(1_000) ^ u64::from(pouch),
        )),
        elements: tokens.into_iter().map(|(n, d)| element(n, d)).collect(),
        now: time(NOW),
    }
}

/// Order number 0 with ten tokens (numbers 0 to 9) of 1,000 and one (number 10) of 8,000, drawn.
pub async fn fund<L: Ledger>(ledger: &L) {
    load(ledger, 0, 100_000).await;
    let tokens = (0..10).map(|n| (n, 1_000)).chain([(10, 8_000)]);
    assert_eq!(ledger.draw(draw(0, 0, tokens)).await, Ok(Drawn::Done));
}

/// The hour of [`NOW`].
#[must_use]
pub fn hour() -> Hour {
    Hour::of(time(NOW))
}

/// How many hours answers are kept.
pub const KEPT_HOURS: u64 = 14 * 30 * 24;

/// Request number `n`: spends `tokens` for `amount` at publisher number 1, `change` comes back.
#[must_use]
pub fn redemption(
    n: u64,
    tokens: impl IntoIterator<Item = (u64, u64)>,
    amount: u64,
    change: impl IntoIterator<Item = (u64, u64)>,
) -> Redemption {
    let fee = amount / 10;
    let split = Split::new(micro(amount), micro(fee), micro(fee / 5));
    Redemption {
        promo: false,
        binding: binding(n),
        currency: eur(),
        inputs: inputs(tokens),
        outputs: change.into_iter().map(|(n, d)| element(n, d)).collect(),
        split: split.expect("a split"),
        publisher: publisher_id(1),
        offer: OfferHash::new(hash("offer", amount)),
        hour: hour(),
        commitment: commitment(n),
        answer: SealedAnswer::new(hash("answer", n).to_vec()),
        answer_expires: Hour::from_then_on(time(NOW + KEPT_HOURS * HOUR)),
    }
}

/// Request number `n`: swaps `tokens` for `others`. No issuance is shown.
#[must_use]
pub fn swap(
    n: u64,
    tokens: impl IntoIterator<Item = (u64, u64)>,
    others: impl IntoIterator<Item = (u64, u64)>,
) -> Swap {
    let inputs = inputs(tokens);
    Swap {
        promo: None,
        binding: binding(n),
        currency: eur(),
        evidence: vec![None; inputs.len()],
        inputs,
        outputs: others.into_iter().map(|(n, d)| element(n, d)).collect(),
        hour: hour(),
        commitment: commitment(n),
        answer: SealedAnswer::new(hash("answer", n).to_vec()),
        answer_expires: Hour::from_then_on(time(NOW + KEPT_HOURS * HOUR)),
    }
}

/// The same, of one token, shown to be issued as element number `issued` of its denomination.
#[must_use]
pub fn claim(n: u64, (token, denomination): (u64, u64), issued: u64, other: (u64, u64)) -> Swap {
    Swap {
        evidence: vec![Some(element(issued, denomination))],
        ..swap(n, [(token, denomination)], [other])
    }
}

/// Order number `order` of 10,000, all of it drawn: ten tokens (numbers 10 × `order` and up) of 1,000; and then its rights, tokens
/// number 100 × `order` and up.
pub async fn fund_with_rights<L: Ledger>(ledger: &L, order: u64, rights: u64) {
    load(ledger, order, 10_000).await;
    let tokens = (0..10).map(|n| (10 * order + n, 1_000));
    assert_eq!(ledger.draw(draw(order, 0, tokens)).await, Ok(Drawn::Done));
    let drawn = ledger.draw(rights_draw(order, 1, rights)).await;
    assert_eq!(drawn, Ok(Drawn::Done));
}

/// A draw of that many rights from order number `order`.
#[must_use]
pub fn rights_draw(order: u64, pouch: u32, rights: u64) -> Draw {
    Draw {
        mix: "rights".into(),
        ..draw(order, pouch, (0..rights).map(|n| (100 * order + n, 0)))
    }
}

/// Grant number `n`.
#[must_use]
pub fn grant(n: u64) -> GrantId {
    GrantId::new(half("grant", n))
}

/// Request number `n`: gives grant number `of`, bought for `amount` from publisher number 1, back for right number `right`.
#[must_use]
pub fn refund(
    n: u64,
    of: u64,
    right: u64,
    amount: u64,
    outputs: impl IntoIterator<Item = (u64, u64)>,
) -> Refund {
    let redemption = redemption(n, [], amount, outputs);
    Refund {
        binding: redemption.binding,
        currency: redemption.currency,
        grant: grant(of),
        ends: None,
        right: input(right, 0),
        outputs: redemption.outputs,
        split: redemption.split,
        publisher: redemption.publisher,
        per_day: micro(5_000),
        hour: redemption.hour,
        commitment: redemption.commitment,
        answer: redemption.answer,
        answer_expires: redemption.answer_expires,
    }
}

/// The claim of order number `n`: starter value of publisher number `of`, which gives three a day.
#[must_use]
pub fn promo_grant(n: u64, of: u64, value: u64) -> PromoGrant {
    let quote = Quote::new(
        QuoteId::new(half("quote", n)),
        time(QUOTE_EXPIRY),
        micro(value),
        micro(0),
        micro(0),
    );
    PromoGrant {
        order: NewOrder {
            binding: Binding::new(hash("claim binding", n)),
            quote: quote.expect("a quote"),
            promo: Some(publisher_id(of)),
            disclosure: Vec::new(),
            ..new_order(n, value)
        },
        per_day: 3,
        now: time(NOW),
    }
}

/// The keyset of starter tokens of publisher number `of`.
#[must_use]
pub fn promo_keyset(of: u64, denomination: u64) -> KeysetId {
    KeysetId::new(half(
        "promo keyset",
        of.wrapping_mul(1 << 32) ^ denomination,
    ))
}

/// The blinded element of token number `n` as a starter token.
#[must_use]
pub fn promo_element(of: u64, n: u64, denomination: u64) -> Element {
    Element::new(
        promo_keyset(of, denomination),
        micro(denomination),
        &point("element", n),
    )
}

/// Token number `n` as a starter token.
#[must_use]
pub fn promo_input(of: u64, n: u64, denomination: u64) -> Input {
    Input {
        keyset: promo_keyset(of, denomination),
        ..input(n, denomination)
    }
}

fn promo_elements(of: u64, tokens: impl IntoIterator<Item = (u64, u64)>) -> Vec<Element> {
    let tokens = tokens.into_iter();
    tokens.map(|(n, d)| promo_element(of, n, d)).collect()
}

fn promo_inputs(of: u64, tokens: impl IntoIterator<Item = (u64, u64)>) -> Vec<Input> {
    let tokens = tokens.into_iter().map(|(n, d)| promo_input(of, n, d));
    let mut inputs: Vec<_> = tokens.collect();
    inputs.sort_unstable_by_key(|input| input.nullifier);
    inputs
}

/// A draw of starter tokens (number, denomination), all that is left of order number `order`.
#[must_use]
pub fn promo_draw(
    order: u64,
    of: u64,
    pouch: u32,
    tokens: impl IntoIterator<Item = (u64, u64)>,
) -> Draw {
    Draw {
        mix: String::new(),
        elements: promo_elements(of, tokens),
        ..draw(order, pouch, [])
    }
}

/// Request number `n`: spends starter tokens for `amount` at publisher number `of`.
#[must_use]
pub fn promo_redemption(
    n: u64,
    of: u64,
    tokens: impl IntoIterator<Item = (u64, u64)>,
    amount: u64,
    change: impl IntoIterator<Item = (u64, u64)>,
) -> Redemption {
    Redemption {
        inputs: promo_inputs(of, tokens),
        outputs: promo_elements(of, change),
        split: Split::new(micro(amount), micro(0), micro(0)).expect("a split"),
        publisher: publisher_id(of),
        promo: true,
        ..redemption(n, [], amount, [])
    }
}

/// Request number `n`: swaps starter tokens for others of the same publisher.
#[must_use]
pub fn promo_swap(
    n: u64,
    of: u64,
    tokens: impl IntoIterator<Item = (u64, u64)>,
    others: impl IntoIterator<Item = (u64, u64)>,
) -> Swap {
    let inputs = promo_inputs(of, tokens);
    Swap {
        evidence: vec![None; inputs.len()],
        inputs,
        outputs: promo_elements(of, others),
        promo: Some(publisher_id(of)),
        ..swap(n, [], [])
    }
}
