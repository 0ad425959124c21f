//! Writing: members in the order given, no white space, so that equal calls give equal bytes.

use crate::bytes::to_b64u;
use alloc::string::{String, ToString};

/// An object under construction.
#[derive(Debug)]
pub struct Writer(String);

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
                let digits = b"0123456789abcdef";
                let code = u32::from(c);
                out.push_str("\\u00");
                for shift in [4, 0] {
                    let digit = usize::try_from((code >> shift) & 15).ok();
                    out.push(char::from(
                        *digit.and_then(|d| digits.get(d)).unwrap_or(&b'0'),
                    ));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Writer {
    /// Begins an object.
    #[must_use]
    pub fn new() -> Self {
        Self(String::from("{"))
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
        this.0.push_str(&value.to_string());
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
        self.0
    }
}

/// A list under construction.
#[derive(Debug)]
pub struct Array(String);

impl Default for Array {
    fn default() -> Self {
        Self::new()
    }
}

impl Array {
    /// Begins a list.
    #[must_use]
    pub fn new() -> Self {
        Self(String::from("["))
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
        self.0
    }
}
