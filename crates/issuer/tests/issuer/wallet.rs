//! The reader's purse: how its pages are served, and what may be ordered from it (R30).

use crate::command_line::{Made, program};
use crate::fixture::{Reader, Server, micro};
use farthing_core::request::OrderRequest;
use farthing_issuer::config::Config;
use farthing_issuer::wallet_pages::WalletPages;
use farthing_ledger::Ledger;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// Files of a small purse: name, content and type.
fn files() -> [(String, &'static str, &'static str); 4] {
    let named = |content: &str, ending: &str| {
        let hash = hash(content);
        format!("purse-{}.{ending}", &hash[..12])
    };
    let (script, wasm) = ("export {}", "\0asm");
    [
        (
            "index.html".to_owned(),
            "<!doctype html>",
            "text/html; charset=utf-8",
        ),
        (
            named(script, "js"),
            script,
            "text/javascript; charset=utf-8",
        ),
        (named(wasm, "wasm"), wasm, "application/wasm"),
        ("icon.svg".to_owned(), "<svg/>", "image/svg+xml"),
    ]
}

fn script() -> String {
    let [_, (name, ..), ..] = files();
    name
}

fn hash(content: &str) -> String {
    let hash = Sha256::digest(content);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the pages of a small purse.
fn write_pages(pages: &Path) {
    fs::create_dir(pages).unwrap();
    let mut listed = serde_json::Map::new();
    for (name, text, media_type) in files() {
        fs::write(pages.join(&name), text).unwrap();
        listed.insert(name, json!({ "sha256": hash(text), "type": media_type }));
    }
    let list = json!({ "farthing": env!("CARGO_PKG_VERSION"), "files": listed });
    fs::write(pages.join("wallet.json"), list.to_string()).unwrap();
}

/// A sandbox with a small purse; more lines of `[currency]`.
fn with_purse(more: &str) -> Server {
    with_purse_on(Server::start(), more)
}

/// The same on a server that is there.
pub(crate) fn with_purse_on(mut server: Server, more: &str) -> Server {
    write_pages(&server.folder().join("pages"));
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
        "trusted-types 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
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
    let passkeys = header("permissions-policy");
    assert!(passkeys.contains("publickey-credentials-get=(self)"));
    // A picture is a document, too, when it is opened by itself.
    let icon = server.get("/wallet/icon.svg").ok(200);
    assert_eq!(
        icon.header("content-security-policy"),
        Some(policy.as_str())
    );
    assert!(server.get("/").body.contains("href=\"/wallet/\""));
    let to = server.get("/wallet").ok(308);
    assert_eq!(to.header("location"), Some("/wallet/"));
}

#[test]
fn listed_files_are_served_for_ever_and_no_path_reaches_the_disk() {
    let server = with_purse("");
    let [_, _, (wasm, ..), _] = files();
    let script = server.get(&format!("/wallet/{}", script())).ok(200);
    assert_eq!(script.body, "export {}");
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let wasm = server.get(&format!("/wallet/{wasm}")).ok(200);
    assert_eq!(wasm.header("content-type"), Some("application/wasm"));
    // A name that does not tell the content may have another one tomorrow.
    let icon = server.get("/wallet/icon.svg").ok(200);
    assert_eq!(icon.header("cache-control"), Some("no-cache"));
    for name in [
        "none.js",
        "wallet.json",
        "index.html",
        "..%2Ffarthing.toml",
        "%2Fetc%2Fhostname",
        "sub/file.js",
    ] {
        server.get(&format!("/wallet/{name}")).ok(404);
    }
    // What changes on the disk is not what was checked.
    let (pages, script) = (server.folder().join("pages"), self::script());
    fs::write(pages.join(&script), "changed").unwrap();
    let served = server.get(&format!("/wallet/{script}")).ok(200);
    assert_eq!(served.body, "export {}");
    let refused = WalletPages::read(&pages).unwrap_err().to_string();
    assert!(refused.contains(&script), "{refused}");
}

#[test]
fn an_issuer_without_pages_has_no_purse_and_no_larger_orders() {
    let server = Server::start();
    assert!(!server.get("/").body.contains("/wallet/"));
    for path in ["/wallet", "/wallet/", "/wallet/index.html"] {
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
        let [json, origin] = from(&own);
        let twice = [json, origin, ("origin", "https://publisher.example")];
        server
            .post_with("/v1/orders", &large, &twice)
            .is(422, "pocket_limit");
        let more = order_of(&mut reader, &server, 20_001_000);
        server
            .post_with("/v1/orders", &more, &from(&own))
            .is(422, "pocket_limit");
    });
    let made = server.post_with("/v1/orders", &large, &from(&own)).ok(201);
    // What is recorded is the answer, whoever asks again; the ledger knows that it was no pocket's.
    let id = OrderRequest::parse(large.as_bytes()).unwrap();
    let id = id.fields().order_id(server.id());
    let order = server.block_on(server.ledger.order(id)).unwrap().unwrap();
    assert!(!order.terms.pocket);
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
    // Unless set it is never less than a pocket holds.
    let text = fs::read_to_string(&file).unwrap();
    let order_max = |pocket_max: &str| {
        let text = text.replace(
            "pocket_max = \"2.00\"",
            &format!("pocket_max = \"{pocket_max}\""),
        );
        let text = text + "\n[wallet]\npages = \"pages\"\n";
        let config = Config::parse(&text, &file).unwrap();
        config.wallet().unwrap().order_max
    };
    assert_eq!(order_max("2.00"), micro(20_000_000));
    assert_eq!(order_max("35.00"), micro(35_000_000));
    // And checked also where there is no purse yet.
    for wrong in ["1.99", "0.0005", "much", "5.0005"] {
        let text = text.replace(
            "[currency]\n",
            &format!("[currency]\norder_max = \"{wrong}\"\n"),
        );
        let refused = Config::parse(&text, &file).unwrap_err().to_string();
        assert!(refused.contains("currency.order_max"), "{wrong}: {refused}");
    }
}

#[test]
fn an_issuer_does_not_start_with_pages_that_are_not_whole_or_of_another_version() {
    let made = Made::new();
    let pages = made.path("pages");
    let start = || {
        let mut command = program();
        command.args(["serve", "--config", &made.config()]);
        command.env("FARTHING__WALLET__PAGES", "pages");
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let words = start();
    assert!(words.contains("wallet.json") && words.contains("npm/wallet"));
    write_pages(&pages);
    let list = pages.join("wallet.json");
    let text = fs::read_to_string(&list).unwrap();
    let version = format!("\"farthing\":\"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(&list, text.replace(&version, "\"farthing\":\"0.0.9\"")).unwrap();
    let words = start();
    assert!(words.contains("of version 0.0.9"), "{words}");
    fs::write(&list, &text).unwrap();
    fs::write(pages.join(script()), "changed").unwrap();
    let words = start();
    assert!(words.contains(&script()), "{words}");
    // Nothing was begun: the ledger is not there yet.
    assert!(!made.path("ledger.sqlite").exists());
    fs::write(pages.join(script()), "export {}").unwrap();
    let text = fs::read_to_string(made.path("farthing.toml")).unwrap();
    let told = text.replace(
        "#[wallet]\n#pages = \"/usr/local/share/farthing/wallet\"",
        "[wallet]\npages = \"pages\"",
    );
    assert_ne!(told, text);
    fs::write(made.path("farthing.toml"), told).unwrap();
    let log = made.serve().end();
    assert!(log.contains("readers have a purse"), "{log}");
}
