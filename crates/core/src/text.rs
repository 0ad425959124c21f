//! Texts cut at one ASCII character. The standard library's searching in texts is made for any pattern and weighs 1.7 KB of
//! the browser file gzipped (`docs/adr/0003-wasm-size.md`); an ASCII byte in UTF-8 is always a character of its own.

/// What stands before and after the first `mark`; `None` without one.
pub(crate) fn cut_at_first(text: &str, mark: u8) -> Option<(&str, &str)> {
    cut(text, text.bytes().position(|byte| byte == mark)?)
}

/// What stands before and after the last `mark`; `None` without one.
pub(crate) fn cut_at_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    cut(text, text.bytes().rposition(|byte| byte == mark)?)
}

/// Leaves out the byte at `place`. `None` does not happen where an ASCII character stands there.
fn cut(text: &str, place: usize) -> Option<(&str, &str)> {
    Some((text.get(..place)?, text.get(place.checked_add(1)?..)?))
}

#[cfg(test)]
mod tests {
    use super::{cut_at_first, cut_at_last};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cuts_where_the_standard_library_does(text in "[.:a€\u{1f4b0}]{0,8}") {
            for mark in ['.', ':'] {
                let byte = u8::try_from(mark).unwrap();
                prop_assert_eq!(cut_at_first(&text, byte), text.split_once(mark));
                prop_assert_eq!(cut_at_last(&text, byte), text.rsplit_once(mark));
            }
        }
    }
}
