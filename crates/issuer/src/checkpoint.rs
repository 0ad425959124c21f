//! Checkpoints: what the ledger was at one moment, signed (spec section 12).

use crate::keys::Signer;
use farthing_core::bytes::sha256;
use farthing_core::id::KeysetId;
use farthing_core::json::{Array, Malformed, Writer};
use farthing_core::jwk::PublicJwk;
use farthing_core::jws::{CHECKPOINT, JwsError, Unverified};
use farthing_core::money::Currency;
use farthing_core::origin::IssuerId;
use farthing_core::time::Timestamp;
use farthing_ledger::{
    AppendCheckpointError, ChainHead, Checkpoint, Heads, KeysetCounts, Ledger, Snapshot, StoreError,
};
use thiserror::Error;

/// How often other issuers may be first.
const ATTEMPTS: u32 = 8;

/// What an operator decided about a ledger that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// `accept` or `replay`.
    pub kind: &'static str,
    /// Where the ledger stood before it was lost, as far as is known.
    pub lost: Option<Heads>,
    /// The amount that the operator repeated.
    pub at_risk: String,
}

/// Why there is no checkpoint.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// Others were first each time.
    #[error("other issuers make checkpoints all the time")]
    Contended,
    /// The checkpoint was not signed.
    #[error("no key signs")]
    Unsigned,
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn journal(at: ChainHead) -> Writer {
    Writer::new().integer("seq", at.seq).b64u("head", &at.head)
}

fn body(snapshot: &Snapshot, outside: bool, decision: Option<&Decision>) -> String {
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let keysets = Array::new().objects(&snapshot.keysets, |keyset| {
        Writer::new()
            .b64u("id", keyset.keyset.bytes())
            .text("currency", keyset.currency.as_str())
            .integer("denomination", count(keyset.denomination))
            .integer("issued", count(keyset.issued))
            .integer("spent", count(keyset.spent))
    });
    let balances = Array::new().objects(&snapshot.balances, |balance| {
        Writer::new()
            .text("book", balance.book)
            .text("currency", balance.currency.as_str())
            .text("account", &balance.account)
            .text("amount", &balance.amount.to_string())
    });
    let archives = Array::new().objects(&snapshot.archives, |archive| {
        Writer::new()
            .b64u("keyset", archive.keyset.bytes())
            .integer("count", archive.count)
            .b64u("root", &archive.root)
    });
    let body = Writer::new()
        .array("keysets", keysets)
        .array("balances", balances)
        .array("archives", archives)
        .boolean("outside", outside);
    let Some(decision) = decision else {
        return body.finish();
    };
    let restore = Writer::new()
        .text("kind", decision.kind)
        .text("at_risk", &decision.at_risk);
    let restore = match decision.lost {
        Some(Heads { funding, usage }) => restore
            .object("funding", journal(funding))
            .object("use", journal(usage)),
        None => restore,
    };
    body.object("restore", restore).finish()
}

fn sign(
    issuer: &IssuerId,
    signer: &Signer,
    now: Timestamp,
    snapshot: &Snapshot,
    body: String,
) -> Option<Checkpoint> {
    let newest = snapshot.newest.as_ref();
    let n = newest.map_or(0, |newest| newest.n).saturating_add(1);
    let previous = newest.map_or([0; 32], |newest| newest.head_hash);
    let heads = snapshot.standing.heads;
    let body = body.into_bytes();
    let body_hash = sha256(&body);
    let payload = Writer::new()
        .text("iss", issuer.as_str())
        .integer("n", n)
        .b64u("prev", &previous)
        .integer("iat", now.get())
        .object("funding", journal(heads.funding))
        .object("use", journal(heads.usage))
        .b64u("body", &body_hash);
    let head = signer.sign(CHECKPOINT, &payload.finish())?;
    let head_hash = Unverified::parse(&head, CHECKPOINT).ok()?.hash();
    Some(Checkpoint {
        n,
        heads,
        head,
        head_hash,
        body,
        body_hash,
    })
}

/// Makes a checkpoint of one moment of the ledger and keeps it there. `outside`: whether one is kept elsewhere too.
///
/// # Errors
/// [`CheckpointError`].
pub async fn make<L: Ledger>(
    ledger: &L,
    issuer: &IssuerId,
    signer: Option<&Signer>,
    now: Timestamp,
    outside: bool,
    decision: Option<&Decision>,
) -> Result<Checkpoint, CheckpointError> {
    for _ in 0..ATTEMPTS {
        let snapshot = ledger.snapshot().await?;
        let body = body(&snapshot, outside, decision);
        let signed = signer.and_then(|signer| sign(issuer, signer, now, &snapshot, body));
        let checkpoint = signed.ok_or(CheckpointError::Unsigned)?;
        match ledger.append_checkpoint(checkpoint.clone()).await {
            Ok(()) => return Ok(checkpoint),
            Err(AppendCheckpointError::NotNext { .. }) => {}
            Err(AppendCheckpointError::Store(error)) => return Err(error.into()),
        }
    }
    Err(CheckpointError::Contended)
}

/// What a checkpoint's head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number.
    pub n: u64,
    /// The hash of the one before it.
    pub previous: [u8; 32],
    /// Ledger time when it was made.
    pub iat: Timestamp,
    /// Where the journals stood.
    pub heads: Heads,
    body: [u8; 32],
    issuer: String,
}

/// Reads a head, signed by one of these keys.
///
/// # Errors
/// [`JwsError`].
pub fn read(head: &str, keys: &[PublicJwk]) -> Result<Said, JwsError> {
    let payload = Unverified::parse(head, CHECKPOINT)?.verify_with_any(keys)?;
    let at = |object: &mut farthing_core::json::Object| {
        Some(ChainHead {
            seq: object.integer("seq"),
            head: object.bytes("head"),
        })
    };
    let said = payload.read(|payload| {
        Some(Said {
            issuer: payload.text("iss"),
            n: payload.integer("n"),
            previous: payload.bytes("prev"),
            iat: payload.time("iat"),
            heads: Heads {
                funding: payload.object("funding", at)?,
                usage: payload.object("use", at)?,
            },
            body: payload.bytes("body"),
        })
    });
    said.map_err(|error: Malformed| error.into())
}

/// How many checkpoints are signed by the issuer, say what the ledger's columns say, and name the one before them.
#[must_use]
pub fn whole(checkpoints: &[Checkpoint], issuer: &IssuerId, keys: &[PublicJwk]) -> usize {
    let mut previous = [0; 32];
    let mut whole: usize = 0;
    for checkpoint in checkpoints {
        let said = read(&checkpoint.head, keys);
        let hash = Unverified::parse(&checkpoint.head, CHECKPOINT).map(|head| head.hash());
        let good = said.is_ok_and(|said| {
            (said.n, said.previous, said.heads) == (checkpoint.n, previous, checkpoint.heads)
                && said.issuer == issuer.as_str()
                && said.body == checkpoint.body_hash
                && hash == Ok(checkpoint.head_hash)
        });
        whole = whole.saturating_add(usize::from(good));
        previous = checkpoint.head_hash;
    }
    whole
}

/// Whether a checkpoint says that a file outside is kept. A body that cannot be read does not.
#[must_use]
pub fn is_kept_outside(checkpoint: &Checkpoint) -> bool {
    let body = core::str::from_utf8(&checkpoint.body).unwrap_or_default();
    body.contains(",\"outside\":true")
}

/// The keysets that a body counts; none if it cannot be read.
#[must_use]
pub fn keysets(body: &[u8]) -> Vec<KeysetCounts> {
    let Ok(mut body) = farthing_core::json::parse_object(body, body.len()) else {
        return Vec::new();
    };
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    body.list("keysets", usize::MAX, |keyset| {
        Some(KeysetCounts {
            keyset: KeysetId::new(keyset.bytes("id")),
            currency: Currency::parse(&keyset.text("currency"))?,
            denomination: count(keyset.integer("denomination")),
            issued: count(keyset.integer("issued")),
            spent: count(keyset.integer("spent")),
        })
    })
}
