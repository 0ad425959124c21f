//! What a stranger's client is tested against: `tests/vectors/v1`, written from the fixtures, the same bytes every time.
//!
//! A vector is a question (`check`, `input`) and the one right answer (`expect`): members to compare, or
//! `{"refused": code}`. `tests/vectors/v1/README.md` says what each check asks.

mod content;
mod derive;
mod gifts;
mod grants;
mod jws;
mod manifests;
mod offers;
mod refunds;
mod requests;
mod seeds;
mod texts;
mod wallets;

pub use jws::twin;
pub use seeds::{Seed, seeds};

use farthing_core::bytes::to_b64u;
use serde_json::{Value, json};

/// One file.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Folder: the check.
    pub check: &'static str,
    /// File name without ending: `good_…`, or `bad_…` named for its fault.
    pub name: String,
    /// The file's text.
    pub text: String,
}

/// Collects the vectors of one check.
struct Folder {
    check: &'static str,
    vectors: Vec<Vector>,
}

impl Folder {
    const fn new(check: &'static str) -> Self {
        Self {
            check,
            vectors: Vec::new(),
        }
    }

    fn add(&mut self, name: String, about: &str, rule: &str, input: &Value, expect: &Value) {
        let vector = json!({
            "about": about,
            "rule": rule,
            "check": self.check,
            "input": input,
            "expect": expect,
        });
        assert!(
            self.vectors.iter().all(|known| known.name != name),
            "{}: two vectors named {name}",
            self.check
        );
        let mut text = serde_json::to_string_pretty(&vector).unwrap();
        text.push('\n');
        self.vectors.push(Vector {
            check: self.check,
            name,
            text,
        });
    }

    fn good(&mut self, name: &str, about: &str, rule: &str, input: &Value, expect: &Value) {
        self.add(format!("good_{name}"), about, rule, input, expect);
    }

    fn bad(&mut self, fault: &str, about: &str, rule: &str, input: &Value, code: &str) {
        let refused = json!({ "refused": code });
        self.add(format!("bad_{fault}"), about, rule, input, &refused);
    }
}

/// The input with one member, by JSON pointer, replaced or added.
fn with(input: &Value, pointer: &str, value: impl Into<Value>) -> Value {
    let mut input = input.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = input.pointer_mut(parent).expect("a place in the input");
    match (parent, name.parse::<usize>()) {
        (Value::Array(items), Ok(index)) => items[index] = value.into(),
        (parent, _) => parent[name] = value.into(),
    }
    input
}

fn b64u(bytes: impl AsRef<[u8]>) -> Value {
    to_b64u(bytes.as_ref()).into()
}

/// 33 bytes that look like a compressed point and are none: no coordinate is so large.
fn no_point() -> Value {
    let mut bytes = [0xff; 33];
    bytes[0] = 2;
    b64u(bytes)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Every vector there is.
#[must_use]
pub fn all() -> Vec<Vector> {
    let scene = wallets::Scene::new();
    let given = gifts::Given::new();
    [
        texts::json_texts(),
        texts::origins(),
        texts::resources(),
        derive::keysets(),
        derive::nullifiers(),
        derive::macs(&scene),
        derive::tokens(&scene),
        derive::phrases(),
        derive::token_secrets(),
        derive::claim_keys(),
        derive::redemption_secrets(),
        derive::gift_secrets(),
        manifests::walks(),
        offers::offers(),
        content::parts(),
        content::wraps(),
        content::releases(&scene),
        grants::grants(&scene),
        requests::orders(&scene),
        requests::draws(&scene),
        requests::redemptions(&scene, given.redeem()),
        requests::swaps(&scene),
        requests::questions(&scene),
        wallets::disclosures(&scene),
        wallets::draws(&scene),
        wallets::payments(&scene),
        wallets::swaps(&scene),
        wallets::answers(&scene),
        wallets::key_releases(&scene),
        gifts::links(&given),
        gifts::rebinds(&given),
        refunds::refunds(),
    ]
    .into_iter()
    .flat_map(|folder| folder.vectors)
    .collect()
}
