//! Random bytes from the platform: `crypto.getRandomValues`.

use crate::errors::Failure;
use zeroize::Zeroizing;

/// Fills a buffer.
pub(crate) fn fill(to: &mut [u8]) -> Result<(), Failure> {
    getrandom::fill(to)
        .map_err(|_| Failure::refused("internal", "the platform gives no random bytes"))
}

/// 32 random bytes.
pub(crate) fn bytes() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    fill(bytes.as_mut())?;
    Ok(bytes)
}
