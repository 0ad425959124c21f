//! Random bytes from the platform: `crypto.getRandomValues`.

use crate::errors::Failure;
use crate::platform::crypto;
use zeroize::Zeroizing;

/// Fills a buffer of at most 65,536 bytes.
pub(crate) fn fill(to: &mut [u8]) -> Result<(), Failure> {
    let filled = crypto()?.get_random_values_with_u8_array(to);
    match filled {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::refused(
            "internal",
            "the platform gives no random bytes",
        )),
    }
}

/// 32 random bytes.
pub(crate) fn bytes() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    fill(bytes.as_mut())?;
    Ok(bytes)
}
