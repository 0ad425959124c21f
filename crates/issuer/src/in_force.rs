//! The keys and the manifest that are in force together.

use crate::keys::{Keys, Mint, Signer};
use farthing_core::id::{Binding, KeysetId};
use farthing_core::manifest::Body;
use farthing_core::request::{Evaluation, Output};
use std::sync::Arc;

/// Keys and the manifest body that belong together. A request takes them once and keeps to them: what is renewed while
/// it is worked on is for the next one.
#[derive(Debug)]
pub struct InForce {
    keys: Arc<Keys>,
    body: Body,
}

impl InForce {
    pub(crate) const fn new(keys: Arc<Keys>, body: Body) -> Self {
        Self { keys, body }
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The manifest body.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The key that signs.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.keys.signer()
    }

    /// The keyset of that id with its secret.
    #[must_use]
    pub fn mint(&self, id: &KeysetId) -> Option<&Mint> {
        self.keys.mint(id)
    }

    /// Evaluates outputs: one proof for each keyset, keysets in order of first appearance, elements in order within
    /// (R12). The same outputs under the same binding give the same bytes. `None` for a keyset that is not ours.
    #[must_use]
    pub fn evaluate(&self, binding: &Binding, outputs: &[Output]) -> Option<Vec<Evaluation>> {
        let mut groups: Vec<(KeysetId, Vec<&Output>)> = Vec::new();
        for output in outputs {
            match groups
                .iter_mut()
                .find(|(keyset, _)| *keyset == output.keyset)
            {
                Some((_, group)) => group.push(output),
                None => groups.push((output.keyset, vec![output])),
            }
        }
        let evaluate = |(keyset, group): (KeysetId, Vec<&Output>)| {
            let elements: Vec<_> = group.iter().map(|output| &output.blinded).collect();
            self.mint(&keyset)?.evaluate(binding, &elements).ok()
        };
        groups.into_iter().map(evaluate).collect()
    }
}
