//! An issuer from fixed keys: its manifest, its head chain, its clock.

use crate::fixed::{DAY, currency, fixed_bytes, issuer_id, time};
use crate::ledger::Ledger;
use farthing_core::hpke::SealingSecret;
use farthing_core::id::{HeadHash, KeysetId, TermsHash};
use farthing_core::issuer::KeysetSecret;
use farthing_core::jwk::PublicJwk;
use farthing_core::jws;
use farthing_core::keyset::{Dates, Keyset};
use farthing_core::manifest::{
    Body, CurrencyTerms, Head, Manifest, Mix, Pin, SealingKey, Terms, Trust, WalkError, walk,
};
use farthing_core::money::Micro;
use farthing_core::origin::{IssuerId, PublisherId};
use farthing_core::resource::Version;
use farthing_core::sign::SecretKey;
use farthing_core::time::Timestamp;
use std::collections::BTreeMap;

/// Denominations 0.001 to 8.192.
const DOUBLINGS: u32 = 14;
/// The unit of EUR, in micro.
pub(crate) const UNIT: u64 = 1_000;

/// An issuer in memory. Its fields are open: a test may make it misbehave.
#[derive(Debug)]
pub struct TestIssuer {
    /// Its name on the web.
    pub id: IssuerId,
    /// The private key of each keyset.
    pub secrets: BTreeMap<KeysetId, KeysetSecret>,
    /// Signs manifests, grants and disclosures.
    pub signing: SecretKey,
    /// Opens wraps.
    pub sealing: SealingSecret,
    /// The newest body.
    pub body: Body,
    /// The text of every head, from number 1.
    pub heads: Vec<String>,
    /// The publishers that proved their origin, with the keys of their documents.
    pub publishers: BTreeMap<PublisherId, Vec<PublicJwk>>,
    /// Its clock.
    pub now: Timestamp,
    pub(crate) ledger: Ledger,
}

fn micro(units: u64) -> Micro {
    Micro::new(units * UNIT).unwrap()
}

fn mix(name: &str, units: u64, coins: &[(u64, u64)]) -> Mix {
    let coins = coins.iter().map(|(units, count)| (micro(*units), *count));
    Mix::new(name, micro(units), coins.collect()).unwrap()
}

impl TestIssuer {
    /// `https://issuer.example`, with one currency (EUR, unit 0.001), 14 keysets, mixes of 0.50 and 2.00 and manifest n = 1.
    #[must_use]
    pub fn new() -> Self {
        Self::named("issuer")
    }

    /// `https://NAME.example`, with keys of its own.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let id = issuer_id(name);
        let signing = SecretKey::from_bytes(&fixed_bytes(&format!("{name}/signing/0"))).unwrap();
        let sealing =
            SealingSecret::from_bytes(&fixed_bytes(&format!("{name}/sealing/0"))).unwrap();
        let day = |days: i64| time(days * i64::try_from(DAY).unwrap());
        let dates = Dates::new(day(-30), day(150), day(330), day(330)).unwrap();
        let (mut keysets, mut secrets) = (Vec::new(), BTreeMap::new());
        for k in 0..DOUBLINGS {
            let secret = fixed_bytes(&format!("{name}/keyset/{k}"));
            let secret = KeysetSecret::from_bytes(&secret).unwrap();
            let key = secret.public_key().unwrap();
            let unit = micro(1);
            let keyset = Keyset::money(&id, currency("EUR"), unit, micro(1 << k), key, dates);
            let keyset = keyset.unwrap();
            secrets.insert(*keyset.id(), secret);
            keysets.push(keyset);
        }
        let small = [
            (1, 4),
            (2, 2),
            (4, 3),
            (8, 2),
            (16, 1),
            (32, 2),
            (64, 2),
            (128, 2),
        ];
        let large = [
            (1, 4),
            (2, 2),
            (4, 4),
            (8, 3),
            (16, 2),
            (32, 2),
            (64, 3),
            (128, 3),
            (256, 1),
            (1024, 1),
        ];
        let mixes = vec![mix("0.50", 500, &small), mix("2.00", 2000, &large)];
        let terms = CurrencyTerms::new(currency("EUR"), micro(1), micro(2000), mixes);
        let sealing_key = SealingKey::new(sealing.public().unwrap(), day(365), day(3 * 365));
        let body = Body {
            rights: Vec::new(),
            issuer: id.clone(),
            n: 0,
            currencies: vec![terms.unwrap()],
            keysets,
            revoked_keys: Vec::new(),
            signing_keys: vec![PublicJwk::new(signing.public().unwrap())],
            sealing_keys: vec![sealing_key.unwrap()],
            terms: Terms {
                version: Version::parse("2026-11-01").unwrap(),
                sha256: TermsHash::new(fixed_bytes(&format!("{name}/terms"))),
                url: format!("{}/terms/2026-11-01", id.as_str()),
            },
        };
        let mut issuer = Self {
            id,
            secrets,
            signing,
            sealing,
            body,
            heads: Vec::new(),
            publishers: BTreeMap::new(),
            now: time(0),
            ledger: Ledger::default(),
        };
        issuer.publish();
        issuer
    }

    /// Signs the body as it stands now as the next manifest.
    pub fn publish(&mut self) {
        let previous = self.heads.last();
        let previous = previous.map(|head| Head::parse(head).unwrap().hash());
        self.body.n = u64::try_from(self.heads.len()).unwrap() + 1;
        let head = self.sign_head(
            self.body.n,
            &previous.unwrap_or(HeadHash::new([0; 32])),
            self.now,
        );
        self.heads.push(head);
    }

    /// A head over the present body, with any number, predecessor and time.
    #[must_use]
    pub fn sign_head(&self, n: u64, previous: &HeadHash, iat: Timestamp) -> String {
        let body = Body::hash(self.body_bytes().as_bytes());
        let payload = Head::payload(&self.id, n, previous, &body, iat);
        self.signing.sign_jws(jws::MANIFEST, &payload).unwrap()
    }

    /// The newest body's exact bytes.
    #[must_use]
    pub fn body_bytes(&self) -> String {
        self.body.to_json()
    }

    /// The heads from number n on, parsed.
    #[must_use]
    pub fn heads_from(&self, n: u64) -> Vec<Head> {
        let skip = usize::try_from(n.saturating_sub(1)).unwrap();
        let heads = self.heads.iter().skip(skip);
        heads.map(|head| Head::parse(head).unwrap()).collect()
    }

    /// The newest (n, hash), as an offer pins it.
    #[must_use]
    pub fn pin(&self) -> Pin {
        let head = Head::parse(self.heads.last().unwrap()).unwrap();
        Pin {
            n: head.n(),
            hash: head.hash(),
        }
    }

    /// What a reader gets who walks from the pin, or from what is stored.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn manifest(
        &self,
        trust: Option<&Trust>,
        pin: Option<&Pin>,
    ) -> Result<Manifest, WalkError> {
        let from = trust.map_or(0, |trust| trust.pin.n);
        let from = from.max(pin.map_or(0, |pin| pin.n));
        let heads = self.heads_from(from);
        let body = self.body_bytes();
        walk(&self.id, trust, pin, &heads, body.as_bytes(), self.now)
    }

    /// Takes a publisher's offers from now on.
    pub fn register(&mut self, publisher: &PublisherId, keys: &[PublicJwk]) {
        self.publishers.insert(publisher.clone(), keys.to_vec());
    }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}
