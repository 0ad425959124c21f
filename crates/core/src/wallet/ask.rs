//! Asking for tokens: blinded elements from counters, tokens from the issuer's evaluations.

use super::{Seed, WalletError};
use crate::id::{KeysetId, Nonce};
use crate::keyset::Keyset;
use crate::manifest::Body;
use crate::money::Micro;
use crate::origin::IssuerId;
use crate::request::{Evaluation, Output};
use crate::token::{Evidence, Token, voprf_input};
use crate::voprf::{Blind, BlindedElement, Pending, ShownBlind, finalize};
use alloc::{sync::Arc, vec::Vec};

/// The next unused counter of each keyset; journalled before the request that uses it is sent (R13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(Vec<(KeysetId, u32)>);

impl Counters {
    /// From stored pairs; of two for one keyset the higher counts, so that no counter is used twice.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (KeysetId, u32)>) -> Self {
        let mut counters = Self::default();
        for (keyset, next) in pairs {
            match counters.0.iter_mut().find(|(known, _)| *known == keyset) {
                Some((_, counter)) => *counter = next.max(*counter),
                None => counters.0.push((keyset, next)),
            }
        }
        counters
    }

    /// The stored pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&KeysetId, u32)> {
        self.0.iter().map(|(keyset, counter)| (keyset, *counter))
    }

    fn next(&mut self, keyset: &KeysetId) -> Option<u32> {
        match self.0.iter_mut().find(|(known, _)| known == keyset) {
            Some((_, counter)) => {
                let this = *counter;
                *counter = counter.checked_add(1)?;
                Some(this)
            }
            None => {
                self.0.push((*keyset, 1));
                Some(0)
            }
        }
    }
}

/// A token that has just been made, with what shows that it was made rightly.
#[derive(Clone, Debug)]
pub struct FreshToken {
    /// The token.
    pub token: Token,
    /// Its worth.
    pub amount: Micro,
    /// Which counter its secrets came from.
    pub counter: u32,
    /// The group that its proof covers.
    pub evidence: Evidence,
}

/// Blinds one element for each keyset named, moving the counters on.
pub(super) fn ask(
    seed: &Seed,
    issuer: &IssuerId,
    keysets: &[&Keyset],
    counters: &mut Counters,
) -> Result<Vec<Output>, WalletError> {
    let mut outputs = Vec::with_capacity(keysets.len());
    for keyset in keysets {
        let keyset = *keyset.id();
        let counter = counters.next(&keyset).ok_or(WalletError::Exhausted)?;
        let secret = Secret::derive(seed, issuer, &keyset, counter)?;
        outputs.push(Output {
            keyset,
            blinded: secret.blinded,
        });
    }
    Ok(outputs)
}

/// What a counter stands for: the secrets of one token, and the element that was made from them.
pub(super) struct Secret {
    counter: u32,
    nonce: Nonce,
    input: Vec<u8>,
    blind: Blind,
    pub(super) blinded: BlindedElement,
}

impl Secret {
    pub(super) fn derive(
        seed: &Seed,
        issuer: &IssuerId,
        keyset: &KeysetId,
        counter: u32,
    ) -> Result<Self, WalletError> {
        let secrets = seed.token(issuer, keyset, counter);
        let (nonce, blind) = secrets.ok_or(WalletError::Exhausted)?;
        let input = voprf_input(issuer, keyset, &nonce);
        let blinded = blind.blind(&input).ok_or(WalletError::Exhausted)?;
        Ok(Self {
            counter,
            nonce,
            input,
            blind,
            blinded,
        })
    }

    /// Fails where the element that was sent is not the one of this seed and counter. No proof shows that: if the journal
    /// is wrong about them, the tokens would be worth nothing and be thought received.
    pub(super) fn of(self, sent: &BlindedElement) -> Result<Self, WalletError> {
        if self.blinded == *sent {
            Ok(self)
        } else {
            Err(WalletError::TokenCorrupt)
        }
    }
}

/// Shows the blind of a token that was made from that counter, as evidence of its issuance.
pub(super) fn show(
    seed: &Seed,
    issuer: &IssuerId,
    token: &Token,
    counter: u32,
) -> Result<ShownBlind, WalletError> {
    let secrets = seed.token(issuer, token.keyset(), counter);
    let (nonce, blind) = secrets.ok_or(WalletError::Exhausted)?;
    // Another token's blind would prove nothing, and tell of that token.
    if nonce != *token.nonce() {
        return Err(WalletError::TokenCorrupt);
    }
    Ok(ShownBlind::of(&blind))
}

/// Checks the proof over a group of one keyset and makes its tokens, from the secrets in the group's order.
pub(super) fn open(
    keyset: &Keyset,
    secrets: Vec<Secret>,
    evaluation: &Evaluation,
) -> Result<Vec<FreshToken>, WalletError> {
    let Evaluation {
        evaluated, proof, ..
    } = evaluation;
    if evaluation.keyset != *keyset.id() || evaluated.len() != secrets.len() {
        return Err(WalletError::AnswerInvalid);
    }
    let mut group = Vec::with_capacity(secrets.len());
    for (secret, evaluated) in secrets.iter().zip(evaluated) {
        group.push((secret.blinded.clone(), evaluated.clone()));
    }
    let mut fresh = Vec::with_capacity(secrets.len());
    let mut pending = Vec::with_capacity(secrets.len());
    for (secret, (blinded, _)) in secrets.into_iter().zip(&group) {
        fresh.push((secret.nonce, secret.counter));
        pending.push(Pending {
            input: secret.input,
            blind: secret.blind,
            blinded,
        });
    }
    let outputs = finalize(keyset.public_key(), &pending, evaluated, proof)?;
    let group = Arc::new(group);
    let mut tokens = Vec::with_capacity(outputs.len());
    for (index, (y, (nonce, counter))) in outputs.into_iter().zip(fresh).enumerate() {
        tokens.push(FreshToken {
            token: Token::new(*keyset.id(), nonce, crate::token::Output::new(y)),
            amount: keyset.denomination(),
            counter,
            evidence: Evidence {
                proof: proof.clone(),
                index,
                group: Arc::clone(&group),
            },
        });
    }
    Ok(tokens)
}

/// Checks every proof and makes the tokens. `before` are the counters from which the elements were made.
pub(super) fn receive(
    seed: &Seed,
    manifest: &Body,
    outputs: &[Output],
    before: &Counters,
    evaluations: &[Evaluation],
) -> Result<Vec<FreshToken>, WalletError> {
    let mut counters = before.clone();
    let mut answered: Vec<KeysetId> = Vec::new();
    let mut tokens = Vec::with_capacity(outputs.len());
    for evaluation in evaluations {
        let id = &evaluation.keyset;
        // One evaluation for each keyset, in the order in which they first appear.
        let mut others = outputs.iter();
        let next = others.find(|output| !answered.contains(&output.keyset));
        if next.is_none_or(|output| output.keyset != *id) {
            return Err(WalletError::AnswerInvalid);
        }
        answered.push(*id);
        let keyset = manifest.keyset(id).ok_or(WalletError::AnswerInvalid)?;
        let mut secrets = Vec::new();
        for output in outputs {
            if output.keyset != *id {
                continue;
            }
            let counter = counters.next(id).ok_or(WalletError::Exhausted)?;
            let secret = Secret::derive(seed, &manifest.issuer, id, counter)?;
            secrets.push(secret.of(&output.blinded)?);
        }
        tokens.extend(open(keyset, secrets, evaluation)?);
    }
    if tokens.len() == outputs.len() {
        Ok(tokens)
    } else {
        Err(WalletError::AnswerInvalid)
    }
}

/// Checks a kept token again from its evidence (R10).
///
/// # Errors
/// [`WalletError::TokenCorrupt`] if seed, token and evidence do not fit together, [`WalletError::ProofInvalid`] if the
/// proof is not by this keyset's key.
pub fn check_again(
    seed: &Seed,
    issuer: &IssuerId,
    keyset: &Keyset,
    counter: u32,
    token: &Token,
    evidence: &Evidence,
) -> Result<(), WalletError> {
    let corrupt = WalletError::TokenCorrupt;
    let secret = Secret::derive(seed, issuer, keyset.id(), counter)?;
    let mine = evidence.group.get(evidence.index).ok_or(corrupt)?;
    let fits =
        secret.nonce == *token.nonce() && token.keyset() == keyset.id() && secret.blinded == mine.0;
    if !fits {
        return Err(corrupt);
    }
    // Only this token's blind is known, but the proof covers the whole group: the others are opened with the same blind
    // and their outputs dropped.
    let mut pending = Vec::with_capacity(evidence.group.len());
    let mut evaluated = Vec::with_capacity(evidence.group.len());
    for (blinded, element) in evidence.group.iter() {
        pending.push(Pending {
            input: secret.input.clone(),
            blind: secret.blind.clone(),
            blinded,
        });
        evaluated.push(element.clone());
    }
    let outputs = finalize(keyset.public_key(), &pending, &evaluated, &evidence.proof)?;
    let y = outputs.into_iter().nth(evidence.index).ok_or(corrupt)?;
    if crate::token::Output::new(y).equals(token.output()) {
        Ok(())
    } else {
        Err(corrupt)
    }
}
