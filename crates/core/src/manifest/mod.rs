//! Keyset manifests: numbered signed heads over immutable bodies, and the walk along them (spec section 5).

mod body;
mod head;
mod mix;
mod walk;

pub(crate) use body::is_mix_name;
pub use body::{Body, CurrencyTerms, SealingKey, Terms};
pub use head::Head;
pub use mix::{Mix, canonical_split};
pub use walk::{Manifest, Pin, Trust, WalkError, walk};
