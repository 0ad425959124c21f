//! Standard Webhooks signatures: `v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64ct::{Base64, Encoding};
use farthing_core::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How old or how far ahead a notice may be, in seconds.
pub const TOLERANCE: u64 = 300;

const SECRET_PREFIX: &str = "whsec_";

/// Reads `whsec_` and base64 of 24 to 64 bytes.
#[must_use]
pub fn parse_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Base64::decode_vec(text.strip_prefix(SECRET_PREFIX)?)
        .ok()
        .map(Zeroizing::new)?;
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

/// Writes a secret as [`parse_secret`] reads it.
#[must_use]
pub fn write_secret(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(format!("{SECRET_PREFIX}{}", Base64::encode_string(secret)))
}

fn keyed(secret: &[u8], id: &str, timestamp: u64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(mac)
}

/// The value of `webhook-signature`. `None` only for a secret that HMAC does not take, which there is not.
#[must_use]
pub fn sign(secret: &[u8], id: &str, time: Timestamp, body: &[u8]) -> Option<String> {
    let mac = keyed(secret, id, time.get(), body)?.finalize().into_bytes();
    Some(format!("v1,{}", Base64::encode_string(&mac)))
}

/// Whether one of the signatures in `webhook-signature` is right and the notice is not older or newer than
/// [`TOLERANCE`]. Compares in constant time.
#[must_use]
pub fn verify(
    secret: &[u8],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let Ok(sent) = timestamp.parse::<u64>() else {
        return false;
    };
    // The text is signed, so a second way to write the same number is not the same notice.
    if sent.to_string() != timestamp || now.get().abs_diff(sent) > TOLERANCE {
        return false;
    }
    signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .any(|signature| {
            let signature = Base64::decode_vec(signature).unwrap_or_default();
            keyed(secret, id, sent, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        })
}

#[cfg(test)]
mod tests {
    use super::{parse_secret, sign, verify, write_secret};
    use farthing_core::time::Timestamp;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn the_published_example_verifies() {
        let secret = parse_secret(SECRET).unwrap();
        let time = Timestamp::new(1_614_265_330).unwrap();
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(&secret, ID, time, BODY).unwrap(), expected);
        assert!(verify(&secret, ID, "1614265330", expected, BODY, time));
        assert!(verify(
            &secret,
            ID,
            "1614265330",
            &format!("v2,x v1,AAAA {expected}"),
            BODY,
            time
        ));
    }

    #[test]
    fn another_id_body_time_or_secret_does_not() {
        let secret = parse_secret(SECRET).unwrap();
        let time = Timestamp::new(1_614_265_330).unwrap();
        let good = sign(&secret, ID, time, BODY).unwrap();
        assert!(!verify(
            &secret,
            "msg_other",
            "1614265330",
            &good,
            BODY,
            time
        ));
        assert!(!verify(&secret, ID, "1614265330", &good, b"{}", time));
        assert!(!verify(&secret, ID, "1614265331", &good, BODY, time));
        assert!(!verify(&secret, ID, "01614265330", &good, BODY, time));
        assert!(!verify(
            &secret,
            ID,
            "1614265330",
            &good,
            BODY,
            time.plus(301)
        ));
        assert!(!verify(
            &secret,
            ID,
            "1614265330",
            &good,
            BODY,
            time.minus(301)
        ));
        assert!(!verify(&[0; 32], ID, "1614265330", &good, BODY, time));
        assert!(!verify(&secret, ID, "1614265330", "", BODY, time));
        assert!(!verify(&secret, ID, "", &good, BODY, time));
    }

    #[test]
    fn secrets_are_read_as_written() {
        assert_eq!(*parse_secret(&write_secret(&[7; 32])).unwrap(), [7; 32]);
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!!!!",
        ] {
            assert!(parse_secret(wrong).is_none(), "{wrong}");
        }
    }
}
