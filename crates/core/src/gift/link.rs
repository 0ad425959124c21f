//! The gift link: everything that somebody with an empty browser needs to claim an article and to read it.

use super::GiftSecret;
use crate::answer::PackedGrant;
use crate::bytes::{Reader, Transcript, from_b64u, to_b64u};
use crate::grant::Opening;
use crate::grant::Paid;
use crate::hpke::SealedKey;
use crate::id::{Binding, CtHash, GrantSalt, KeyCommit, OfferHash};
use crate::jwk::Kid;
use crate::origin::IssuerId;
use crate::resource::{Resource, Version};
use alloc::string::String;

/// How the fragment of a gift link begins.
pub const FRAGMENT: &str = "farthing-gift=";
/// A fragment at most, the `#` not counted; whatever is given as a gift fits.
pub const MAX_FRAGMENT: usize = 3_072;
/// As of an offer (section 7).
const MAX_MEDIA_TYPE: usize = 100;
const FORM: u8 = 1;

/// What a gift link holds. Whoever has it can claim the gift, once, and knows what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftLink {
    /// From which the gift's two keys derive.
    pub secret: GiftSecret,
    /// Of the redemption that bought it.
    pub binding: Binding,
    /// The content key, sealed by the issuer to the gift's sealing key.
    pub key: SealedKey,
    /// The thumbprint of the giver's key.
    pub giver: Kid,
    /// The issuer.
    pub issuer: IssuerId,
    /// What opens the grant's subject.
    pub opening: Opening,
    /// The sealed text that was given; its publisher keeps it at `/farthing/parts/` of that name.
    pub ct_hash: CtHash,
    /// Its length in plaintext.
    pub length: u64,
    /// Its media type.
    pub media_type: String,
    /// The gift's grant.
    pub grant: PackedGrant,
}

impl GiftLink {
    /// Reads a fragment with or without its `#`; `None` for anything else, another form, and for a link that is longer
    /// than any is.
    #[must_use]
    pub fn parse(fragment: &str) -> Option<Self> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        if fragment.len() > MAX_FRAGMENT {
            return None;
        }
        Self::read(&from_b64u(fragment.strip_prefix(FRAGMENT)?)?)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != [FORM] {
            return None;
        }
        let text = |bytes| core::str::from_utf8(bytes).ok();
        let secret = GiftSecret::new(reader.array()?);
        let binding = Binding::new(reader.array()?);
        let key = reader.array()?;
        let giver = Kid::named(reader.array()?);
        let salt = GrantSalt::new(reader.array()?);
        let offer_hash = OfferHash::new(reader.array()?);
        let key_commit = KeyCommit::new(reader.array()?);
        let ct_hash = CtHash::new(reader.array()?);
        let length = reader.number()?;
        let issuer = IssuerId::named(text(reader.lp()?)?)?;
        let resource = text(reader.lp()?)?;
        let opening = Opening {
            salt,
            resource: Resource::parse(resource)
                .ok()
                .filter(|normal| normal.as_str() == resource)?,
            version: Version::parse(text(reader.lp()?)?)?,
            offer_hash,
            key_commit,
        };
        let media_type = text(reader.lp()?).filter(|text| text.len() <= MAX_MEDIA_TYPE)?;
        let grant = PackedGrant::read(reader, Paid::Money)?;
        Some(Self {
            secret,
            binding,
            key,
            giver,
            issuer,
            opening,
            ct_hash,
            length,
            media_type: media_type.into(),
            grant,
        })
    }

    /// The fragment, without `#`.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let opening = &self.opening;
        let start = Transcript::default()
            .fixed(&[FORM])
            .fixed(self.secret.bytes())
            .fixed(self.binding.bytes())
            .fixed(&self.key)
            .fixed(self.giver.bytes())
            .fixed(opening.salt.bytes())
            .fixed(opening.offer_hash.bytes())
            .fixed(opening.key_commit.bytes())
            .fixed(self.ct_hash.bytes())
            .number(self.length)
            .lp(self.issuer.bytes())
            .lp(opening.resource.as_str().as_bytes())
            .lp(opening.version.as_str().as_bytes())
            .lp(self.media_type.as_bytes());
        let mut fragment = String::from(FRAGMENT);
        fragment.push_str(&to_b64u(&self.grant.write(start).bytes()));
        fragment
    }

    /// The gift's grant, as the issuer gave it. `None` has probability 2^-256.
    #[must_use]
    pub fn grant(&self) -> Option<String> {
        let cnf = self.secret.cnf()?.public()?;
        let giver = Some(self.giver);
        Some(self.grant.text(&self.issuer, &self.binding, &cnf, giver))
    }
}
