//! A publisher from fixed keys: its document, a sealed article, an offer and its wrap.

use crate::fixed::{DAY, Deterministic, fixed_bytes, publisher_id, time};
use crate::issuer::TestIssuer;
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::{OfferHash, TermsHash};
use farthing_core::jwk::PublicJwk;
use farthing_core::money::Micro;
use farthing_core::offer::{ContentPart, Offer, OfferClaims, PriceEntry, UnverifiedOffer};
use farthing_core::origin::{IssuerId, PageOrigin, PublisherId};
use farthing_core::publisher::{seal_part, sign_offer, wrap};
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::resource::{Resource, Version};
use farthing_core::sign::SecretKey;

use crate::fixed::currency;

/// A publisher that seals for one issuer.
#[derive(Debug)]
pub struct TestPublisher {
    /// Its origin.
    pub id: PublisherId,
    /// Signs offers.
    pub signing: SecretKey,
}

/// What an article is before it is sealed.
#[derive(Clone, Debug)]
pub struct Article {
    /// Its path.
    pub path: String,
    /// Its sealed half.
    pub text: Vec<u8>,
    /// Its price in micro.
    pub price: u64,
    /// Origins that may embed it.
    pub embedders: Vec<PageOrigin>,
}

impl Article {
    /// An article of 5 KB for 0.2 EUR.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: format!("<p>The toll of {path} was a farthing.</p>\n")
                .repeat(100)
                .into_bytes(),
            price: 200_000,
            embedders: Vec::new(),
        }
    }

    /// The same at another price.
    #[must_use]
    pub const fn at(mut self, price: u64) -> Self {
        self.price = price;
        self
    }
}

/// A sealed article as its page carries it, and what only the publisher knows.
#[derive(Clone, Debug)]
pub struct SealedArticle {
    /// The offer's text.
    pub offer_text: String,
    /// What the offer says.
    pub claims: OfferClaims,
    /// The offer's hash.
    pub offer_hash: OfferHash,
    /// The content key wrapped to the issuer.
    pub wrap: SealedKey,
    /// The sealed part.
    pub part: Vec<u8>,
    /// The content key.
    pub key: ContentKey,
    /// The plaintext.
    pub text: Vec<u8>,
}

impl SealedArticle {
    /// The offer, verified.
    #[must_use]
    pub fn offer(&self, publisher: &TestPublisher) -> Offer {
        let offer = UnverifiedOffer::parse(&self.offer_text).unwrap();
        offer.verify(&publisher.id, &publisher.keys()).unwrap()
    }

    /// The only price.
    #[must_use]
    pub fn price(&self) -> &PriceEntry {
        self.claims.prices.first().unwrap()
    }
}

impl TestPublisher {
    /// `https://publisher.example`.
    #[must_use]
    pub fn new() -> Self {
        Self::named("publisher")
    }

    /// `https://NAME.example`, with a key of its own.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let secret = fixed_bytes(&format!("{name}/offers/0"));
        Self {
            id: publisher_id(name),
            signing: SecretKey::from_bytes(&secret).unwrap(),
        }
    }

    /// The keys of its document.
    #[must_use]
    pub fn keys(&self) -> Vec<PublicJwk> {
        vec![PublicJwk::new(self.signing.public().unwrap())]
    }

    /// Its document.
    #[must_use]
    pub fn document(&self, issuer: &IssuerId) -> PublisherDocument {
        PublisherDocument {
            publisher: self.id.clone(),
            name: "The Example".to_owned(),
            contact: "desk@publisher.example".to_owned(),
            keys: self.keys(),
            issuers: vec![issuer.clone()],
        }
    }

    /// What an offer on that article says, before it is signed.
    #[must_use]
    pub fn claims(
        &self,
        issuer: &TestIssuer,
        article: &Article,
        key: &ContentKey,
    ) -> (OfferClaims, Vec<u8>) {
        let resource = Resource::normalise(&article.path).unwrap();
        let version = Version::parse("1").unwrap();
        let salt = fixed_bytes(&format!("salt/{}", article.path));
        let sealed = seal_part(
            self.id.clone(),
            resource.clone(),
            version.clone(),
            salt,
            key,
            &article.text,
        );
        let (part, ct_hash) = sealed.unwrap();
        let claims = OfferClaims {
            publisher: self.id.clone(),
            iat: time(-60),
            exp: time(i64::try_from(30 * DAY).unwrap()),
            resource,
            version,
            title: format!("About {}", article.path),
            words: 700,
            access: 0,
            refund: 0,
            terms: TermsHash::new(fixed_bytes("publisher/terms")),
            content: ContentPart {
                ct_hash,
                length: u64::try_from(article.text.len()).unwrap(),
                media_type: "text/html".to_owned(),
                place: "page".to_owned(),
            },
            key_commit: key.commit(),
            prices: vec![PriceEntry {
                issuer: issuer.id.clone(),
                currency: currency("EUR"),
                amount: Micro::new(article.price).unwrap(),
                sealing_kid: issuer.body.sealing_keys.first().unwrap().kid(),
            }],
            pins: vec![(issuer.id.clone(), issuer.pin())],
            embedders: article.embedders.clone(),
        };
        (claims, part)
    }

    /// Seals an article for that issuer, under a key that depends on nothing but the path.
    #[must_use]
    pub fn seal(&self, issuer: &TestIssuer, article: &Article) -> SealedArticle {
        let key = ContentKey::new(fixed_bytes(&format!("cek/{}", article.path)));
        let (claims, part) = self.claims(issuer, article, &key);
        self.sign(issuer, claims, part, key, article.text.clone())
    }

    /// Signs claims and wraps the key for them.
    #[must_use]
    pub fn sign(
        &self,
        issuer: &TestIssuer,
        claims: OfferClaims,
        part: Vec<u8>,
        key: ContentKey,
        text: Vec<u8>,
    ) -> SealedArticle {
        let (offer_text, offer_hash) = sign_offer(&self.signing, &claims).expect("sound claims");
        let mut random = Deterministic::new(&format!("wrap/{}", offer_hash.to_b64u()));
        let sealing = issuer.sealing.public().unwrap();
        let wrap = wrap(&key, &issuer.id, &sealing, &offer_hash, &mut |bytes| {
            random.fill(bytes)
        });
        SealedArticle {
            offer_text,
            claims,
            offer_hash,
            wrap: wrap.unwrap(),
            part,
            key,
            text,
        }
    }
}

impl Default for TestPublisher {
    fn default() -> Self {
        Self::new()
    }
}
