//! Reading: bytes to a tree, or a refusal.

use super::{Malformed, Object};
use crate::money::MAX_SAFE_INTEGER;
use alloc::{string::String, vec::Vec};

/// Objects and lists within one another (R3).
const MAX_DEPTH: u8 = 16;

/// A JSON value as this protocol knows it: no null, no fraction, no sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An integer 0 … 2^53 − 1.
    Integer(u64),
    /// A text.
    Text(String),
    /// A list.
    Array(Vec<Self>),
    /// An object without duplicate members.
    Object(Object),
}

/// Reads one object of at most `max` bytes with nothing after it but white space.
///
/// # Errors
/// [`Malformed`] for everything that R3 does not admit.
pub fn parse_object(bytes: &[u8], max: usize) -> Result<Object, Malformed> {
    if bytes.len() > max {
        return Err(Malformed("longer than allowed"));
    }
    if core::str::from_utf8(bytes).is_err() {
        return Err(Malformed("not UTF-8"));
    }
    let mut scan = Scan { bytes, at: 0 };
    scan.space();
    let value = scan.value(MAX_DEPTH)?;
    scan.space();
    match value {
        Value::Object(object) if scan.at == bytes.len() => Ok(object),
        Value::Object(_) => Err(Malformed("bytes after the object")),
        _ => Err(Malformed("not an object")),
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

const SYNTAX: Malformed = Malformed("not JSON");

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Malformed> {
        let byte = self.peek().ok_or(SYNTAX)?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        for expected in word {
            if self.next()? != *expected {
                return Err(SYNTAX);
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: u8) -> Result<Value, Malformed> {
        let deeper = || depth.checked_sub(1).ok_or(Malformed("too deep"));
        match self.peek() {
            Some(b'{') => self.object(deeper()?).map(Value::Object),
            Some(b'[') => self.array(deeper()?).map(Value::Array),
            Some(b'"') => self.text().map(Value::Text),
            Some(b't') => self.word(b"true").map(|()| Value::Bool(true)),
            Some(b'f') => self.word(b"false").map(|()| Value::Bool(false)),
            Some(b'0'..=b'9') => self.integer().map(Value::Integer),
            _ => Err(SYNTAX),
        }
    }

    fn object(&mut self, depth: u8) -> Result<Object, Malformed> {
        let mut object = Object::default();
        self.next()?;
        self.space();
        if self.peek() == Some(b'}') {
            self.next()?;
            return Ok(object);
        }
        loop {
            self.space();
            let name = self.text()?;
            self.space();
            self.word(b":")?;
            self.space();
            let value = self.value(depth)?;
            object.insert(name, value)?;
            self.space();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(object),
                _ => return Err(SYNTAX),
            }
        }
    }

    fn array(&mut self, depth: u8) -> Result<Vec<Value>, Malformed> {
        let mut items = Vec::new();
        self.next()?;
        self.space();
        if self.peek() == Some(b']') {
            self.next()?;
            return Ok(items);
        }
        loop {
            self.space();
            items.push(self.value(depth)?);
            self.space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(items),
                _ => return Err(SYNTAX),
            }
        }
    }

    fn integer(&mut self) -> Result<u64, Malformed> {
        let first = self.next()?;
        let mut value = u64::from(first.wrapping_sub(b'0'));
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if value == 0 {
                return Err(Malformed("leading zero"));
            }
            self.next()?;
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u64::from(digit.wrapping_sub(b'0'))))
                .filter(|v| *v <= MAX_SAFE_INTEGER)
                .ok_or(Malformed("integer too large"))?;
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(Malformed("not an integer"));
        }
        Ok(value)
    }

    fn text(&mut self) -> Result<String, Malformed> {
        self.word(b"\"")?;
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => {
                    let c = self.escape()?;
                    let mut buffer = [0; 4];
                    text.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                }
                0..=0x1f => return Err(Malformed("control character in a text")),
                byte => text.push(byte),
            }
        }
        String::from_utf8(text).map_err(|_| SYNTAX)
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(SYNTAX),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Malformed> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            self.word(b"\\u")?;
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Malformed("lone surrogate"));
            }
            // Both halves are in range, so nothing here can wrap.
            let high = first.wrapping_sub(0xd800) << 10;
            high.wrapping_add(second.wrapping_sub(0xdc00))
                .wrapping_add(0x1_0000)
        } else {
            first
        };
        char::from_u32(code).ok_or(Malformed("lone surrogate"))
    }

    fn hex4(&mut self) -> Result<u32, Malformed> {
        let mut value = 0_u32;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(SYNTAX)?;
            value = (value << 4) | digit;
        }
        Ok(value)
    }
}
