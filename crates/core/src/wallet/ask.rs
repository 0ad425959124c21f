//! Asking for tokens: blinded elements from counters, tokens from the issuer's evaluations.

use super::{Seed, WalletError};
use crate::id::{KeysetId, Nonce};
use crate::keyset::Keyset;
use crate::manifest::Body;
use crate::money::Micro;
use crate::origin::IssuerId;
use crate::request::{Evaluation, Output, group_by_keyset};
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
            nonce,
            input,
            blind,
            blinded,
        })
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

/// Checks every proof and makes the tokens. `before` are the counters from which the elements were made.
pub(super) fn receive(
    seed: &Seed,
    manifest: &Body,
    outputs: &[Output],
    before: &Counters,
    evaluations: &[Evaluation],
) -> Result<Vec<FreshToken>, WalletError> {
    let mut counters = before.clone();
    let keyset = |id: &KeysetId| manifest.keyset(id);
    let next = |id: &KeysetId| counters.next(id);
    receive_as(seed, &manifest.issuer, keyset, next, outputs, evaluations)
}

/// As [`receive`], with keysets from wherever they are known, and whichever counters the elements were made from.
#[inline]
pub(super) fn receive_as<'a>(
    seed: &Seed,
    issuer: &IssuerId,
    keyset: impl Fn(&KeysetId) -> Option<&'a Keyset>,
    mut next_counter: impl FnMut(&KeysetId) -> Option<u32>,
    outputs: &[Output],
    evaluations: &[Evaluation],
) -> Result<Vec<FreshToken>, WalletError> {
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
        let keyset = keyset(id).ok_or(WalletError::AnswerInvalid)?;
        let mut pending = Vec::new();
        let mut fresh = Vec::new();
        for output in outputs {
            if output.keyset != *id {
                continue;
            }
            let counter = next_counter(id).ok_or(WalletError::Exhausted)?;
            let secret = Secret::derive(seed, issuer, id, counter)?;
            // No proof shows that the element came from this seed and counter. If the journal is wrong about them, the
            // tokens would be worth nothing and the change be thought received.
            if secret.blinded != output.blinded {
                return Err(WalletError::TokenCorrupt);
            }
            fresh.push((secret.nonce, counter));
            pending.push(Pending {
                input: secret.input,
                blind: secret.blind,
                blinded: &output.blinded,
            });
        }
        let Evaluation {
            evaluated, proof, ..
        } = evaluation;
        if evaluated.len() != pending.len() {
            return Err(WalletError::AnswerInvalid);
        }
        let outputs = finalize(keyset.public_key(), &pending, evaluated, proof)?;
        let mut group = Vec::with_capacity(pending.len());
        for (pending, evaluated) in pending.iter().zip(evaluated) {
            group.push((pending.blinded.clone(), evaluated.clone()));
        }
        let group = Arc::new(group);
        for (index, (y, (nonce, counter))) in outputs.into_iter().zip(fresh).enumerate() {
            tokens.push(FreshToken {
                token: Token::new(*id, nonce, crate::token::Output::new(y)),
                amount: keyset.denomination(),
                counter,
                evidence: Evidence {
                    proof: proof.clone(),
                    index,
                    group: Arc::clone(&group),
                },
            });
        }
    }
    if tokens.len() == outputs.len() {
        Ok(tokens)
    } else {
        Err(WalletError::AnswerInvalid)
    }
}

/// Checks every proof over elements whose blinds are another's. What is made of them without the blinds is dropped.
pub(super) fn check_proofs(
    manifest: &Body,
    outputs: &[Output],
    evaluations: &[Evaluation],
) -> Result<(), WalletError> {
    let groups = group_by_keyset(outputs);
    if groups.len() != evaluations.len() {
        return Err(WalletError::AnswerInvalid);
    }
    for ((id, outputs), evaluation) in groups.iter().zip(evaluations) {
        let keyset = manifest.keyset(id).filter(|_| evaluation.keyset == *id);
        let keyset = keyset.ok_or(WalletError::AnswerInvalid)?;
        if outputs.len() != evaluation.evaluated.len() {
            return Err(WalletError::AnswerInvalid);
        }
        let blind = Blind::any().ok_or(WalletError::Exhausted)?;
        let mut pending = Vec::with_capacity(outputs.len());
        for output in outputs {
            pending.push(Pending {
                input: Vec::new(),
                blind: blind.clone(),
                blinded: &output.blinded,
            });
        }
        finalize(
            keyset.public_key(),
            &pending,
            &evaluation.evaluated,
            &evaluation.proof,
        )?;
    }
    Ok(())
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
