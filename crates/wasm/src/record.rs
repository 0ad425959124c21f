//! Plain objects of JavaScript: read member by member, made member by member.
//!
//! By hand and not by serde: `docs/adr/0003-wasm-size.md` says what that saves.

use crate::argument;
use crate::errors::Failure;
use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Any object, by the names of its members.
    #[wasm_bindgen(extends = Object)]
    pub(crate) type Plain;

    #[wasm_bindgen(method, catch, indexing_getter)]
    fn member(this: &Plain, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, indexing_setter)]
    pub(crate) fn put(this: &Plain, name: &str, value: &JsValue);
}

/// An object that the caller gave.
pub(crate) struct Given(Plain);

impl Given {
    /// `name` is what the object is called in a `TypeError`.
    pub(crate) fn new(value: &JsValue, name: &str) -> Result<Self, Failure> {
        if value.is_object() {
            Ok(Self(value.clone().unchecked_into()))
        } else {
            Err(Failure::caller(name, "an object"))
        }
    }

    /// The same, where `null` and `undefined` say that there is none.
    pub(crate) fn optional(value: &JsValue, name: &str) -> Result<Option<Self>, Failure> {
        if value.is_null() || value.is_undefined() {
            Ok(None)
        } else {
            Self::new(value, name).map(Some)
        }
    }

    pub(crate) fn member(&self, name: &str) -> Result<JsValue, Failure> {
        let value = self.0.member(name);
        value.map_err(|_| Failure::caller(name, "readable"))
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, Failure> {
        argument::text(&self.member(name)?, name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        argument::bytes(&self.member(name)?, name)
    }

    pub(crate) fn given(&self, name: &str) -> Result<Self, Failure> {
        Self::new(&self.member(name)?, name)
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<JsValue>, Failure> {
        argument::list(&self.member(name)?, name)
    }

    /// A text that `parse` understands.
    pub(crate) fn parsed<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        argument::parsed(&self.text(name)?, name, parse)
    }

    /// A whole number that `parse` admits.
    pub(crate) fn number<T>(
        &self,
        name: &str,
        parse: impl FnOnce(u64) -> Option<T>,
    ) -> Result<T, Failure> {
        argument::number(&self.member(name)?, name, parse)
    }

    /// Names and values in the object's order.
    pub(crate) fn entries(&self) -> Vec<(String, JsValue)> {
        let mut pairs = Vec::new();
        for entry in Object::entries(&self.0).to_vec() {
            let entry: Array = entry.unchecked_into();
            if let Some(name) = entry.get(0).as_string() {
                pairs.push((name, entry.get(1)));
            }
        }
        pairs
    }
}

/// An object for the caller.
pub(crate) struct Made(Plain);

impl Made {
    pub(crate) fn new() -> Self {
        Self(Object::new().unchecked_into())
    }

    pub(crate) fn value(self, name: &str, value: &JsValue) -> Self {
        self.0.put(name, value);
        self
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.value(name, &value.into())
    }

    pub(crate) fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.value(name, &Uint8Array::from(value).into())
    }

    /// Amounts and times are below 2^53 by their types, so that nothing is rounded.
    pub(crate) fn number(self, name: &str, value: u64) -> Self {
        self.value(name, &JsValue::from_f64(value as f64))
    }

    pub(crate) fn boolean(self, name: &str, value: bool) -> Self {
        self.value(name, &value.into())
    }

    pub(crate) fn made(self, name: &str, value: Self) -> Self {
        self.value(name, &value.into())
    }

    pub(crate) fn list<T>(
        self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        make: impl Fn(T) -> JsValue,
    ) -> Self {
        self.value(name, &list(items, make).into())
    }
}

impl From<Made> for JsValue {
    fn from(made: Made) -> Self {
        made.0.into()
    }
}

pub(crate) fn list<T>(items: impl IntoIterator<Item = T>, make: impl Fn(T) -> JsValue) -> Array {
    items.into_iter().map(make).collect()
}

/// Whether a value has bytes. Not `instanceof`: an array of another window is as good.
pub(crate) fn is_bytes(value: &JsValue) -> bool {
    ArrayBuffer::is_view(value)
}
