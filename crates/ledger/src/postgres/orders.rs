//! Orders: made, paid, declined.

use super::broken::{Broken, Trouble};
use super::session::{Params, Session};
use super::{column, journal};
use crate::journal::Book;
use crate::order::Charge;
use crate::{
    ClaimKey, CreateOrderError, Created, DeclineError, GrantPromoError, NewOrder, Order,
    OrderAccount, OrderState, PromoGrant, Quote, SettleError, Settlement, Transition, event, promo,
    rules,
};
use farthing_core::id::{Binding, OrderId, QuoteId};
use farthing_core::time::Timestamp;
use tokio_postgres::Row;

fn read(row: &Row) -> Result<Order, Broken> {
    let (value, fee, tax) = (
        column::micro(row, 6)?,
        column::micro(row, 7)?,
        column::micro(row, 8)?,
    );
    let (quote_id, expiry) = (
        QuoteId::new(column::fixed(row, 4)?),
        column::timestamp(row, 5)?,
    );
    let quote = Quote::new(quote_id, expiry, value, fee, tax)
        .ok_or_else(|| Broken::inconsistent("an order has no possible price"))?;
    let charge = match (column::value(row, 13)?, column::value(row, 14)?) {
        (Some(provider), Some(reference)) => Some(Charge {
            provider,
            reference,
        }),
        _ => None,
    };
    Ok(Order {
        terms: NewOrder {
            id: OrderId::new(column::fixed(row, 0)?),
            claim: ClaimKey::new(column::fixed(row, 1)?),
            binding: Binding::new(column::fixed(row, 2)?),
            currency: column::currency(row, 3)?,
            quote,
            pocket: column::value(row, 9)?,
            promo: column::promo(row, 23)?,
            disclosure: column::value(row, 10)?,
        },
        created: column::timestamp(row, 11)?,
        stored_state: column::parsed(row, 12, OrderState::stored)?,
        charge,
        account: OrderAccount {
            settled: column::micro(row, 15)?,
            unminted: column::micro(row, 16)?,
            locked: column::micro(row, 17)?,
            drawn: column::micro(row, 18)?,
            deposited: column::micro(row, 19)?,
            returned: column::micro(row, 20)?,
            voided: column::micro(row, 21)?,
        },
        next_pouch: column::parsed(row, 22, |n: i64| u32::try_from(n).ok())?,
    })
}

pub(super) async fn find(session: &Session, id: OrderId) -> Result<Option<Order>, Broken> {
    let select = "SELECT order_id, claim_key, binding, currency, quote_id, quote_expiry, value, fee, \
                  tax, pocket, disclosure, created_at, state, provider, provider_reference, settled, \
                  unminted, locked, drawn, deposited, returned, voided, next_pouch, promo \
                  FROM orders WHERE order_id = $1";
    let row = session.row(select, &[&id.bytes().as_slice()]).await?;
    row.map(|row| read(&row)).transpose()
}

/// The order, which nobody else changes until this transaction ends.
pub(super) async fn lock(session: &Session, id: OrderId) -> Result<Option<Order>, Broken> {
    let select = "SELECT order_id FROM orders WHERE order_id = $1 FOR UPDATE";
    session.row(select, &[&id.bytes().as_slice()]).await?;
    find(session, id).await
}

async fn insert(session: &Session, order: &Order) -> Result<(), Broken> {
    let insert = "INSERT INTO orders (order_id, claim_key, binding, currency, quote_id, quote_expiry, \
                  value, fee, tax, pocket, disclosure, created_at, state, settled, unminted, locked, \
                  drawn, deposited, returned, voided, next_pouch, promo) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'quoted', 0, 0, 0, \
                  0, 0, 0, 0, 0, $13) ON CONFLICT (order_id) DO NOTHING";
    let terms = &order.terms;
    let quote_id = terms.quote.id();
    let params: Params<'_> = &[
        &terms.id.bytes().as_slice(),
        &terms.claim.bytes().as_slice(),
        &terms.binding.bytes().as_slice(),
        &terms.currency.as_str(),
        &quote_id.bytes().as_slice(),
        &column::signed(terms.quote.expiry().get()),
        &terms.quote.value().signed(),
        &terms.quote.fee().signed(),
        &terms.quote.tax().signed(),
        &terms.pocket,
        &terms.disclosure,
        &column::signed(order.created.get()),
        &promo::text(terms.promo.as_ref()),
    ];
    session.insert(insert, params, 1).await
}

/// Writes what may change of an order.
pub(super) async fn update(session: &Session, order: &Order) -> Result<(), Broken> {
    let update = "UPDATE orders SET state = $2, provider = $3, provider_reference = $4, settled = $5, \
                  unminted = $6, locked = $7, drawn = $8, deposited = $9, returned = $10, voided = $11, \
                  next_pouch = $12 WHERE order_id = $1";
    let account = &order.account;
    let params: Params<'_> = &[
        &order.terms.id.bytes().as_slice(),
        &order.stored_state.word(),
        &order.charge.as_ref().map(|charge| &charge.provider),
        &order.charge.as_ref().map(|charge| &charge.reference),
        &account.settled.signed(),
        &account.unminted.signed(),
        &account.locked.signed(),
        &account.drawn.signed(),
        &account.deposited.signed(),
        &account.returned.signed(),
        &account.voided.signed(),
        &i64::from(order.next_pouch),
    ];
    session.execute_one(update, params).await
}

pub(super) async fn create(
    session: &Session,
    terms: &NewOrder,
    now: Timestamp,
) -> Result<Created, Trouble<CreateOrderError>> {
    session
        .transaction(async |session| {
            if let Some(order) = find(session, terms.id).await? {
                if order.terms.binding != terms.binding {
                    return Err(Trouble::Refused(CreateOrderError::Conflict));
                }
                session.confirm().await?;
                return Ok(Created::Existing(Box::new(order)));
            }
            let order = rules::create(terms.clone(), now);
            let order = order.map_err(|error| Trouble::Refused(error.into()))?;
            insert(session, &order).await?;
            journal::append_funding(session, Ok(event::created(&order.terms, now))).await?;
            Ok(Created::New(Box::new(order)))
        })
        .await
}

/// Gives starter value: creates and settles.
pub(super) async fn grant_promo(
    session: &Session,
    grant: &PromoGrant,
) -> Result<Created, Trouble<GrantPromoError>> {
    let terms = &grant.order;
    session
        .transaction(async |session| {
            // Whoever counts what was given has the head for itself, so that nobody else gives meanwhile.
            journal::lock(session, Book::Funding).await?;
            if let Some(order) = find(session, terms.id).await? {
                if order.terms.binding != terms.binding {
                    return Err(Trouble::Refused(GrantPromoError::Conflict));
                }
                session.confirm().await?;
                return Ok(Created::Existing(Box::new(order)));
            }
            let given = given(session, grant).await?;
            let granted = rules::grant(grant, given);
            let (order, settlement, after) = granted.map_err(Trouble::Refused)?;
            insert(session, &order).await?;
            update(session, &after).await?;
            journal::append_funding(session, Ok(event::created(&order.terms, grant.now))).await?;
            journal::append_funding(session, event::settled(&order, &settlement)).await?;
            Ok(Created::New(Box::new(after)))
        })
        .await
}

/// How many orders the publisher gave on the day.
async fn given(session: &Session, grant: &PromoGrant) -> Result<u64, Broken> {
    let today = promo::day(grant.now);
    let count = "SELECT count(*) FROM orders \
                 WHERE promo = $1 AND promo <> '' AND created_at >= $2 AND created_at < $3";
    let of = promo::text(grant.order.promo.as_ref());
    let (start, end) = (column::signed(today.start), column::signed(today.end));
    let row = session.one(count, &[&of, &start, &end]).await?;
    column::unsigned(&row, 0)
}

pub(super) async fn settle(
    session: &Session,
    settlement: &Settlement,
) -> Result<Transition, Trouble<SettleError>> {
    session
        .transaction(async |session| {
            let order = lock(session, settlement.order).await?;
            let order = order.ok_or(Trouble::Refused(SettleError::Unknown))?;
            let (transition, after) =
                rules::settle(&order, settlement).map_err(Trouble::Refused)?;
            if transition == Transition::AlreadyDone {
                session.confirm().await?;
                return Ok(transition);
            }
            // Two settlements with one charge that come together meet at the unique key, and one looks again.
            let used =
                "SELECT order_id FROM orders WHERE provider = $1 AND provider_reference = $2";
            let charge: Params<'_> = &[&settlement.provider, &settlement.reference];
            if session.row(used, charge).await?.is_some() {
                return Err(Trouble::Refused(SettleError::ReferenceUsed));
            }
            update(session, &after).await?;
            journal::append_funding(session, event::settled(&order, settlement)).await?;
            Ok(transition)
        })
        .await
}

pub(super) async fn decline(
    session: &Session,
    id: OrderId,
    now: Timestamp,
) -> Result<Transition, Trouble<DeclineError>> {
    session
        .transaction(async |session| {
            let order = lock(session, id).await?;
            let mut order = order.ok_or(Trouble::Refused(DeclineError::Unknown))?;
            let transition = rules::decline(&order).map_err(Trouble::Refused)?;
            if transition == Transition::AlreadyDone {
                session.confirm().await?;
                return Ok(transition);
            }
            order.stored_state = OrderState::Declined;
            update(session, &order).await?;
            journal::append_funding(session, Ok(event::declined(&order.terms, now))).await?;
            Ok(transition)
        })
        .await
}
