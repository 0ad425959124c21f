//! The recovery phrase: sixteen random bytes as twelve English words (BIP 39), from which a purse's seed derives (spec
//! section 4.1).

use super::seed::Seed;
use crate::bytes::Transcript;
use alloc::string::String;
use alloc::vec::Vec;
use bip39::{Error, Language, Mnemonic};
use core::fmt;
use sha2::Sha256;
use zeroize::Zeroizing;

/// How many words.
pub const WORDS: usize = 12;
/// Of how many random bytes.
pub const PHRASE_LEN: usize = 16;
/// How many words that begin alike are worth showing.
const SUGGESTIONS: usize = 10;

/// What a person writes down: whoever has it has the purse.
pub struct Phrase(Zeroizing<[u8; PHRASE_LEN]>);

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(…)")
    }
}

/// Why words are no phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseInvalid {
    /// They are not twelve.
    Count,
    /// That one of them, from 0, is not in the list.
    Word(usize),
    /// All are in the list, but one is not the one that was written down, or two changed places.
    Checksum,
}

impl PhraseInvalid {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "phrase_invalid"
    }

    /// Which of the reasons; stable.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Word(_) => "word",
            Self::Checksum => "checksum",
        }
    }
}

impl Phrase {
    /// Takes 16 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; PHRASE_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads words as a person writes them: what is not a letter divides them, and capitals are as good as small letters.
    ///
    /// # Errors
    /// [`PhraseInvalid`]; a wrong number of words is told before a word that is unknown.
    pub fn parse(text: &str) -> Result<Self, PhraseInvalid> {
        let divides = |c: char| c.is_whitespace() || (c.is_ascii() && !c.is_ascii_alphabetic());
        // As long as all of them can be, so that no copy is left behind.
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        let mut count = 0_usize;
        for word in text.split(divides).filter(|word| !word.is_empty()) {
            if count > 0 {
                plain.push(' ');
            }
            count = count.saturating_add(1);
            plain.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        }
        if count != WORDS {
            return Err(PhraseInvalid::Count);
        }
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &plain);
        let mnemonic = mnemonic.map_err(|error| match error {
            Error::UnknownWord(index) => PhraseInvalid::Word(index),
            Error::BadWordCount(_) => PhraseInvalid::Count,
            _ => PhraseInvalid::Checksum,
        })?;
        let (entropy, _) = mnemonic.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        let bytes = entropy.first_chunk().ok_or(PhraseInvalid::Count)?;
        Ok(Self::new(*bytes))
    }

    /// The twelve words.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        // Sixteen bytes are always twelve words.
        Mnemonic::from_entropy_in(Language::English, self.0.as_ref())
            .map(|mnemonic| mnemonic.words().collect())
            .unwrap_or_default()
    }

    /// The sixteen bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Zeroizing<[u8; PHRASE_LEN]> {
        &self.0
    }

    /// The bytes of the purse's seed. Not BIP 39's own derivation: its 2,048 rounds protect a phrase that a person thought
    /// of, and this one is sixteen random bytes.
    #[must_use]
    pub fn seed_bytes(&self) -> Zeroizing<[u8; 32]> {
        let info = Transcript::new("farthing/v1/phrase").bytes();
        let mut seed = Zeroizing::new([0; 32]);
        // 32 bytes, far below HKDF's limit, the only error there is.
        let _ = hkdf::Hkdf::<Sha256>::new(Some(b""), self.0.as_ref()).expand(&info, &mut *seed);
        seed
    }

    /// The purse's seed.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed::new(*self.seed_bytes())
    }
}

/// The words of the list that begin so, at most ten; none for the empty text.
#[must_use]
pub fn suggestions(start: &str) -> &'static [&'static str] {
    if start.is_empty() {
        return &[];
    }
    let list: &'static [&'static str] = Language::English.word_list();
    // The list is in alphabetical order.
    let first = list.partition_point(|word| *word < start);
    let found = list.get(first..).unwrap_or_default();
    let count = found.partition_point(|word| word.starts_with(start));
    found.get(..count.min(SUGGESTIONS)).unwrap_or_default()
}
