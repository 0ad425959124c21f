//! Asking for tokens: blinded elements from counters, tokens from the issuer's evaluations.

use super::{Seed, WalletError};
use crate::gather::{gather, gather_all};
use crate::id::KeysetId;
use crate::keyset::Keyset;
use crate::manifest::Body;
use crate::money::Micro;
use crate::origin::IssuerId;
use crate::request::{Evaluation, Output};
use crate::token::{Evidence, Token, voprf_input};
use crate::voprf::{BlindedElement, EvaluatedElement, Pending, Proof, finalize};

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
    let blind = |keyset: &&Keyset| {
        let counter = counters.next(keyset.id())?;
        let (nonce, blind) = seed.token(issuer, keyset.id(), counter)?;
        let blinded = blind.blind(&voprf_input(issuer, keyset.id(), &nonce))?;
        Some(Output {
            keyset: *keyset.id(),
            blinded,
        })
    };
    gather_all(keysets.iter().map(blind)).ok_or(WalletError::Exhausted)
}

/// Checks every proof and makes the tokens. `before` are the counters from which the elements were made.
pub(super) fn receive(
    seed: &Seed,
    manifest: &Body,
    outputs: &[Output],
    before: &Counters,
    evaluations: &[Evaluation],
) -> Result<Vec<FreshToken>, WalletError> {
    let groups = crate::request::group_by_keyset(outputs);
    if groups.len() != evaluations.len() {
        return Err(WalletError::AnswerInvalid);
    }
    let mut counters = before.clone();
    let mut tokens = Vec::with_capacity(outputs.len());
    for ((id, group), evaluation) in groups.iter().zip(evaluations) {
        if evaluation.keyset != *id || evaluation.evaluated.len() != group.len() {
            return Err(WalletError::AnswerInvalid);
        }
        let keyset = manifest.keyset(id).ok_or(WalletError::AnswerInvalid)?;
        let elements = gather(group.iter().map(|output| &output.blinded));
        let numbers = gather_all(group.iter().map(|_| counters.next(id)));
        let numbers = numbers.ok_or(WalletError::Exhausted)?;
        let batch = Batch {
            elements: &elements,
            evaluation,
        };
        tokens.extend(batch.open(seed, &manifest.issuer, keyset, &numbers)?);
    }
    Ok(tokens)
}

struct Batch<'a> {
    elements: &'a [&'a BlindedElement],
    evaluation: &'a Evaluation,
}

impl Batch<'_> {
    fn open(
        &self,
        seed: &Seed,
        issuer: &IssuerId,
        keyset: &Keyset,
        counters: &[u32],
    ) -> Result<Vec<FreshToken>, WalletError> {
        let mut nonces = Vec::with_capacity(counters.len());
        let mut pending = Vec::with_capacity(counters.len());
        for (counter, blinded) in counters.iter().zip(self.elements.iter().copied()) {
            let secrets = seed.token(issuer, keyset.id(), *counter);
            let (nonce, blind) = secrets.ok_or(WalletError::Exhausted)?;
            let input = voprf_input(issuer, keyset.id(), &nonce);
            // No proof shows that the element came from this seed and counter. If the journal is wrong about them, the
            // tokens would be worth nothing and the change be thought received.
            if blind.blind(&input).as_ref() != Some(blinded) {
                return Err(WalletError::TokenCorrupt);
            }
            pending.push(Pending {
                input,
                blind,
                blinded,
            });
            nonces.push(nonce);
        }
        let Evaluation {
            evaluated, proof, ..
        } = self.evaluation;
        let outputs = finalize(keyset.public_key(), &pending, evaluated, proof)
            .map_err(|_| WalletError::ProofInvalid)?;
        let pairs = self.elements.iter().zip(evaluated);
        let group =
            gather(pairs.map(|(blinded, evaluated)| ((*blinded).clone(), evaluated.clone())));
        let group = Arc::new(group);
        let evidence = |index| Evidence {
            proof: proof.clone(),
            index,
            group: Arc::clone(&group),
        };
        let made = outputs.into_iter().zip(nonces).zip(counters).enumerate();
        let made = made.map(|(index, ((y, nonce), counter))| FreshToken {
            token: Token::new(*keyset.id(), nonce, crate::token::Output::new(y)),
            amount: keyset.denomination(),
            counter: *counter,
            evidence: evidence(index),
        });
        Ok(gather(made))
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
    let (nonce, blind) = seed.token(issuer, keyset.id(), counter).ok_or(corrupt)?;
    let input = voprf_input(issuer, keyset.id(), &nonce);
    let mine = evidence.group.get(evidence.index).ok_or(corrupt)?;
    let fits = nonce == *token.nonce()
        && token.keyset() == keyset.id()
        && blind.blind(&input).ok_or(corrupt)? == mine.0;
    if !fits {
        return Err(corrupt);
    }
    // Only this token's blind is known, but the proof covers the whole group: the others are opened with the same blind
    // and their outputs dropped.
    let mut pending = Vec::with_capacity(evidence.group.len());
    for (blinded, _) in evidence.group.iter() {
        let (_, blind) = seed.token(issuer, keyset.id(), counter).ok_or(corrupt)?;
        pending.push(Pending {
            input: input.clone(),
            blind,
            blinded,
        });
    }
    let evaluated = gather(
        evidence
            .group
            .iter()
            .map(|(_, evaluated)| evaluated.clone()),
    );
    let outputs = proof_outputs(keyset, &pending, &evaluated, &evidence.proof)?;
    let y = outputs.into_iter().nth(evidence.index).ok_or(corrupt)?;
    if crate::token::Output::new(y).equals(token.output()) {
        Ok(())
    } else {
        Err(corrupt)
    }
}

fn proof_outputs(
    keyset: &Keyset,
    pending: &[Pending<'_>],
    evaluated: &[EvaluatedElement],
    proof: &Proof,
) -> Result<Vec<zeroize::Zeroizing<[u8; 32]>>, WalletError> {
    finalize(keyset.public_key(), pending, evaluated, proof).map_err(|_| WalletError::ProofInvalid)
}
