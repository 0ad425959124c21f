//! Keys for everybody: signing keys, manifest heads and bodies, single keysets.

use super::refusal::Refusal;
use super::{Shared, answer, json};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use farthing_core::id::{BodyHash, KeysetId};
use farthing_core::json::{Array, Malformed, Writer};
use farthing_core::jwk::PublicJwk;
use farthing_core::money::MAX_SAFE_INTEGER;
use farthing_ledger::Ledger;

/// Most heads in one answer.
pub(super) const HEADS: usize = 200;

fn cached(mut response: Response, control: &'static str) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
    response
}

/// `GET /.well-known/jwks.json`
pub(super) async fn jwks<L: Ledger>(State(service): Shared<L>) -> Response {
    let in_force = service.issuer.in_force();
    let revoked = &in_force.body().revoked_keys;
    let is_good = |jwk: &&PublicJwk| !revoked.iter().any(|revoked| revoked.key == **jwk);
    let signers = in_force.keys().signers().iter();
    // Who verifies grants by these alone takes none that a leaked key could have signed.
    let keys = signers.filter(|s| s.revoked().is_none()).map(|s| s.jwk());
    let keys = keys.filter(is_good);
    let set = Writer::new().array("keys", Array::new().objects(keys, PublicJwk::to_json));
    cached(json(StatusCode::OK, set.finish()), "public, max-age=300")
}

/// The number that a query asks from: as a number is written, and in no second way.
pub(super) fn from(query: Option<&str>) -> Result<u64, Malformed> {
    let text = query.and_then(|query| query.strip_prefix("from="));
    let n = text.and_then(|text| text.parse::<u64>().ok().filter(|n| n.to_string() == text));
    n.filter(|n| (1..=MAX_SAFE_INTEGER).contains(n))
        .ok_or(Malformed("from"))
}

/// `GET /v1/manifests?from=n`
pub(super) async fn heads<L: Ledger>(
    State(service): Shared<L>,
    RawQuery(query): RawQuery,
) -> Response {
    let read = async {
        let n = from(query.as_deref())?;
        let manifests = service
            .issuer
            .ledger()
            .manifests_from(n, HEADS)
            .await
            .map_err(Refusal::Store)?;
        let heads = manifests
            .iter()
            .fold(Array::new(), |heads, manifest| heads.text(&manifest.head));
        Ok(json(
            StatusCode::OK,
            Writer::new().array("heads", heads).finish(),
        ))
    };
    answer(read.await)
}

/// `GET /v1/manifests/bodies/{hash}`
pub(super) async fn body<L: Ledger>(
    State(service): Shared<L>,
    Path(hash): Path<String>,
) -> Response {
    let read = async {
        let hash = BodyHash::parse(&hash).ok_or(Refusal::ManifestUnknown)?;
        let body = service
            .issuer
            .ledger()
            .manifest_body(hash)
            .await
            .map_err(Refusal::Store)?;
        let body = body.ok_or(Refusal::ManifestUnknown)?;
        Ok(cached(
            json(StatusCode::OK, body),
            "public, max-age=31536000, immutable",
        ))
    };
    answer(read.await)
}

/// `GET /v1/keysets/{id}`
pub(super) async fn keyset<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
) -> Response {
    let read = async {
        let in_force = service.issuer.in_force();
        let keyset = KeysetId::parse(&id).and_then(|id| {
            let mint = in_force.mint(&id).map(|mint| mint.keyset());
            mint.or_else(|| in_force.body().keyset(&id))
        });
        let keyset = keyset.ok_or(Refusal::KeysetUnknown)?;
        let frozen = service.issuer.ledger().frozen().await;
        let frozen = frozen.map_err(Refusal::Store)?;
        let since = frozen.iter().find(|frozen| frozen.keyset == *keyset.id());
        let promo = in_force.promo_of(keyset.id());
        let mut members = promo.map_or_else(|| keyset.to_json(), |of| keyset.to_promo_json(of));
        if let Some(frozen) = since {
            members = members.integer("frozen", frozen.hour.begins().get());
        }
        Ok(json(StatusCode::OK, members.finish()))
    };
    answer(read.await)
}
