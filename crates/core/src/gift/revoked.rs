//! The signed list of grants that are no longer good, in pages (R53).

use crate::bytes::{Transcript, to_b64u};
use crate::id::GrantId;
use crate::json::{MAX_RESPONSE, Object, Writer, parse_object};
use crate::jwk::PublicJwk;
use crate::jws::{self, Unverified};
use crate::origin::IssuerId;
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// What the issuer signs about a page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedClaims {
    /// Who says it.
    pub issuer: IssuerId,
    /// When it was read.
    pub iat: Timestamp,
    /// The page holds ids greater than this one; `None` for the first page.
    pub after: Option<GrantId>,
    /// Whether there are greater ones than the page's last.
    pub more: bool,
    /// [`list_hash`].
    pub hash: [u8; 32],
}

/// The hash over ids in ascending order.
#[must_use]
pub fn list_hash(revoked: &[GrantId]) -> [u8; 32] {
    let begin = Transcript::new("farthing/v1/revoked").count(revoked.len());
    let bytes = revoked
        .iter()
        .fold(begin, |list, id| list.fixed(id.bytes()));
    bytes.hash()
}

fn name_of(after: Option<GrantId>) -> String {
    after.map(|id| to_b64u(id.bytes())).unwrap_or_default()
}

impl RevokedClaims {
    fn read(object: &mut Object) -> Option<Self> {
        let after = object.text("after");
        Some(Self {
            issuer: object.parsed("iss", IssuerId::named),
            iat: object.time("iat"),
            after: (!after.is_empty())
                .then(|| object.some("after", GrantId::parse(&after)))
                .flatten(),
            more: object.boolean("more"),
            hash: object.bytes("revoked"),
        })
    }

    /// The payload to sign.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("iss", self.issuer.as_str())
            .integer("iat", self.iat.get())
            .text("after", &name_of(self.after))
            .boolean("more", self.more)
            .b64u("revoked", &self.hash)
            .finish()
    }
}

/// The text of a page: what was signed about it, and the ids.
#[must_use]
pub fn list_json(head: &str, revoked: &[GrantId]) -> String {
    let bytes: Vec<u8> = revoked.iter().flat_map(|id| *id.bytes()).collect();
    let list = Writer::new().text("head", head).b64u("revoked", &bytes);
    list.finish()
}

/// A page that the issuer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedList {
    iat: Timestamp,
    more: bool,
    revoked: Vec<GrantId>,
}

impl RevokedList {
    /// Parses a page, and checks its signature and that it is the one asked for; `None` for anything else.
    #[must_use]
    pub fn verify(
        text: &[u8],
        issuer: &IssuerId,
        keys: &[PublicJwk],
        after: Option<GrantId>,
    ) -> Option<Self> {
        let object = parse_object(text, MAX_RESPONSE).ok()?;
        let read = object.read(|object| Some((object.text("head"), object.b64u("revoked"))));
        let (head, bytes) = read.ok()?;
        let payload = Unverified::parse(&head, jws::REVOKED).ok()?;
        let claims = payload.verify_with_any(keys).ok()?;
        let claims = claims.read(RevokedClaims::read).ok()?;
        let (chunks, rest) = bytes.as_chunks::<16>();
        let revoked: Vec<GrantId> = chunks.iter().copied().map(GrantId::new).collect();
        // A page that says there is more has something that the next one can begin after.
        let sound = rest.is_empty()
            && claims.issuer == *issuer
            && claims.after == after
            && claims.hash == list_hash(&revoked)
            && revoked.is_sorted_by(|a, b| a < b)
            && revoked
                .first()
                .map_or(!claims.more, |first| Some(*first) > after);
        sound.then_some(Self {
            iat: claims.iat,
            more: claims.more,
            revoked,
        })
    }

    /// When it was read.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// After which id the next page begins; `None` if this is the last.
    #[must_use]
    pub fn next(&self) -> Option<GrantId> {
        self.revoked.last().copied().filter(|_| self.more)
    }

    /// The ids, ascending.
    #[must_use]
    pub fn ids(&self) -> &[GrantId] {
        &self.revoked
    }
}
