//! The keys and the manifest that are in force together.

use crate::keys::{Keys, Mint, Signer};
use farthing_core::id::{Binding, KeysetId};
use farthing_core::jwk::Kid;
use farthing_core::manifest::{Body, Rights};
use farthing_core::origin::PublisherId;
use farthing_core::promo::PromoBody;
use farthing_core::request::{Evaluation, Output};
use farthing_core::time::Timestamp;
use std::sync::Arc;

/// Keys and the manifest body that belong together. A request takes them once and keeps to them: what is renewed while
/// it is worked on is for the next one.
#[derive(Debug)]
pub struct InForce {
    keys: Arc<Keys>,
    body: Body,
    lacking: Lacking,
    promos: Vec<PromoBody>,
}

/// Keys of the newest manifest that are not in this replica's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    keysets: Vec<KeysetId>,
    sealing: Vec<Kid>,
    signing: Vec<Kid>,
    /// Whether readers or publishers use one of them already.
    urgent: bool,
}

impl Lacking {
    pub(crate) fn of(body: &Body, keys: &Keys, now: Timestamp) -> Self {
        let rights = body.rights.iter().flat_map(Rights::keysets);
        let keysets = body.keysets.iter().chain(rights).filter(|keyset| {
            now < keyset.dates().redeem_until() && keys.mint(keyset.id()).is_none()
        });
        let urgent = keysets.clone().any(|keyset| keyset.is_redeemable(now));
        let sealing = body
            .sealing_keys
            .iter()
            .filter(|key| now < key.open_until() && keys.sealer(&key.kid()).is_none());
        let kids = keys.signers().iter().map(|signer| signer.jwk().kid());
        let kids: Vec<Kid> = kids.collect();
        let signing = body.signing_keys.iter().map(|jwk| jwk.kid());
        let sealing: Vec<Kid> = sealing.map(|key| key.kid()).collect();
        let signs = keys.signer(&body.signing_keys, now).is_some();
        Self {
            keysets: keysets.map(|keyset| *keyset.id()).collect(),
            // Publishers seal to a key as soon as they see it.
            urgent: urgent || !sealing.is_empty() || !signs,
            sealing,
            signing: signing.filter(|kid| !kids.contains(kid)).collect(),
        }
    }

    /// Whether every key is here.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many are not.
    #[must_use]
    pub const fn count(&self) -> usize {
        let count = self.keysets.len().saturating_add(self.sealing.len());
        count.saturating_add(self.signing.len())
    }
}

impl InForce {
    pub(crate) const fn new(keys: Arc<Keys>, body: Body, lacking: Lacking) -> Self {
        Self {
            keys,
            body,
            lacking,
            promos: Vec::new(),
        }
    }

    pub(crate) fn with_promos(self, promos: Vec<PromoBody>) -> Self {
        Self { promos, ..self }
    }

    /// What a publisher gives away, as it was published.
    #[must_use]
    pub fn promo(&self, publisher: &PublisherId) -> Option<&PromoBody> {
        let mut promos = self.promos.iter();
        promos.find(|promo| promo.publisher == *publisher)
    }

    /// Whose starter tokens a keyset makes; `None` for money, and for a keyset that is not ours.
    #[must_use]
    pub fn promo_of(&self, id: &KeysetId) -> Option<&PublisherId> {
        self.mint(id).and_then(Mint::promo)
    }

    /// Keys of the newest manifest that are not here.
    #[must_use]
    pub const fn lacking(&self) -> &Lacking {
        &self.lacking
    }

    /// Whether a key is not here that others use already: another replica can do what this one cannot.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        self.lacking.urgent
    }

    /// Whether the manifest lists one of these keysets, and its key is not here.
    pub(crate) fn lacks_one<'a>(&self, ids: impl IntoIterator<Item = &'a KeysetId>) -> bool {
        let is_promos = |id| self.promos.iter().any(|promo| promo.keyset(id).is_some());
        ids.into_iter().any(|id| {
            self.lacking.keysets.contains(id) || (is_promos(id) && self.mint(id).is_none())
        })
    }

    /// Whether the manifest lists that sealing key, and it is not here.
    pub(crate) fn lacks_sealing(&self, kid: &Kid) -> bool {
        self.lacking.sealing.contains(kid)
    }

    /// Whether coins of that keyset are made then: readers have been shown it, and its time has come.
    #[must_use]
    pub fn is_mintable(&self, id: &KeysetId, now: Timestamp) -> bool {
        let of_promo = || self.promos.iter().find_map(|promo| promo.keyset(id));
        let shown = self.body.keyset(id).or_else(of_promo);
        shown.is_some_and(|keyset| keyset.is_mintable(now)) && !self.keys.is_replaced(id)
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

    /// The key that signs then.
    #[must_use]
    pub fn signer(&self, now: Timestamp) -> Option<&Signer> {
        self.keys.signer(&self.body.signing_keys, now)
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
