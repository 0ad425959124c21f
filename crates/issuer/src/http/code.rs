//! The stable codes of spec section 11, each with its status and its title.

use axum::http::StatusCode;

macro_rules! codes {
    ($($variant:ident, $code:literal, $status:ident, $title:literal;)*) => {
        /// A code of spec section 11.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($variant,)*
        }

        impl Code {
            /// The stable code.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)*
                }
            }

            /// One sentence for people; not stable.
            pub(crate) const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }

            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

codes! {
    Malformed, "malformed", BAD_REQUEST, "The request is not what this operation expects.";
    ClaimSignature, "claim_signature", FORBIDDEN, "The order's claim key did not sign this request.";
    WebhookSignature, "webhook_signature", FORBIDDEN, "The notice is not signed by the payment provider, or is too old.";
    GrantSignature, "grant_signature", FORBIDDEN, "A key of the grant, the giver's or the new one did not sign this request.";
    OrderUnknown, "order_unknown", NOT_FOUND, "There is no such order.";
    AnswerUnknown, "answer_unknown", NOT_FOUND, "The token was never spent.";
    ManifestUnknown, "manifest_unknown", NOT_FOUND, "There is no such manifest body.";
    KeysetUnknownInPath, "keyset_unknown", NOT_FOUND, "There is no such keyset.";
    NotFound, "not_found", NOT_FOUND, "There is nothing at this address.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take this method.";
    MediaType, "media_type", UNSUPPORTED_MEDIA_TYPE, "Requests are application/json.";
    Timeout, "timeout", REQUEST_TIMEOUT, "The request took too long to arrive.";
    TooLarge, "too_large", PAYLOAD_TOO_LARGE, "The request is larger than 64 KiB.";
    TokenSpent, "token_spent", CONFLICT, "Tokens were spent before.";
    ElementReused, "element_reused", CONFLICT, "Blinded elements were evaluated before for another request.";
    KeysetNotMintable, "keyset_not_mintable", CONFLICT, "No tokens of this keyset are made now.";
    KeysetFrozen, "keyset_frozen", CONFLICT, "A keyset is frozen. Its tokens pass only by swap with evidence of their issuance.";
    OrderConflict, "order_conflict", CONFLICT, "The order stands in another state or was made by another request.";
    OrderNotSettled, "order_not_settled", CONFLICT, "The order was not paid.";
    OrderExpired, "order_expired", CONFLICT, "The quote ran out before the order was paid.";
    PouchConflict, "pouch_conflict", CONFLICT, "The pouch was drawn by another request.";
    PouchUnavailable, "pouch_unavailable", CONFLICT, "There is no such pouch yet, or not enough value left for it.";
    GrantRevoked, "grant_revoked", CONFLICT, "The purchase was given back, or the grant given up, before.";
    RefundBudget, "refund_budget", CONFLICT, "The publisher gives nothing more back today.";
    GrantRebound, "grant_rebound", CONFLICT, "The gift was claimed or taken back before.";
    PromoSpent, "promo_spent", CONFLICT, "The publisher gives no more today.";
    TermsChanged, "terms_changed", CONFLICT, "Other terms are in force.";
    AnswerExpired, "answer_expired", GONE, "The answer is no longer kept.";
    GrantExpired, "grant_expired", GONE, "The access that was given is over.";
    RefundOver, "refund_over", GONE, "The time to give this purchase back is over, or there is none.";
    OfferWithdrawn, "offer_withdrawn", GONE, "The publisher has withdrawn this offer.";
    Unsupported, "unsupported", UNPROCESSABLE_ENTITY, "This issuer does not do that.";
    KeysetUnknown, "keyset_unknown", UNPROCESSABLE_ENTITY, "A keyset is not this issuer's.";
    KeysetExpired, "keyset_expired", UNPROCESSABLE_ENTITY, "Tokens of a keyset no longer pay.";
    ElementInvalid, "element_invalid", UNPROCESSABLE_ENTITY, "An element is no point of the curve.";
    ElementRepeated, "element_repeated", UNPROCESSABLE_ENTITY, "An element stands twice in the request.";
    InputsOrder, "inputs_order", UNPROCESSABLE_ENTITY, "Inputs are not in strictly ascending order of nullifier.";
    TokenInvalid, "token_invalid", UNPROCESSABLE_ENTITY, "A token is not genuine, or was authenticated for another request.";
    EvidenceUnknown, "evidence_unknown", UNPROCESSABLE_ENTITY, "No issuance fits the evidence that is shown for a token.";
    TokenNotForPublisher, "token_not_for_publisher", UNPROCESSABLE_ENTITY, "The tokens are another publisher's starter tokens.";
    Unbalanced, "unbalanced", UNPROCESSABLE_ENTITY, "Inputs are not price plus outputs, or not outputs.";
    OfferInvalid, "offer_invalid", UNPROCESSABLE_ENTITY, "The offer is damaged or not by its publisher.";
    OfferExpired, "offer_expired", UNPROCESSABLE_ENTITY, "The offer is over, or not yet begun.";
    PublisherUnknown, "publisher_unknown", UNPROCESSABLE_ENTITY, "The publisher is not registered here.";
    PriceMismatch, "price_mismatch", UNPROCESSABLE_ENTITY, "The price is not one of the offer's.";
    PriceNotPayable, "price_not_payable", UNPROCESSABLE_ENTITY, "The price is not a whole number of units.";
    PriceLimit, "price_limit", UNPROCESSABLE_ENTITY, "The price is above what the publisher is registered with.";
    SealingKeyUnknown, "sealing_key_unknown", UNPROCESSABLE_ENTITY, "The content key is wrapped to a key that does not open here.";
    WrapInvalid, "wrap_invalid", UNPROCESSABLE_ENTITY, "The wrapped key does not belong to this offer.";
    KeyMismatch, "key_mismatch", UNPROCESSABLE_ENTITY, "The wrapped key is not the one the offer commits to.";
    PocketLimit, "pocket_limit", UNPROCESSABLE_ENTITY, "The amount is more than a page's pocket may hold.";
    AmountInvalid, "amount_invalid", UNPROCESSABLE_ENTITY, "The amount is not one that can be ordered or was not the one ordered.";
    MixUnknown, "mix_unknown", UNPROCESSABLE_ENTITY, "There is no such mix.";
    PouchMismatch, "pouch_mismatch", UNPROCESSABLE_ENTITY, "The elements are not the coins of the pouch.";
    PrefixLength, "prefix_length", UNPROCESSABLE_ENTITY, "The prefix has another length than a question about this keyset has now.";
    GrantInvalid, "grant_invalid", UNPROCESSABLE_ENTITY, "The grant is not this issuer's, or is no gift that this key may bind.";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS, "Too many requests from this address.";
    Internal, "internal", INTERNAL_SERVER_ERROR, "The issuer has a fault. The outcome is unknown: repeat the same request.";
    RestoreUndecided, "restore_undecided", SERVICE_UNAVAILABLE, "The issuer's books were restored and are being looked at. Nothing was done: repeat the same request later.";
    Unavailable, "unavailable", SERVICE_UNAVAILABLE, "The issuer cannot answer now. The outcome is unknown: repeat the same request.";
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_snake_case_and_the_specification_lists_them() {
        let spec = include_str!("../../../../docs/spec.md");
        let table = spec.split("## 11. Refusals").nth(1).unwrap();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(
                text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{text}"
            );
            let row = table
                .lines()
                .find(|line| line.starts_with('|') && line.contains(&format!("`{text}`")))
                .unwrap_or_else(|| panic!("{text} is not in the specification"));
            assert!(
                row.contains(code.status().as_str()) || text == "keyset_unknown",
                "{text}: {row}"
            );
        }
    }
}
