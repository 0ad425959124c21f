//! Orders: made, paid, declined.

use super::{journal, publishers::timestamp, sql};
use crate::order::Charge;
use crate::{
    ClaimKey, CreateOrderError, Created, DeclineError, GrantPromoError, NewOrder, Order,
    OrderAccount, OrderState, PromoGrant, Quote, SettleError, Settlement, StoreError, Transition,
    event, promo, rules,
};
use farthing_core::id::{Binding, OrderId, QuoteId};
use farthing_core::time::Timestamp;
use rusqlite::{Connection, Row, named_params};

fn read(row: &Row<'_>) -> rusqlite::Result<Order> {
    let (value, fee, tax) = (
        sql::micro(row, 6)?,
        sql::micro(row, 7)?,
        sql::micro(row, 8)?,
    );
    let expiry = timestamp(row, 5)?;
    let quote = sql::column(row, 4, |id: [u8; 16]| {
        Quote::new(QuoteId::new(id), expiry, value, fee, tax)
    })?;
    let charge = match (row.get(13)?, row.get(14)?) {
        (Some(provider), Some(reference)) => Some(Charge {
            provider,
            reference,
        }),
        _ => None,
    };
    Ok(Order {
        terms: NewOrder {
            id: OrderId::new(row.get(0)?),
            claim: ClaimKey::new(row.get(1)?),
            binding: Binding::new(row.get(2)?),
            currency: sql::currency(row, 3)?,
            quote,
            pocket: row.get(9)?,
            promo: sql::promo(row, 23)?,
            disclosure: row.get(10)?,
        },
        created: timestamp(row, 11)?,
        stored_state: sql::column(row, 12, |word: String| OrderState::stored(&word))?,
        charge,
        account: OrderAccount {
            settled: sql::micro(row, 15)?,
            unminted: sql::micro(row, 16)?,
            locked: sql::micro(row, 17)?,
            drawn: sql::micro(row, 18)?,
            deposited: sql::micro(row, 19)?,
            returned: sql::micro(row, 20)?,
            voided: sql::micro(row, 21)?,
        },
        next_pouch: row.get(22)?,
    })
}

pub(super) fn find(conn: &Connection, id: OrderId) -> Result<Option<Order>, StoreError> {
    let select = "SELECT order_id, claim_key, binding, currency, quote_id, quote_expiry, value, fee, \
                  tax, pocket, disclosure, created_at, state, provider, provider_reference, settled, \
                  unminted, locked, drawn, deposited, returned, voided, next_pouch, promo \
                  FROM orders WHERE order_id = ?1";
    sql::optional(conn, select, (id.bytes(),), read)
}

fn insert(conn: &Connection, order: &Order) -> Result<(), StoreError> {
    let insert = "INSERT INTO orders (order_id, claim_key, binding, currency, quote_id, quote_expiry, \
                  value, fee, tax, pocket, disclosure, created_at, state, settled, unminted, locked, \
                  drawn, deposited, returned, voided, next_pouch, promo) \
                  VALUES (:order_id, :claim_key, :binding, :currency, :quote_id, :quote_expiry, \
                  :value, :fee, :tax, :pocket, :disclosure, :created_at, 'quoted', 0, 0, 0, \
                  0, 0, 0, 0, 0, :promo)";
    let terms = &order.terms;
    let quote_id = terms.quote.id();
    let values = named_params! {
        ":order_id": terms.id.bytes(),
        ":claim_key": terms.claim.bytes(),
        ":binding": terms.binding.bytes(),
        ":currency": terms.currency.as_str(),
        ":quote_id": quote_id.bytes(),
        ":quote_expiry": sql::signed(terms.quote.expiry().get()),
        ":value": terms.quote.value().signed(),
        ":fee": terms.quote.fee().signed(),
        ":tax": terms.quote.tax().signed(),
        ":pocket": terms.pocket,
        ":promo": promo::text(terms.promo.as_ref()),
        ":disclosure": terms.disclosure,
        ":created_at": sql::signed(order.created.get()),
    };
    sql::execute_one(conn, insert, values)
}

/// Writes what may change of an order.
pub(super) fn update(conn: &Connection, order: &Order) -> Result<(), StoreError> {
    let update = "UPDATE orders SET state = :state, provider = :provider, \
                  provider_reference = :reference, settled = :settled, unminted = :unminted, \
                  locked = :locked, drawn = :drawn, deposited = :deposited, returned = :returned, \
                  voided = :voided, next_pouch = :next_pouch WHERE order_id = :order_id";
    let account = &order.account;
    let values = named_params! {
        ":state": order.stored_state.word(),
        ":provider": order.charge.as_ref().map(|charge| &charge.provider),
        ":reference": order.charge.as_ref().map(|charge| &charge.reference),
        ":settled": account.settled.signed(),
        ":unminted": account.unminted.signed(),
        ":locked": account.locked.signed(),
        ":drawn": account.drawn.signed(),
        ":deposited": account.deposited.signed(),
        ":returned": account.returned.signed(),
        ":voided": account.voided.signed(),
        ":next_pouch": order.next_pouch,
        ":order_id": order.terms.id.bytes(),
    };
    sql::execute_one(conn, update, values)
}

pub(super) fn create(
    conn: &Connection,
    terms: NewOrder,
    now: Timestamp,
) -> Result<Created, CreateOrderError> {
    if let Some(order) = find(conn, terms.id)? {
        return if order.terms.binding == terms.binding {
            Ok(Created::Existing(Box::new(order)))
        } else {
            Err(CreateOrderError::Conflict)
        };
    }
    let order = rules::create(terms, now)?;
    insert(conn, &order)?;
    journal::append(conn, &event::created(&order.terms, now))?;
    Ok(Created::New(Box::new(order)))
}

/// Gives starter value: creates and settles.
pub(super) fn grant_promo(
    conn: &Connection,
    grant: &PromoGrant,
) -> Result<Created, GrantPromoError> {
    let terms = &grant.order;
    if let Some(order) = find(conn, terms.id)? {
        return if order.terms.binding == terms.binding {
            Ok(Created::Existing(Box::new(order)))
        } else {
            Err(GrantPromoError::Conflict)
        };
    }
    let today = promo::day(grant.now);
    let count = "SELECT count(*) FROM orders \
                 WHERE promo = ?1 AND promo <> '' AND created_at >= ?2 AND created_at < ?3";
    let day = (
        promo::text(terms.promo.as_ref()),
        sql::signed(today.start),
        sql::signed(today.end),
    );
    let given = sql::row(conn, count, day, |row| sql::unsigned(row, 0))?;
    let (order, settlement, after) = rules::grant(grant, given)?;
    insert(conn, &order)?;
    journal::append(conn, &event::created(&order.terms, grant.now))?;
    update(conn, &after)?;
    journal::append(conn, &event::settled(&order, &settlement)?)?;
    Ok(Created::New(Box::new(after)))
}

pub(super) fn settle(
    conn: &Connection,
    settlement: &Settlement,
) -> Result<Transition, SettleError> {
    let order = find(conn, settlement.order)?.ok_or(SettleError::Unknown)?;
    let (transition, after) = rules::settle(&order, settlement)?;
    if transition == Transition::AlreadyDone {
        return Ok(transition);
    }
    let used = "SELECT 1 FROM orders WHERE provider = ?1 AND provider_reference = ?2";
    let charge = (&settlement.provider, &settlement.reference);
    if sql::optional(conn, used, charge, |_| Ok(()))?.is_some() {
        return Err(SettleError::ReferenceUsed);
    }
    update(conn, &after)?;
    journal::append(conn, &event::settled(&order, settlement)?)?;
    Ok(transition)
}

pub(super) fn decline(
    conn: &Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<Transition, DeclineError> {
    let mut order = find(conn, id)?.ok_or(DeclineError::Unknown)?;
    let transition = rules::decline(&order)?;
    if transition == Transition::Done {
        order.stored_state = OrderState::Declined;
        update(conn, &order)?;
        journal::append(conn, &event::declined(&order.terms, now))?;
    }
    Ok(transition)
}
