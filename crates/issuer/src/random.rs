//! Randomness as an argument: the operating system is asked in one place of this crate.

use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

/// No randomness could be had. Whatever needed it must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the system gives no randomness")]
pub struct RandomError;

/// Gives unpredictable bytes.
pub trait Random: Send + Sync + fmt::Debug + 'static {
    /// Fills the bytes.
    ///
    /// # Errors
    /// [`RandomError`]; the bytes are then of no use.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}

/// `N` fresh bytes that are erased when dropped.
///
/// # Errors
/// [`RandomError`].
pub fn secret<const N: usize>(random: &dyn Random) -> Result<Zeroizing<[u8; N]>, RandomError> {
    let mut bytes = Zeroizing::new([0; N]);
    random.fill(bytes.as_mut())?;
    Ok(bytes)
}
