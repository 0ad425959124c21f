//! Orders and draws in memory.

use super::state::{Keyset, State};
use crate::RecordKey;
use crate::keyset_end::Stage;
use crate::promo::{self, Tender};
use crate::{
    CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn, Element, GrantPromoError,
    NewOrder, Order, OrderState, PromoGrant, SettleError, Settlement, StoreError, Transition,
    breaker, event, rules,
};
use farthing_core::id::{KeysetId, OrderId};
use farthing_core::money::Micro;
use farthing_core::time::Timestamp;

impl State {
    pub(super) fn create_order(
        &mut self,
        terms: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        if let Some(order) = self.orders.get(&terms.id) {
            return if order.terms.binding == terms.binding {
                Ok(Created::Existing(Box::new(order.clone())))
            } else {
                Err(CreateOrderError::Conflict)
            };
        }
        let order = rules::create(terms, now)?;
        self.funding.append(event::created(&order.terms, now))?;
        self.orders.insert(order.terms.id, order.clone());
        Ok(Created::New(Box::new(order)))
    }

    pub(super) fn settle_order(
        &mut self,
        settlement: &Settlement,
    ) -> Result<Transition, SettleError> {
        let order = self
            .orders
            .get(&settlement.order)
            .ok_or(SettleError::Unknown)?;
        let (transition, after) = rules::settle(order, settlement)?;
        if transition == Transition::AlreadyDone {
            return Ok(transition);
        }
        let charge = after.charge.clone();
        if charge
            .as_ref()
            .is_some_and(|charge| self.charges.contains_key(charge))
        {
            return Err(SettleError::ReferenceUsed);
        }
        self.funding.append(event::settled(order, settlement)?)?;
        if let Some(charge) = charge {
            self.charges.insert(charge, settlement.order);
        }
        self.orders.insert(settlement.order, after);
        Ok(transition)
    }

    pub(super) fn grant_promo(&mut self, grant: &PromoGrant) -> Result<Created, GrantPromoError> {
        let terms = &grant.order;
        if let Some(order) = self.orders.get(&terms.id) {
            return if order.terms.binding == terms.binding {
                Ok(Created::Existing(Box::new(order.clone())))
            } else {
                Err(GrantPromoError::Conflict)
            };
        }
        let today = promo::day(grant.now);
        let given = self.orders.values().filter(|order| {
            order.terms.promo == terms.promo && today.contains(&order.created.get())
        });
        let given = u64::try_from(given.count()).unwrap_or(u64::MAX);
        let (order, settlement, after) = rules::grant(grant, given)?;
        self.funding
            .append(event::created(&order.terms, grant.now))?;
        self.funding.append(event::settled(&order, &settlement)?)?;
        if let Some(charge) = after.charge.clone() {
            self.charges.insert(charge, terms.id);
        }
        self.orders.insert(terms.id, after.clone());
        Ok(Created::New(Box::new(after)))
    }

    pub(super) fn decline_order(
        &mut self,
        id: OrderId,
        now: Timestamp,
    ) -> Result<Transition, DeclineError> {
        let order: &mut Order = self.orders.get_mut(&id).ok_or(DeclineError::Unknown)?;
        let transition = rules::decline(order)?;
        if transition == Transition::Done {
            self.funding.append(event::declined(&order.terms, now))?;
            order.stored_state = OrderState::Declined;
        }
        Ok(transition)
    }

    pub(super) fn draw(&mut self, draw: &Draw) -> Result<Drawn, DrawError> {
        let order = self.orders.get(&draw.order).ok_or(DrawError::Unknown)?;
        let recorded = self.draws.get(&(draw.order, draw.pouch)).copied();
        let rights_drawn = self.rights.contains(&draw.order);
        let (drawn, value, after) = rules::draw(order, draw, recorded, rights_drawn)?;
        if drawn == Drawn::AlreadyDone {
            return Ok(drawn);
        }
        let key = RecordKey::pouch(draw.order, draw.pouch);
        let reserved = self.reserved.get(&key).into_iter().flatten();
        if rules::is_for_another(reserved, draw.binding) {
            return Err(DrawError::PouchConflict);
        }
        let reused = self.reused(&draw.elements);
        if !reused.is_empty() {
            return Err(DrawError::ElementReused(reused));
        }
        if draw.elements.iter().any(|e| self.has_ended(&e.keyset)) {
            return Err(DrawError::KeysetEnded);
        }
        let order = order.clone();
        let tender = order.tender();
        self.check_terms(
            draw.elements.iter().map(|e| (e.keyset, e.denomination)),
            tender,
        )?;
        let used = draw.elements.iter().map(|element| element.keyset);
        let frozen = breaker::frozen_of(used, |keyset| self.counts(keyset).is_frozen);
        if !frozen.is_empty() {
            return Err(DrawError::KeysetFrozen(frozen));
        }
        self.funding.append(event::drawn(&order, draw, value)?)?;
        self.issue(&draw.elements, tender);
        if draw.is_of_rights() {
            self.rights.insert(draw.order);
        }
        self.draws.insert((draw.order, draw.pouch), draw.binding);
        self.orders.insert(draw.order, after);
        Ok(drawn)
    }

    /// Which of the elements were evaluated before.
    pub(super) fn reused(&self, elements: &[Element]) -> Vec<usize> {
        let known = |element: &Element| self.issued.contains(&(element.keyset, *element.hash()));
        elements
            .iter()
            .enumerate()
            .filter(|(_, e)| known(e))
            .map(|(index, _)| index)
            .collect()
    }

    /// A keyset has one currency and one denomination, and is of money or of one publisher's starter tokens.
    pub(super) fn check_terms(
        &self,
        used: impl IntoIterator<Item = (KeysetId, Micro)>,
        tender: Tender<'_>,
    ) -> Result<(), StoreError> {
        let mut seen = std::collections::BTreeMap::new();
        for (id, denomination) in used {
            let first = *seen.entry(id).or_insert(denomination);
            let as_known = self.keysets.get(&id).is_none_or(|known| {
                (known.currency, known.denomination, known.promo.as_ref())
                    == (tender.currency, denomination, tender.promo)
            });
            if !as_known || first != denomination {
                return Err(StoreError::Inconsistent("a keyset has other terms".into()));
            }
        }
        Ok(())
    }

    pub(super) fn keyset(
        &mut self,
        id: KeysetId,
        tender: Tender<'_>,
        denomination: Micro,
    ) -> &mut Keyset {
        let fresh = || Keyset {
            currency: tender.currency,
            denomination,
            promo: tender.promo.cloned(),
            issued: 0,
            spent: 0,
            lost: 0,
            frozen: None,
            issued_dropped: 0,
            spent_dropped: 0,
            stage: Stage::Live,
        };
        self.keysets.entry(id).or_insert_with(fresh)
    }

    pub(super) fn issue(&mut self, elements: &[Element], tender: Tender<'_>) {
        for element in elements {
            self.issued.insert((element.keyset, *element.hash()));
            let keyset = self.keyset(element.keyset, tender, element.denomination);
            keyset.issued = keyset.issued.saturating_add(1);
        }
    }
}
