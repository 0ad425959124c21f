//! What the issuer answers: the order of checks of R32, on requests as text.

use crate::issuer::TestIssuer;
use crate::ledger::{Order, OrderState, Spent};
use farthing_core::answer::{self, PackedAnswer, PackedGrant};
use farthing_core::bytes::sha256;
use farthing_core::disclosure::{DisclosureClaims, Fee};
use farthing_core::grant::{GrantClaims, Opening, Paid, grant_id};
use farthing_core::hpke::{key_info, seal, wrap_info};
use farthing_core::id::{Binding, KeysetId, Nullifier, OrderId, QuoteId};
use farthing_core::jwk::Kid;
use farthing_core::jws::{self, verify_es256};
use farthing_core::keyset::Keyset;
use farthing_core::manifest::canonical_split;
use farthing_core::money::Micro;
use farthing_core::offer::{Offer, UnverifiedOffer};
use farthing_core::request::{
    AnswerRequest, AnswerResponse, DrawRequest, DrawResponse, Evaluation, FindRequest,
    FindResponse, OrderRequest, OrderResponse, Output, RedeemRequest, RedeemResponse,
    RestoreRequest, RestoreResponse, SwapInput, SwapRequest, SwapResponse, group_by_keyset,
    order_id,
};
use farthing_core::spent::{SpentClaims, list_hash, list_json};
use farthing_core::token::Output as TokenOutput;
use farthing_core::voprf::BlindedElement;

/// A refusal, by its stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

fn refuse<T>(condition: bool, code: &'static str, value: T) -> Result<T, Refusal> {
    if condition {
        Err(Refusal(code))
    } else {
        Ok(value)
    }
}

impl TestIssuer {
    /// `POST /v1/orders`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn order(&mut self, request: &str) -> Result<String, Refusal> {
        let request = OrderRequest::parse(request.as_bytes()).map_err(|e| Refusal(e.code()))?;
        refuse(!request.is_signed(&self.id), "claim_signature", ())?;
        let fields = *request.fields();
        let (id, binding) = (fields.order_id(&self.id), fields.binding(&self.id));
        if let Some(order) = self.ledger.orders.get(&id) {
            return refuse(
                order.binding != binding,
                "order_conflict",
                order.response.clone(),
            );
        }
        refuse(fields.terms != self.body.terms.sha256, "terms_changed", ())?;
        let terms = self
            .body
            .currency(fields.currency)
            .ok_or(Refusal("unsupported"))?;
        let whole = fields.amount.units(terms.unit()).is_some();
        refuse(
            !whole || fields.amount < terms.smallest_mix(),
            "amount_invalid",
            (),
        )?;
        refuse(fields.amount > terms.pocket_max(), "pocket_limit", ())?;
        let fee = Micro::new(10_000).unwrap();
        let quote = sha256(id.bytes());
        let claims = DisclosureClaims {
            issuer: self.id.clone(),
            iat: self.now,
            exp: self.now.plus(900),
            quote: QuoteId::new(*quote.first_chunk().unwrap()),
            order: id,
            currency: fields.currency,
            total: fields.amount.plus(fee).unwrap(),
            value: fields.amount,
            fees: vec![Fee {
                kind: "load".to_owned(),
                amount: fee,
            }],
            tax: Micro::ZERO,
            terms: self.body.terms.clone(),
            expiry: "never".to_owned(),
            cash_out: "at any time, at par".to_owned(),
            sandbox: true,
        };
        let response = OrderResponse {
            order: id,
            state: "quoted".to_owned(),
            disclosure: self
                .signing
                .sign_jws(jws::DISCLOSURE, &claims.to_json())
                .unwrap(),
            checkout: format!("{}/checkout/{}", self.id.as_str(), id.to_b64u()),
        };
        let response = response.to_json();
        let order = Order {
            fields,
            binding,
            response: response.clone(),
            state: OrderState::Quoted,
            unminted: Micro::ZERO,
            pouches: Vec::new(),
        };
        self.ledger.orders.insert(id, order);
        Ok(response)
    }

    /// The provider's word that an order is paid.
    pub fn settle(&mut self, order: &OrderId) {
        let order = self
            .ledger
            .orders
            .get_mut(order)
            .expect("an order that was made");
        order.state = OrderState::Settled;
        order.unminted = order.fields.amount;
    }

    /// `POST /v1/orders/{id}/draw`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn draw(&mut self, id: OrderId, request: &str) -> Result<String, Refusal> {
        let request = DrawRequest::parse(request.as_bytes(), id).map_err(|e| Refusal(e.code()))?;
        let order = self
            .ledger
            .orders
            .get(&id)
            .ok_or(Refusal("order_unknown"))?;
        refuse(
            !request.is_signed(&self.id, &order.fields.claim),
            "claim_signature",
            (),
        )?;
        let (fields, binding) = (request.fields(), request.fields().binding(&self.id));
        let number = usize::try_from(fields.pouch).unwrap();
        if let Some((known, answer)) = order.pouches.get(number) {
            return refuse(*known != binding, "pouch_conflict", answer.clone());
        }
        refuse(order.state != OrderState::Settled, "order_not_settled", ())?;
        refuse(number > order.pouches.len(), "pouch_unavailable", ())?;
        let terms = self.body.currency(order.fields.currency).unwrap();
        let denominations = self.body.mintable_denominations(terms.currency(), self.now);
        let mut expected = if fields.mix.is_empty() {
            refuse(order.unminted >= terms.smallest_mix(), "pouch_mismatch", ())?;
            canonical_split(order.unminted, &denominations).ok_or(Refusal("pouch_mismatch"))?
        } else {
            let mix = terms.mix(&fields.mix).ok_or(Refusal("mix_unknown"))?;
            refuse(
                order.unminted < mix.amount(),
                "pouch_unavailable",
                mix.denominations(),
            )?
        };
        let mut asked = self.worth_of(&fields.elements)?;
        expected.sort_unstable();
        asked.sort_unstable();
        refuse(expected != asked, "pouch_mismatch", ())?;
        self.check_unissued(&fields.elements, &binding)?;
        let evaluations = self.evaluate(&fields.elements, &binding)?;
        let answer = DrawResponse { evaluations }.to_json();
        self.record_issued(&fields.elements, &binding);
        let order = self.ledger.orders.get_mut(&id).unwrap();
        order.unminted = order.unminted.minus(Micro::sum(asked).unwrap()).unwrap();
        order.pouches.push((binding, answer.clone()));
        Ok(answer)
    }

    /// `POST /v1/redemptions`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn redeem(&mut self, request: &str) -> Result<String, Refusal> {
        let request =
            RedeemRequest::parse(request.as_bytes(), &self.id).map_err(|e| Refusal(e.code()))?;
        let (fields, binding) = (request.fields(), request.binding());
        let mut value = Micro::ZERO;
        let mut lead: Option<TokenOutput> = None;
        for (input, mac) in fields.inputs.iter().zip(request.macs()) {
            let keyset = self
                .body
                .keyset(&input.keyset)
                .ok_or(Refusal("keyset_unknown"))?;
            let secret = self
                .secrets
                .get(&input.keyset)
                .ok_or(Refusal("keyset_unknown"))?;
            let output = secret.authenticate(&self.id, &input.keyset, &input.nonce, binding, mac);
            lead.get_or_insert(output.map_err(|_| Refusal("token_invalid"))?);
            value = value
                .plus(keyset.denomination())
                .ok_or(Refusal("unbalanced"))?;
        }
        let lead = lead.unwrap();
        let spent = fields
            .inputs
            .iter()
            .map(|i| self.ledger.spent.get(&i.nullifier));
        let spent: Vec<_> = spent.collect();
        if spent
            .iter()
            .all(|s| s.is_some_and(|s| s.binding == *binding))
        {
            let sealed = self
                .ledger
                .answers
                .get(binding)
                .ok_or(Refusal("answer_expired"))?;
            let packed = PackedAnswer::parse(&answer::open(&lead, binding, sealed).unwrap());
            return self.redeem_answer(&request, &lead, &packed.unwrap());
        }
        refuse(spent.iter().any(Option::is_some), "token_spent", ())?;
        for input in &fields.inputs {
            let keyset = self.body.keyset(&input.keyset).unwrap();
            refuse(!keyset.is_redeemable(self.now), "keyset_expired", ())?;
            refuse(keyset.currency() != fields.price.currency, "unbalanced", ())?;
        }
        let offer = self.check_offer(&fields.offer)?;
        refuse(offer.price(&fields.price).is_none(), "price_mismatch", ())?;
        refuse(fields.price.issuer != self.id, "price_mismatch", ())?;
        let terms = self
            .body
            .currency(fields.price.currency)
            .ok_or(Refusal("unsupported"))?;
        refuse(
            fields.price.amount.units(terms.unit()).is_none(),
            "price_not_payable",
            (),
        )?;
        let change = Micro::sum(self.worth_of(&fields.outputs)?).ok_or(Refusal("unbalanced"))?;
        refuse(
            change.plus(fields.price.amount) != Some(value),
            "unbalanced",
            (),
        )?;
        self.check_unissued(&fields.outputs, binding)?;
        let sealing = self
            .body
            .sealing_key(&fields.price.sealing_kid)
            .ok_or(Refusal("sealing_key_unknown"))?;
        let info = wrap_info(&self.id, &sealing.kid(), offer.hash());
        let key = self
            .sealing
            .open(&info, &fields.wrap)
            .map_err(|_| Refusal("wrap_invalid"))?;
        refuse(
            key.commit() != offer.claims().key_commit,
            "key_mismatch",
            (),
        )?;

        let grant = Box::new(self.grant(&request, &offer));
        let packed = match fields.giver {
            None => PackedAnswer::Redeem { key, grant },
            Some(_) => PackedAnswer::Gift { key, grant },
        };
        let body = self.redeem_answer(&request, &lead, &packed)?;
        let sealed = answer::seal(&lead, binding, &packed.to_bytes()).unwrap();
        let spent = Spent {
            keyset: fields.lead().unwrap().keyset,
            lead: fields.lead().unwrap().nullifier,
            binding: *binding,
            operation: "redeem",
        };
        for input in &fields.inputs {
            let spent = Spent {
                keyset: input.keyset,
                ..spent
            };
            self.ledger.spent.insert(input.nullifier, spent);
        }
        self.ledger.answers.insert(*binding, sealed);
        self.ledger.earned = self.ledger.earned.plus(fields.price.amount).unwrap();
        self.record_issued(&fields.outputs, binding);
        Ok(body)
    }

    fn grant(&self, request: &RedeemRequest, offer: &Offer) -> PackedGrant {
        let (fields, binding) = (request.fields(), request.binding());
        let ends = |seconds: u64| (seconds > 0).then(|| self.now.plus(seconds));
        let claims = GrantClaims {
            issuer: self.id.clone(),
            publisher: offer.claims().publisher.clone(),
            id: grant_id(binding),
            iat: self.now,
            subject: Opening::of(offer, fields.salt).subject(),
            amount: fields.price.amount,
            currency: fields.price.currency,
            paid: Paid::Money,
            issuer_fee: Micro::new(fields.price.amount.get() / 10).unwrap(),
            tax: Micro::ZERO,
            access_until: ends(offer.claims().access),
            refund_until: ends(offer.claims().refund),
            cnf: fields.cnf,
            giver: fields.giver.as_ref().map(Kid::of),
        };
        let kid = Kid::of(&self.signing.public().unwrap());
        PackedGrant::sign(&claims, kid, |input| Some(self.signing.sign(input))).unwrap()
    }

    /// The response, from the request and what is stored of its answer.
    fn redeem_answer(
        &self,
        request: &RedeemRequest,
        lead: &TokenOutput,
        packed: &PackedAnswer,
    ) -> Result<String, Refusal> {
        let (PackedAnswer::Redeem { key, grant } | PackedAnswer::Gift { key, grant }) = packed
        else {
            return Err(Refusal("internal"));
        };
        let (fields, binding) = (request.fields(), request.binding());
        let ikm = lead.release_ikm(binding);
        let sealed = seal(&fields.sealing, &key_info(binding), key, &mut |bytes| {
            bytes.copy_from_slice(ikm.as_ref());
        });
        let response = RedeemResponse {
            grant: grant.text(
                &self.id,
                binding,
                &fields.cnf,
                fields.giver.as_ref().map(Kid::of),
            ),
            key: sealed.unwrap(),
            change: self.evaluate(&fields.outputs, binding)?,
        };
        Ok(response.to_json())
    }

    /// `POST /v1/swaps`. No keyset of this issuer is ever frozen, so evidence is only asked to hold.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn swap(&mut self, request: &str) -> Result<String, Refusal> {
        let request =
            SwapRequest::parse(request.as_bytes(), &self.id).map_err(|e| Refusal(e.code()))?;
        let (fields, binding) = (request.fields(), request.binding());
        let mut value = Micro::ZERO;
        let mut lead: Option<TokenOutput> = None;
        for (SwapInput { token, .. }, mac) in fields.inputs.iter().zip(request.macs()) {
            let unknown = Refusal("keyset_unknown");
            let keyset = self.body.keyset(&token.keyset).ok_or(unknown)?;
            let secret = self.secrets.get(&token.keyset).ok_or(unknown)?;
            let output = secret.authenticate(&self.id, &token.keyset, &token.nonce, binding, mac);
            lead.get_or_insert(output.map_err(|_| Refusal("token_invalid"))?);
            let sum = value.plus(keyset.denomination());
            value = sum.ok_or(Refusal("unbalanced"))?;
        }
        let lead = lead.unwrap();
        let spent: Vec<_> = fields
            .inputs
            .iter()
            .map(|input| self.ledger.spent.get(&input.token.nullifier))
            .collect();
        let is_same = |spent: &Option<&Spent>| spent.is_some_and(|s| s.binding == *binding);
        if spent.iter().all(is_same) {
            let sealed = self.ledger.answers.get(binding);
            let sealed = sealed.ok_or(Refusal("answer_expired"))?;
            let packed = PackedAnswer::parse(&answer::open(&lead, binding, sealed).unwrap());
            assert!(matches!(packed, Some(PackedAnswer::Swap)));
            return self.swap_answer(&request);
        }
        refuse(spent.iter().any(Option::is_some), "token_spent", ())?;
        for SwapInput { token, blind } in &fields.inputs {
            let keyset = self.body.keyset(&token.keyset).unwrap();
            refuse(!keyset.is_claimable(self.now), "keyset_expired", ())?;
            let element = blind.as_ref().map(|blind| {
                blind
                    .element(&self.id, &token.keyset, &token.nonce)
                    .unwrap()
            });
            let unknown = element.is_some_and(|e| !self.ledger.issued.contains_key(e.bytes()));
            refuse(unknown, "evidence_unknown", ())?;
        }
        let outputs = fields.groups.concat();
        let worth = Micro::sum(self.worth_of(&outputs)?);
        refuse(worth != Some(value), "unbalanced", ())?;
        self.check_unissued(&outputs, binding)?;
        let body = self.swap_answer(&request)?;
        let sealed = answer::seal(&lead, binding, &PackedAnswer::Swap.to_bytes()).unwrap();
        let spent = Spent {
            keyset: fields.lead().unwrap().keyset,
            lead: fields.lead().unwrap().nullifier,
            binding: *binding,
            operation: "swap",
        };
        for input in &fields.inputs {
            let spent = Spent {
                keyset: input.token.keyset,
                ..spent
            };
            self.ledger.spent.insert(input.token.nullifier, spent);
        }
        self.ledger.answers.insert(*binding, sealed);
        self.record_issued(&outputs, binding);
        Ok(body)
    }

    fn swap_answer(&self, request: &SwapRequest) -> Result<String, Refusal> {
        let groups = request.fields().groups.iter();
        let groups = groups.map(|group| self.evaluate(group, request.binding()));
        let groups = groups.collect::<Result<_, _>>()?;
        Ok(SwapResponse { groups }.to_json())
    }

    /// `POST /v1/answers`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn answer(&self, request: &str) -> Result<String, Refusal> {
        let request = AnswerRequest::parse(request.as_bytes()).map_err(|e| Refusal(e.code()))?;
        let secret = self
            .secrets
            .get(&request.keyset)
            .ok_or(Refusal("keyset_unknown"))?;
        let binding = AnswerRequest::binding(&self.id, &request.keyset, &request.nonce);
        secret
            .authenticate(
                &self.id,
                &request.keyset,
                &request.nonce,
                &binding,
                &request.mac,
            )
            .map_err(|_| Refusal("token_invalid"))?;
        let nullifier = farthing_core::token::nullifier(&self.id, &request.keyset, &request.nonce);
        let spent = self
            .ledger
            .spent
            .get(&nullifier)
            .ok_or(Refusal("answer_unknown"))?;
        let sealed = self
            .ledger
            .answers
            .get(&spent.binding)
            .ok_or(Refusal("answer_expired"))?;
        let response = AnswerResponse {
            operation: spent.operation.to_owned(),
            binding: spent.binding,
            lead: spent.lead,
            answer: sealed.clone(),
        };
        Ok(response.to_json())
    }

    /// `POST /v1/restore`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn restore(&self, request: &str) -> Result<String, Refusal> {
        let request = RestoreRequest::parse(request.as_bytes()).map_err(|e| Refusal(e.code()))?;
        let secret = self.secrets.get(&request.keyset);
        let secret = secret.ok_or(Refusal("keyset_unknown"))?;
        let is_issued = |e: &BlindedElement| self.ledger.issued.contains_key(e.bytes());
        let issued: Vec<bool> = request.elements.iter().map(is_issued).collect();
        let known: Vec<_> = request.elements.iter().filter(|e| is_issued(e)).collect();
        let binding = request.binding(&self.id);
        let evaluate = || secret.evaluate(&request.keyset, &binding, &known).unwrap();
        let evaluation = (!known.is_empty()).then(evaluate);
        Ok(RestoreResponse { issued, evaluation }.to_json())
    }

    /// `POST /v1/orders/find`.
    ///
    /// # Errors
    /// [`Refusal`] with its code.
    pub fn find(&self, request: &str) -> Result<String, Refusal> {
        let request = FindRequest::parse(request.as_bytes()).map_err(|e| Refusal(e.code()))?;
        let binding = FindRequest::binding(&self.id, &request.claim);
        let is_signed = verify_es256(&request.claim, binding.bytes(), &request.signature);
        refuse(!is_signed, "claim_signature", ())?;
        let id = order_id(&self.id, &request.claim);
        let order = self.ledger.orders.get(&id);
        let order = order.ok_or(Refusal("order_unknown"))?;
        let ordered = OrderResponse::parse(order.response.as_bytes()).unwrap();
        let is_settled = order.state == OrderState::Settled;
        let found = FindResponse {
            order: id,
            state: if is_settled { "settled" } else { "quoted" }.to_owned(),
            currency: order.fields.currency,
            value: order.fields.amount,
            unminted: order.unminted,
            pouches: u32::try_from(order.pouches.len()).unwrap(),
            disclosure: ordered.disclosure,
        };
        Ok(found.to_json())
    }

    /// `GET /v1/keysets/{id}/spent/all`.
    #[must_use]
    pub fn spent_list(&self, keyset: &KeysetId) -> String {
        let spent = self.ledger.spent.iter();
        let spent: Vec<Nullifier> = spent
            .filter(|(_, spent)| spent.keyset == *keyset)
            .map(|(nullifier, _)| *nullifier)
            .collect();
        let claims = SpentClaims {
            issuer: self.id.clone(),
            iat: self.now,
            keyset: *keyset,
            prefix: "all".to_owned(),
            hash: list_hash(&spent),
        };
        let head = self.signing.sign_jws(jws::SPENT, &claims.to_json());
        list_json(&head.unwrap(), &spent)
    }

    /// What the issuer earned for publishers so far.
    #[must_use]
    pub const fn earned(&self) -> Micro {
        self.ledger.earned
    }

    /// How many tokens were spent and issued so far.
    #[must_use]
    pub fn spent_and_issued(&self) -> (usize, usize) {
        (self.ledger.spent.len(), self.ledger.issued.len())
    }

    fn check_offer(&self, text: &str) -> Result<Offer, Refusal> {
        let offer = UnverifiedOffer::parse(text).map_err(|_| Refusal("offer_invalid"))?;
        let publisher = offer.claimed_publisher().map_err(|e| Refusal(e.code()))?;
        let keys = self
            .publishers
            .get(&publisher)
            .ok_or(Refusal("publisher_unknown"))?;
        let offer = offer
            .verify(&publisher, keys)
            .map_err(|e| Refusal(e.code()))?;
        offer.check_time(self.now).map_err(|e| Refusal(e.code()))?;
        Ok(offer)
    }

    fn worth_of(&self, outputs: &[Output]) -> Result<Vec<Micro>, Refusal> {
        let worth = |output: &Output| {
            let keyset = self.body.keyset(&output.keyset);
            let keyset = keyset.filter(|keyset| keyset.is_mintable(self.now));
            keyset
                .map(Keyset::denomination)
                .ok_or(Refusal("keyset_not_mintable"))
        };
        outputs.iter().map(worth).collect()
    }

    fn check_unissued(&self, outputs: &[Output], binding: &Binding) -> Result<(), Refusal> {
        let issued = |output: &Output| self.ledger.issued.get(output.blinded.bytes());
        let reused = outputs
            .iter()
            .any(|o| issued(o).is_some_and(|known| known != binding));
        refuse(reused, "element_reused", ())
    }

    fn record_issued(&mut self, outputs: &[Output], binding: &Binding) {
        for output in outputs {
            self.ledger.issued.insert(*output.blinded.bytes(), *binding);
        }
    }

    fn evaluate(&self, outputs: &[Output], binding: &Binding) -> Result<Vec<Evaluation>, Refusal> {
        let evaluate = |(keyset, group): (_, Vec<&Output>)| {
            let secret = self.secrets.get(&keyset).ok_or(Refusal("keyset_unknown"))?;
            let elements: Vec<_> = group.iter().map(|output| &output.blinded).collect();
            secret
                .evaluate(&keyset, binding, &elements)
                .ok_or(Refusal("internal"))
        };
        group_by_keyset(outputs).into_iter().map(evaluate).collect()
    }
}
