//! What was checked for a request and holds for the next one as well: offers whose signature is their publisher's, and
//! content keys whose wrap was opened.
//!
//! Only what follows from bytes alone is kept: a signature under these keys, an opened wrap of this offer. What the clock, the
//! registration of a publisher or the keys in force decide is decided for each request anew. Both are bounded, and what
//! was not used for longest goes.

use farthing_core::bytes::{Transcript, sha256};
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::{KeysetId, OfferHash};
use farthing_core::jwk::Kid;
use farthing_core::offer::Offer;
use farthing_core::spent::Prefix;
use farthing_ledger::Hour;
use hashlink::LruCache;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An offer has at most 16 KiB of text; most have one or two.
const OFFERS: usize = 1_024;
const CONTENT_KEYS: usize = 1_024;

/// A list of spent tokens has about 170 KB at most, and holds for an hour.
const SPENT_LISTS: usize = 64;

type Name = [u8; 32];
type ListName = (KeysetId, Prefix);

/// An offer that verified under its publisher's registered keys.
#[derive(Debug)]
pub(crate) struct VerifiedOffer {
    offer: Offer,
    keys: Name,
}

impl VerifiedOffer {
    /// The offer, whoever's keys it was verified with.
    pub(crate) const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Whether these are the keys that it was verified with.
    pub(crate) fn is_by(&self, keys: &str) -> bool {
        self.keys == sha256(keys.as_bytes())
    }
}

/// Which wrap: for one sealing key and one offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrapName(Name);

impl WrapName {
    pub(crate) fn new(kid: &Kid, offer: &OfferHash, wrap: &SealedKey) -> Self {
        let transcript = Transcript::new("")
            .lp(kid.to_text().as_bytes())
            .fixed(offer.bytes())
            .fixed(wrap);
        Self(transcript.hash())
    }
}

/// What was checked lately.
pub(crate) struct Recent {
    offers: Mutex<LruCache<Name, Arc<VerifiedOffer>>>,
    content_keys: Mutex<LruCache<Name, ContentKey>>,
    spent: Mutex<LruCache<ListName, (Hour, Arc<str>)>>,
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent")
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            offers: Mutex::new(LruCache::new(OFFERS)),
            content_keys: Mutex::new(LruCache::new(CONTENT_KEYS)),
            spent: Mutex::new(LruCache::new(SPENT_LISTS)),
        }
    }
}

/// What is in the cache is whole at every moment: a panic elsewhere does not spoil it.
fn lock<T>(cache: &Mutex<T>) -> MutexGuard<'_, T> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recent {
    /// The offer of that very text, signature included.
    pub(crate) fn offer(&self, text: &str) -> Option<Arc<VerifiedOffer>> {
        let name = sha256(text.as_bytes());
        lock(&self.offers).get(&name).map(Arc::clone)
    }

    /// Keeps an offer that verified under these keys, as they are registered.
    pub(crate) fn keep_offer(&self, text: &str, keys: &str, offer: Offer) -> Arc<VerifiedOffer> {
        let keys = sha256(keys.as_bytes());
        let verified = Arc::new(VerifiedOffer { offer, keys });
        let name = sha256(text.as_bytes());
        lock(&self.offers).insert(name, Arc::clone(&verified));
        verified
    }

    /// The content key that was in that wrap.
    pub(crate) fn content_key(&self, wrap: &WrapName) -> Option<ContentKey> {
        lock(&self.content_keys).get(&wrap.0).cloned()
    }

    /// The list of what was spent as it was first read in that hour.
    pub(crate) fn spent(&self, keyset: KeysetId, prefix: Prefix, hour: Hour) -> Option<Arc<str>> {
        let mut lists = lock(&self.spent);
        let (of, list) = lists.get(&(keyset, prefix))?;
        (*of == hour).then(|| Arc::clone(list))
    }

    /// Keeps a list, unless another was kept for that hour since: that one is given.
    pub(crate) fn keep_spent(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
        hour: Hour,
        list: Arc<str>,
    ) -> Arc<str> {
        let mut lists = lock(&self.spent);
        if let Some((of, first)) = lists.get(&(keyset, prefix))
            && *of == hour
        {
            return Arc::clone(first);
        }
        lists.insert((keyset, prefix), (hour, Arc::clone(&list)));
        list
    }

    /// Keeps a content key that the offer commits to.
    pub(crate) fn keep_content_key(&self, wrap: &WrapName, key: ContentKey) {
        lock(&self.content_keys).insert(wrap.0, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_found_by_every_byte_of_its_name() {
        let recent = Recent::default();
        let kid = Kid::parse(&"A".repeat(43)).unwrap();
        let wrap = |byte: usize| {
            let mut wrap = [0; 113];
            wrap[..8].copy_from_slice(&byte.to_be_bytes());
            WrapName::new(&kid, &OfferHash::new([1; 32]), &wrap)
        };
        for byte in 0..CONTENT_KEYS + 10 {
            recent.keep_content_key(&wrap(byte), ContentKey::new([7; 32]));
            // The first is used all the time.
            assert!(recent.content_key(&wrap(0)).is_some());
        }
        assert_eq!(lock(&recent.content_keys).len(), CONTENT_KEYS);
        assert!(recent.content_key(&wrap(1)).is_none());
        assert!(recent.content_key(&wrap(CONTENT_KEYS)).is_some());

        let good = [0; 113];
        let other = Kid::parse(&format!("{}8", "A".repeat(42))).unwrap();
        let mut changed = good;
        changed[112] = 1;
        let offer = OfferHash::new([1; 32]);
        let name = WrapName::new(&kid, &offer, &good);
        assert_ne!(name, WrapName::new(&other, &offer, &good));
        assert_ne!(name, WrapName::new(&kid, &OfferHash::new([2; 32]), &good));
        assert_ne!(name, WrapName::new(&kid, &offer, &changed));
    }
}
