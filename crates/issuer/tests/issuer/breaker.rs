//! A keyset's key is stolen: what the thief gets is bounded, the alarm is raised, and readers lose nothing.

use crate::admin::Numbers;
use crate::command_line::{fails, ok};
use crate::fixture::{Reader, Server, Shop, eur, micro};
use farthing_core::keyset::Keyset;
use farthing_core::request::{DrawResponse, SwapInput, SwapRequest, group_by_keyset};
use farthing_core::wallet::{self, FreshToken, Pouch};
use farthing_ledger::AuditReport;
use farthing_testkit::postgres::Cluster;

/// Tokens of a mix, made with the issuer's keys behind its back: nothing of them was ever recorded.
fn forge(server: &Server, thief: &mut Reader) {
    let load = thief.order(500_000);
    let pouch = Pouch {
        order: load.order,
        claim_counter: thief.claims - 1,
        number: 0,
        mix: "0.50",
        rest: micro(500_000),
        currency: eur(),
    };
    let (now, before) = (server.now(), thief.counters.clone());
    let request = wallet::draw(
        &thief.manifest,
        &thief.seed,
        &pouch,
        &mut thief.counters,
        now,
    );
    let request = request.unwrap();
    let keys = server.keys();
    let binding = request.fields().binding(server.id());
    let evaluations =
        group_by_keyset(&request.fields().elements)
            .into_iter()
            .map(|(keyset, group)| {
                let elements: Vec<_> = group.iter().map(|output| &output.blinded).collect();
                let mint = keys.mint(&keyset).unwrap();
                mint.evaluate(&binding, &elements).unwrap()
            });
    let stolen = DrawResponse {
        evaluations: evaluations.collect(),
    };
    let fresh = wallet::finish_draw(&thief.manifest, &thief.seed, &request, &before, &stolen);
    thief.tokens.extend(fresh.unwrap());
}

/// The tokens of the highest denomination.
fn highest(reader: &Reader) -> Vec<FreshToken> {
    let most = reader
        .tokens
        .iter()
        .map(|fresh| fresh.amount)
        .max()
        .unwrap();
    let tokens = reader.tokens.iter().filter(|fresh| fresh.amount == most);
    tokens.cloned().collect()
}

fn is_frozen(server: &Server, keyset: &Keyset) -> bool {
    let path = format!("/v1/keysets/{}", keyset.id().to_b64u());
    let reply = server.get(&path).ok(200);
    assert_eq!(reply.member("id"), keyset.id().to_b64u());
    reply.body.contains("\"frozen\":")
}

fn a_stolen_key(mut server: Server) {
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let keysets = reader.manifest.keysets.clone();
    let honest = highest(&reader);
    let keyset = honest.first().unwrap().token.keyset();
    let keyset = keysets.iter().find(|k| k.id() == keyset).unwrap().clone();
    let price = keyset.denomination().get();
    assert_eq!(
        Numbers::of(&server).count("farthing_keysets_frozen", &[]),
        0
    );

    // The thief buys with as many as were issued. To the issuer they are as good as any.
    let mut thief = Reader::named(&server, "thief");
    for _ in 0..2 {
        forge(&server, &mut thief);
    }
    let forged: Vec<_> = highest(&thief).iter().map(|f| f.token.clone()).collect();
    assert_eq!(forged.len(), 2 * honest.len());
    let mut last = None;
    for (n, token) in forged.iter().take(honest.len()).enumerate() {
        let page = shop.seal(&server, &thief.manifest, &format!("/stolen-{n}"), price);
        let attempt = thief.pay_with(&server, &page, std::slice::from_ref(token));
        let reply = thief.send(&server, &attempt).ok(200);
        last = Some((attempt, reply.body));
    }
    assert!(!is_frozen(&server, &keyset));
    let next = &forged[honest.len()..];
    let page = shop.seal(&server, &thief.manifest, "/one-too-many", price);
    let attempt = thief.pay_with(&server, &page, &next[..1]);
    let refused = freezing(&server, || thief.send(&server, &attempt));
    refused.is(409, "keyset_frozen");
    let named = format!("[\"{}\"]", keyset.id().to_b64u());
    assert_eq!(refused.member("keysets"), named);

    // Everybody who watches is told; the issuer is ready for the rest.
    assert!(is_frozen(&server, &keyset));
    assert_eq!(
        Numbers::of(&server).count("farthing_keysets_frozen", &[]),
        1
    );
    let ready = server.admin("/readyz").ok(200).body;
    let line = format!(
        "keyset {} is frozen since 2026-11-22: ",
        keyset.id().to_b64u()
    );
    assert!(
        ready.starts_with("ok\n") && ready.contains(&line),
        "{ready}"
    );
    assert_eq!(server.get("/readyz").ok(200).body, "ok\n");

    // It neither pays nor is made, not even for those who are honest; what was answered is answered again.
    let page = shop.seal(&server, &reader.manifest, "/honest", price);
    let tokens: Vec<_> = honest.iter().map(|fresh| fresh.token.clone()).collect();
    let attempt = reader.pay_with(&server, &page, &tokens[..1]);
    server.unmoved(|| {
        reader.send(&server, &attempt).is(409, "keyset_frozen");
        let into = reader.renew(&server, &reader.tokens.clone(), &keysets, true);
        let reply = server.post("/v1/swaps", &into.request.to_json());
        assert_eq!(reply.status, 409, "{reply:?}");
        let (attempt, body) = last.as_ref().unwrap();
        assert_eq!(&thief.send(&server, attempt).ok(200).body, body);
    });

    // A new list of keys leaves it out, so that wallets ask for what is made.
    server.restart();
    assert!(is_frozen(&server, &keyset));
    reader.manifest = server.manifest();
    thief.manifest = server.manifest();
    assert!(reader.manifest.keyset(keyset.id()).is_none());
    assert_eq!(
        Numbers::of(&server).count("farthing_keysets_frozen", &[]),
        1
    );

    let swap = |text: &str| server.post("/v1/swaps", text);
    server.unmoved(|| {
        let hidden = reader.renew(&server, &honest, &keysets, false);
        swap(&hidden.request.to_json()).is(409, "keyset_frozen");
        // The thief shows the blinds of his own tokens: nothing was issued for them.
        let stolen: Vec<_> = highest(&thief).split_off(honest.len());
        let shown = thief.renew(&server, &stolen, &keysets, true);
        let reply = swap(&shown.request.to_json());
        reply.is(422, "evidence_unknown");
        let all: Vec<String> = (0..stolen.len()).map(|n| n.to_string()).collect();
        assert_eq!(reply.member("inputs"), format!("[{}]", all.join(",")));
        // He even knows the blind of an honest reader's token, and shows it for his own.
        let known = reader.renew(&server, &honest[..1], &keysets, true);
        let blind = known.request.fields().inputs[0].blind.clone();
        let mine = thief.renew(&server, &stolen[..1], &keysets, true);
        let mut fields = mine.request.fields().clone();
        fields.inputs = vec![SwapInput {
            token: fields.inputs[0].token,
            blind,
        }];
        let request = SwapRequest::new(fields, server.id(), |_, binding| {
            Some(stolen[0].token.output().mac(binding))
        });
        swap(&request.unwrap().to_json()).is(422, "evidence_unknown");
    });

    // Every honest token passes, once; the purse is worth what it was, and pays.
    let renewal = reader.renew(&server, &honest, &keysets, true);
    let text = renewal.request.to_json();
    let body = swap(&text).ok(200).body;
    assert_eq!(swap(&text).ok(200).body, body);
    let again = reader.renew(&server, &honest, &keysets, true);
    swap(&again.request.to_json()).is(409, "token_spent");
    reader.renewed(&renewal, &body);
    assert_eq!(reader.balance(), 500_000);
    let page = shop.seal(&server, &reader.manifest, "/all-of-it", 500_000);
    let attempt = reader.pay(&server, &page);
    let body = reader.send(&server, &attempt).ok(200).body;
    reader.finish(&page, &attempt, &body);
    assert_eq!(reader.balance(), 0);

    // The books say who lost: not the readers.
    let report = server.audit();
    let loss = report.checks().iter().find(|c| c.invariant() == "I20");
    let stolen = i128::from(price) * i128::try_from(honest.len()).unwrap();
    assert_eq!(loss.map(|check| check.left()), Some(stolen), "{report}");
}

/// Runs `work`, which must move nothing in the books, but for the entry that says what was frozen.
fn freezing<T>(server: &Server, work: impl FnOnce() -> T) -> T {
    let before = server.audit();
    let result = work();
    let after = server.audit();
    // The audit's statements on money, and those on nothing but the journal itself.
    let of_money = |report: &AuditReport| -> Vec<_> {
        let checks = report.checks().iter();
        let checks = checks.filter(|check| !matches!(check.invariant(), "I18" | "I20"));
        checks.map(|c| (c.statement(), c.left())).collect()
    };
    let entries = |report: &AuditReport| -> i128 {
        let checks = report.checks().iter();
        let readable = checks.filter(|check| check.statement().contains("entries readable"));
        readable.map(|check| check.right()).sum()
    };
    assert_eq!(of_money(&after), of_money(&before));
    assert_eq!(entries(&after), entries(&before) + 1);
    result
}

#[test]
fn a_stolen_key_is_worth_what_was_issued_and_readers_lose_nothing() {
    a_stolen_key(Server::start());
}

#[test]
fn a_stolen_key_is_worth_no_more_to_issuers_that_share_a_database() {
    a_stolen_key(Server::on(&Cluster::shared().database()));
}

#[test]
fn the_operator_freezes_and_thaws_beside_a_running_issuer() {
    let server = Server::start();
    let reader = Reader::loaded(&server);
    let config = server.folder().join("farthing.toml");
    let config = config.to_str().unwrap();
    let keyset = reader.manifest.keysets[3].clone();
    let id = keyset.id().to_b64u();
    let shop = Shop::open(&server);
    let mut reader = reader;
    let page = shop.seal(&server, &reader.manifest, "/article", 500_000);
    let attempt = reader.pay(&server, &page);

    assert!(!ok(&["keys", "list", "--config", config]).contains("FROZEN"));
    let reason = ["--reason", "the backup was lost"];
    let freeze = [
        "keys", "freeze", &id, reason[0], reason[1], "--config", config,
    ];
    assert!(ok(&freeze).contains("is frozen: "));
    assert!(ok(&freeze).contains("frozen already"));
    let listed = ok(&["keys", "list", "--config", config]);
    assert_eq!(listed.matches("FROZEN since").count(), 1, "{listed}");
    assert!(listed.contains("the backup was lost"), "{listed}");
    assert!(is_frozen(&server, &keyset));
    server.unmoved(|| reader.send(&server, &attempt).is(409, "keyset_frozen"));
    assert_eq!(
        Numbers::of(&server).count("farthing_keysets_frozen", &[]),
        1
    );

    let thaw = ["keys", "thaw", &id, "--config", config];
    assert!(ok(&thaw).contains("pays again"));
    assert!(ok(&thaw).contains("is not frozen"));
    reader.send(&server, &attempt).ok(200);
    assert_eq!(
        Numbers::of(&server).count("farthing_keysets_frozen", &[]),
        0
    );

    let nobody = "A".repeat(21) + "A";
    let unknown = [
        "keys", "freeze", &nobody, reason[0], reason[1], "--config", config,
    ];
    assert!(fails(&unknown).contains("there is no key"));
    let lines = [
        "keys",
        "freeze",
        &id,
        "--reason",
        "two\nlines",
        "--config",
        config,
    ];
    assert!(fails(&lines).contains("one line"));
    assert!(fails(&["keys", "thaw", "x", "--config", config]).contains("no keyset id"));
    server.audit();
}
