//! checkpoint: signs what the ledger is now.

use super::{Failure, Wall, block_on, durable};
use crate::clock::Clock;
use crate::config::Config;
use crate::keeper;
use crate::keys::{Keys, Signer};
use crate::restore::Verdict;
use farthing_core::bytes::to_b64u;
use farthing_core::time::Timestamp;
use std::path::Path;

pub(super) fn checkpoint(config: &Path, wall: &Wall) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let keys = Keys::read(&config)?;
    block_on(async {
        let open = durable::open(&config, wall).await?;
        if let Verdict::Undecided(reason) = &open.verdict {
            let word = reason.word();
            return Err(
                format!("the ledger is undecided ({word}): farthing-issuer restore show").into(),
            );
        }
        let now = open.clock.now();
        let made = keeper::make_checkpoint(
            &open.ledger,
            &config,
            checkpoint_signer(&keys, now),
            now,
            None,
        )
        .await?;
        println!("checkpoint: {}", made.n);
        println!("hash: {}", to_b64u(&made.head_hash));
        for (journal, at) in [("funding", made.heads.funding), ("use", made.heads.usage)] {
            println!("{journal}: {} {}", at.seq, to_b64u(&at.head));
        }
        Ok(())
    })?
}

/// The key that signs checkpoints now: it need not have been shown to readers, who see none of them.
pub(super) fn checkpoint_signer(keys: &Keys, now: Timestamp) -> Option<&Signer> {
    let own: Vec<_> = keys.signers().iter().map(|signer| *signer.jwk()).collect();
    keys.signer(&own, now)
}
