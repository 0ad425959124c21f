//! Writing: members in the order given, no white space, so that equal calls give equal bytes.

use crate::bytes::to_b64u;
use alloc::{boxed::Box, string::String};

/// An object under construction.
// Boxed, so that a chain of calls hands on a pointer and not a string, which is half a kilobyte of the browser file.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "as said above")]
pub struct Writer(Box<String>);

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\u{0}'..='\u{1f}' => {
                out.push_str("\\u00");
                for shift in [4, 0] {
                    out.extend(char::from_digit((u32::from(c) >> shift) & 15, 16));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Digit by digit: the standard library's formatting weighs 1 KB of the browser file gzipped.
fn push_integer(out: &mut String, value: u64) {
    if value > 9 {
        push_integer(out, value / 10);
    }
    let digit = u32::try_from(value % 10).ok();
    out.extend(digit.and_then(|digit| char::from_digit(digit, 10)));
}

impl Writer {
    /// Begins an object.
    #[must_use]
    pub fn new() -> Self {
        Self(Box::new(String::from("{")))
    }

    fn name(mut self, name: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, name);
        self.0.push(':');
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        let mut this = self.name(name);
        push_text(&mut this.0, value);
        this
    }

    /// Adds bytes as base64url.
    #[must_use]
    pub fn b64u(self, name: &str, bytes: &[u8]) -> Self {
        self.text(name, &to_b64u(bytes))
    }

    /// Adds an integer.
    #[must_use]
    pub fn integer(self, name: &str, value: u64) -> Self {
        let mut this = self.name(name);
        push_integer(&mut this.0, value);
        this
    }

    /// Adds a truth value.
    #[must_use]
    pub fn boolean(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// Adds a finished object.
    #[must_use]
    pub fn object(self, name: &str, value: Self) -> Self {
        self.raw(name, &value.finish())
    }

    /// Adds a finished list.
    #[must_use]
    pub fn array(self, name: &str, value: Array) -> Self {
        self.raw(name, &value.finish())
    }

    fn raw(self, name: &str, json: &str) -> Self {
        let mut this = self.name(name);
        this.0.push_str(json);
        this
    }

    /// Ends the object.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push('}');
        *self.0
    }
}

/// A list under construction.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "as for an object")]
pub struct Array(Box<String>);

impl Default for Array {
    fn default() -> Self {
        Self::new()
    }
}

impl Array {
    /// Begins a list.
    #[must_use]
    pub fn new() -> Self {
        Self(Box::new(String::from("[")))
    }

    fn comma(mut self) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self
    }

    /// Adds an object.
    #[must_use]
    pub fn object(self, value: Writer) -> Self {
        let mut this = self.comma();
        this.0.push_str(&value.finish());
        this
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        let mut this = self.comma();
        push_text(&mut this.0, value);
        this
    }

    /// Adds bytes as base64url.
    #[must_use]
    pub fn b64u(self, bytes: &[u8]) -> Self {
        self.text(&to_b64u(bytes))
    }

    /// Adds an object for each item.
    #[must_use]
    pub fn objects<T>(
        self,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(T) -> Writer,
    ) -> Self {
        items
            .into_iter()
            .fold(self, |array, item| array.object(write(item)))
    }

    fn finish(mut self) -> String {
        self.0.push(']');
        *self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use alloc::format;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_are_written_as_the_standard_library_writes_them(value: u64, bits in 0_u32..64) {
            for value in [value >> bits, 0, u64::MAX] {
                prop_assert_eq!(Writer::new().integer("n", value).finish(), format!("{{\"n\":{value}}}"));
            }
        }
    }
}
