//! Draws of an order that was found in a restore: its claim key is of another branch than the new tokens.

use crate::argument::Arguments;
use crate::errors::Failure;
use farthing_core::origin::IssuerId;
use farthing_core::request::DrawRequest;
use farthing_core::wallet::{self, Seed};
use wasm_bindgen::prelude::*;

/// The same draw signed by the claim key of that branch; `undefined` is the seed's own.
pub(crate) fn signed(
    issuer: &IssuerId,
    seed: &Seed,
    branch: &JsValue,
    claim_counter: u32,
    draw: DrawRequest,
) -> Result<DrawRequest, Failure> {
    if branch.is_undefined() {
        return Ok(draw);
    }
    let all = Arguments::new();
    let branch = all.small(branch, "claimBranch");
    all.check()?;
    let grown = seed.on_branch(branch);
    Ok(wallet::sign_draw(issuer, &grown, claim_counter, &draw)?)
}
