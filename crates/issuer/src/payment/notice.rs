//! What a provider says of an order.

use farthing_core::id::OrderId;
use farthing_core::json::{MAX_REQUEST, Malformed, Writer, parse_object};
use farthing_core::money::{Currency, Micro};
use std::fmt;

/// A provider's word.
#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    /// The order was paid.
    Paid {
        /// Which order.
        order: OrderId,
        /// The provider's name for the charge: one charge, one order.
        reference: String,
        /// In which currency.
        currency: Currency,
        /// How much was collected.
        amount: Micro,
    },
    /// The order will not be paid.
    Declined {
        /// Which order.
        order: OrderId,
    },
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paid { .. } => "Paid(…)",
            Self::Declined { .. } => "Declined(…)",
        })
    }
}

impl Notice {
    /// Reads a notice as the sandbox writes it.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_REQUEST)?.read(|notice| {
            let kind = notice.text("type");
            notice.object("data", |data| {
                let order = OrderId::new(data.bytes("order"));
                match kind.as_str() {
                    "charge.succeeded" => Some(Self::Paid {
                        order,
                        reference: data
                            .text_that("charge", |charge| (1..=100).contains(&charge.len())),
                        currency: data.parsed("currency", Currency::parse),
                        amount: data.amount("amount"),
                    }),
                    "charge.declined" => Some(Self::Declined { order }),
                    _ => data.some("type", None),
                }
            })
        })
    }

    /// The notice as text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (kind, data) = match self {
            Self::Paid {
                order,
                reference,
                currency,
                amount,
            } => (
                "charge.succeeded",
                Writer::new()
                    .b64u("order", order.bytes())
                    .text("charge", reference)
                    .text("currency", currency.as_str())
                    .integer("amount", amount.get()),
            ),
            Self::Declined { order } => (
                "charge.declined",
                Writer::new().b64u("order", order.bytes()),
            ),
        };
        Writer::new()
            .text("type", kind)
            .object("data", data)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Notice;
    use farthing_core::id::OrderId;
    use farthing_core::money::{Currency, Micro};

    #[test]
    fn notices_are_read_as_written() {
        let order = OrderId::new([3; 16]);
        let paid = Notice::Paid {
            order,
            reference: "charge-1".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            amount: Micro::new(2_000_000).unwrap(),
        };
        for notice in [paid, Notice::Declined { order }] {
            assert!(Notice::parse(notice.to_json().as_bytes()) == Ok(notice));
        }
        let extra =
            br#"{"type":"charge.declined","data":{"order":"AwMDAwMDAwMDAwMDAwMDAw","x":1}}"#;
        assert!(Notice::parse(extra).is_err());
    }
}
