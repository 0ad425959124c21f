//! The sandbox's payment provider: asks nobody for money, but gives notice as a real one does.

use super::{Notice, signature};
use farthing_core::bytes::{Transcript, to_b64u};
use farthing_core::id::OrderId;
use farthing_core::money::{Currency, Micro};
use farthing_core::time::Timestamp;
use std::fmt;
use std::time::Duration;
use ureq::Agent;
use zeroize::Zeroizing;

/// How often a notice is sent until it is taken, and how long the provider waits in between at first.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The provider that is part of a sandbox issuer.
pub struct Sandbox {
    secret: Zeroizing<Vec<u8>>,
    url: String,
    client: Agent,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A signed notice on its way.
pub struct Delivery {
    client: Agent,
    url: String,
    id: String,
    time: Timestamp,
    signature: String,
    body: String,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery(…)")
    }
}

impl Sandbox {
    /// The provider's name in paths and in the ledger.
    pub const NAME: &'static str = "sandbox";

    /// A provider that shares `secret` with the issuer and sends its notices to `url`.
    #[must_use]
    pub fn new(secret: &[u8], url: String, client: Agent) -> Self {
        Self {
            secret: Zeroizing::new(secret.to_vec()),
            url,
            client,
        }
    }

    /// The charge for an order. It derives from the order, so a second press of the button is the same charge.
    #[must_use]
    pub fn charge(order: OrderId, currency: Currency, amount: Micro) -> Notice {
        let name = Transcript::new("farthing/sandbox/charge")
            .fixed(order.bytes())
            .hash();
        Notice::Paid {
            order,
            reference: to_b64u(&name),
            currency,
            amount,
        }
    }

    /// Signs a notice. The same notice has the same id, however often it is sent. `None` cannot happen.
    #[must_use]
    pub fn deliver(&self, notice: &Notice, now: Timestamp) -> Option<Delivery> {
        let body = notice.to_json();
        let name = Transcript::new("farthing/sandbox/notice")
            .fixed(body.as_bytes())
            .hash();
        let id = format!("msg_{}", to_b64u(&name));
        let signature = signature::sign(&self.secret, &id, now, body.as_bytes())?;
        let (client, url) = (self.client.clone(), self.url.clone());
        Some(Delivery {
            client,
            url,
            id,
            time: now,
            signature,
            body,
        })
    }

    /// Whether a notice is ours and fresh.
    #[must_use]
    pub fn verify(
        &self,
        id: &str,
        timestamp: &str,
        signatures: &str,
        body: &[u8],
        now: Timestamp,
    ) -> bool {
        signature::verify(&self.secret, id, timestamp, signatures, body, now)
    }
}

impl Delivery {
    /// Posts the notice until it is taken or refused for good. Blocks; gives whether it was taken.
    #[must_use]
    pub fn send(self) -> bool {
        let mut pause = FIRST_PAUSE;
        for _ in 0..ATTEMPTS {
            let sent = self
                .client
                .post(&self.url)
                .content_type("application/json")
                .header("webhook-id", &self.id)
                .header("webhook-timestamp", self.time.get().to_string())
                .header("webhook-signature", &self.signature)
                .send(self.body.as_bytes());
            match sent.map(|response| response.status().as_u16()) {
                Ok(200..=299) => return true,
                // The issuer has looked at it and will not change its mind.
                Ok(400..=428 | 430..=499) => return false,
                Ok(_) | Err(_) => std::thread::sleep(pause),
            }
            pause = pause.saturating_mul(2);
        }
        false
    }
}
