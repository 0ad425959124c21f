//! A seed on a branch (R35), as JavaScript has it: 32 bytes, and behind them the number of the branch.

use crate::argument::Arguments;
use crate::errors::Failure;
use farthing_core::wallet::Seed;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

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

/// Seed and branch; `None` for neither 32 nor 36 bytes.
pub(crate) fn given(bytes: &[u8]) -> Option<Seed> {
    let (seed, branch) = bytes.split_first_chunk::<32>()?;
    let seed = Seed::new(*Zeroizing::new(*seed));
    if branch.is_empty() {
        return Some(seed);
    }
    let branch = branch.try_into().ok()?;
    Some(seed.on_branch(u32::from_be_bytes(branch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_32_bytes_and_on_a_branch_36() {
        for length in 0..80 {
            let is_seed = length == 32 || length == 36;
            assert_eq!(given(&vec![7; length]).is_some(), is_seed, "{length}");
        }
    }
}
