//! What the checkout's pages say.

use crate::http::page::{self, Extras, escape};
use crate::http::refusal::Refusal;
use crate::issuer::Issuer;
use crate::{amount, date};
use axum::http::StatusCode;
use axum::response::Response;
use farthing_core::id::OrderId;
use farthing_core::money::{Currency, Micro};
use farthing_core::time::Timestamp;
use farthing_ledger::{Ledger, Order, OrderState};

const WAY_BACK: &str = "<p id=\"returning\" hidden><a class=\"button\" id=\"back\" href=\"/\">Back to your article</a>\
    <br><span class=\"small\">on <span id=\"back-host\"></span></span></p>\n\
    <p id=\"close\" class=\"small\">You may close this page and go back.</p>";

/// The order as it stands: to be paid, or what became of it.
pub(super) fn render<L: Ledger>(issuer: &Issuer<L>, order: &Order) -> Response {
    let quote = &order.terms.quote;
    let money = |amount| money(amount, order.terms.currency);
    let (title, body, go) = match order.state(issuer.now()) {
        OrderState::Quoted => ("Buy coins", offer(issuer, order), ""),
        OrderState::Settled => (
            "Paid",
            format!(
                "<h1>Paid</h1>\n<p>{} in coins are yours. They are made on the page you came \
                 from, where only you have them.</p>\n{WAY_BACK}",
                money(quote.value())
            ),
            "approve",
        ),
        OrderState::Declined => (
            "Declined",
            format!("<h1>Declined</h1>\n<p>Nothing was charged.</p>\n{WAY_BACK}"),
            "decline",
        ),
        OrderState::Expired => (
            "Too late",
            format!(
                "<h1>This order has run out</h1>\n<p>Nothing was charged. The price stood until {}; the page you came from \
                 makes a new order.</p>\n{WAY_BACK}",
                time(quote.expiry())
            ),
            "",
        ),
        OrderState::Closed => (
            "Closed",
            format!(
                "<h1>This order is closed</h1>\n<p>The payment was taken back. No more coins are made from it.</p>\n{WAY_BACK}"
            ),
            "",
        ),
    };
    reply(issuer, StatusCode::OK, title, &body, go)
}

/// The reader did not decide.
pub(super) fn not_now<L: Ledger>(issuer: &Issuer<L>, order: &Order) -> Response {
    let body = format!(
        "<h1>Not now</h1>\n<p>Nothing was charged. The order stands until {}; after that it is void.</p>\n\
         {WAY_BACK}\n<p><a href=\"/checkout/{id}\">Decide after all</a></p>",
        time(order.terms.quote.expiry()),
        id = order.terms.id.to_b64u(),
    );
    reply(issuer, StatusCode::OK, "Not now", &body, "later")
}

/// Nobody knows whether it was written down.
pub(super) fn unavailable<L: Ledger>(issuer: &Issuer<L>, id: OrderId) -> Response {
    let body = format!(
        "<h1>We do not know yet</h1>\n<p>The issuer could not write this down. You have not been charged twice and will \
         not be.</p>\n<p><a href=\"/checkout/{}\">See how the order stands</a></p>",
        id.to_b64u()
    );
    reply(
        issuer,
        StatusCode::SERVICE_UNAVAILABLE,
        "We do not know yet",
        &body,
        "",
    )
}

/// A form that is not this page's own.
pub(super) fn refused<L: Ledger>(issuer: &Issuer<L>, refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Timeout => StatusCode::REQUEST_TIMEOUT,
        Refusal::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::FORBIDDEN,
    };
    let body = "<h1>Not understood</h1>\n<p>Nothing was charged. Please open the order again and press one of its buttons.</p>";
    reply(issuer, status, "Not understood", body, "")
}

/// What is shown before anybody pays: everything the signed disclosure says, and three ways to answer.
fn offer<L: Ledger>(issuer: &Issuer<L>, order: &Order) -> String {
    let quote = &order.terms.quote;
    let money = |amount| money(amount, order.terms.currency);
    let sandbox = if issuer.config().sandbox() {
        "<p class=\"note\">This is a supervised trial: no real money moves.</p>"
    } else {
        ""
    };
    let terms = issuer.config().terms();
    format!(
        "<h1>{total} for coins to read with</h1>\n<p class=\"lead\">No account, no name. Each article you open takes its price \
         from these coins.</p>\n\
         <table class=\"slip\">\n<tr><th scope=\"row\">You get, in coins</th><td>{value}</td></tr>\n\
         <tr><th scope=\"row\">Fee</th><td>{fee}</td></tr>\n<tr><th scope=\"row\">Tax</th><td>{tax}</td></tr>\n\
         <tr><th scope=\"row\">You pay</th><td>{total}</td></tr>\n</table>\n{sandbox}\n\
         <form method=\"post\" action=\"/checkout/{id}\">\n<div class=\"choices\">\n\
         <button class=\"first\" name=\"decision\" value=\"approve\">Approve {total}</button>\n\
         <button class=\"other\" name=\"decision\" value=\"decline\">Decline</button>\n\
         <button class=\"other\" name=\"decision\" value=\"later\">Not now</button>\n</div>\n</form>\n\
         <p class=\"small\">{expiry}</p>\n<p class=\"small\">{cash_out}</p>\n\
         <p class=\"small\"><a href=\"/terms/{version}\" target=\"_blank\" rel=\"noopener\">Terms of {version}</a>. \
         This price stands until {until}. Quote {quote}.</p>",
        total = money(quote.total()),
        value = money(quote.value()),
        fee = money(quote.fee()),
        tax = money(quote.tax()),
        id = order.terms.id.to_b64u(),
        expiry = escape(&terms.expiry),
        cash_out = escape(&terms.cash_out),
        version = escape(issuer.in_force().body().terms.version.as_str()),
        until = time(quote.expiry()),
        quote = quote.id().to_b64u(),
    )
}

/// A page with the issuer's name.
fn reply<L: Ledger>(
    issuer: &Issuer<L>,
    status: StatusCode,
    title: &str,
    body: &str,
    go: &str,
) -> Response {
    page::page_with(
        status,
        title,
        body,
        &Extras {
            issuer: issuer.id().as_str(),
            go,
        },
    )
}

/// Money as a machine and a reader without script read it; the script writes it as the reader's language does.
fn money(amount: Micro, currency: Currency) -> String {
    let (value, currency_text) = (amount::format(amount, currency), currency.as_str());
    format!(
        "<data class=\"money\" value=\"{value}\" data-currency=\"{currency_text}\">{value} {currency_text}</data>"
    )
}

fn time(time: Timestamp) -> String {
    let text = date::minute(time);
    format!(
        "<time datetime=\"{}Z\">{text} UTC</time>",
        text.replace(' ', "T")
    )
}
