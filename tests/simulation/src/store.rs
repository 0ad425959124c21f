//! What is tried: a ledger on a disk that can lose its power.

use crate::ask::{Ask, Reply};
use core::pin::Pin;
use farthing_ledger::{ArchiveRoot, AuditReport, Frozen, Publisher, StoredManifest};

/// An answer under way. Asked in some order, requests are worked on in that order.
pub type Replying<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// All that two ledgers must agree on: the books with their chains, and what stands beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Both chains and every invariant.
    pub report: AuditReport,
    /// All publishers.
    pub publishers: Vec<Publisher>,
    /// All manifests.
    pub manifests: Vec<StoredManifest>,
    /// What is frozen, since when and why.
    pub frozen: Vec<Frozen>,
    /// The nullifiers whose answers are gone.
    pub archive: Vec<ArchiveRoot>,
}

/// A ledger with the disk below it.
pub trait Store {
    /// Asks the ledger.
    fn ask(&self, ask: Ask) -> Replying<'_>;
    /// Recomputes everything.
    fn marks(&self) -> Marks;
    /// Ends it in order and starts it again.
    fn restart(&mut self);
    /// Remembers what is on the disk now: in the next step the power will fail.
    fn brace(&mut self);
    /// The power failed since [`Store::brace`], and is back.
    fn fail(&mut self, kept: u8, tear: u32);
}
