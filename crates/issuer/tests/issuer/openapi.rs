//! What the issuer really answers is what its OpenAPI document says.

use crate::fixture::{Reader, Reply, Server, Shop, eur, fixed, micro};
use crate::gifts::Gift;
use crate::wallet::with_purse_on;
use farthing_core::bytes::to_b64u;
use farthing_core::request::{FindRequest, PromoFields, PromoRequest};
use farthing_core::wallet::{Seed, inquire, search};
use farthing_issuer::payment::{Notice, Sandbox};
use farthing_ledger::{Freeze, Hour, Ledger};
use serde_json::Value;
use std::collections::BTreeSet;

/// The served document, and which operations and statuses were seen.
pub(crate) struct Document {
    document: Value,
    seen: BTreeSet<(String, String, String)>,
}

impl Document {
    pub(crate) fn of(server: &Server) -> Self {
        let reply = server.get("/openapi.json").ok(200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        Self {
            document: serde_json::from_str(&reply.body).unwrap(),
            seen: BTreeSet::new(),
        }
    }

    /// The value, or what it refers to.
    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref") {
            Some(reference) => {
                let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
                self.document.pointer(pointer).unwrap()
            }
            None => value,
        }
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        let operation = &self.document["paths"][path][method];
        assert!(operation.is_object(), "{method} {path}");
        operation
    }

    /// A request that the protocol's own code made must be one of the document's.
    fn request(&self, path: &str, body: &str) {
        let schema = self.operation("post", path);
        let schema = &schema["requestBody"]["content"]["application/json"]["schema"];
        let body: Value = serde_json::from_str(body).unwrap();
        if let Err(error) = self.check(schema, &body, "") {
            panic!("the request to {path}: {error}");
        }
    }

    /// An answer must be one of those that the operation has.
    pub(crate) fn answer(&mut self, method: &str, path: &str, reply: &Reply) {
        let status = reply.status.to_string();
        let response = &self.operation(method, path)["responses"][&status];
        assert!(response.is_object(), "{method} {path} has no {status}");
        let response = self.follow(response);
        let media_type = reply.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap();
        if media_type.is_empty() {
            assert!(response.get("content").is_none() && reply.body.is_empty());
        } else {
            let content = &response["content"][media_type];
            assert!(content.is_object(), "{method} {path} {status} {media_type}");
            if let Some(schema) = content.get("schema") {
                let body: Value = serde_json::from_str(&reply.body).unwrap();
                if let Err(error) = self.check(schema, &body, "") {
                    panic!("{method} {path} {status}: {error} in {body}");
                }
            }
        }
        let headers = response["headers"].as_object();
        for name in headers.into_iter().flat_map(|headers| headers.keys()) {
            let there = reply.header(&name.to_ascii_lowercase()).is_some();
            assert!(there, "{method} {path} {status} lacks {name}");
        }
        self.seen.insert((method.into(), path.into(), status));
    }

    /// JSON Schema as far as the document uses it; a keyword that is not known here is a failure, not a pass.
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = self.follow(schema).as_object().unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let length = |count: usize| u64::try_from(count).unwrap();
        for (keyword, wanted) in schema {
            let fits = match keyword.as_str() {
                "description" => true,
                "type" => match wanted.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64(),
                    other => panic!("the type {other} is not known"),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().unwrap().contains(value),
                "minimum" => value.as_u64() >= Some(number(wanted)),
                "maximum" => value.as_u64().is_some_and(|n| n <= number(wanted)),
                "minLength" => value.as_str().map(|text| length(text.len())) >= wanted.as_u64(),
                "maxLength" => value
                    .as_str()
                    .is_some_and(|text| length(text.len()) <= number(wanted)),
                "pattern" => {
                    let pattern = regex_lite::Regex::new(wanted.as_str().unwrap()).unwrap();
                    value.as_str().is_some_and(|text| pattern.is_match(text))
                }
                "minItems" => value.as_array().map(|list| length(list.len())) >= wanted.as_u64(),
                "maxItems" => value
                    .as_array()
                    .is_some_and(|list| length(list.len()) <= number(wanted)),
                "required" => wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| value.get(name.as_str().unwrap()).is_some()),
                "additionalProperties" => {
                    let known = schema["properties"].as_object().unwrap();
                    let mut names = value
                        .as_object()
                        .into_iter()
                        .flat_map(|object| object.keys());
                    *wanted == false && names.all(|name| known.contains_key(name))
                }
                "items" => {
                    for (index, item) in value.as_array().unwrap().iter().enumerate() {
                        self.check(wanted, item, &format!("{at}/{index}"))?;
                    }
                    true
                }
                "properties" => {
                    for (name, schema) in wanted.as_object().unwrap() {
                        if let Some(member) = value.get(name) {
                            self.check(schema, member, &format!("{at}/{name}"))?;
                        }
                    }
                    true
                }
                other => panic!("the keyword {other} is not known"),
            };
            if !fits {
                return Err(format!("{at} is not {keyword} {wanted}"));
            }
        }
        Ok(())
    }
}

#[test]
fn answers_and_refusals_of_a_purchase_are_those_of_the_document() {
    let server = Server::with(
        "\n[http]\nrequests_per_minute = 200\n\n[[promo]]\n\
         publisher = \"https://publisher.example\"\ngrant = \"0.60\"\nper_day = 1\n\n\
         [undo]\nright_per = \"0.20\"\nper_day = \"1.00\"\n",
    );
    let server = with_purse_on(server, "");
    let mut document = Document::of(&server);
    let shop = Shop::open(&server);
    let get = |document: &mut Document, path: &str, asked: &str| {
        let reply = server.get(asked);
        document.answer("get", path, &reply);
        reply
    };
    let send = |document: &mut Document, path: &str, asked: &str, body: &str| {
        let reply = server.post(asked, body);
        document.answer("post", path, &reply);
        reply
    };
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/.well-known/jwks.json",
        "/.well-known/farthing-issuer.json",
    ] {
        get(&mut document, path, path).ok(200);
    }
    let zeros = "A".repeat(43);
    let d = &mut document;
    get(d, "/v1/manifests", "/v1/manifests?from=1").ok(200);
    get(d, "/v1/manifests", "/v1/manifests").ok(400);
    let mut reader = Reader::named(&server, "reader");
    let head = server.get("/v1/manifests?from=1").ok(200).body;
    let head = head.split('"').find(|text| text.contains('.')).unwrap();
    let hash = farthing_core::manifest::Head::parse(head).unwrap();
    let body = format!("/v1/manifests/bodies/{}", hash.body().to_b64u());
    let bodies = "/v1/manifests/bodies/{hash}";
    get(d, bodies, &body).ok(200);
    get(d, bodies, &format!("/v1/manifests/bodies/{zeros}")).ok(404);
    let keyset = reader.manifest.keysets.first().unwrap().id().to_b64u();
    get(d, "/v1/keysets/{id}", &format!("/v1/keysets/{keyset}")).ok(200);
    get(d, "/v1/keysets/{id}", "/v1/keysets/none").ok(404);
    get(d, "/terms/{version}", "/terms/2026-11-22").ok(200);
    get(d, "/terms/{version}", "/terms/none").ok(404);
    get(d, "/assets/{name}", "/assets/issuer.css").ok(200);
    get(d, "/assets/{name}", "/assets/none").ok(404);
    get(d, "/wallet", "/wallet").ok(308);
    get(d, "/wallet/", "/wallet/").ok(200);
    get(d, "/wallet/{name}", "/wallet/icon.svg").ok(200);
    get(d, "/wallet/{name}", "/wallet/none").ok(404);

    // The order.
    let load = reader.order(500_000);
    let text = load.request.to_json();
    d.request("/v1/orders", &text);
    send(d, "/v1/orders", "/v1/orders", &text).ok(201);
    let spoilt = text.replacen("500000", "600000", 1);
    send(d, "/v1/orders", "/v1/orders", &spoilt).is(403, "claim_signature");
    send(d, "/v1/orders", "/v1/orders", "{}").is(400, "malformed");
    let huge = reader.order(4_000_000).request.to_json();
    send(d, "/v1/orders", "/v1/orders", &huge).is(422, "pocket_limit");
    reader.claims -= 1;
    let long = " ".repeat(70_000);
    send(d, "/v1/orders", "/v1/orders", &long).is(413, "too_large");
    let reply = server.post_with("/v1/orders", "{}", &[("content-type", "text/plain")]);
    d.answer("post", "/v1/orders", &reply);
    let order = load.order.to_b64u();
    let state = "/v1/orders/{id}";
    get(d, state, &format!("/v1/orders/{order}")).ok(200);
    get(d, state, "/v1/orders/none").is(404, "order_unknown");
    let (pouches, path) = ("/v1/orders/{id}/draw", format!("/v1/orders/{order}/draw"));
    let pouch = reader.draw(&server, &load, 0, "0.50", 500_000).to_json();
    d.request(pouches, &pouch);
    send(d, pouches, &path, &pouch).is(409, "order_not_settled");
    let checkout = format!("/checkout/{order}");
    get(d, "/checkout/{id}", &checkout).ok(200);
    get(d, "/checkout/{id}", "/checkout/none").ok(404);
    get(d, "/checkout/{id}/later", &format!("{checkout}/later")).ok(200);
    let reply = server.press(&order, "approve").ok(303);
    d.answer("post", "/checkout/{id}", &reply);
    let reply = server.press(&order, "perhaps").ok(403);
    d.answer("post", "/checkout/{id}", &reply);
    send(d, pouches, &path, &pouch).ok(200);
    let paid = Sandbox::charge(load.order, eur(), micro(500_000));
    d.request("/v1/webhooks/{provider}", &paid.to_json());
    let reply = server.notify(&paid).ok(204);
    d.answer("post", "/v1/webhooks/{provider}", &reply);
    let notice = Notice::Declined {
        order: farthing_core::id::OrderId::new([9; 16]),
    };
    d.request("/v1/webhooks/{provider}", &notice.to_json());
    let reply = server.notify(&notice);
    reply.is(404, "order_unknown");
    d.answer("post", "/v1/webhooks/{provider}", &reply);
    let hooks = "/v1/webhooks/sandbox";
    send(d, "/v1/webhooks/{provider}", hooks, "{}").is(403, "webhook_signature");

    // The purchase.
    let mut buyer = Reader::named(&server, "buyer");
    buyer.load(&server, 500_000);
    let page = shop.seal(&server, &buyer.manifest, "/article", 237_000);
    let attempt = buyer.pay(&server, &page);
    let redemptions = "/v1/redemptions";
    d.request(redemptions, &attempt.text());
    send(d, redemptions, redemptions, &attempt.text()).ok(200);
    let other = shop.seal(&server, &buyer.manifest, "/other", 237_000);
    let conflict = buyer.pay(&server, &other).text();
    send(d, redemptions, redemptions, &conflict).is(409, "token_spent");
    let token = buyer.purse().remove(0);
    let spent = &attempt.payment.request.fields().inputs;
    let purse = buyer.purse();
    let is_spent = |token: &&farthing_core::token::Token| {
        spent.iter().any(|input| input.nonce == *token.nonce())
    };
    let lead = purse.iter().find(is_spent).unwrap_or(&token);
    let question = inquire(server.id(), lead).to_json();
    d.request("/v1/answers", &question);
    send(d, "/v1/answers", "/v1/answers", &question).ok(200);
    let unspent = purse.iter().find(|token| !is_spent(token)).unwrap();
    let question = inquire(server.id(), unspent).to_json();
    send(d, "/v1/answers", "/v1/answers", &question).is(404, "answer_unknown");
    let forged = question.replace(&keyset, &to_b64u(&fixed("none")[..16]));
    let forged = send(d, "/v1/answers", "/v1/answers", &forged);
    assert_eq!(forged.status, 422);

    // A gift.
    let gift = Gift::lasting(&server, 0);
    d.request(redemptions, gift.bought());
    let rebinds = "/v1/grants/rebind";
    let claim = gift.claim("friend");
    d.request(rebinds, &claim);
    send(d, rebinds, rebinds, &claim).ok(200);
    let back = gift.take_back();
    d.request(rebinds, &back);
    send(d, rebinds, rebinds, &back).is(409, "grant_rebound");
    let forged = claim.replace(&claim[claim.len() - 88..], &back[back.len() - 88..]);
    send(d, rebinds, rebinds, &forged).is(403, "grant_signature");
    send(d, rebinds, rebinds, "{}").is(400, "malformed");
    let list = "/v1/revocations";
    get(d, list, list).ok(200);
    get(d, list, "/v1/revocations?after=none").is(400, "malformed");

    // An undo.
    crate::refunds::one_of_each(&server, |text, refused| {
        let refunds = "/v1/refunds";
        if let Some(code) = refused {
            send(d, refunds, refunds, text).is(code.0, code.1);
        } else {
            d.request(refunds, text);
            send(d, refunds, refunds, text).ok(200);
        }
    });

    // A swap, and a keyset that is frozen.
    let mut renewer = Reader::named(&server, "renewer");
    renewer.load(&server, 500_000);
    let (keysets, tokens) = (renewer.manifest.keysets.clone(), renewer.tokens.clone());
    let swaps = "/v1/swaps";
    let renewal = renewer.renew(&server, &tokens[..3], &keysets, true);
    d.request(swaps, &renewal.request.to_json());
    send(d, swaps, swaps, &renewal.request.to_json()).ok(200);
    let late = renewer.renew(&server, &tokens[2..], &keysets, false);
    d.request(swaps, &late.request.to_json());
    send(d, swaps, swaps, &late.request.to_json()).is(409, "token_spent");
    let rest = renewer.renew(&server, &tokens[3..], &keysets, false);
    let frozen = Freeze {
        promo: None,
        keyset: *tokens[3].token.keyset(),
        currency: eur(),
        denomination: tokens[3].amount,
        hour: Hour::of(server.now()),
        reason: "a drill".into(),
    };
    let id = frozen.keyset.to_b64u();
    server.block_on(server.ledger.freeze(frozen)).unwrap();
    send(d, swaps, swaps, &rest.request.to_json()).is(409, "keyset_frozen");
    let reply = server.get(&format!("/v1/keysets/{id}")).ok(200);
    assert!(reply.body.contains("\"frozen\":"));
    d.answer("get", "/v1/keysets/{id}", &reply);

    // A wallet that has its seed and nothing else.
    let lists = "/v1/keysets/{id}/spent/{prefix}";
    get(d, lists, &format!("/v1/keysets/{id}/spent/all")).ok(200);
    get(d, lists, &format!("/v1/keysets/{id}/spent/01")).is(422, "prefix_length");
    get(d, lists, &format!("/v1/keysets/{id}/spent/2")).is(400, "malformed");
    get(d, lists, "/v1/keysets/none/spent/all").is(404, "keyset_unknown");
    let (restores, id) = ("/v1/restore", tokens[3].token.keyset());
    let lost = search(server.id(), &renewer.seed, *id, 0, 3).unwrap();
    d.request(restores, &lost.to_json());
    send(d, restores, restores, &lost.to_json()).ok(200);
    send(d, restores, restores, "{}").is(400, "malformed");
    let find = |seed: &Seed, signer: &Seed| {
        let claim = seed.claim(server.id(), 0).unwrap();
        let binding = FindRequest::binding(server.id(), claim.public());
        let signer = signer.claim(server.id(), 0).unwrap();
        let request = FindRequest {
            claim: *claim.public(),
            signature: signer.sign(&binding),
        };
        request.to_json()
    };
    let finds = "/v1/orders/find";
    let own = find(&renewer.seed, &renewer.seed);
    d.request(finds, &own);
    send(d, finds, finds, &own).ok(200);
    let nobody = Seed::new(fixed("nobody"));
    send(d, finds, finds, &find(&nobody, &nobody)).is(404, "order_unknown");
    let stolen = find(&renewer.seed, &nobody);
    send(d, finds, finds, &stolen).is(403, "claim_signature");

    // What a publisher gives away.
    let (lists, origin) = ("/v1/publishers/{origin}/manifests", shop.id.as_str());
    let path = format!("/v1/publishers/{}/manifests", to_b64u(origin.as_bytes()));
    get(d, lists, &format!("{path}?from=1")).ok(200);
    get(d, lists, &path).is(400, "malformed");
    get(d, lists, "/v1/publishers/none/manifests?from=1").is(404, "manifest_unknown");
    let claims = "/v1/promo";
    let claim = |counter: u32, amount: u64| {
        let key = nobody.claim(server.id(), counter).unwrap();
        let fields = PromoFields {
            publisher: shop.id.clone(),
            currency: eur(),
            amount: micro(amount),
            claim: *key.public(),
        };
        let signature = key.sign(&fields.binding(server.id()));
        PromoRequest::new(fields, signature).to_json()
    };
    d.request(claims, &claim(0, 600_000));
    send(d, claims, claims, &claim(0, 600_000)).ok(201);
    send(d, claims, claims, &claim(1, 600_000)).is(409, "promo_spent");
    send(d, claims, claims, &claim(1, 700_000)).is(422, "amount_invalid");
    send(d, claims, claims, "{}").is(400, "malformed");

    // More than a client may ask.
    let refused = (0..400).find_map(|_| {
        let reply = server.get("/v1/keysets/none");
        (reply.status == 429).then_some(reply)
    });
    d.answer("get", "/v1/keysets/{id}", &refused.unwrap());

    // Every operation was asked, and every one that does something has done it.
    for (path, item) in document.document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let done = operation["responses"].as_object().unwrap().keys();
            let done = done.filter(|status| status.starts_with(['2', '3']));
            for status in done {
                let seen = (method.clone(), path.clone(), status.clone());
                assert!(document.seen.contains(&seen), "{seen:?}");
            }
        }
    }
}

#[test]
fn a_check_that_finds_nothing_wrong_would_be_none() {
    let server = Server::start();
    let document = Document::of(&server);
    let schema = serde_json::json!({"$ref": "#/components/schemas/Token"});
    let (id, long) = ("A".repeat(22), "A".repeat(43));
    let good = serde_json::json!({"keyset": id, "nonce": long, "mac": long});
    assert_eq!(document.check(&schema, &good, ""), Ok(()));
    for (name, value) in [
        ("keyset", Some(serde_json::json!("A"))),
        ("nonce", Some(serde_json::json!(1))),
        ("mac", None),
        ("more", Some(serde_json::json!("x"))),
    ] {
        let mut wrong = good.clone();
        match value {
            Some(value) => wrong[name] = value,
            None => drop(wrong.as_object_mut().unwrap().remove(name)),
        }
        assert!(document.check(&schema, &wrong, "").is_err(), "{name}");
    }
}
