//! The public addresses, in one table: what the router takes, what metrics may name, and what the OpenAPI document
//! must list.

use super::{
    Service, answers, checkout, grants, health, manifests, openapi, orders, page, promos,
    redemptions, refunds, restores, swaps, terms, wallet, webhooks,
};
use axum::Router;
use axum::extract::MatchedPath;
use axum::routing::MethodRouter;
use farthing_ledger::Ledger;
use std::sync::Arc;

macro_rules! routes {
    ($($path:literal { $($method:ident: $handler:expr),+ })*) => {
        /// Every path with its methods.
        pub(super) const ROUTES: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),*];

        /// The router of them all.
        pub(super) fn routes<L: Ledger>() -> Router<Arc<Service<L>>> {
            Router::new()$(.route($path, MethodRouter::new()$(.$method($handler))+))*
        }
    };
}

routes! {
    "/.well-known/jwks.json" { get: manifests::jwks::<L> }
    "/.well-known/farthing-issuer.json" { get: grants::directory::<L> }
    "/v1/manifests" { get: manifests::heads::<L> }
    "/v1/manifests/bodies/{hash}" { get: manifests::body::<L> }
    "/v1/keysets/{id}" { get: manifests::keyset::<L> }
    "/v1/keysets/{id}/spent/{prefix}" { get: restores::spent::<L> }
    "/v1/orders" { post: orders::create::<L> }
    "/v1/orders/find" { post: restores::find::<L> }
    "/v1/orders/{id}" { get: orders::state::<L> }
    "/v1/orders/{id}/draw" { post: orders::draw::<L> }
    "/v1/promo" { post: promos::claim::<L> }
    "/v1/publishers/{origin}/manifests" { get: promos::heads::<L> }
    "/v1/redemptions" { post: redemptions::create::<L> }
    "/v1/refunds" { post: refunds::create::<L> }
    "/v1/swaps" { post: swaps::create::<L> }
    "/v1/answers" { post: answers::answer::<L> }
    "/v1/grants/rebind" { post: grants::rebind::<L> }
    "/v1/revocations" { get: grants::revocations::<L> }
    "/v1/restore" { post: restores::restore::<L> }
    "/v1/webhooks/{provider}" { post: webhooks::receive::<L> }
    "/checkout/{id}" { get: checkout::show::<L>, post: checkout::decide::<L> }
    "/checkout/{id}/later" { get: checkout::later::<L> }
    "/terms/{version}" { get: terms::show::<L> }
    "/wallet" { get: wallet::to_page::<L> }
    "/wallet/" { get: wallet::show::<L> }
    "/wallet/{name}" { get: wallet::asset::<L> }
    "/assets/{name}" { get: page::asset }
    "/" { get: page::front::<L> }
    "/openapi.json" { get: openapi::document }
    "/readyz" { get: health::ready::<L> }
}

/// Answered outside of the limits: a busy issuer is alive.
pub(super) const ALIVE: &str = "/healthz";

/// What metrics and logs call an address that is in no table.
const NOWHERE: &str = "-";

/// The pattern that a request matched, as a constant of this program.
pub(super) fn endpoint(matched: Option<&MatchedPath>) -> &'static str {
    let known = ROUTES.iter().map(|(path, _)| *path).chain([ALIVE]);
    let matched = matched.map(MatchedPath::as_str);
    known
        .into_iter()
        .find(|known| Some(*known) == matched)
        .unwrap_or(NOWHERE)
}
