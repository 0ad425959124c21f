//! Swapping: tokens renewed, divided anew, handed to a pocket, or brought out of a frozen keyset.

use super::ask::{ask, check_proofs, receive, show};
use super::load::keysets_for;
use super::{Counters, FreshToken, Seed, WalletError};
use crate::gather::gather;
use crate::keyset::Keyset;
use crate::manifest::{Body, canonical_split};
use crate::money::{Currency, Micro};
use crate::order::sort_by;
use crate::request::{
    Evaluation, Input, MAX_ITEMS, Output, SwapFields, SwapInput, SwapRequest, SwapResponse,
};
use crate::time::Timestamp;
use crate::token::Token;
use alloc::vec::Vec;

/// A token to be swapped.
#[derive(Clone, Copy, Debug)]
pub struct SwapCoin<'a> {
    /// The token.
    pub token: &'a Token,
    /// Its keyset: of the manifest, or for one that the manifest no longer lists as `GET /v1/keysets/{id}` gives it.
    pub keyset: &'a Keyset,
    /// On which branch its secrets grew (R35).
    pub branch: u32,
    /// From which counter of that branch.
    pub counter: u32,
    /// Whether to show its issuance. Needed if its keyset is frozen; the issuer then knows the draw that it came from.
    pub shown: bool,
}

/// What is swapped, and for what.
#[derive(Clone, Copy, Debug)]
pub struct SwapPlan<'a> {
    /// The currency of all tokens and elements.
    pub currency: Currency,
    /// All of them are spent.
    pub coins: &'a [SwapCoin<'a>],
    /// Elements that others made, such as a pocket's: a group each. What they are not worth of the coins comes back in a
    /// group of one's own, the last.
    pub given: &'a [Vec<Output>],
}

/// Asks for elements worth an amount, moving the counters on: what a pocket sends to the purse that fills it.
///
/// # Errors
/// [`WalletError::KeysetNotMintable`] if the issuer makes no coins for the amount now, [`WalletError::Exhausted`].
pub fn elements_for(
    manifest: &Body,
    seed: &Seed,
    currency: Currency,
    amount: Micro,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<Vec<Output>, WalletError> {
    let denominations = manifest.mintable_denominations(currency, now);
    let coins = canonical_split(amount, &denominations).ok_or(WalletError::KeysetNotMintable)?;
    let keysets = keysets_for(manifest, currency, &coins, now)?;
    ask(seed, &manifest.issuer, &keysets, counters)
}

/// What elements would be worth if the issuer evaluated them now.
///
/// # Errors
/// [`WalletError::KeysetNotMintable`] if it would not, for one of them, or not in this currency.
pub fn worth_of<'a>(
    manifest: &Body,
    currency: Currency,
    outputs: impl IntoIterator<Item = &'a Output>,
    now: Timestamp,
) -> Result<Micro, WalletError> {
    let mut sum = Micro::ZERO;
    for output in outputs {
        let keyset = manifest.keyset(&output.keyset);
        let keyset = keyset.filter(|k| k.currency() == currency && k.is_mintable(now));
        let worth = keyset.map(Keyset::denomination);
        let more = worth.and_then(|worth| sum.plus(worth));
        sum = more.ok_or(WalletError::KeysetNotMintable)?;
    }
    Ok(sum)
}

/// Makes a swap, moving the counters on for what comes back.
///
/// # Errors
/// [`WalletError::InsufficientFunds`] if the coins do not reach for what is given, [`WalletError::KeysetNotMintable`] if the
/// issuer makes no such coins now, [`WalletError::Unsupported`] for another currency or keyset, and for more than 64 coins or elements.
pub fn swap(
    manifest: &Body,
    seed: &Seed,
    plan: &SwapPlan<'_>,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<SwapRequest, WalletError> {
    let issuer = &manifest.issuer;
    let mut left = Some(Micro::ZERO);
    let mut inputs = Vec::with_capacity(plan.coins.len());
    for coin in plan.coins {
        let (token, keyset) = (coin.token, coin.keyset);
        if token.keyset() != keyset.id() || keyset.currency() != plan.currency {
            return Err(WalletError::Unsupported);
        }
        left = left.and_then(|left| left.plus(keyset.denomination()));
        let blind = if coin.shown {
            let grown = seed.on_branch(coin.branch);
            Some(show(&grown, issuer, token, coin.counter)?)
        } else {
            None
        };
        let named = Input::new(issuer, *token.keyset(), *token.nonce());
        let input = SwapInput {
            token: named,
            blind,
        };
        inputs.push((input, token));
    }
    let given = worth_of(manifest, plan.currency, plan.given.iter().flatten(), now)?;
    let left = left.and_then(|left| left.minus(given));
    let left = left.filter(|_| !inputs.is_empty());
    let left = left.ok_or(WalletError::InsufficientFunds)?;
    let mut groups = plan.given.to_vec();
    if left > Micro::ZERO {
        groups.push(elements_for(
            manifest,
            seed,
            plan.currency,
            left,
            counters,
            now,
        )?);
    }
    let asked = groups
        .iter()
        .fold(0, |sum: usize, group| sum.saturating_add(group.len()));
    if asked > MAX_ITEMS || inputs.len() > MAX_ITEMS {
        return Err(WalletError::Unsupported);
    }
    sort_by(&mut inputs, |(a, _), (b, _)| {
        a.token.nullifier < b.token.nullifier
    });
    let fields = SwapFields {
        manifest: manifest.n,
        inputs: gather(inputs.iter().map(|(input, _)| input.clone())),
        groups,
    };
    let request = SwapRequest::new(fields, issuer, |input, binding| {
        let (_, token) = inputs.iter().find(|(known, _)| known.token == *input)?;
        Some(token.output().mac(binding))
    });
    request.map_err(|_| WalletError::InsufficientFunds)
}

/// Makes the tokens of one group from the issuer's answer. `before` are the counters of the seed that made the group's
/// elements, from before it made them: the pocket finishes its group, the purse its own.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] or [`WalletError::ProofInvalid`]; then the same request is to be sent again.
pub fn finish_swap(
    manifest: &Body,
    seed: &Seed,
    request: &SwapRequest,
    group: usize,
    before: &Counters,
    response: &SwapResponse,
) -> Result<Vec<FreshToken>, WalletError> {
    let groups = &request.fields().groups;
    match (groups.get(group), response.groups.get(group)) {
        (Some(outputs), Some(evaluations)) if response.groups.len() == groups.len() => {
            receive(seed, manifest, outputs, before, evaluations)
        }
        _ => Err(WalletError::AnswerInvalid),
    }
}

/// Makes the tokens of elements that somebody else's swap had evaluated. `before` are the counters from before the elements
/// were made.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] or [`WalletError::ProofInvalid`]: then the other is to be asked again.
pub fn finish_elements(
    manifest: &Body,
    seed: &Seed,
    outputs: &[Output],
    before: &Counters,
    evaluations: &[Evaluation],
) -> Result<Vec<FreshToken>, WalletError> {
    receive(seed, manifest, outputs, before, evaluations)
}

/// Checks the proofs over a group that is another's, before it is handed on.
///
/// # Errors
/// As [`finish_swap`].
pub fn check_group<'a>(
    manifest: &Body,
    request: &SwapRequest,
    group: usize,
    response: &'a SwapResponse,
) -> Result<&'a [Evaluation], WalletError> {
    let groups = &request.fields().groups;
    match (groups.get(group), response.groups.get(group)) {
        (Some(outputs), Some(evaluations)) if response.groups.len() == groups.len() => {
            check_proofs(manifest, outputs, evaluations)?;
            Ok(evaluations)
        }
        _ => Err(WalletError::AnswerInvalid),
    }
}
