//! Plain objects of JavaScript: read member by member, made member by member.
//!
//! By hand and not by serde: `docs/adr/0003-wasm-size.md` says what that saves.

use crate::argument::Arguments;
use farthing_core::money::Micro;
use farthing_core::time::Timestamp;
use js_sys::{Array, Object, Uint8Array};
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
pub(crate) struct Given<'a> {
    object: Plain,
    all: &'a Arguments,
}

impl<'a> Given<'a> {
    /// `name` is what the object is called in a `TypeError`.
    pub(crate) fn new(all: &'a Arguments, value: &JsValue, name: &'static str) -> Self {
        let object = if value.is_object() {
            value.clone()
        } else {
            all.wrong(name, "an object");
            Object::new().into()
        };
        let object = object.unchecked_into();
        Self { object, all }
    }

    /// The same, where `null` and `undefined` say that there is none.
    pub(crate) fn optional(
        all: &'a Arguments,
        value: &JsValue,
        name: &'static str,
    ) -> Option<Self> {
        let none = value.is_null() || value.is_undefined();
        (!none).then(|| Self::new(all, value, name))
    }

    /// What a getter throws is as good as nothing.
    pub(crate) fn member(&self, name: &str) -> JsValue {
        self.object.member(name).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &'static str) -> String {
        self.all.text(&self.member(name), name)
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Vec<u8> {
        self.all.bytes(&self.member(name), name)
    }

    pub(crate) fn given(&self, name: &'static str) -> Self {
        Self::new(self.all, &self.member(name), name)
    }

    pub(crate) fn list(&self, name: &'static str) -> Array {
        self.all.list(&self.member(name), name)
    }

    pub(crate) fn number(&self, name: &'static str) -> u64 {
        self.all.number(&self.member(name), name)
    }

    pub(crate) fn small(&self, name: &'static str) -> u32 {
        self.all.small(&self.member(name), name)
    }

    pub(crate) fn time(&self, name: &'static str) -> Timestamp {
        self.all.time(&self.member(name), name)
    }

    pub(crate) fn amount(&self, name: &'static str) -> Micro {
        self.all.amount(&self.member(name), name)
    }

    /// base64url of exactly `N` bytes.
    pub(crate) fn id<const N: usize>(&self, name: &'static str) -> [u8; N] {
        self.all.id(&self.text(name), name)
    }

    /// Names and values in the object's order.
    pub(crate) fn entries(&self, mut each: impl FnMut(&str, JsValue)) {
        for entry in Object::entries(&self.object).iter() {
            let entry: Array = entry.unchecked_into();
            each(&entry.get(0).as_string().unwrap_or_default(), entry.get(1));
        }
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

    /// base64url.
    pub(crate) fn id(self, name: &str, bytes: &[u8]) -> Self {
        self.text(name, &farthing_core::bytes::to_b64u(bytes))
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
    let list = Array::new();
    for item in items {
        list.push(&make(item));
    }
    list
}
