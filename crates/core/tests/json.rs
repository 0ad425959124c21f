//! The strict reader (R3): what it refuses, and that it agrees with serde_json on everything it accepts.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test says what it expects by failing"
)]

use farthing_core::json::{Object, Value, Writer, parse_object};
use proptest::prelude::*;

const MAX: usize = 64 * 1024;

fn accepts(text: &str) -> bool {
    parse_object(text.as_bytes(), MAX).is_ok()
}

/// Whether our tree is theirs, member by member and with nothing left over.
fn is_same(ours: Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Bool(a), serde_json::Value::Bool(b)) => a == *b,
        (Value::Integer(a), serde_json::Value::Number(b)) => Some(a) == b.as_u64(),
        (Value::Text(a), serde_json::Value::String(b)) => a == *b,
        (Value::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.into_iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), serde_json::Value::Object(b)) => is_same_object(a, b),
        _ => false,
    }
}

fn is_same_object(mut ours: Object, theirs: &serde_json::Map<String, serde_json::Value>) -> bool {
    theirs.iter().all(|(name, theirs)| {
        // The protocol's names are known when it is compiled; a test's are not.
        let name: &'static str = Box::leak(name.clone().into_boxed_str());
        ours.take(name).is_some_and(|ours| is_same(ours, theirs))
    }) && ours.finish().is_ok()
}

fn agrees(text: &[u8]) -> Result<bool, TestCaseError> {
    let Ok(ours) = parse_object(text, MAX) else {
        return Ok(false);
    };
    let theirs: serde_json::Value = serde_json::from_slice(text)
        .map_err(|e| TestCaseError::fail(format!("serde_json refuses: {e}")))?;
    prop_assert!(
        is_same(Value::Object(ours), &theirs),
        "{} is read otherwise",
        theirs
    );
    Ok(true)
}

fn nested(levels: usize, scalar: &str) -> String {
    let lists = levels - 1;
    format!(
        "{{\"a\":{}{scalar}{}}}",
        "[".repeat(lists),
        "]".repeat(lists)
    )
}

#[test]
fn what_r3_refuses() {
    let refused = [
        // Duplicates, also when one name is written with escapes.
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"b":{"a":1,"a":2}}"#,
        r#"{"é":1,"\u00e9":2}"#,
        // Numbers.
        r#"{"a":1.0}"#,
        r#"{"a":0.5}"#,
        r#"{"a":-0}"#,
        r#"{"a":-1}"#,
        r#"{"a":+1}"#,
        r#"{"a":1e3}"#,
        r#"{"a":1E3}"#,
        r#"{"a":0e0}"#,
        r#"{"a":01}"#,
        r#"{"a":00}"#,
        r#"{"a":9007199254740992}"#,
        r#"{"a":18446744073709551616}"#,
        r#"{"a":99999999999999999999999999999999}"#,
        r#"{"a":0x10}"#,
        r#"{"a":1_000}"#,
        r#"{"a":NaN}"#,
        // Words.
        r#"{"a":null}"#,
        r#"{"a":True}"#,
        r#"{"a":tru}"#,
        r#"{"a":truefalse}"#,
        // Texts.
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\n\"}",
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"a":"\ud800\u0061"}"#,
        r#"{"a":"\udc00"}"#,
        r#"{"a":"\udc00\ud800"}"#,
        r#"{"a":"\x41"}"#,
        r#"{"a":"\u00g0"}"#,
        r#"{"a":"\u+041"}"#,
        r#"{"a":"\u00"}"#,
        r#"{"a":'b'}"#,
        r#"{a:1}"#,
        r#"{"a":"b}"#,
        // Shape.
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "{",
        "}",
        "{}{}",
        "{} x",
        "{},",
        "\u{feff}{}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[,1]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":[1}"#,
        r#"{"a":1]"#,
        r#"{"a":1}//"#,
        r#"{/**/"a":1}"#,
        "{\u{a0}\"a\":1}",
        "{\u{c}\"a\":1}",
    ];
    for text in refused {
        assert!(!accepts(text), "{text}");
    }
    assert!(parse_object(b"{\"a\":\"\xff\"}", MAX).is_err(), "not UTF-8");
    assert!(
        parse_object(b"{\"a\":\"\xed\xa0\x80\"}", MAX).is_err(),
        "a surrogate in UTF-8"
    );
    assert!(
        parse_object(b"{\"a\":\"\xc0\x80\"}", MAX).is_err(),
        "an overlong form"
    );
    assert!(!accepts(&nested(17, "")), "17 levels");
    assert!(
        !accepts(&nested(17, "1")),
        "17 levels with a number in them"
    );
    assert!(
        !accepts(&nested(100_000 / 2, "")[..MAX]),
        "a deep text does not reach the stack"
    );
    let members = |n: usize| {
        let members: Vec<String> = (0..n).map(|i| format!("\"m{i}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(!accepts(&members(65)), "more members than any object has");
    assert!(accepts(&members(64)));
}

#[test]
fn what_r3_admits() {
    let admitted = [
        "{}",
        " \t\r\n{ \t\r\n} \t\r\n",
        r#"{"a":0,"b":9007199254740991,"c":true,"d":false,"e":[],"f":{},"":""}"#,
        r#"{"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00é😀"}"#,
        r#"{"a":1,"A":2}"#,
        r#"{"a":{"a":{"a":1}}}"#,
        "{\"a\":\"\u{7f}\u{feff}\"}",
    ];
    for text in admitted {
        assert!(agrees(text.as_bytes()).unwrap(), "{text}");
    }
    for scalar in ["", "1", "\"x\"", "true"] {
        assert!(
            agrees(nested(16, scalar).as_bytes()).unwrap(),
            "16 levels of {scalar}"
        );
    }
    let exact = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX - 8));
    assert_eq!(exact.len(), MAX);
    assert!(accepts(&exact));
    assert!(!accepts(&format!("{exact} ")), "one byte too long");
}

/// Texts near JSON: pieces that matter, in any order.
fn near_json() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"b\"",
        "\"\\u0061\"",
        "\\",
        "\\u",
        "d83d",
        "\\ude00",
        "0",
        "1",
        "12",
        "-",
        ".",
        "e",
        "true",
        "false",
        "null",
        " ",
        "\n",
        "\u{1}",
        "é",
        "9007199254740991",
        "9007199254740992",
        "\"a\":1",
        "{\"a\":",
        "[1",
        "\\n",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(serde_json::Value::from),
        (0..=9_007_199_254_740_991_u64).prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 48, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_accepted_means_the_same_to_serde_json(text in near_json()) {
        agrees(&text)?;
        let wrapped = [b"{\"x\":".as_slice(), &text, b"}"].concat();
        agrees(&wrapped)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        agrees(&bytes)?;
    }

    #[test]
    fn what_serde_json_writes_is_read(tree in tree()) {
        let text = serde_json::json!({ "x": tree }).to_string();
        prop_assert!(agrees(text.as_bytes())?, "{}", text);
    }

    #[test]
    fn what_the_writer_writes_is_read(text in any::<String>(), n in 0..=9_007_199_254_740_991_u64, b in any::<bool>()) {
        let inner = Writer::new().text(&text, &text);
        let written = Writer::new().text("t", &text).integer("n", n).boolean("b", b).object("o", inner).finish();
        let expected = serde_json::json!({ "t": text, "n": n, "b": b, "o": { &text: &text } });
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), expected);
        prop_assert!(agrees(written.as_bytes())?);
    }

    #[test]
    fn base64url_has_one_text_for_each_value(bytes in prop::collection::vec(any::<u8>(), 0..70), text in "[A-Za-z0-9_+/=-]{0,12}") {
        use farthing_core::bytes::{from_b64u, to_b64u};
        prop_assert_eq!(from_b64u(&to_b64u(&bytes)), Some(bytes));
        if let Some(bytes) = from_b64u(&text) {
            prop_assert_eq!(to_b64u(&bytes), text);
        }
    }
}
