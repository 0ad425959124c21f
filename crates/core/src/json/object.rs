//! An object whose members are taken out one by one, so that what nobody took is noticed.

use super::{Malformed, Value};
use crate::bytes::{array_from_b64u, from_b64u};
use alloc::{string::String, vec::Vec};

/// More than any object of the protocol has, so that none is refused for it that would not be refused for a member nobody
/// takes; and few enough that looking for duplicates stays cheap on a hostile text.
const MAX_MEMBERS: usize = 64;

/// Members in the order read, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    pub(super) fn insert(&mut self, name: String, value: Value) -> Result<(), Malformed> {
        if self.0.iter().any(|(known, _)| *known == name) {
            return Err(Malformed("duplicate member"));
        }
        if self.0.len() >= MAX_MEMBERS {
            return Err(Malformed("unknown member"));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Takes a member out.
    ///
    /// # Errors
    /// Names the member if it is missing.
    pub fn take(&mut self, name: &'static str) -> Result<Value, Malformed> {
        let index = self.0.iter().position(|(known, _)| known == name);
        index
            .map(|i| self.0.swap_remove(i).1)
            .ok_or(Malformed(name))
    }

    /// Takes a text.
    ///
    /// # Errors
    /// Names the member if it is missing or no text.
    pub fn text(&mut self, name: &'static str) -> Result<String, Malformed> {
        match self.take(name)? {
            Value::Text(text) => Ok(text),
            _ => Err(Malformed(name)),
        }
    }

    /// Takes a text that must be exactly `word`.
    ///
    /// # Errors
    /// Names the member if it is missing or anything else.
    pub fn word(&mut self, name: &'static str, word: &str) -> Result<(), Malformed> {
        if self.text(name)? == word {
            Ok(())
        } else {
            Err(Malformed(name))
        }
    }

    /// Takes an integer.
    ///
    /// # Errors
    /// Names the member if it is missing or no integer.
    pub fn integer(&mut self, name: &'static str) -> Result<u64, Malformed> {
        match self.take(name)? {
            Value::Integer(value) => Ok(value),
            _ => Err(Malformed(name)),
        }
    }

    /// Takes a truth value.
    ///
    /// # Errors
    /// Names the member if it is missing or no truth value.
    pub fn boolean(&mut self, name: &'static str) -> Result<bool, Malformed> {
        match self.take(name)? {
            Value::Bool(value) => Ok(value),
            _ => Err(Malformed(name)),
        }
    }

    /// Takes an object.
    ///
    /// # Errors
    /// Names the member if it is missing or no object.
    pub fn object(&mut self, name: &'static str) -> Result<Self, Malformed> {
        match self.take(name)? {
            Value::Object(value) => Ok(value),
            _ => Err(Malformed(name)),
        }
    }

    /// Takes a list of at most `max` items.
    ///
    /// # Errors
    /// Names the member if it is missing, no list, or longer.
    pub fn array(&mut self, name: &'static str, max: usize) -> Result<Vec<Value>, Malformed> {
        match self.take(name)? {
            Value::Array(items) if items.len() <= max => Ok(items),
            _ => Err(Malformed(name)),
        }
    }

    /// Takes a list of at most `max` objects.
    ///
    /// # Errors
    /// Names the member if it is missing, longer, or holds anything but objects.
    pub fn objects(&mut self, name: &'static str, max: usize) -> Result<Vec<Self>, Malformed> {
        self.list(name, max, Ok)
    }

    /// Takes a list of at most `max` objects and makes a value of each.
    ///
    /// # Errors
    /// Names the member if it is missing, longer, or holds anything but objects; else what `parse` gives.
    pub fn list<T, E: From<Malformed>>(
        &mut self,
        name: &'static str,
        max: usize,
        mut parse: impl FnMut(Self) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut values = Vec::new();
        for item in self.array(name, max)? {
            let Value::Object(object) = item else {
                return Err(Malformed(name).into());
            };
            values.push(parse(object)?);
        }
        Ok(values)
    }

    /// Takes a list of at most `max` texts and turns each into a typed value.
    ///
    /// # Errors
    /// Names the member if it is missing, longer, holds anything but texts, or `parse` refuses one.
    pub fn texts<T>(
        &mut self,
        name: &'static str,
        max: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Malformed> {
        let mut values = Vec::new();
        for item in self.array(name, max)? {
            let Value::Text(text) = item else {
                return Err(Malformed(name));
            };
            values.push(parse(&text).ok_or(Malformed(name))?);
        }
        Ok(values)
    }

    /// Takes base64url of any length.
    ///
    /// # Errors
    /// Names the member if it is missing or not strict base64url.
    pub fn b64u(&mut self, name: &'static str) -> Result<Vec<u8>, Malformed> {
        from_b64u(&self.text(name)?).ok_or(Malformed(name))
    }

    /// Takes base64url of exactly `N` bytes.
    ///
    /// # Errors
    /// Names the member if it is missing or anything else.
    pub fn bytes<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Malformed> {
        array_from_b64u(&self.text(name)?).ok_or(Malformed(name))
    }

    /// Takes a text and turns it into a typed value.
    ///
    /// # Errors
    /// Names the member if it is missing or `parse` refuses it.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Malformed> {
        parse(&self.text(name)?).ok_or(Malformed(name))
    }

    /// Takes an integer and turns it into a typed value.
    ///
    /// # Errors
    /// Names the member if it is missing or `parse` refuses it.
    pub fn number<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(u64) -> Option<T>,
    ) -> Result<T, Malformed> {
        parse(self.integer(name)?).ok_or(Malformed(name))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// A member that nobody took is not part of the object's definition.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed("unknown member"))
        }
    }
}
