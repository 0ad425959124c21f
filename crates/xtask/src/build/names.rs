//! The names of functions in a WebAssembly file: subsection 1 of its custom section `name`
//! (WebAssembly core specification, appendix "Name Section").

/// The bytes of a file from some place on.
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

/// All names of functions; `None` for a file that is not WebAssembly or has no names.
pub(super) fn function_names(file: &[u8]) -> Option<Vec<String>> {
    let mut file = Reader(file.strip_prefix(b"\0asm\x01\0\0\0")?);
    while let Some((kind, mut section)) = file.section() {
        if kind == 0 && section.bytes()? == b"name" {
            while let Some((kind, names)) = section.section() {
                if kind == 1 {
                    return names.names();
                }
            }
        }
    }
    None
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An unsigned number of at most 32 bits in LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    }

    /// As many bytes as the number before them says.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A section or subsection: its kind, and what is in it.
    fn section(&mut self) -> Option<(u8, Self)> {
        Some((self.byte()?, Self(self.bytes()?)))
    }

    fn names(mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for _ in 0..self.number()? {
            self.number()?;
            names.push(String::from_utf8_lossy(self.bytes()?).into_owned());
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty type section, and a name section with a module's name and two functions' names.
    const FILE: &[u8] =
        b"\0asm\x01\0\0\0\x01\x01\0\0\x17\x04name\0\x02\x01m\x01\x0c\x02\0\x03one\x81\x01\x03two";

    #[test]
    fn names_are_read_past_other_sections() {
        assert_eq!(function_names(FILE).unwrap(), ["one", "two"]);
    }

    #[test]
    fn a_file_without_names_or_broken_off_has_none() {
        assert_eq!(function_names(b"\0asm\x01\0\0\0\x01\x01\0"), None);
        assert_eq!(function_names(b"#!/bin/sh"), None);
        for end in 0..FILE.len() {
            assert_eq!(function_names(&FILE[..end]), None, "broken off at {end}");
        }
    }
}
