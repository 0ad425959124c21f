//! Resources (R7) and origins (R6): what is one name, what is another, what is none.

use farthing_core::origin::{IssuerId, OriginPolicy, PageOrigin, PublisherId};
use farthing_core::resource::{Resource, ResourceError, Version};
use proptest::prelude::*;

fn normal(path: &str) -> Result<String, ResourceError> {
    Resource::normalise(path).map(|resource| resource.as_str().to_owned())
}

#[test]
fn resources_normalise_as_r7_says() {
    let same = [
        ("/", "/"),
        ("/index.html", "/"),
        ("/.html", "/"),
        ("/article-1", "/article-1"),
        ("/article-1/", "/article-1"),
        ("/article-1.html", "/article-1"),
        ("/article-1/index.html", "/article-1"),
        ("/article-1/index.html.html", "/article-1"),
        ("/article-1.html/", "/article-1"),
        ("/%61rticle%2D1", "/article-1"),
        ("/a%c3%a9", "/a%C3%A9"),
        ("/a%20b", "/a%20b"),
        ("/\"<>^`{|}", "/%22%3C%3E%5E%60%7B|%7D"),
        ("/index", "/index"),
        ("/a/index.htm", "/a/index.htm"),
        ("/2026/11/~x_y.z", "/2026/11/~x_y.z"),
        ("/...", "/..."),
        ("/.well-known/x", "/.well-known/x"),
        ("/a;b=c,d", "/a;b=c,d"),
        ("/user@example", "/user@example"),
    ];
    for (path, expected) in same {
        assert_eq!(normal(path).as_deref(), Ok(expected), "{path}");
    }
    assert_ne!(normal("/article-1"), normal("/article-10"));
    assert_ne!(normal("/a"), normal("/A"));
    assert_ne!(
        normal("/a%2Cb"),
        normal("/a,b"),
        "a reserved character and its escape are two names"
    );
}

#[test]
fn resources_refuse_what_r7_refuses() {
    let refused = [
        "",
        "article",
        "//",
        "//host/x",
        "/a//b",
        "/a//",
        "/.",
        "/..",
        "/./a",
        "/a/.",
        "/a/../b",
        "/..html",
        "/...html",
        "/a/..html",
        "/a/..html/",
        "/\\",
        "/a\\b",
        "/%2e",
        "/%2E%2e/a",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a%5C",
        "/%",
        "/%4",
        "/%zz",
        "/%+4",
        "/a b",
        "/a\tb",
        "/a\n",
        "/é",
        "/a#b",
        "https://publisher.example/a",
        "@/a",
        "/\u{7f}",
    ];
    for path in refused {
        assert_eq!(normal(path), Err(ResourceError::Refused), "{path}");
    }
    for path in ["/a?b", "/?", "/a?b#c"] {
        assert_eq!(normal(path), Err(ResourceError::Query), "{path}");
    }
    assert!(normal(&format!("/{}", "a".repeat(1_023))).is_ok());
    assert!(normal(&format!("/{}", "a".repeat(1_024))).is_err());
    assert!(normal(&format!("/{}", "<".repeat(341))).is_ok());
    assert!(
        normal(&format!("/{}", "<".repeat(342))).is_err(),
        "too long once escaped"
    );
    for text in ["/a/", "/a.html", "/%61", "/a%c3"] {
        assert!(
            Resource::parse(text).is_err(),
            "{text} is not in normal form"
        );
    }
}

#[test]
fn versions_are_names() {
    for text in ["1", "2026-11-01", "a.b_c-D", &"x".repeat(64)] {
        assert_eq!(Version::parse(text).unwrap().as_str(), text);
    }
    for text in ["", " ", "a b", "é", "a/b", &"x".repeat(65)] {
        assert!(Version::parse(text).is_none(), "{text}");
    }
}

fn is_origin(text: &str) -> bool {
    IssuerId::parse(text, OriginPolicy::HttpsOnly).is_some()
}

#[test]
fn origins_are_written_in_one_way() {
    let good = [
        "https://issuer.example",
        "https://issuer.example:8443",
        "https://a.b-c.d_e.example",
        "https://localhost",
        "https://1.2.3.4",
        "https://[::1]",
        "https://[::1]:8443",
        "https://xn--bcher-kva.example",
        "https://1.example",
        "https://0x.example",
        "https://a:65535",
    ];
    for text in good {
        assert!(is_origin(text), "{text}");
    }
    let bad = [
        "",
        "https://",
        "https://:443",
        "https://Issuer.example",
        "HTTPS://issuer.example",
        "https://issuer.example/",
        "https://issuer.example:443",
        "https://issuer.example:",
        "https://issuer.example:0443",
        "https://issuer.example:0",
        "https://issuer.example:65536",
        "https://issuer.example:+80",
        "https://issuer.example:8 0",
        "https://issuer.example:-1",
        "https://user@issuer.example",
        "https://issuer.example?",
        "https://issuer.example#",
        "https://issuer.example\\",
        "https://issuer..example",
        "https://.example",
        "https://issuer.example.",
        "https://issuer%2eexample",
        "https://bücher.example",
        "https://1.2.3",
        "https://127.1",
        "https://1",
        "https://0x7f.0.0.1",
        "https://01.2.3.4",
        "https://1.2.3.256",
        "https://1.2.3.4.5",
        "https://a.1",
        "https://a.0x1",
        "https://a.0x",
        "https://[::]",
        "https://[::1",
        "https://::1",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[::1]x",
        "https://[::1]:",
        "https://[::1]:443",
        "https://[2001:db8::1]",
        "https://[1.2.3.4]",
        "http://issuer.example",
        "ftp://issuer.example",
        "https:issuer.example",
        "https:///issuer.example",
        " https://issuer.example",
        "https://issuer.example ",
        "null",
        "blob:https://issuer.example",
    ];
    for text in bad {
        assert!(!is_origin(text), "{text}");
    }
    let long = |n: usize| format!("https://{}", "a".repeat(n - 8));
    assert!(is_origin(&long(255)));
    assert!(!is_origin(&long(256)));
}

#[test]
fn http_is_for_loopback_in_sandbox_mode_only() {
    for text in [
        "http://localhost:8080",
        "http://127.0.0.1:3000",
        "http://[::1]",
        "http://[::1]:8080",
    ] {
        assert!(
            IssuerId::parse(text, OriginPolicy::LoopbackHttp).is_some_and(|id| id.is_http()),
            "{text}"
        );
        assert!(!is_origin(text), "{text}");
    }
    for text in [
        "http://issuer.example",
        "http://localhost.example",
        "http://127.0.0.2",
        "http://localhost:80",
        "http://[::1]:80",
        "http://[::2]",
    ] {
        assert!(
            IssuerId::parse(text, OriginPolicy::LoopbackHttp).is_none(),
            "{text}"
        );
    }
    let (publisher, policy) = ("https://publisher.example", OriginPolicy::HttpsOnly);
    let publisher = PublisherId::parse(publisher, policy).unwrap();
    let page = |text| PageOrigin::parse(text, policy).unwrap();
    assert!(publisher.is_page(&page("https://publisher.example")));
    assert!(!publisher.is_page(&page("https://publisher.example:8443")));
    assert!(!publisher.is_page(&page("https://publisher.example.evil.example")));
}

/// Pieces of origins that matter, in any order.
fn near_origin() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b-c",
        "d_e",
        "A",
        "1",
        "0",
        "127",
        "255",
        "256",
        "0x",
        "0x7f",
        "f",
        ".",
        ".",
        ".",
        ":",
        "80",
        "443",
        "8080",
        "[",
        "]",
        "::",
        "::1",
        "/",
        "@",
        "%61",
        "é",
        "-",
        "+",
        "?",
        "#",
        "\\",
        " ",
        "xn--",
        "localhost",
        "127.0.0.1",
        "example",
    ]);
    let scheme = prop::sample::select(vec!["https://", "http://", "https:", "https:/", "wss://"]);
    (scheme, prop::collection::vec(pieces, 0..8))
        .prop_map(|(scheme, pieces)| scheme.to_owned() + &pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// The `url` crate is the URL standard's; its own opinion on punycode is the one thing we do not share.
    #[test]
    fn what_is_an_origin_is_one_to_the_url_standard(text in near_origin()) {
        if IssuerId::parse(&text, OriginPolicy::LoopbackHttp).is_some() {
            match url::Url::parse(&text) {
                Ok(url) => prop_assert_eq!(url.origin().ascii_serialization(), text),
                Err(error) => prop_assert!(text.contains("xn--"), "{} {}", text, error),
            }
        }
    }

    #[test]
    fn normalising_twice_is_normalising_once(path in "/([ab.%/]|index|\\.html|/index\\.html|%[0-9a-fA-F]{2}|[!-~]|\\PC){0,8}") {
        if let Ok(resource) = Resource::normalise(&path) {
            prop_assert_eq!(Resource::normalise(resource.as_str()), Ok(resource.clone()));
            prop_assert_eq!(Resource::parse(resource.as_str()), Ok(resource));
        }
    }

    /// A URL parser leaves a resource alone, and what it makes of a path is the same resource: the page that a browser
    /// shows under an address is the one that was sold under it.
    #[test]
    fn a_resource_is_its_own_path(path in "/([!-~]|[a-z.]|%[2-7][0-9A-Fa-f]){0,12}") {
        if let Ok(resource) = Resource::normalise(&path) {
            let url = url::Url::parse(&format!("https://publisher.example{}", resource.as_str())).unwrap();
            prop_assert_eq!(url.path(), resource.as_str());
            let url = url::Url::parse(&format!("https://publisher.example{path}")).unwrap();
            prop_assert_eq!(Resource::normalise(url.path()), Ok(resource));
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in any::<String>()) {
        let _ = Resource::normalise(&text);
        let _ = Resource::parse(&text);
        let _ = Version::parse(&text);
        prop_assert!(!is_origin(&text) || text.starts_with("https://"));
    }
}
