//! A publisher on loopback: its document is served from its origin, its pages are sealed for one issuer.

use crate::fixed::{Deterministic, currency, fixed_bytes};
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::TermsHash;
use farthing_core::jwk::PublicJwk;
use farthing_core::manifest::Manifest;
use farthing_core::money::Micro;
use farthing_core::offer::{ContentPart, Offer, OfferClaims, PriceEntry, UnverifiedOffer};
use farthing_core::origin::{IssuerId, OriginPolicy, PublisherId};
use farthing_core::publisher::{seal_part, sign_offer, wrap};
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::resource::{Resource, Version};
use farthing_core::sign::SecretKey;
use farthing_core::time::DAY;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// A publisher whose origin answers as long as this process lives.
#[derive(Debug)]
pub struct Shop {
    id: PublisherId,
    signing: SecretKey,
}

/// A sealed article: what a purchase names.
#[derive(Clone, Debug)]
pub struct Page {
    /// The offer's text.
    pub offer_text: String,
    /// The offer, verified.
    pub offer: Offer,
    /// The content key, wrapped to the issuer.
    pub wrap: SealedKey,
}

impl Page {
    /// The only price.
    #[must_use]
    pub fn price(&self) -> &PriceEntry {
        self.offer.claims().prices.first().unwrap()
    }
}

impl Shop {
    /// Serves the document that names `issuer` on a free port. Register it with [`super::Program::add_publisher`].
    #[must_use]
    pub fn open(issuer: &IssuerId) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let id = format!("http://{}", listener.local_addr().unwrap());
        let shop = Self {
            id: PublisherId::parse(&id, OriginPolicy::LoopbackHttp).unwrap(),
            signing: SecretKey::from_bytes(&fixed_bytes("load/offers")).unwrap(),
        };
        let document = PublisherDocument {
            publisher: shop.id.clone(),
            name: "The Load Post".to_owned(),
            contact: "desk@publisher.example".to_owned(),
            keys: vec![shop.key()],
            issuers: vec![issuer.clone()],
        };
        let body = document.to_json();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                // Whoever went away asks again.
                let _ = stream
                    .read(&mut [0; 2_048])
                    .and_then(|_| stream.write_all(answer.as_bytes()));
            }
        });
        shop
    }

    /// Its origin.
    #[must_use]
    pub const fn id(&self) -> &PublisherId {
        &self.id
    }

    fn key(&self) -> PublicJwk {
        PublicJwk::new(self.signing.public().unwrap())
    }

    /// Seals an article at that price in micro for the issuer of the manifest.
    #[must_use]
    pub fn seal(&self, manifest: &Manifest, path: &str, price: u64) -> Page {
        const TEXT: &[u8] = b"<p>The toll was a farthing.</p>";
        let key = ContentKey::new(fixed_bytes(&format!("load/cek{path}")));
        let (resource, version) = (Resource::normalise(path), Version::parse("1"));
        let (resource, version) = (resource.unwrap(), version.unwrap());
        let salt = fixed_bytes(&format!("load/salt{path}"));
        let (publisher, place) = (self.id.clone(), resource.clone());
        let sealed = seal_part(publisher, place, version.clone(), salt, &key, TEXT);
        let (_, ct_hash) = sealed.unwrap();
        let (now, sealing) = (super::now(), manifest.sealing_keys.first().unwrap());
        let claims = OfferClaims {
            publisher: self.id.clone(),
            iat: now.minus(60),
            exp: now.plus(30 * DAY),
            resource,
            version,
            title: format!("About {path}"),
            words: 6,
            access: 0,
            refund: 0,
            terms: TermsHash::new(fixed_bytes("load/terms")),
            content: ContentPart {
                ct_hash,
                length: u64::try_from(TEXT.len()).unwrap(),
                media_type: "text/html".to_owned(),
                place: "page".to_owned(),
            },
            key_commit: key.commit(),
            prices: vec![PriceEntry {
                issuer: manifest.issuer.clone(),
                currency: currency("EUR"),
                amount: Micro::new(price).unwrap(),
                sealing_kid: sealing.kid(),
            }],
            pins: vec![(manifest.issuer.clone(), manifest.trust().pin)],
            embedders: Vec::new(),
        };
        let (offer_text, hash) = sign_offer(&self.signing, &claims).unwrap();
        let mut random = Deterministic::new(&format!("load/wrap{path}"));
        let wrap = wrap(
            &key,
            &manifest.issuer,
            sealing.public_key(),
            &hash,
            &mut |bytes| random.fill(bytes),
        );
        let offer = UnverifiedOffer::parse(&offer_text).unwrap();
        Page {
            offer: offer.verify(&self.id, &[self.key()]).unwrap(),
            offer_text,
            wrap: wrap.unwrap(),
        }
    }
}
