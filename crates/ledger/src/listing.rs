//! The tokens of a request, as its answer lists them: who drops the answer finds their rows by it.
//!
//! ```text
//! inputs = be32(keyset number of the lead) ‖ for each other token, ascending: be32(keyset number) ‖ nullifier (32)
//! ```
//!
//! The lead is not repeated: it stands beside the list.

use crate::keyset_number::KeysetNumber;
use farthing_core::bytes::Reader;
use farthing_core::id::Nullifier;

/// Writes the list. The first token is the lead.
pub(crate) fn write(tokens: impl IntoIterator<Item = (KeysetNumber, Nullifier)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, (keyset, nullifier)) in tokens.into_iter().enumerate() {
        bytes.extend_from_slice(&keyset.to_be_bytes());
        if index > 0 {
            bytes.extend_from_slice(nullifier.bytes());
        }
    }
    bytes
}

/// Reads the list; `None` if it is none, or does not ascend from the lead on.
pub(crate) fn read(lead: Nullifier, bytes: &[u8]) -> Option<Vec<(KeysetNumber, Nullifier)>> {
    let mut reader = Reader::new(bytes);
    let mut tokens = vec![(KeysetNumber::from_be_bytes(reader.array()?)?, lead)];
    while reader.left() > 0 {
        let keyset = KeysetNumber::from_be_bytes(reader.array()?)?;
        tokens.push((keyset, Nullifier::new(reader.array()?)));
    }
    tokens.is_sorted_by(|a, b| a.1 < b.1).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let token = |keyset, n| (KeysetNumber::new(keyset).unwrap(), Nullifier::new([n; 32]));
        for tokens in [
            vec![token(1, 3)],
            vec![token(7, 1), token(1, 2), token(7, 9)],
        ] {
            let bytes = write(tokens.clone());
            assert_eq!(bytes.len(), tokens.len() * 36 - 32);
            assert_eq!(read(tokens[0].1, &bytes), Some(tokens.clone()));
            assert_eq!(read(tokens[0].1, &bytes[1..]), None);
            let second = Nullifier::new([200; 32]);
            assert_eq!(read(second, &bytes).is_some(), tokens.len() == 1);
        }
        assert_eq!(read(Nullifier::new([1; 32]), &[]), None);
        assert_eq!(read(Nullifier::new([1; 32]), &[0; 4]), None);
    }
}
