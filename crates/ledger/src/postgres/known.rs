//! What the database holds of the things that a group of purchases names.

use super::answers::{self, Kept};
use super::broken::Broken;
use super::keysets::{self, Found, Terms};
use super::reserved;
use super::session::Session;
use crate::RecordKey;
use crate::answer_number::AnswerNumber;
use crate::spend::Spend;
use farthing_core::id::{Binding, KeysetId, Nullifier};
use std::collections::{HashMap, HashSet};

/// What is known of tokens, elements, keysets and answers; at first by the database, then also by what the group adds.
#[derive(Default)]
pub(super) struct Known {
    /// The request that spent a token.
    pub(super) spent: HashMap<(KeysetId, Nullifier), Found>,
    pub(super) issued: HashSet<(KeysetId, [u8; 32])>,
    /// By lead.
    pub(super) answers: HashMap<Nullifier, Kept>,
    pub(super) terms: Terms,
    pub(super) reserved: HashMap<RecordKey, Vec<Binding>>,
}

impl Known {
    /// Reads it, tokens last. Each statement sees what was committed before it, and what is there stays there; so a
    /// request that another issuer commits in between is seen by its tokens, which make it a repetition, even where its
    /// outputs were seen already. The other way round they would be reused elements.
    pub(super) async fn read(session: &Session, group: &[&Spend]) -> Result<Self, Broken> {
        let inputs = group.iter().flat_map(|request| request.inputs());
        let outputs = group.iter().flat_map(|request| request.outputs());
        let shown = group.iter().flat_map(|request| request.all_evidence());
        let keysets = group.iter().flat_map(|request| request.uses());
        let terms = Terms::read(session, keysets.map(|(keyset, _)| keyset)).await?;
        let tokens = inputs
            .clone()
            .map(|input| RecordKey::token(&input.nullifier));
        let reserved = reserved::of(session, tokens).await?;
        let issued = keysets::issued(session, outputs.chain(shown)).await?;
        let spent = keysets::spenders(session, inputs).await?;
        // Only answers to repetitions are asked for: a request is repeated if its token was spent under its binding.
        let bindings: HashSet<Binding> = group.iter().map(|request| request.binding()).collect();
        let repeated: HashSet<AnswerNumber> = spent
            .values()
            .filter_map(|found| match found {
                Found::By {
                    answer, binding, ..
                } if bindings.contains(binding) => Some(*answer),
                _ => None,
            })
            .collect();
        let answers = answers::kept(session, repeated).await?;
        Ok(Self {
            spent,
            issued,
            answers,
            terms,
            reserved,
        })
    }
}
