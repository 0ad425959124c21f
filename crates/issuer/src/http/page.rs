//! Pages for people: one layout, no foreign resource, no script but the issuer's own file.

use super::Shared;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_ledger::Ledger;

const CSS: &str = include_str!("assets/issuer.css");
const SCRIPT: &str = include_str!("assets/checkout.js");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The coin's wren.
const COIN: &str = "<svg viewBox=\"0 0 64 64\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><circle cx=\"32\" cy=\"32\" r=\"30\"/><circle cx=\"32\" cy=\"32\" r=\"26.5\" stroke-width=\"1\" stroke-dasharray=\"0.1 3\"/><path fill=\"currentColor\" d=\"M11.5 26.5l6-2.2c1.4-3.4 4.6-5.3 8-5 3.900.4 6.500 2.700 8.300 5.400 1.500 2.200 3.400 3.500 6 3.100l2.200-.5 5.200-13.300c.4-1 1.900-.8 2 .3l.6 3.100c.1.700 0 1.300-.2 2l-4.600 14.600c-2.200 7-8.500 11.300-15.300 11.300-7.700 0-13.700-5-13.700-12.300 0-1.600.3-3.100.700-4.500z\"/><path d=\"M27 45l-1.500 6.500M34 44.500l1.500 7M22.500 51.500h6M32.500 51.500h6\"/><circle cx=\"22.700\" cy=\"24.500\" r=\"1.300\" fill=\"Canvas\" stroke=\"none\"/></svg>";

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// What a page says beside its text.
#[derive(Debug, Default)]
pub(super) struct Extras<'a> {
    /// The issuer's origin, under the name.
    pub(super) issuer: &'a str,
    /// The decision after which the script goes back by itself, in the tab in which it was made.
    pub(super) go: &'a str,
}

/// A page with the issuer's head. `body` is HTML.
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    page_with(status, title, body, &Extras::default())
}

/// A page with the issuer's name in its head. `body` is HTML.
pub(super) fn page_with(
    status: StatusCode,
    title: &str,
    body: &str,
    extras: &Extras<'_>,
) -> Response {
    let title = escape(title);
    let (issuer, go) = (escape(extras.issuer), escape(extras.go));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} · Farthing</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <link rel=\"stylesheet\" href=\"/assets/issuer.css\">\n<script type=\"module\" src=\"/assets/checkout.js\"></script>\n\
         </head>\n<body data-go=\"{go}\">\n<div class=\"sheet\">\n<header class=\"head\">{COIN}<span><b>Farthing</b>{issuer}</span></header>\n\
         <main>\n{body}\n</main>\n</div>\n</body>\n</html>\n"
    );
    const HEADERS: [(HeaderName, HeaderValue); 6] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
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
    ];
    (status, HEADERS, html).into_response()
}

/// A page for what is not there.
pub(super) fn not_found(sentence: &str) -> Response {
    let body = format!("<h1>Not found</h1>\n<p>{}</p>", escape(sentence));
    page(StatusCode::NOT_FOUND, "Not found", &body)
}

/// `GET /assets/{name}`
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let (media_type, text) = match name.as_str() {
        "issuer.css" => ("text/css; charset=utf-8", CSS),
        "checkout.js" => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return not_found("There is nothing of this name."),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, text).into_response()
}

/// `GET /`: says what this is to whoever opens the address.
pub(super) async fn front<L: Ledger>(State(service): Shared<L>) -> Response {
    let issuer = &service.issuer;
    let in_force = issuer.in_force();
    let terms = &in_force.body().terms;
    let sandbox = if issuer.config().sandbox() {
        "<p class=\"note\">This is a supervised trial: no real money moves.</p>"
    } else {
        ""
    };
    let purse = match issuer.wallet_pages() {
        Some(_) => "<p><a href=\"/wallet/\">Your purse</a></p>\n",
        None => "",
    };
    let body = format!(
        "<h1>A Farthing issuer</h1>\n<p>Readers buy coins here and pay with them for single articles, without an account. \
         The issuer that made a coin knows it again when it is spent, but not whose it was; times, network addresses and unusual amounts can still tell \
         something to an issuer that looks.</p>\n{purse}{sandbox}\n\
         <p class=\"small\"><a href=\"/terms/{version}\">Terms of {version}</a> · <a href=\"/.well-known/jwks.json\">Keys</a></p>",
        version = escape(terms.version.as_str()),
    );
    let extras = Extras {
        issuer: issuer.id().as_str(),
        ..Extras::default()
    };
    page_with(StatusCode::OK, "Issuer", &body, &extras)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_does_not_become_markup() {
        assert_eq!(
            escape("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
    }
}
