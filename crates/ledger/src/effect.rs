//! What a step changed, complete enough to take it again.

use crate::{
    ClaimKey, Commitment, Draw, Element, Freeze, Hour, Input, KeysetEnd, NewManifest, NewOrder,
    PromoGrant, Publisher, Quote, Rebind, Redemption, Refund, SealedAnswer, Settlement, Split,
    Swap, Withdrawal, promo,
};
use core::fmt;
use farthing_core::bytes::{Reader, Transcript};
use farthing_core::id::{
    Binding, BodyHash, GrantId, HeadHash, KeysetId, Nullifier, OfferHash, OrderId, QuoteId,
};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::Timestamp;

/// What a step changed: the arguments of the ledger's method that took it.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// An order was declined at that time.
    Decline(OrderId, Timestamp),
    /// A pouch was drawn.
    Draw(Draw),
    /// A keyset ended.
    EndKeyset(KeysetEnd),
    /// Keysets were frozen, by the operator or by the breaker.
    Freeze(Vec<Freeze>),
    /// The key of a keyset that had ended was destroyed.
    KeyDestroyed(KeysetId),
    /// A manifest was appended.
    Manifest(NewManifest),
    /// An order was created at that time.
    Order(NewOrder, Timestamp),
    /// A manifest of a publisher's starter tokens was appended.
    PromoManifest(PublisherId, NewManifest),
    /// A publisher was registered.
    Publisher(Publisher),
    /// A gift was bound to another key.
    Rebind(Rebind),
    /// A publisher's starter value was given.
    Promo(PromoGrant),
    /// Tokens were spent for a purchase.
    Redeem(Redemption),
    /// A purchase was given back.
    Refund(Refund),
    /// An order was paid.
    Settle(Settlement),
    /// Tokens were exchanged for others.
    Swap(Swap),
    /// A keyset is frozen no longer, from that hour on.
    Thaw(KeysetId, Hour),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Decline(..) => "Decline",
            Self::Draw(_) => "Draw",
            Self::EndKeyset(_) => "EndKeyset",
            Self::Freeze(_) => "Freeze",
            Self::KeyDestroyed(_) => "KeyDestroyed",
            Self::Manifest(_) => "Manifest",
            Self::Order(..) => "Order",
            Self::Promo(_) => "Promo",
            Self::PromoManifest(..) => "PromoManifest",
            Self::Publisher(_) => "Publisher",
            Self::Rebind(_) => "Rebind",
            Self::Redeem(_) => "Redeem",
            Self::Refund(_) => "Refund",
            Self::Settle(_) => "Settle",
            Self::Swap(_) => "Swap",
            Self::Thaw(..) => "Thaw",
        };
        f.debug_tuple(name).finish_non_exhaustive()
    }
}

fn elements(to: Transcript, elements: &[Element]) -> Transcript {
    let start = to.count(elements.len());
    elements.iter().fold(start, |to, element| {
        to.fixed(element.keyset.bytes())
            .be64(element.denomination.get())
            .fixed(element.hash())
    })
}

fn read_elements(reader: &mut Reader<'_>) -> Option<Vec<Element>> {
    let count = reader.be32()?;
    let one = |_| {
        let keyset = KeysetId::new(reader.array()?);
        let denomination = micro(reader)?;
        Some(Element::from_hash(keyset, denomination, reader.array()?))
    };
    (0..count).map(one).collect()
}

fn micro(reader: &mut Reader<'_>) -> Option<Micro> {
    Micro::new(reader.be64()?)
}

fn time(reader: &mut Reader<'_>) -> Option<Timestamp> {
    Timestamp::new(reader.be64()?)
}

fn text(reader: &mut Reader<'_>) -> Option<String> {
    String::from_utf8(reader.lp()?.to_vec()).ok()
}

fn currency(reader: &mut Reader<'_>) -> Option<Currency> {
    Currency::parse(core::str::from_utf8(reader.take(3)?).ok()?)
}

fn origin(reader: &mut Reader<'_>) -> Option<PublisherId> {
    // It was admitted when it was registered.
    PublisherId::parse(&text(reader)?, OriginPolicy::LoopbackHttp)
}

impl Effect {
    /// The bytes of a record: one for the kind, then every field, lists and texts with their length.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = |kind: u8| Transcript::new("").fixed(&[kind]);
        match self {
            Self::Order(order, now) => order_bytes(kind(1), order, *now),
            Self::Settle(settlement) => kind(2)
                .fixed(settlement.order.bytes())
                .lp(settlement.provider.as_bytes())
                .lp(settlement.reference.as_bytes())
                .be64(settlement.amount.get())
                .be64(settlement.now.get()),
            Self::Decline(id, now) => kind(3).fixed(id.bytes()).be64(now.get()),
            Self::Draw(draw) => {
                let start = kind(4)
                    .fixed(draw.order.bytes())
                    .be32(draw.pouch)
                    .lp(draw.mix.as_bytes())
                    .fixed(draw.binding.bytes());
                elements(start, &draw.elements).be64(draw.now.get())
            }
            Self::Rebind(rebind) => rebind_bytes(kind(17), rebind),
            Self::Redeem(redemption) => {
                let kind = kind(if redemption.promo { 22 } else { 13 });
                redemption_bytes(kind, redemption)
            }
            Self::Refund(refund) => refund_bytes(kind(23), refund),
            Self::Promo(grant) => order_bytes(kind(16), &grant.order, grant.now)
                .lp(promo::text(grant.order.promo.as_ref()).as_bytes())
                .be32(grant.per_day),
            Self::Publisher(publisher) => publisher_bytes(kind(6), publisher),
            Self::Manifest(manifest) => manifest_bytes(kind(7), manifest),
            Self::PromoManifest(of, manifest) => {
                manifest_bytes(kind(21).lp(of.as_str().as_bytes()), manifest)
            }
            Self::EndKeyset(end) => {
                let start = match &end.promo {
                    Some(of) => kind(19).lp(of.as_str().as_bytes()),
                    None => kind(8),
                };
                start
                    .fixed(end.keyset.bytes())
                    .fixed(end.currency.bytes())
                    .be64(end.denomination.get())
                    .be64(end.hour.number())
            }
            Self::KeyDestroyed(keyset) => kind(9).fixed(keyset.bytes()),
            Self::Swap(swap) => {
                let start = match &swap.promo {
                    Some(of) => kind(18).lp(of.as_str().as_bytes()),
                    None => kind(14),
                };
                swap_bytes(start, swap)
            }
            Self::Freeze(freezes) if freezes.iter().all(|freeze| freeze.promo.is_none()) => {
                freezes_bytes(kind(11), freezes, false)
            }
            Self::Freeze(freezes) => freezes_bytes(kind(20), freezes, true),
            Self::Thaw(keyset, hour) => kind(15).fixed(keyset.bytes()).be64(hour.number()),
        }
        .bytes()
    }

    /// Reads what [`Self::to_bytes`] wrote. Kinds 5, 10 and 12 were purchases, swaps and thaws before they had what the
    /// journal says of them now; doing those again would make another chain.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [kind] = reader.array::<1>()?;
        let effect = match kind {
            1 => {
                let order = read_order(&mut reader)?;
                Self::Order(order, time(&mut reader)?)
            }
            2 => Self::Settle(Settlement {
                order: OrderId::new(reader.array()?),
                provider: text(&mut reader)?,
                reference: text(&mut reader)?,
                amount: micro(&mut reader)?,
                now: time(&mut reader)?,
            }),
            3 => {
                let id = OrderId::new(reader.array()?);
                Self::Decline(id, time(&mut reader)?)
            }
            4 => Self::Draw(Draw {
                order: OrderId::new(reader.array()?),
                pouch: reader.be32()?,
                mix: text(&mut reader)?,
                binding: Binding::new(reader.array()?),
                elements: read_elements(&mut reader)?,
                now: time(&mut reader)?,
            }),
            13 | 22 => Self::Redeem(read_redemption(&mut reader, kind == 22)?),
            16 => {
                let order = read_order(&mut reader)?;
                let now = time(&mut reader)?;
                Self::Promo(PromoGrant {
                    order: NewOrder {
                        promo: Some(origin(&mut reader)?),
                        ..order
                    },
                    per_day: reader.be32()?,
                    now,
                })
            }
            6 => Self::Publisher(read_publisher(&mut reader)?),
            7 => Self::Manifest(read_manifest(&mut reader)?),
            21 => {
                let of = origin(&mut reader)?;
                Self::PromoManifest(of, read_manifest(&mut reader)?)
            }
            8 | 19 => Self::EndKeyset(KeysetEnd {
                promo: of_promo(&mut reader, kind == 19)?,
                keyset: KeysetId::new(reader.array()?),
                currency: currency(&mut reader)?,
                denomination: micro(&mut reader)?,
                hour: Hour::new(reader.be64()?),
            }),
            9 => Self::KeyDestroyed(KeysetId::new(reader.array()?)),
            14 | 18 => {
                let promo = of_promo(&mut reader, kind == 18)?;
                Self::Swap(read_swap(&mut reader, promo)?)
            }
            11 | 20 => Self::Freeze(read_freezes(&mut reader, kind == 20)?),
            15 => {
                let keyset = KeysetId::new(reader.array()?);
                Self::Thaw(keyset, Hour::new(reader.be64()?))
            }
            17 => Self::Rebind(read_rebind(&mut reader)?),
            23 => Self::Refund(read_refund(&mut reader)?),
            _ => return None,
        };
        reader.end()?;
        Some(effect)
    }
}

fn manifest_bytes(to: Transcript, manifest: &NewManifest) -> Transcript {
    to.be64(manifest.n)
        .lp(manifest.head.as_bytes())
        .fixed(manifest.head_hash.bytes())
        .lp(&manifest.body)
        .fixed(manifest.body_hash.bytes())
}

fn read_manifest(reader: &mut Reader<'_>) -> Option<NewManifest> {
    Some(NewManifest {
        n: reader.be64()?,
        head: text(reader)?,
        head_hash: HeadHash::new(reader.array()?),
        body: reader.lp()?.to_vec(),
        body_hash: BodyHash::new(reader.array()?),
    })
}

/// Whose starter tokens the rest is about, if it is about any.
fn of_promo(reader: &mut Reader<'_>, is_promo: bool) -> Option<Option<PublisherId>> {
    if is_promo {
        origin(reader).map(Some)
    } else {
        Some(None)
    }
}

fn order_bytes(to: Transcript, order: &NewOrder, now: Timestamp) -> Transcript {
    let quote = &order.quote;
    to.fixed(order.id.bytes())
        .fixed(order.claim.bytes())
        .fixed(order.binding.bytes())
        .fixed(order.currency.bytes())
        .fixed(quote.id().bytes())
        .be64(quote.expiry().get())
        .be64(quote.value().get())
        .be64(quote.fee().get())
        .be64(quote.tax().get())
        .fixed(&[u8::from(order.pocket)])
        .lp(&order.disclosure)
        .be64(now.get())
}

fn read_order(reader: &mut Reader<'_>) -> Option<NewOrder> {
    Some(NewOrder {
        id: OrderId::new(reader.array()?),
        claim: ClaimKey::new(reader.array()?),
        binding: Binding::new(reader.array()?),
        currency: currency(reader)?,
        quote: Quote::new(
            QuoteId::new(reader.array()?),
            time(reader)?,
            micro(reader)?,
            micro(reader)?,
            micro(reader)?,
        )?,
        pocket: reader.array::<1>()? == [1],
        promo: None,
        disclosure: reader.lp()?.to_vec(),
    })
}

fn inputs(to: Transcript, inputs: &[Input]) -> Transcript {
    let start = to.count(inputs.len());
    inputs.iter().fold(start, |to, input| {
        to.fixed(input.keyset.bytes())
            .be64(input.denomination.get())
            .fixed(input.nullifier.bytes())
    })
}

fn read_inputs(reader: &mut Reader<'_>) -> Option<Vec<Input>> {
    let count = reader.be32()?;
    let input = |_| {
        Some(Input {
            keyset: KeysetId::new(reader.array()?),
            denomination: micro(reader)?,
            nullifier: Nullifier::new(reader.array()?),
        })
    };
    (0..count).map(input).collect()
}

/// Of each input the element that was shown for it: a list of none or one.
fn swap_bytes(to: Transcript, swap: &Swap) -> Transcript {
    let start = to.fixed(swap.binding.bytes()).fixed(swap.currency.bytes());
    let start = inputs(start, &swap.inputs).count(swap.evidence.len());
    let shown = swap
        .evidence
        .iter()
        .fold(start, |to, evidence| elements(to, evidence.as_slice()));
    elements(shown, &swap.outputs)
        .be64(swap.hour.number())
        .fixed(swap.commitment.bytes())
        .lp(swap.answer.bytes())
        .be64(swap.answer_expires.number())
}

fn read_swap(reader: &mut Reader<'_>, promo: Option<PublisherId>) -> Option<Swap> {
    let (binding, currency) = (Binding::new(reader.array()?), currency(reader)?);
    let inputs = read_inputs(reader)?;
    let count = reader.be32()?;
    let shown = |_| match read_elements(reader)?.as_slice() {
        [] => Some(None),
        [element] => Some(Some(*element)),
        _ => None,
    };
    let evidence: Option<Vec<Option<Element>>> = (0..count).map(shown).collect();
    Some(Swap {
        binding,
        currency,
        promo,
        inputs,
        evidence: evidence?,
        outputs: read_elements(reader)?,
        hour: Hour::new(reader.be64()?),
        commitment: Commitment::new(reader.array()?),
        answer: SealedAnswer::new(reader.lp()?.to_vec()),
        answer_expires: Hour::new(reader.be64()?),
    })
}

fn freezes_bytes(to: Transcript, freezes: &[Freeze], with_promo: bool) -> Transcript {
    let start = to.count(freezes.len());
    freezes.iter().fold(start, |to, freeze| {
        let to = to
            .fixed(freeze.keyset.bytes())
            .fixed(freeze.currency.bytes())
            .be64(freeze.denomination.get())
            .be64(freeze.hour.number())
            .lp(freeze.reason.as_bytes());
        if with_promo {
            to.lp(promo::text(freeze.promo.as_ref()).as_bytes())
        } else {
            to
        }
    })
}

fn read_freezes(reader: &mut Reader<'_>, with_promo: bool) -> Option<Vec<Freeze>> {
    let count = reader.be32()?;
    let freeze = |_| {
        Some(Freeze {
            keyset: KeysetId::new(reader.array()?),
            currency: currency(reader)?,
            denomination: micro(reader)?,
            hour: Hour::new(reader.be64()?),
            reason: text(reader)?,
            promo: if with_promo {
                promo::parse(&text(reader)?)?
            } else {
                None
            },
        })
    };
    (0..count).map(freeze).collect()
}

/// The end of the access is 0 where there is none.
fn rebind_bytes(to: Transcript, rebind: &Rebind) -> Transcript {
    to.fixed(rebind.grant.bytes())
        .be64(rebind.ends.map_or(0, Hour::number))
        .fixed(rebind.binding.bytes())
        .lp(rebind.answer.bytes())
}

fn read_rebind(reader: &mut Reader<'_>) -> Option<Rebind> {
    let grant = GrantId::new(reader.array()?);
    let ends = reader.be64()?;
    Some(Rebind {
        grant,
        ends: (ends > 0).then_some(Hour::new(ends)),
        binding: Binding::new(reader.array()?),
        answer: SealedAnswer::new(reader.lp()?.to_vec()),
    })
}

fn redemption_bytes(to: Transcript, redemption: &Redemption) -> Transcript {
    let start = to
        .fixed(redemption.binding.bytes())
        .fixed(redemption.currency.bytes());
    elements(inputs(start, &redemption.inputs), &redemption.outputs)
        .be64(redemption.split.amount().get())
        .be64(redemption.split.fee().get())
        .be64(redemption.split.tax().get())
        .lp(redemption.publisher.as_str().as_bytes())
        .fixed(redemption.offer.bytes())
        .be64(redemption.hour.number())
        .fixed(redemption.commitment.bytes())
        .lp(redemption.answer.bytes())
        .be64(redemption.answer_expires.number())
}

fn read_redemption(reader: &mut Reader<'_>, promo: bool) -> Option<Redemption> {
    let (binding, currency) = (Binding::new(reader.array()?), currency(reader)?);
    Some(Redemption {
        binding,
        currency,
        promo,
        inputs: read_inputs(reader)?,
        outputs: read_elements(reader)?,
        split: Split::new(micro(reader)?, micro(reader)?, micro(reader)?)?,
        publisher: origin(reader)?,
        offer: OfferHash::new(reader.array()?),
        hour: Hour::new(reader.be64()?),
        commitment: Commitment::new(reader.array()?),
        answer: SealedAnswer::new(reader.lp()?.to_vec()),
        answer_expires: Hour::new(reader.be64()?),
    })
}

/// The end of the access is 0 where there is none.
fn refund_bytes(to: Transcript, refund: &Refund) -> Transcript {
    let start = to
        .fixed(refund.binding.bytes())
        .fixed(refund.currency.bytes())
        .fixed(refund.grant.bytes())
        .be64(refund.ends.map_or(0, Hour::number));
    let right = core::slice::from_ref(&refund.right);
    elements(inputs(start, right), &refund.outputs)
        .be64(refund.split.amount().get())
        .be64(refund.split.fee().get())
        .be64(refund.split.tax().get())
        .lp(refund.publisher.as_str().as_bytes())
        .be64(refund.per_day.get())
        .be64(refund.hour.number())
        .fixed(refund.commitment.bytes())
        .lp(refund.answer.bytes())
        .be64(refund.answer_expires.number())
}

fn read_refund(reader: &mut Reader<'_>) -> Option<Refund> {
    let (binding, currency) = (Binding::new(reader.array()?), currency(reader)?);
    let grant = GrantId::new(reader.array()?);
    let ends = reader.be64()?;
    let [right] = read_inputs(reader)?.try_into().ok()?;
    Some(Refund {
        binding,
        currency,
        grant,
        ends: (ends > 0).then_some(Hour::new(ends)),
        right,
        outputs: read_elements(reader)?,
        split: Split::new(micro(reader)?, micro(reader)?, micro(reader)?)?,
        publisher: origin(reader)?,
        per_day: micro(reader)?,
        hour: Hour::new(reader.be64()?),
        commitment: Commitment::new(reader.array()?),
        answer: SealedAnswer::new(reader.lp()?.to_vec()),
        answer_expires: Hour::new(reader.be64()?),
    })
}

fn publisher_bytes(to: Transcript, publisher: &Publisher) -> Transcript {
    let start = to
        .lp(publisher.origin.as_str().as_bytes())
        .lp(publisher.name.as_bytes())
        .lp(publisher.keys.as_bytes())
        .be64(publisher.max_price.get())
        .be32(publisher.fee_basis_points.into())
        .be64(publisher.offers_valid_from.get())
        .count(publisher.withdrawals.len());
    publisher.withdrawals.iter().fold(start, |to, withdrawal| {
        to.lp(withdrawal.path.as_bytes())
            .be64(withdrawal.offers_valid_from.get())
    })
}

fn read_publisher(reader: &mut Reader<'_>) -> Option<Publisher> {
    let publisher = Publisher {
        origin: origin(reader)?,
        name: text(reader)?,
        keys: text(reader)?,
        max_price: micro(reader)?,
        fee_basis_points: reader.be32()?.try_into().ok()?,
        offers_valid_from: time(reader)?,
        withdrawals: Vec::new(),
    };
    let count = reader.be32()?;
    let withdrawal = |_| {
        Some(Withdrawal {
            path: text(reader)?,
            offers_valid_from: time(reader)?,
        })
    };
    let withdrawals: Option<Vec<Withdrawal>> = (0..count).map(withdrawal).collect();
    Some(Publisher {
        withdrawals: withdrawals?,
        ..publisher
    })
}
