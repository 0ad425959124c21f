//! Reads the folder of key files.

use super::file::{SealingFile, SigningFile, TokensFile, WebhookFile};
use super::folder::{self, Folder};
use super::ops::{CheckError, KeyOps, OpeningKey, OpsFailed};
use super::{Keys, KeysError, Life, Mint, Signer};
use crate::config::Config;
use crate::payment::signature;
use farthing_core::bytes::array_from_b64u;
use farthing_core::id::KeysetId;
use farthing_core::jwk::{Kid, PublicJwk};
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::manifest::SealingKey;
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

pub(super) fn read(
    ops: Arc<dyn KeyOps>,
    folder: Arc<Folder>,
    config: &Config,
) -> Result<Keys, KeysError> {
    // Taken first: what changes while it is read is read again.
    let stamp = folder.stamp()?;
    let path = folder.path().to_owned();
    let mut keys = Keys {
        ops,
        signers: Vec::new(),
        sealers: Vec::new(),
        mints: BTreeMap::new(),
        replaced: BTreeSet::new(),
        webhook: None,
        folder,
        stamp,
    };
    for path in keys.folder.files()? {
        read_file(&mut keys, &path, config)?;
    }
    keys.signers
        .sort_by_key(|signer| (signer.signs_from, signer.created, signer.jwk.kid()));
    keys.sealers
        .sort_by_key(|(key, _)| (key.seal_until(), key.kid()));
    let missing = |kind| KeysError::Missing {
        path: path.clone(),
        kind,
    };
    if keys.signers.is_empty() {
        return Err(missing("signing"));
    }
    if keys.sealers.is_empty() {
        return Err(missing("sealing"));
    }
    if keys.mints.is_empty() {
        return Err(missing("token"));
    }
    if overlap(&keys) {
        return Err(KeysError::Overlap { path });
    }
    Ok(keys)
}

fn read_file(keys: &mut Keys, path: &Path, config: &Config) -> Result<(), KeysError> {
    let damaged = |reason: &str| KeysError::Damaged {
        path: path.to_owned(),
        reason: reason.into(),
    };
    let name = folder::name(path);
    if name.starts_with("signing-") {
        let file = parse(&keys.folder, path)?;
        keys.signers
            .push(signer(&*keys.ops, &file).map_err(damaged)?);
    } else if name.starts_with("sealing-") {
        let file = parse(&keys.folder, path)?;
        keys.sealers
            .push(sealer(&*keys.ops, &file).map_err(damaged)?);
    } else if name.starts_with("tokens-") {
        let file: TokensFile = parse(&keys.folder, path)?;
        for replaced in &file.replaces {
            let id = KeysetId::parse(replaced).ok_or_else(|| damaged("replaces no keyset"))?;
            keys.replaced.insert(id);
        }
        for mint in mints(&*keys.ops, &file, config).map_err(damaged)? {
            keys.mints.insert(*mint.keyset.id(), mint);
        }
    } else if name == "webhook-sandbox.toml" {
        let file: WebhookFile = parse(&keys.folder, path)?;
        let secret = signature::parse_secret(&file.secret);
        keys.webhook = Some(secret.ok_or_else(|| damaged("secret is not whsec_ and base64"))?);
    } else {
        return Err(damaged(
            "is no key file: signing-, sealing-, tokens- or webhook-sandbox.toml",
        ));
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(folder: &Folder, path: &Path) -> Result<T, KeysError> {
    let text = folder.read_strictly(path)?;
    // The parser's message is left out: it would quote the line, and the line may be the secret.
    toml::from_str(&text).map_err(|_| KeysError::Damaged {
        path: path.to_owned(),
        reason: "is not the key file that its name says".to_owned(),
    })
}

fn scalar(secret: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    array_from_b64u(secret)
        .map(Zeroizing::new)
        .ok_or("secret is not base64url of 32 bytes")
}

fn time(seconds: u64) -> Result<Timestamp, &'static str> {
    Timestamp::new(seconds).ok_or("a date is out of range")
}

/// Why a secret was not taken.
fn no_key(error: CheckError) -> &'static str {
    match error {
        CheckError::Invalid => "secret is no scalar",
        CheckError::Failed(OpsFailed) => "the key operations failed",
    }
}

fn signer(ops: &dyn KeyOps, file: &SigningFile) -> Result<Signer, &'static str> {
    let key = ops.signing_key(&*scalar(&file.secret)?).map_err(no_key)?;
    let jwk = PublicJwk::new(*key.public_key());
    if Kid::parse(&file.kid) != Some(jwk.kid()) {
        return Err("kid is not that of the secret");
    }
    Ok(Signer {
        jwk,
        created: time(file.created)?,
        signs_from: time(file.signs_from.unwrap_or(file.created))?,
        revoked: file.revoked.map(time).transpose()?,
        key,
    })
}

fn sealer(
    ops: &dyn KeyOps,
    file: &SealingFile,
) -> Result<(SealingKey, Arc<dyn OpeningKey>), &'static str> {
    let opening = ops.opening_key(&*scalar(&file.secret)?).map_err(no_key)?;
    let public = *opening.public_key();
    let key = SealingKey::new(public, time(file.seal_until)?, time(file.open_until)?)
        .ok_or("seal_until is after open_until")?;
    if Kid::parse(&file.kid) != Some(key.kid()) {
        return Err("kid is not that of the secret");
    }
    Ok((key, opening))
}

fn mints(ops: &dyn KeyOps, file: &TokensFile, config: &Config) -> Result<Vec<Mint>, &'static str> {
    let terms = config.currency();
    let currency = Currency::parse(&file.currency).ok_or("currency is none")?;
    let unit = Micro::new(file.unit).ok_or("unit is out of range")?;
    if (currency, unit) != (terms.currency(), terms.unit()) {
        return Err("currency and unit are not those of farthing.toml");
    }
    let life = Life {
        mint_from: time(file.mint_from)?,
        mint_until: time(file.mint_until)?,
        redeem_until: time(file.redeem_until)?,
        claim_until: time(file.claim_until)?,
    };
    let dates = Dates::new(
        life.mint_from,
        life.mint_until,
        life.redeem_until,
        life.claim_until,
    )
    .ok_or("the dates are not in order")?;
    // Admitted when the publisher was registered.
    let parse = |origin: &String| PublisherId::parse(origin, OriginPolicy::LoopbackHttp);
    let promo = match &file.publisher {
        Some(origin) => Some(parse(origin).ok_or("publisher is no origin")?),
        None => None,
    };
    let mint = |file: &super::file::TokenKey| {
        let key = ops.token_key(&*scalar(&file.secret)?).map_err(no_key)?;
        let public = *key.public_key();
        let denomination = Micro::new(file.denomination).ok_or("denomination is out of range")?;
        let issuer = config.issuer();
        let keyset = match &promo {
            Some(of) => Keyset::promo(issuer, of, currency, unit, denomination, public, dates),
            None if denomination == Micro::ZERO => {
                Keyset::right(issuer, currency, unit, public, dates)
            }
            None => Keyset::money(issuer, currency, unit, denomination, public, dates),
        };
        let keyset = keyset.ok_or("denomination is not zero or the unit times a power of two")?;
        // A keyset cannot change under its id (R8): a date edited by hand is found here, not by a reader.
        if KeysetId::parse(&file.keyset) != Some(*keyset.id()) {
            return Err("a keyset's id is not the one that issuer id, dates and secret give");
        }
        Ok(Mint {
            keyset,
            life,
            promo: promo.clone(),
            key,
        })
    };
    file.key.iter().map(mint).collect()
}

/// Whether two keysets of one denomination are mintable at one time (R8), not counting those that are replaced. They come
/// sorted by currency and first date.
fn overlap(keys: &Keys) -> bool {
    let mut mints = keys.mints();
    mints.retain(|mint| !keys.is_replaced(mint.keyset.id()));
    mints.iter().enumerate().any(|(index, mint)| {
        mints.iter().skip(index.saturating_add(1)).any(|later| {
            later.keyset.currency() == mint.keyset.currency()
                && later.keyset.denomination() == mint.keyset.denomination()
                && later.promo == mint.promo
                && later.life.mint_from < mint.life.mint_until
        })
    })
}
