//! The reader's purse (spec section 10.1): its page and the files that this asks for.

use super::{Service, Shared, page};
use crate::wallet_pages::{PAGE, WalletFile};
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_ledger::Ledger;

/// Nothing from elsewhere, nothing to elsewhere, and no text that becomes script: the page holds money.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; \
                      img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Passkeys for the page itself, and nothing that a purse does not need.
const PERMISSIONS: &str = "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), \
                           microphone=(), payment=(), usb=()";

/// Of everything below `/wallet/`: a picture or a page among the files is a document, too, of the origin that holds money.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(PERMISSIONS),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    // A publisher's page opens the purse and is answered through `opener`; any other value would cut the two off. What
    // the purse says to it is in the specification, and everything else of a window is closed to another origin.
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("unsafe-none"),
    ),
];

fn served(file: &WalletFile, cache: &'static str) -> Response {
    let own = [
        (header::CONTENT_TYPE, file.media_type.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (HEADERS, own, file.bytes.clone()).into_response()
}

fn nothing() -> Response {
    page::not_found("This issuer keeps no purses. Coins are kept by the pages that you read.")
}

fn file<'a, L: Ledger>(service: &'a Service<L>, name: &str) -> Option<&'a WalletFile> {
    service.issuer.wallet_pages()?.file(name)
}

/// `GET /wallet/`
pub(super) async fn show<L: Ledger>(State(service): Shared<L>) -> Response {
    let Some(page) = file(&service, PAGE) else {
        return nothing();
    };
    served(page, "no-store")
}

/// `GET /wallet/{name}`: if its name has a part of its hash, it never changes.
pub(super) async fn asset<L: Ledger>(
    State(service): Shared<L>,
    Path(name): Path<String>,
) -> Response {
    match file(&service, &name) {
        // The page has one address.
        Some(file) if name != PAGE && file.named_by_content => {
            served(file, "public, max-age=31536000, immutable")
        }
        Some(file) if name != PAGE => served(file, "no-cache"),
        _ if service.issuer.wallet_pages().is_some() => {
            page::not_found("There is nothing of this name.")
        }
        _ => nothing(),
    }
}

/// `GET /wallet`; a browser takes the fragment along.
pub(super) async fn to_page<L: Ledger>(State(service): Shared<L>) -> Response {
    if service.issuer.wallet_pages().is_none() {
        return nothing();
    }
    let to = [(header::LOCATION, HeaderValue::from_static("/wallet/"))];
    (StatusCode::PERMANENT_REDIRECT, to).into_response()
}
