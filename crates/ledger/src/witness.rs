//! A record kept outside of the ledger: what each commit changed, enough to do it again.
//!
//! An [`Observer`] hears of a group twice: inside its transaction, when nothing is left but the commit, and after it. So
//! a record is complete, but may hold groups that never were committed. Those can be told: each group says where the
//! journals stood before and after, and what was committed began where the last committed one ended ([`follow`]). The last
//! group of a record cannot be told. Doing it is harmless: nothing came after it that it could
//! be in the way of, and nobody was answered, or everybody it concerns was.

use crate::{
    AppendManifestError, ChainHead, CreateOrderError, DeclineError, DrawError, Effect,
    EndKeysetError, GrantPromoError, Heads, KeyDestroyedError, Ledger, PutPublisherError,
    RebindError, RedeemError, RefundError, SettleError, Standing, StoreError, SwapError,
};
use core::fmt;
use farthing_core::bytes::{Reader, Transcript};
use std::collections::HashMap;
use thiserror::Error;

/// Hears of everything that this process changes in a ledger, on the thread that writes it.
pub trait Observer: Send {
    /// The group is about to be committed. Whatever must be kept of it is kept when this returns.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be kept: the group is rolled back, and its callers are told so.
    fn committing(&mut self, group: &Group) -> Result<(), StoreError>;

    /// The group was committed; nobody has been answered yet.
    fn committed(&mut self, standing: &Standing);
}

/// What one transaction changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    /// Where the journals stood before it.
    pub before: Heads,
    /// And after it.
    pub after: Heads,
    /// What it changed, in order.
    pub effects: Vec<Effect>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("before", &self.before)
            .field("after", &self.after)
            .field("effects", &self.effects.len())
            .finish()
    }
}

fn heads(to: Transcript, heads: &Heads) -> Transcript {
    to.be64(heads.funding.seq)
        .fixed(&heads.funding.head)
        .be64(heads.usage.seq)
        .fixed(&heads.usage.head)
}

fn read_heads(reader: &mut Reader<'_>) -> Option<Heads> {
    let mut head = || {
        Some(ChainHead {
            seq: reader.be64()?,
            head: reader.array()?,
        })
    };
    Some(Heads {
        funding: head()?,
        usage: head()?,
    })
}

impl Group {
    /// The bytes of a record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let start = heads(heads(Transcript::new(""), &self.before), &self.after);
        let start = start.count(self.effects.len());
        let add = |to: Transcript, effect: &Effect| to.lp(&effect.to_bytes());
        self.effects.iter().fold(start, add).bytes()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (before, after) = (read_heads(&mut reader)?, read_heads(&mut reader)?);
        let count = reader.be32()?;
        let mut effects = Vec::new();
        for _ in 0..count {
            effects.push(Effect::parse(reader.lp()?)?);
        }
        reader.end()?;
        Some(Self {
            before,
            after,
            effects,
        })
    }

    /// Only where the journals stood before and after, which stand first in a record.
    #[must_use]
    pub fn parse_step(bytes: &[u8]) -> Option<Step> {
        let mut reader = Reader::new(bytes);
        Some(Step {
            before: read_heads(&mut reader)?,
            after: read_heads(&mut reader)?,
        })
    }
}

/// From where to where a group moved the journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Before it.
    pub before: Heads,
    /// After it.
    pub after: Heads,
}

/// What a record has for a ledger that stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// Later groups begin where neither the ledger nor what follows it in the record ends: something between is lost.
    Gap,
    /// The places of the groups that follow, in order; none if the ledger is where the record ends.
    Groups(Vec<usize>),
}

const fn length(heads: &Heads) -> u64 {
    heads.funding.seq.saturating_add(heads.usage.seq)
}

/// The groups that were committed after a ledger stood there, out of these, in the order in which they were recorded.
///
/// Of groups that begin at one place only the last can have been committed: had an earlier one been, nothing could begin
/// there any more. Where two processes recorded at a time, each in files of its own, and the order is not known, the one
/// counts from whose end another goes on. Groups that moved no journal begin and end at one place, and all count.
#[must_use]
pub fn follow(steps: &[Step], here: &Heads) -> Path {
    let key = |heads: &Heads| {
        (
            heads.funding.seq,
            heads.funding.head,
            heads.usage.seq,
            heads.usage.head,
        )
    };
    let mut moving: HashMap<_, Vec<usize>> = HashMap::new();
    let mut standing: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        let of = if step.before == step.after {
            &mut standing
        } else {
            &mut moving
        };
        of.entry(key(&step.before)).or_default().push(index);
    }
    let mut at = *here;
    let mut groups = Vec::new();
    loop {
        groups.extend(standing.remove(&key(&at)).unwrap_or_default());
        let candidates = moving.remove(&key(&at)).unwrap_or_default();
        let after = |index: &usize| steps.get(*index).map(|step| step.after);
        let goes_on =
            |index: &&usize| after(index).is_some_and(|to| moving.contains_key(&key(&to)));
        let chosen = candidates.iter().rev().find(goes_on).or(candidates.last());
        let Some((index, to)) = chosen.and_then(|index| Some((*index, after(index)?))) else {
            break;
        };
        groups.push(index);
        at = to;
    }
    let beyond = |step: &Step| step.before != step.after && length(&step.before) >= length(&at);
    if steps.iter().any(|step| beyond(step) && step.before != at) {
        return Path::Gap;
    }
    Path::Groups(groups)
}

/// Why a group could not be done again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// The ledger refused what it once did: the record is not of this ledger.
    #[error("the ledger refused what was recorded: {0}")]
    Refused(String),
    /// It did everything and does not stand where it stood then.
    #[error("after the record's group the journals stand elsewhere than then")]
    Elsewhere,
    /// The store failed. Replaying again goes on from where it stands.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does a group again, by the ledger's own methods.
///
/// # Errors
///
/// [`ReplayError`].
pub async fn replay<L: Ledger>(ledger: &L, group: Group) -> Result<(), ReplayError> {
    for effect in group.effects {
        apply(ledger, effect).await?;
    }
    if ledger.standing().await?.heads == group.after {
        Ok(())
    } else {
        Err(ReplayError::Elsewhere)
    }
}

async fn apply<L: Ledger>(ledger: &L, effect: Effect) -> Result<(), ReplayError> {
    match effect {
        Effect::Decline(id, now) => match ledger.decline_order(id, now).await {
            Ok(_) => Ok(()),
            Err(DeclineError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Draw(draw) => match ledger.draw(draw).await {
            Ok(_) => Ok(()),
            Err(DrawError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::EndKeyset(end) => match ledger.end_keyset(end).await {
            Ok(_) => Ok(()),
            Err(EndKeysetError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Freeze(freezes) => {
            for freeze in freezes {
                ledger.freeze(freeze).await?;
            }
            Ok(())
        }
        Effect::KeyDestroyed(keyset) => match ledger.key_destroyed(keyset).await {
            Ok(_) => Ok(()),
            Err(KeyDestroyedError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Manifest(manifest) => match ledger.append_manifest(manifest).await {
            // It is there: whoever restored put it back from where readers have it.
            Ok(()) | Err(AppendManifestError::NotNext { .. }) => Ok(()),
            Err(AppendManifestError::Store(error)) => Err(error.into()),
        },
        Effect::Order(order, now) => match ledger.create_order(order, now).await {
            Ok(_) => Ok(()),
            Err(CreateOrderError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Promo(grant) => match ledger.grant_promo(grant).await {
            Ok(_) => Ok(()),
            Err(GrantPromoError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::PromoManifest(of, manifest) => {
            match ledger.append_promo_manifest(of, manifest).await {
                // As with the issuer's own.
                Ok(()) | Err(AppendManifestError::NotNext { .. }) => Ok(()),
                Err(AppendManifestError::Store(error)) => Err(error.into()),
            }
        }
        Effect::Publisher(publisher) => match ledger.put_publisher(publisher).await {
            Ok(()) => Ok(()),
            Err(PutPublisherError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Rebind(rebind) => match ledger.rebind(rebind).await {
            Ok(_) => Ok(()),
            Err(RebindError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Redeem(redemption) => match ledger.redeem(redemption).await {
            Ok(_) => Ok(()),
            Err(RedeemError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Refund(refund) => match ledger.refund(refund).await {
            Ok(_) => Ok(()),
            Err(RefundError::Spend(SwapError::Store(error))) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Settle(settlement) => match ledger.settle_order(settlement).await {
            Ok(_) => Ok(()),
            Err(SettleError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Swap(swap) => match ledger.swap(swap).await {
            Ok(_) => Ok(()),
            Err(SwapError::Store(error)) => Err(error.into()),
            Err(error) => Err(refused(&error)),
        },
        Effect::Thaw(keyset, hour) => ledger
            .thaw(keyset, hour)
            .await
            .map(drop)
            .map_err(Into::into),
    }
}

fn refused(error: &dyn fmt::Display) -> ReplayError {
    ReplayError::Refused(error.to_string())
}
