//! What an issuer must remember, in maps: enough to answer twice with the same bytes and to spend once.

use farthing_core::id::{Binding, KeysetId, Nullifier, OrderId};
use farthing_core::money::Micro;
use farthing_core::request::OrderFields;
use std::collections::BTreeMap;

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Disclosed, not paid.
    Quoted,
    /// Paid: may be drawn.
    Settled,
}

#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) fields: OrderFields,
    pub(crate) binding: Binding,
    pub(crate) response: String,
    pub(crate) state: OrderState,
    pub(crate) unminted: Micro,
    /// Binding and answer of each pouch, from 0.
    pub(crate) pouches: Vec<(Binding, String)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// Of the token itself.
    pub(crate) keyset: KeysetId,
    pub(crate) lead: Nullifier,
    pub(crate) binding: Binding,
    /// Its operation.
    pub(crate) operation: &'static str,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) spent: BTreeMap<Nullifier, Spent>,
    /// Sealed under the lead's output, by binding.
    pub(crate) answers: BTreeMap<Binding, Vec<u8>>,
    /// Every blinded element ever evaluated.
    pub(crate) issued: BTreeMap<[u8; 33], Binding>,
    pub(crate) earned: Micro,
}
