//! A seed on a branch (R35), as JavaScript has it: 32 bytes, and behind them the number of the branch.

use crate::argument::Arguments;
use crate::errors::Failure;
use wasm_bindgen::prelude::*;

/// A seed on another branch, to be used wherever a seed is taken.
///
/// # Errors
/// A `TypeError` if the seed is none.
#[wasm_bindgen(js_name = onBranch)]
pub fn on_branch(
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "number")] branch: &JsValue,
) -> Result<Vec<u8>, Failure> {
    let all = Arguments::new();
    all.seed(seed);
    let branch = all.small(branch, "branch");
    all.check()?;
    let bytes = seed.first_chunk::<32>().into_iter().flatten().copied();
    Ok(bytes.chain(branch.to_be_bytes()).collect())
}

/// The seed's bytes and the branch. What has not 36 bytes is on branch 0, if it is a seed.
pub(crate) fn parts(bytes: &[u8]) -> (&[u8], u32) {
    match bytes.split_first_chunk::<32>() {
        Some((seed, branch)) if branch.len() == 4 => {
            let branch = branch.try_into().unwrap_or_default();
            (seed, u32::from_be_bytes(branch))
        }
        _ => (bytes, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_32_bytes_and_on_a_branch_36() {
        for length in 0..80 {
            let all = Arguments::new();
            all.seed(&vec![7; length]);
            let is_seed = length == 32 || length == 36;
            assert_eq!(all.check().is_ok(), is_seed, "{length}");
        }
        let mut bytes = [7; 36];
        bytes[32..].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(parts(&bytes), ([7; 32].as_slice(), 0x0102_0304));
        assert_eq!(parts(&[7; 32]), ([7; 32].as_slice(), 0));
    }
}
