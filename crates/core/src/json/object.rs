//! An object whose members are taken out one by one, so that what nobody took is noticed.
//!
//! A member that is missing or wrong does not end the reading: it leaves a fault, a value that stands for nothing takes its
//! place, and [`Object::read`] gives out nothing of an object that has a fault. So a fault is looked for once for an object
//! and not once for a member; in the browser file that is worth several kilobytes (`docs/adr/0003-wasm-size.md`).

use super::{Malformed, Value};
use crate::bytes::{array_from_b64u, from_b64u};
use crate::money::Micro;
use crate::point::Point;
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// More than any object of the protocol has, so that none is refused for it that would not be refused for a member nobody
/// takes; and few enough that looking for duplicates stays cheap on a hostile text.
const MAX_MEMBERS: usize = 64;

/// Members in the order read, without duplicates, and the first fault that was found in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    members: Vec<(String, Value)>,
    fault: Option<Malformed>,
}

/// A type with a value that stands in for one that could not be read. Nobody gets to see it: the fault is in the object.
pub trait Blank {
    /// That value.
    fn blank() -> Self;
}

impl Object {
    pub(super) fn insert(&mut self, name: String, value: Value) -> Result<(), Malformed> {
        if self.members.iter().any(|(known, _)| *known == name) {
            return Err(Malformed("duplicate member"));
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(Malformed("unknown member"));
        }
        self.members.push((name, value));
        Ok(())
    }

    /// Reads the whole object.
    ///
    /// # Errors
    /// The first fault; a member that `read` did not take; else `None` of `read` is a fault of its own.
    pub fn read<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Malformed> {
        let value = read(&mut self);
        self.finish()?;
        value.ok_or(Malformed("members that do not fit together"))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// The first fault; else a member that nobody took, which is not part of the object's definition.
    pub fn finish(self) -> Result<(), Malformed> {
        match self.fault {
            Some(fault) => Err(fault),
            None if self.members.is_empty() => Ok(()),
            None => Err(Malformed("unknown member")),
        }
    }

    /// Leaves a fault at a member, unless there is an earlier one.
    pub fn fault(&mut self, name: &'static str) {
        self.absorb(Malformed(name));
    }

    fn absorb(&mut self, fault: Malformed) {
        self.fault.get_or_insert(fault);
    }

    /// Leaves a fault at a member that is not as it must be.
    pub fn check(&mut self, name: &'static str, holds: bool) {
        if !holds {
            self.fault(name);
        }
    }

    /// A value, if there is one; else a fault at that member.
    pub fn some<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        self.check(name, value.is_some());
        value
    }

    /// A text that stays where it is; `None` if there is none of that name.
    #[must_use]
    pub fn peek_text(&self, name: &str) -> Option<&str> {
        match self.members.iter().find(|(known, _)| known == name) {
            Some((_, Value::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// Whether there is a member of that name that was not taken yet.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// Takes a member out; a fault if it is missing.
    pub fn take(&mut self, name: &'static str) -> Option<Value> {
        let index = self.members.iter().position(|(known, _)| known == name);
        if index.is_none() {
            self.fault(name);
        }
        Some(self.members.swap_remove(index?).1)
    }

    /// Takes a text; empty with a fault if it is missing or no text.
    pub fn text(&mut self, name: &'static str) -> String {
        if let Some(Value::Text(text)) = self.take(name) {
            text
        } else {
            self.fault(name);
            String::new()
        }
    }

    /// Takes a text that must be exactly `word`.
    pub fn word(&mut self, name: &'static str, word: &str) {
        let fits = self.text(name) == word;
        self.check(name, fits);
    }

    /// Takes an integer; 0 with a fault if it is missing or no integer.
    pub fn integer(&mut self, name: &'static str) -> u64 {
        if let Some(Value::Integer(value)) = self.take(name) {
            value
        } else {
            self.fault(name);
            0
        }
    }

    /// Takes a truth value; `false` with a fault if it is missing or no truth value.
    pub fn boolean(&mut self, name: &'static str) -> bool {
        if let Some(Value::Bool(value)) = self.take(name) {
            value
        } else {
            self.fault(name);
            false
        }
    }

    /// Takes an amount in micro.
    pub fn amount(&mut self, name: &'static str) -> Micro {
        let amount = Micro::new(self.integer(name));
        self.some(name, amount).unwrap_or_default()
    }

    /// Takes a time in seconds since the epoch.
    pub fn time(&mut self, name: &'static str) -> Timestamp {
        let time = Timestamp::new(self.integer(name));
        self.some(name, time).unwrap_or_default()
    }

    /// Takes an object and reads it whole.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let Some(Value::Object(object)) = self.take(name) else {
            self.fault(name);
            return None;
        };
        let read = object.read(read);
        read.map_err(|fault| self.absorb(fault)).ok()
    }

    /// Takes a list of at most `max` items; empty with a fault if it is missing, no list, or longer.
    pub fn array(&mut self, name: &'static str, max: usize) -> Vec<Value> {
        match self.take(name) {
            Some(Value::Array(items)) if items.len() <= max => items,
            _ => {
                self.fault(name);
                Vec::new()
            }
        }
    }

    /// Takes a list of at most `max` objects and makes a value of each that has no fault.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        self.each(name, max, &mut |object| {
            values.push(read(object)?);
            Some(())
        });
        values
    }

    /// Takes a list of at most `max` objects and reads each whole.
    pub(crate) fn each(
        &mut self,
        name: &'static str,
        max: usize,
        read: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) {
        for item in self.array(name, max) {
            let read = match item {
                Value::Object(object) => object.read(&mut *read),
                _ => Err(Malformed(name)),
            };
            if let Err(fault) = read {
                self.absorb(fault);
            }
        }
    }

    /// Takes a list of at most `max` texts and turns each into a typed value.
    pub fn texts<T>(
        &mut self,
        name: &'static str,
        max: usize,
        parse: fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for item in self.array(name, max) {
            let value = match item {
                Value::Text(text) => parse(&text),
                _ => None,
            };
            match value {
                Some(value) => values.push(value),
                None => self.fault(name),
            }
        }
        values
    }

    /// Takes base64url of any length.
    pub fn b64u(&mut self, name: &'static str) -> Vec<u8> {
        let bytes = from_b64u(&self.text(name));
        self.some(name, bytes).unwrap_or_default()
    }

    /// Takes base64url of exactly `N` bytes; zeros with a fault if it is missing or anything else.
    pub fn bytes<const N: usize>(&mut self, name: &'static str) -> [u8; N] {
        let bytes = array_from_b64u(&self.text(name));
        self.some(name, bytes).unwrap_or([0; N])
    }

    /// Takes a compressed point.
    pub fn point(&mut self, name: &'static str) -> Option<Point> {
        let point = Point::parse(self.bytes(name));
        self.some(name, point)
    }

    /// Takes a text that a condition holds for.
    pub fn text_that(&mut self, name: &'static str, holds: fn(&str) -> bool) -> String {
        let text = self.text(name);
        self.check(name, holds(&text));
        text
    }

    /// Takes a text and turns it into a typed value; a blank one with a fault if it is missing or `parse` refuses it.
    pub fn parsed<T: Blank>(&mut self, name: &'static str, parse: fn(&str) -> Option<T>) -> T {
        let value = parse(&self.text(name));
        self.some(name, value).unwrap_or_else(T::blank)
    }
}
