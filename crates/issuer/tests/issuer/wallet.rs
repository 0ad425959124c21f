//! The reader's purse: how its pages are served, and what may be ordered from it (R30).

use crate::fixture::{Reader, Server, micro};
use farthing_core::request::OrderRequest;
use farthing_issuer::config::Config;
use farthing_issuer::wallet_pages::WalletPages;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;

const SCRIPT: &str = "purse-0a1b2c3d.js";

/// A sandbox with a purse of a page and a script.
fn with_purse(more: &str) -> Server {
    let mut server = Server::start();
    let pages = server.folder().join("pages");
    fs::create_dir(&pages).unwrap();
    let mut files = serde_json::Map::new();
    for (name, text, media_type) in [
        ("index.html", "<!doctype html>", "text/html; charset=utf-8"),
        (SCRIPT, "export {}", "text/javascript; charset=utf-8"),
        ("purse-0a1b2c3d.wasm", "\0asm", "application/wasm"),
    ] {
        fs::write(pages.join(name), text).unwrap();
        let hash = Sha256::digest(text.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        files.insert(
            name.to_owned(),
            json!({ "sha256": hash, "type": media_type }),
        );
    }
    let list = json!({ "farthing": env!("CARGO_PKG_VERSION"), "files": files });
    fs::write(pages.join("wallet.json"), list.to_string()).unwrap();
    let file = server.folder().join("farthing.toml");
    let text = fs::read_to_string(&file).unwrap() + "\n[wallet]\npages = \"pages\"\n";
    let text = text.replace("[currency]\n", &format!("[currency]\n{more}"));
    server.config = Config::parse(&text, &file).unwrap();
    server.restart();
    server
}

/// The reader's next order of that amount, in micro.
fn order_of(reader: &mut Reader, server: &Server, amount: u64) -> String {
    let load = reader.order(500_000);
    let mut fields = *load.request.fields();
    fields.amount = micro(amount);
    let claim = reader.seed.claim(server.id(), reader.claims - 1).unwrap();
    OrderRequest::new(fields, claim.sign(&fields.binding(server.id()))).to_json()
}

fn from(origin: &str) -> [(&str, &str); 2] {
    [("content-type", "application/json"), ("origin", origin)]
}

#[test]
fn the_page_is_served_under_a_policy_that_lets_nothing_in_or_out() {
    let server = with_purse("");
    let page = server.get("/wallet/").ok(200);
    assert_eq!(page.body, "<!doctype html>");
    let header = |name: &str| page.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
    ] {
        assert!(
            policy.split("; ").any(|one| one == part),
            "{part}: {policy}"
        );
    }
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-opener-policy"), "unsafe-none");
    assert!(page.header("access-control-allow-origin").is_none());
    let to = server.get("/wallet").ok(308);
    assert_eq!(to.header("location"), Some("/wallet/"));
}

#[test]
fn listed_files_are_served_for_ever_and_no_path_reaches_the_disk() {
    let server = with_purse("");
    let script = server.get(&format!("/wallet/{SCRIPT}")).ok(200);
    assert_eq!(script.body, "export {}");
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let wasm = server.get("/wallet/purse-0a1b2c3d.wasm").ok(200);
    assert_eq!(wasm.header("content-type"), Some("application/wasm"));
    for name in [
        "none.js",
        "wallet.json",
        "index.html",
        "..%2Ffarthing.toml",
        "%2Fetc%2Fhostname",
    ] {
        server.get(&format!("/wallet/{name}")).ok(404);
    }
    // What changes on the disk is not what was checked.
    fs::write(server.folder().join("pages").join(SCRIPT), "changed").unwrap();
    assert_eq!(
        server.get(&format!("/wallet/{SCRIPT}")).ok(200).body,
        "export {}"
    );
    let pages = server.folder().join("pages");
    let refused = WalletPages::read(&pages).unwrap_err().to_string();
    assert!(refused.contains(SCRIPT), "{refused}");
}

#[test]
fn an_issuer_without_pages_has_no_purse_and_no_larger_orders() {
    let server = Server::start();
    for path in ["/wallet/", "/wallet/index.html"] {
        let page = server.get(path).ok(404);
        assert!(page.body.contains("keeps no purses"), "{}", page.body);
    }
    let told: Value =
        serde_json::from_str(&server.get("/.well-known/farthing-issuer.json").ok(200).body)
            .unwrap();
    assert!(told.get("wallet").is_none());
    let mut reader = Reader::named(&server, "reader");
    let text = order_of(&mut reader, &server, 8_000_000);
    server
        .post_with("/v1/orders", &text, &from(&server.url("")))
        .is(422, "pocket_limit");
}

#[test]
fn from_the_purse_more_than_a_pocket_is_ordered_and_from_elsewhere_never() {
    let server = with_purse("");
    let told: Value =
        serde_json::from_str(&server.get("/.well-known/farthing-issuer.json").ok(200).body)
            .unwrap();
    assert_eq!(
        told["wallet"],
        json!([{ "currency": "EUR", "order_max": 20_000_000 }])
    );
    let mut reader = Reader::named(&server, "reader");
    let own = server.url("");
    let large = order_of(&mut reader, &server, 20_000_000);
    let port = own.rsplit(':').next().unwrap().to_owned();
    let near = [
        "https://publisher.example".to_owned(),
        "null".to_owned(),
        String::new(),
        format!("{own}/"),
        format!("https://127.0.0.1:{port}"),
        format!("{own}.example"),
    ];
    server.unmoved(|| {
        for origin in &near {
            server
                .post_with("/v1/orders", &large, &from(origin))
                .is(422, "pocket_limit");
        }
        server.post("/v1/orders", &large).is(422, "pocket_limit");
        let more = order_of(&mut reader, &server, 20_001_000);
        server
            .post_with("/v1/orders", &more, &from(&own))
            .is(422, "pocket_limit");
    });
    let made = server.post_with("/v1/orders", &large, &from(&own)).ok(201);
    // What is recorded is the answer, whoever asks again.
    for origin in &near {
        let again = server
            .post_with("/v1/orders", &large, &from(origin))
            .ok(201);
        assert_eq!(again.body, made.body);
    }
}

#[test]
fn the_operator_says_how_much_a_purse_orders_at_a_time() {
    let server = with_purse("order_max = \"5.00\"\n");
    let own = server.url("");
    let mut reader = Reader::named(&server, "reader");
    let text = order_of(&mut reader, &server, 5_001_000);
    server
        .post_with("/v1/orders", &text, &from(&own))
        .is(422, "pocket_limit");
    let text = order_of(&mut reader, &server, 5_000_000);
    server.post_with("/v1/orders", &text, &from(&own)).ok(201);
    let file = server.folder().join("farthing.toml");
    let text = fs::read_to_string(&file).unwrap() + "\n[wallet]\npages = \"pages\"\n";
    for wrong in ["1.99", "0.0005", "much", "5.0005"] {
        let text = text.replace(
            "[currency]\n",
            &format!("[currency]\norder_max = \"{wrong}\"\n"),
        );
        let refused = Config::parse(&text, &file).unwrap_err().to_string();
        assert!(refused.contains("currency.order_max"), "{wrong}: {refused}");
    }
}
