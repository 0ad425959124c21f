//! Lists of texts: what is admitted, what is refused.

use super::Folder;
use serde_json::{Value, json};

fn nested(levels: usize, inner: &str) -> String {
    let lists = levels - 1;
    format!(
        "{{\"a\":{}{inner}{}}}",
        "[".repeat(lists),
        "]".repeat(lists)
    )
}

/// R3, on whole texts.
pub(super) fn json_texts() -> Folder {
    let mut folder = Folder::new("json");
    let good = [
        "{}",
        " \t\r\n{ \"a\" : [ 1 , true , \"x\" ] } \t\r\n",
        r#"{"a":0,"b":9007199254740991,"c":true,"d":false,"e":[],"f":{},"":""}"#,
        r#"{"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00"}"#,
        r#"{"a":1,"A":2}"#,
        &nested(16, "1"),
    ];
    folder.good(
        "texts",
        "Each text is one object that R3 admits.",
        "R3",
        &json!({ "texts": good }),
        &json!({}),
    );
    let bad: [(&str, &str, &[&str]); 9] = [
        (
            "duplicate_members",
            "A name stands twice, also when one is written with escapes.",
            &[
                r#"{"a":1,"a":1}"#,
                r#"{"a":1,"\u0061":2}"#,
                r#"{"b":{"a":1,"a":2}}"#,
            ],
        ),
        (
            "fractions_exponents_and_signs",
            "Numbers are integers without sign, fraction or exponent.",
            &[
                r#"{"a":1.0}"#,
                r#"{"a":-0}"#,
                r#"{"a":-1}"#,
                r#"{"a":+1}"#,
                r#"{"a":1e3}"#,
                r#"{"a":1E3}"#,
                r#"{"a":0e0}"#,
            ],
        ),
        (
            "leading_zeros",
            "An integer has no leading zero.",
            &[r#"{"a":01}"#, r#"{"a":00}"#],
        ),
        (
            "integers_above_2_53",
            "The largest integer is 2^53 - 1.",
            &[
                r#"{"a":9007199254740992}"#,
                r#"{"a":18446744073709551616}"#,
                r#"{"a":99999999999999999999999999}"#,
            ],
        ),
        ("null", "There is no null.", &[r#"{"a":null}"#]),
        (
            "surrogates",
            "A surrogate stands alone.",
            &[
                r#"{"a":"\ud800"}"#,
                r#"{"a":"\udc00"}"#,
                r#"{"a":"\ud800\u0061"}"#,
                r#"{"a":"\udc00\ud800"}"#,
            ],
        ),
        (
            "byte_order_mark",
            "A byte order mark before the object.",
            &["\u{feff}{}"],
        ),
        (
            "bytes_after_the_object",
            "Something other than white space follows the object.",
            &["{}{}", "{} x", "{},", "{}\u{0}"],
        ),
        (
            "not_one_object",
            "Not JSON, or no object.",
            &[
                "",
                " ",
                "[]",
                "1",
                "\"a\"",
                "{",
                r#"{"a":1,}"#,
                r#"{"a":[1,]}"#,
                r#"{a:1}"#,
                "{\"a\":\"\n\"}",
                "{\u{a0}}",
                r#"{"a":'b'}"#,
                "{/**/}",
            ],
        ),
    ];
    for (fault, about, texts) in bad {
        folder.bad(fault, about, "R3", &json!({ "texts": texts }), "malformed");
    }
    let deep = [nested(17, ""), nested(17, "1"), nested(400, "")];
    folder.bad(
        "seventeen_levels",
        "Objects and lists lie at most 16 deep.",
        "R3",
        &json!({ "texts": deep }),
        "malformed",
    );
    folder
}

/// R6, on whole texts.
pub(super) fn origins() -> Folder {
    let mut folder = Folder::new("origin");
    let list = |sandbox: bool, texts: &[&str]| json!({ "sandbox": sandbox, "texts": texts });
    let good = [
        "https://issuer.example",
        "https://issuer.example:8443",
        "https://localhost",
        "https://1.2.3.4",
        "https://[::1]:8443",
        "https://xn--bcher-kva.example",
    ];
    folder.good(
        "https",
        "Each text is an issuer or publisher id.",
        "R6",
        &list(false, &good),
        &json!({}),
    );
    let loopback = [
        "http://localhost:8080",
        "http://127.0.0.1:3000",
        "http://[::1]",
        "https://issuer.example",
    ];
    folder.good(
        "loopback_in_sandbox",
        "Plain http is for loopback, in sandbox mode.",
        "R6",
        &list(true, &loopback),
        &json!({}),
    );
    let bad = [
        "",
        "https://",
        "https://Issuer.example",
        "HTTPS://issuer.example",
        "https://issuer.example/",
        "https://issuer.example:443",
        "https://issuer.example:",
        "https://issuer.example:0443",
        "https://issuer.example:0",
        "https://issuer.example:65536",
        "https://issuer.example:+80",
        "https://user@issuer.example",
        "https://issuer.example?",
        "https://issuer.example#",
        "https://issuer.example\\",
        "https://issuer..example",
        "https://issuer.example.",
        "https://b\u{fc}cher.example",
        "https://1.2.3",
        "https://127.1",
        "https://1",
        "https://0x7f.0.0.1",
        "https://01.2.3.4",
        "https://1.2.3.256",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[2001:db8::1]",
        "http://issuer.example",
        "ftp://issuer.example",
        " https://issuer.example",
        "null",
    ];
    folder.bad(
        "not_canonical",
        "Not an origin as the URL standard writes it.",
        "R6",
        &list(false, &bad),
        "malformed",
    );
    let plain = ["http://localhost:8080", "http://127.0.0.1:3000"];
    folder.bad(
        "http_outside_sandbox",
        "Plain http, not in sandbox mode.",
        "R6",
        &list(false, &plain),
        "malformed",
    );
    let abroad = [
        "http://issuer.example",
        "http://localhost.example",
        "http://127.0.0.2",
        "http://localhost:80",
    ];
    folder.bad(
        "http_not_loopback",
        "Plain http to elsewhere.",
        "R6",
        &list(true, &abroad),
        "malformed",
    );
    folder
}

/// R7, on whole texts.
pub(super) fn resources() -> Folder {
    let mut folder = Folder::new("resource");
    let pairs = [
        ("/", "/"),
        ("/index.html", "/"),
        ("/.html", "/"),
        ("/article-1", "/article-1"),
        ("/article-10", "/article-10"),
        ("/article-1/", "/article-1"),
        ("/article-1.html", "/article-1"),
        ("/article-1/index.html", "/article-1"),
        ("/article-1.html/", "/article-1"),
        ("/%61rticle%2D1", "/article-1"),
        ("/a%c3%a9", "/a%C3%A9"),
        ("/a%2Cb", "/a%2Cb"),
        ("/\"<>^`{|}", "/%22%3C%3E%5E%60%7B|%7D"),
        ("/a,b", "/a,b"),
        ("/...", "/..."),
        ("/user@example", "/user@example"),
        ("/A", "/A"),
    ];
    let paths: Vec<Value> = pairs.iter().map(|(path, _)| (*path).into()).collect();
    let normal: Vec<Value> = pairs.iter().map(|(_, normal)| (*normal).into()).collect();
    folder.good(
        "normal_forms",
        "Each path has this normal form.",
        "R7",
        &json!({ "paths": paths }),
        &json!({ "normal": normal }),
    );
    let bad = [
        "",
        "article",
        "//",
        "//host/x",
        "/a//b",
        "/.",
        "/..",
        "/./a",
        "/a/../b",
        "/..html",
        "/a/..html",
        "/\\",
        "/a\\b",
        "/%2e",
        "/%2E%2e/a",
        "/a%2fb",
        "/a%5Cb",
        "/%",
        "/%4",
        "/%zz",
        "/a b",
        "/a\n",
        "/\u{e9}",
        "/a#b",
        "https://publisher.example/a",
        "/\u{7f}",
    ];
    folder.bad(
        "refused",
        "No path of a page.",
        "R7",
        &json!({ "paths": bad }),
        "malformed",
    );
    folder.bad(
        "query",
        "A query is reserved.",
        "R7",
        &json!({ "paths": ["/a?b", "/?"] }),
        "unsupported",
    );
    folder
}
