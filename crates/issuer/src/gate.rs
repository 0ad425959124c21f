//! Whether value may be created: not while the ledger may be an older copy of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Open, or closed until the operator has decided. Clones are one gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// A gate that nothing closes unless it is told to.
    #[must_use]
    pub fn opened() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// A gate to be opened when the ledger was compared.
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// Lets value be created from now on.
    pub fn open(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Lets no value be created from now on.
    pub fn close(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether value may be created.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
