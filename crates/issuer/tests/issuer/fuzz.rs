//! Requests that nobody should send: what was right, changed in one place, and what the OpenAPI document lets a program
//! make up. None is an error of the issuer's, every answer is one of the document's, and no book moves.
//!
//! The short form changes requests here. `cargo xtask fuzz http` names schemathesis in `FARTHING_SCHEMATHESIS`, and it
//! makes thousands up; the requests that were right are its examples, so that it gets behind signatures, too.

use crate::command_line::{Made, Serving};
use crate::fixture::{Reader, Reply, Server, Shop, eur, micro};
use crate::openapi::Document;
use farthing_core::bytes::to_b64u;
use farthing_core::manifest::Head;
use farthing_core::wallet::inquire;
use farthing_issuer::clock::{Clock, SystemClock};
use farthing_issuer::config::Config;
use farthing_issuer::payment::{Sandbox, signature};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// A request that was right, and was answered.
struct Example {
    template: &'static str,
    path: String,
    body: String,
}

/// A program with a purchase behind it, from the order to the question what became of a coin. All of it is repeated
/// with the same answer, so that an example may be sent again and moves nothing.
struct Scene {
    _made: Made,
    serving: Serving,
    server: Server,
    examples: Vec<Example>,
    /// What of it no log may have.
    secrets: Vec<String>,
    /// Values for the names in paths.
    names: Vec<(&'static str, &'static str, String)>,
}

fn scene() -> Scene {
    let made = Made::new();
    let text = std::fs::read_to_string(made.config()).unwrap();
    let text = text
        .replace("requests_per_minute = 6000", "requests_per_minute = 0")
        .replace("\nper_minute = 30", "\nper_minute = 1000000")
        .replace("connections_per_client = 256", "connections_per_client = 0")
        .replace("level = \"info\"", "level = \"trace\"")
        .replace("format = \"text\"", "format = \"json\"");
    std::fs::write(made.config(), text).unwrap();
    let serving = made.serve();
    let config = Config::read(Path::new(&made.config())).unwrap();
    let server = Server::elsewhere(&config, &made.id);
    let shop = Shop::open(&server);
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 500_000);
    let draw = reader.draw(&server, &load, 0, "0.50", 500_000).to_json();
    let order = load.order.to_b64u();
    let draws = format!("/v1/orders/{order}/draw");
    server.post(&draws, &draw).ok(200);
    let mut buyer = Reader::named(&server, "buyer");
    buyer.load(&server, 500_000);
    let page = shop.seal(&server, &buyer.manifest, "/article", 237_000);
    let attempt = buyer.pay(&server, &page);
    buyer.send(&server, &attempt).ok(200);
    let spent = &attempt.payment.request.fields().inputs;
    let purse = buyer.purse();
    let lead = purse
        .iter()
        .find(|token| spent.iter().any(|input| input.nonce == *token.nonce()));
    let question = inquire(server.id(), lead.unwrap()).to_json();
    server.post("/v1/answers", &question).ok(200);
    let mut renewer = Reader::named(&server, "renewer");
    renewer.load(&server, 500_000);
    let keysets = renewer.manifest.keysets.clone();
    let tokens = renewer.tokens.clone();
    let swap = renewer.renew(&server, &tokens, &keysets, true);
    server.post("/v1/swaps", &swap.request.to_json()).ok(200);
    let notice = Sandbox::charge(load.order, eur(), micro(500_000)).to_json();
    let heads = server.get("/v1/manifests?from=1").ok(200).body;
    let head = heads.split('"').find(|text| text.contains('.')).unwrap();
    let hash = Head::parse(head).unwrap().body().to_b64u();
    let keyset = buyer.manifest.keysets.first().unwrap().id().to_b64u();
    let example = |template, path: &str, body| Example {
        template,
        path: path.to_owned(),
        body,
    };
    let terms = config.terms().version.as_str().to_owned();
    let mut secrets = vec![
        order.clone(),
        page.offer_text.clone(),
        "/article".to_owned(),
    ];
    for input in spent {
        secrets.extend([input.nonce.to_b64u(), input.nullifier.to_b64u()]);
    }
    for input in &swap.request.fields().inputs {
        secrets.push(input.token.nonce.to_b64u());
        secrets.extend(
            input
                .blind
                .as_ref()
                .map(|blind| to_b64u(&blind.bytes()[..])),
        );
    }
    secrets.extend(swap.request.macs().iter().map(|mac| mac.to_b64u()));
    secrets.push(swap.request.binding().to_b64u());
    let macs = attempt.payment.request.macs().iter();
    secrets.extend(macs.map(|mac| mac.to_b64u()));
    secrets.push(attempt.payment.request.binding().to_b64u());
    Scene {
        _made: made,
        secrets,
        serving,
        examples: vec![
            example("/v1/orders", "/v1/orders", load.request.to_json()),
            example("/v1/orders/{id}/draw", &draws, draw),
            example("/v1/redemptions", "/v1/redemptions", attempt.text()),
            example("/v1/swaps", "/v1/swaps", swap.request.to_json()),
            example("/v1/answers", "/v1/answers", question),
            example("/v1/webhooks/{provider}", "/v1/webhooks/sandbox", notice),
        ],
        names: vec![
            ("/v1/manifests/bodies/{hash}", "hash", hash),
            ("/v1/keysets/{id}", "id", keyset),
            ("/v1/orders/{id}", "id", order.clone()),
            ("/v1/orders/{id}/draw", "id", order.clone()),
            ("/v1/webhooks/{provider}", "provider", "sandbox".to_owned()),
            ("/checkout/{id}", "id", order.clone()),
            ("/checkout/{id}/later", "id", order),
            ("/terms/{version}", "version", terms),
            ("/assets/{name}", "name", "issuer.css".to_owned()),
        ],
        server,
    }
}

impl Scene {
    fn signed(&self, body: &[u8]) -> [(&'static str, String); 3] {
        let keys = self.server.keys();
        let now = SystemClock.now();
        let signature = signature::sign(keys.webhook().unwrap(), "msg_1", now, body).unwrap();
        [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", now.get().to_string()),
            ("webhook-signature", signature),
        ]
    }

    /// Sends a body in the example's place, notices with a signature that fits.
    fn send(&self, example: &Example, body: &[u8]) -> Reply {
        let mut head = format!(
            "POST {} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            example.path,
            body.len()
        );
        if example.template.contains("webhooks") {
            for (name, value) in self.signed(body) {
                head += &format!("{name}: {value}\r\n");
            }
        }
        self.raw(&[head.as_bytes(), body].concat(), head.len())
    }

    /// Sends bytes of which the first `head` are the head, without its end.
    fn raw(&self, bytes: &[u8], head: usize) -> Reply {
        let mut stream = TcpStream::connect(self.server.config.listen()).unwrap();
        let end = b"Host: x\r\nConnection: close\r\n\r\n";
        let all = [&bytes[..head], end, &bytes[head..]].concat();
        stream.write_all(&all).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let reply = String::from_utf8(reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        Reply {
            status: status.parse().unwrap(),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }
}

/// Where a value may be changed: of lists the first and the last element.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let at = format!("{at}/{name}");
        all.push(at.clone());
        places(value, &at, all);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => {
            for index in [0, items.len().saturating_sub(1)] {
                if let Some(item) = items.get(index) {
                    below(&index.to_string(), item);
                }
            }
        }
        _ => {}
    }
}

/// The body with one thing changed, in every place in every way; never the same.
fn changed(body: &str) -> Vec<Vec<u8>> {
    let right: Value = serde_json::from_str(body).unwrap();
    let values = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(9_007_199_254_740_992_u64),
        json!(u64::MAX),
        json!(""),
        json!("A".repeat(22)),
        json!("A".repeat(43)),
        json!("A".repeat(44)),
        json!("\u{0}\u{1f98a}"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([[[[]]]]),
        json!({}),
    ];
    let mut at = Vec::new();
    places(&right, "", &mut at);
    let mut all = Vec::new();
    for place in &at {
        for value in &values {
            let mut wrong = right.clone();
            *wrong.pointer_mut(place).unwrap() = value.clone();
            if wrong != right {
                all.push(wrong.to_string().into_bytes());
            }
        }
        let (above, name) = place.rsplit_once('/').unwrap();
        let mut wrong = right.clone();
        match wrong.pointer_mut(above).unwrap() {
            Value::Object(members) => {
                members.remove(name);
                let mut more = right.clone();
                more.pointer_mut(above).unwrap()["more"] = json!(1);
                all.push(more.to_string().into_bytes());
            }
            other => {
                let items = other.as_array_mut().unwrap();
                let item = items.remove(name.parse().unwrap());
                let mut more = right.clone();
                let twice = more.pointer_mut(above).unwrap().as_array_mut().unwrap();
                twice.push(item.clone());
                all.push(more.to_string().into_bytes());
                // More than any list may have, and more than any request may: schemathesis sent both as a swap.
                for many in [65, 5_000] {
                    let list = vec![item.clone(); many];
                    *more.pointer_mut(above).unwrap() = Value::from(list);
                    all.push(more.to_string().into_bytes());
                }
            }
        }
        all.push(wrong.to_string().into_bytes());
    }
    // Twice the same name, and what is no JSON, or no text, or too much.
    let first = right.as_object().unwrap().iter().next().unwrap();
    let twice = format!("{{\"{}\":{},{}", first.0, first.1, &body[1..]);
    all.push(twice.into_bytes());
    all.extend((0..10).map(|tenth| body.as_bytes()[..body.len() * tenth / 10].to_vec()));
    all.push([b"\xef\xbb\xbf", body.as_bytes()].concat());
    all.push([body.as_bytes(), b"{}"].concat());
    all.push(body.replace(":\"", ":\"\u{fffd}").into_bytes());
    all.push(b"\xff\xfe\x00".to_vec());
    all.push(b"[".repeat(60_000));
    all.push(b" ".repeat(70_000));
    for no_object in ["null", "[]", "0", "\"\""] {
        all.push(no_object.into());
    }
    all
}

fn short(scene: &Scene) {
    let mut document = Document::of(&scene.server);
    for example in &scene.examples {
        let reply = scene.send(example, example.body.as_bytes());
        assert!(reply.status < 300, "{}: {reply:?}", example.path);
        for body in changed(&example.body) {
            let reply = scene.send(example, &body);
            let shown = String::from_utf8_lossy(&body[..body.len().min(3_000)]);
            let shown = format!("{} {shown}: {reply:?}", example.path);
            assert!((400..500).contains(&reply.status), "{shown}");
            document.answer("post", example.template, &reply);
        }
    }
    let odd = [
        "",
        "%00",
        "..%2f..",
        "%ff",
        "%",
        "%zz",
        "%F0%9F%A6%8A",
        "A",
        "null",
        "-1",
        "%20",
        "a;b",
        "a%2Fb",
    ];
    let ids = [22, 43].map(|length| "A".repeat(length));
    let long = "A".repeat(5_000);
    for (template, name, right) in &scene.names {
        let tails = [&ids[0], &ids[1], &long, right].map(String::as_str);
        for value in odd.iter().copied().chain(tails) {
            let path = template.replace(&format!("{{{name}}}"), value);
            for method in [
                "GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "HEAD", "BREW",
            ] {
                let head = format!("{method} {path}?from={value}&a=%00 HTTP/1.1\r\n");
                let reply = scene.raw(head.as_bytes(), head.len());
                assert!(reply.status < 500, "{head}: {reply:?}");
                if !["GET", "HEAD", "POST"].contains(&method) {
                    assert!([404, 405].contains(&reply.status), "{head}: {reply:?}");
                    reply.code();
                }
            }
        }
    }
}

/// The document with the requests that were right as examples.
fn with_examples(scene: &Scene) -> Value {
    let mut document: Value =
        serde_json::from_str(&scene.server.get("/openapi.json").body).unwrap();
    let paths = document["paths"].as_object_mut().unwrap();
    for example in &scene.examples {
        let content = &mut paths[example.template]["post"]["requestBody"]["content"];
        let body: Value = serde_json::from_str(&example.body).unwrap();
        content["application/json"]["example"] = body;
        let signed = scene.signed(example.body.as_bytes());
        let parameters = paths[example.template]["post"].get_mut("parameters");
        for parameter in parameters
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let known = signed.iter().find(|(name, _)| parameter["name"] == *name);
            if let Some((_, value)) = known {
                parameter["example"] = json!(value);
            }
        }
    }
    for (template, name, value) in &scene.names {
        for operation in paths[*template].as_object_mut().unwrap().values_mut() {
            let parameters = operation["parameters"].as_array_mut().unwrap();
            for parameter in parameters {
                if parameter["name"] == *name {
                    parameter["example"] = json!(value);
                }
            }
        }
    }
    document
}

/// How what violates a schema may be refused: as schemathesis has it, and by size, which is looked at before anything is
/// parsed (a list with too many elements may be too long as text, too).
const REFUSALS: &str = r#"
[checks]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
"#;

fn long(scene: &Scene, program: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, with_examples(scene).to_string()).unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), REFUSALS).unwrap();
    let told = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let status = Command::new(program)
        .arg("run")
        .arg(&file)
        .args(["--url", &scene.server.url("")])
        // That what fits the schemas is accepted cannot be asked of a protocol of signatures.
        .args(["--checks", "all"])
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args([
            "--max-examples",
            &told("FARTHING_SCHEMATHESIS_EXAMPLES", "100"),
        ])
        .args(["--seed", &told("FARTHING_SCHEMATHESIS_SEED", "1")])
        .args([
            "--continue-on-failure",
            "--warnings",
            "off",
            "--request-timeout",
            "30",
        ])
        .current_dir(folder.path())
        .status();
    assert!(status.unwrap().success(), "schemathesis found something");
}

#[test]
fn no_request_that_can_be_made_up_is_an_error_of_the_issuers_or_moves_a_book() {
    let scene = scene();
    scene.server.unmoved(|| {
        short(&scene);
        if let Ok(program) = std::env::var("FARTHING_SCHEMATHESIS") {
            long(&scene, &program);
        }
    });
    let Scene {
        server,
        serving,
        secrets,
        ..
    } = scene;
    drop(server);
    let log = serving.end();
    assert!(log.contains("claim_signature") && log.contains("malformed"));
    for secret in secrets {
        assert!(secret.len() > 7 && !log.contains(&secret), "{secret}");
    }
    for line in log.lines() {
        let ours = line.contains("serving; ") || line.contains("metrics and health");
        assert!(
            line.starts_with('{') && (ours || !line.contains("127.0.0.1")),
            "{line}"
        );
        assert!(!line.contains("panicked"), "{line}");
    }
}
