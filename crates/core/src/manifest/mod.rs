//! Keyset manifests: numbered signed heads over immutable bodies, and the walk along them (spec section 5).

mod body;
mod currency_terms;
mod head;
mod mix;
mod revoked_key;
#[cfg(feature = "undo")]
mod rights;
mod sealing_key;
mod terms;
mod walk;

pub use body::Body;
pub use currency_terms::CurrencyTerms;
pub use head::Head;
pub(crate) use mix::is_mix_name;
pub use mix::{Mix, canonical_split};
pub use revoked_key::RevokedKey;
#[cfg(feature = "undo")]
pub use rights::{RIGHTS, Rights};
pub use sealing_key::SealingKey;
pub use terms::Terms;
pub use walk::{Manifest, Pin, Trust, WalkError, walk};
