//! Rows as both stores have them, and what is compared of them.

use farthing_core::bytes::Transcript;

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Bytes(Option<Vec<u8>>),
    Flag(bool),
    Number(i64),
    Small(i32),
    Text(Option<String>),
}

impl Value {
    fn add_to(&self, transcript: Transcript) -> Transcript {
        let optional = |transcript: Transcript, value: Option<&[u8]>| match value {
            None => transcript.be32(0),
            Some(bytes) => transcript.be32(1).lp(bytes),
        };
        match self {
            Self::Bytes(bytes) => optional(transcript, bytes.as_deref()),
            Self::Flag(flag) => transcript.be32(u32::from(*flag)),
            Self::Number(number) => transcript.fixed(&number.to_be_bytes()),
            Self::Small(number) => transcript.fixed(&number.to_be_bytes()),
            Self::Text(text) => optional(transcript, text.as_deref().map(str::as_bytes)),
        }
    }
}

/// Rows without their order, which two databases need not share: how many, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    rows: u64,
    sum: [u64; 4],
}

impl Digest {
    pub(crate) fn add(&mut self, rows: &[Vec<Value>]) {
        for row in rows {
            let start = Transcript::new("farthing/v1/row");
            let hash = row.iter().fold(start, |bytes, v| v.add_to(bytes)).hash();
            let (words, _) = hash.as_chunks::<8>();
            for (sum, word) in self.sum.iter_mut().zip(words) {
                *sum = sum.wrapping_add(u64::from_be_bytes(*word));
            }
            self.rows = self.rows.saturating_add(1);
        }
    }

    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }
}
