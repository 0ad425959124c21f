//! Keys that are renewed while the issuer serves: epochs, signing keys, manifests, replicas with folders of their own.

use crate::fixture::server::copy_keys;
use crate::fixture::{Reader, Server, Shop};
use farthing_core::id::KeysetId;
use farthing_core::manifest::Manifest;
use farthing_core::time::DAY;
use farthing_issuer::keys::{Kind, RevokeError, RotateError, Wanted, revoke, rotate};
use farthing_issuer::random::SystemRandom;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The days of an epoch.
const EPOCH: u64 = 183;

fn ids(manifest: &Manifest) -> BTreeSet<KeysetId> {
    manifest.keysets.iter().map(|keyset| *keyset.id()).collect()
}

fn mintable(server: &Server) -> BTreeSet<KeysetId> {
    let (manifest, now) = (server.manifest(), server.now());
    let keysets = manifest.keysets.iter();
    let mintable = keysets.filter(|keyset| keyset.is_mintable(now));
    mintable.map(|keyset| *keyset.id()).collect()
}

fn files(server: &Server) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(server.config.keys()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths
}

fn make(server: &Server, wanted: &Wanted) {
    let keys = server.keys();
    let made = rotate(&server.config, &keys, wanted, server.now(), &SystemRandom);
    assert!(!made.unwrap().files.is_empty());
}

/// What the metrics say of the time left.
fn epoch_ends(server: &Server) -> u64 {
    let metrics = server.admin("/metrics").body;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("farthing_key_epoch_ends_seconds "));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

fn pass_days(server: &Server, days: u64) {
    server.pass(days * DAY);
}

#[test]
fn coins_are_drawn_in_the_next_epoch_and_old_ones_still_pay() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let first = ids(&server.manifest());
    // Nothing to do for five months.
    pass_days(&server, EPOCH - 31);
    server.renew().unwrap();
    assert_eq!((server.manifest().n, files(&server).len()), (1, 4));
    // The issuer makes the next epoch a month ahead, and announces it a week ahead.
    pass_days(&server, 2);
    server.renew().unwrap();
    assert_eq!((server.manifest().n, files(&server).len()), (1, 5));
    server.renew().unwrap();
    assert_eq!(files(&server).len(), 5);
    pass_days(&server, 22);
    server.renew().unwrap();
    let manifest = server.walk(Some(reader.manifest.trust()));
    assert_eq!((manifest.n, manifest.keysets.len()), (2, 22));
    assert_eq!(mintable(&server), first);
    // A reader who knows the list draws of the old keysets to the last second, and of the new ones from then on.
    pass_days(&server, 8);
    let second = mintable(&server);
    assert_eq!(second.len(), 11);
    assert!(second.is_disjoint(&first));
    reader.manifest = manifest;
    reader.load(&server, 500_000);
    let fresh = reader.tokens.iter().map(|fresh| *fresh.token.keyset());
    assert!(fresh.clone().any(|id| first.contains(&id)));
    assert!(fresh.clone().any(|id| second.contains(&id)));
    // Old coins pay, and the change is new.
    let old = reader
        .tokens
        .iter()
        .filter(|t| first.contains(t.token.keyset()));
    let largest = old.max_by_key(|fresh| fresh.amount).unwrap();
    let (amount, purse) = (largest.amount.get(), vec![largest.token.clone()]);
    let page = shop.seal(&server, &reader.manifest, "/article", amount - 3_000);
    let attempt = reader.pay_with(&server, &page, &purse);
    let fields = attempt.payment.request.fields();
    assert!(fields.inputs.iter().all(|i| first.contains(&i.keyset)));
    assert!(!fields.outputs.is_empty());
    assert!(fields.outputs.iter().all(|o| second.contains(&o.keyset)));
    let body = reader.send(&server, &attempt).ok(200).body;
    reader.finish(&page, &attempt, &body);
    // A year after its end the old epoch leaves the list, by itself; it can still be looked up, and its coins do not pay.
    pass_days(&server, 365);
    let before = server.manifest().n;
    server.renew().unwrap();
    let after = server.walk(Some(reader.manifest.trust()));
    assert!(after.n > before && ids(&after).is_disjoint(&first));
    for id in &first {
        server.get(&format!("/v1/keysets/{}", id.to_b64u())).ok(200);
    }
    // The stored answer is given all the same.
    assert_eq!(reader.send(&server, &attempt).ok(200).body, body);
    server.audit();
}

#[test]
fn a_request_in_an_epoch_that_is_over_is_told_the_newest_list() {
    let server = Server::start();
    let mut reader = Reader::named(&server, "reader");
    let load = reader.settled(&server, 500_000);
    let stale = reader.draw(&server, &load, 0, "0.50", 500_000).to_json();
    pass_days(&server, EPOCH);
    server.renew().unwrap();
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    let reply = server.post(&path, &stale);
    reply.is(409, "keyset_not_mintable");
    assert_eq!(reply.member("manifest"), "2");
}

#[test]
fn a_new_signing_key_is_shown_before_it_signs() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let old = server.keys().signers()[0].jwk().kid();
    let first = reader.manifest.trust().clone();
    let page = shop.seal(&server, &reader.manifest, "/early", 100_000);
    let early = reader.pay(&server, &page);
    let answered = reader.send(&server, &early).ok(200).body;
    reader.finish(&page, &early, &answered);
    make(&server, &Wanted::Next(vec![Kind::Signing]));
    server.renew().unwrap();
    let shown = server.walk(Some(&first));
    let kids: Vec<_> = shown.signing_keys.iter().map(|jwk| jwk.kid()).collect();
    assert_eq!((shown.n, kids.len()), (2, 2));
    let new = *kids.iter().find(|kid| **kid != old).unwrap();
    let signer = |server: &Server| {
        let heads = server.get("/v1/manifests?from=1").ok(200).body;
        let last = heads.split('"').rfind(|text| text.contains('.'));
        let head = farthing_core::manifest::Head::parse(last.unwrap());
        head.unwrap().kid()
    };
    assert_eq!(signer(&server), old);
    // A week later it signs grants, and whatever list comes next.
    pass_days(&server, 8);
    make(&server, &Wanted::Next(vec![Kind::Sealing]));
    server.renew().unwrap();
    assert_eq!(signer(&server), new);
    reader.manifest = server.walk(Some(shown.trust()));
    let page = shop.seal(&server, &reader.manifest, "/article", 200_000);
    let attempt = reader.pay(&server, &page);
    let reply = reader.send(&server, &attempt).ok(200);
    let grant = reply.member("grant");
    let header = farthing_core::bytes::from_b64u(grant.split('.').next().unwrap()).unwrap();
    let header = String::from_utf8(header).unwrap();
    assert!(header.contains(&new.to_text()), "{header}");
    reader.finish(&page, &attempt, &reply.body);
    // What the old key signed is sent again as it signed it.
    assert_eq!(reader.send(&server, &early).ok(200).body, answered);
    // Who was away meanwhile finds the way by the list between.
    assert_eq!(
        server.walk(Some(&first)).trust().pin,
        reader.manifest.trust().pin
    );
    let set = server.get("/.well-known/jwks.json").ok(200).body;
    assert!(set.contains(&new.to_text()) && set.contains(&old.to_text()));
}

#[test]
fn a_reader_who_was_away_for_years_walks_through_hundreds_of_lists() {
    let mut server = Server::start();
    let reader = Reader::named(&server, "reader");
    let terms = server.folder().join("terms");
    let text = std::fs::read_to_string(server.folder().join("farthing.toml")).unwrap();
    let mut lists = 1;
    for year in 0..4 {
        for change in 0..60 {
            // Each time the issuer is started with other terms there is another list.
            let version = format!("{year}-{change}");
            std::fs::write(terms.join(format!("{version}.txt")), &version).unwrap();
            let text = text.replace(
                "version = \"2026-11-22\"",
                &format!("version = \"{version}\""),
            );
            let path = server.folder().join("farthing.toml");
            let config = farthing_issuer::config::Config::parse(&text, &path).unwrap();
            server.config = config;
            server.open_once();
            lists += 1;
        }
        server.restart();
        for _ in 0..2 {
            pass_days(&server, EPOCH);
            server.renew().unwrap();
            pass_days(&server, 10);
            server.renew().unwrap();
        }
    }
    let manifest = server.walk(Some(reader.manifest.trust()));
    assert!(manifest.n > lists && lists > 200, "{}", manifest.n);
    assert!(manifest.trust().kids.len() > 3, "{:?}", manifest.trust());
    assert_eq!(mintable(&server).len(), 11);
    // And somebody who has never been here, from a page of the first day.
    assert_eq!(server.manifest().trust().pin, manifest.trust().pin);
}

#[test]
fn a_leaked_keyset_is_replaced_at_once_and_the_others_stay() {
    let server = Server::start();
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let before = reader.manifest.keysets.clone();
    let leaked = *reader.tokens[0].token.keyset();
    server.pass(3_600);
    make(&server, &Wanted::Instead(vec![Kind::Tokens], vec![leaked]));
    server.renew().unwrap();
    let manifest = server.walk(Some(reader.manifest.trust()));
    assert_eq!((manifest.n, manifest.keysets.len()), (2, 11));
    assert!(manifest.keyset(&leaked).is_none());
    let kept = before
        .iter()
        .filter(|keyset| manifest.keyset(keyset.id()).is_some());
    assert_eq!(kept.count(), 10);
    assert_eq!(mintable(&server).len(), 11);
    // No coins are made of it any more, not even for who has the old list.
    let mut late = Reader::named(&server, "late");
    late.manifest = reader.manifest;
    let load = late.settled(&server, 500_000);
    let request = late.draw(&server, &load, 0, "0.50", 500_000).to_json();
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    server.post(&path, &request).is(409, "keyset_not_mintable");
    // It is still known, and what was made before is honoured by whoever shows it.
    let lookup = format!("/v1/keysets/{}", leaked.to_b64u());
    server.get(&lookup).ok(200);
    late.manifest = server.manifest();
    let mut counters = late.counters.clone();
    std::mem::swap(&mut late.counters, &mut counters);
    let request = late.draw(&server, &load, 0, "0.50", 500_000).to_json();
    server.post(&path, &request).ok(200);
    reader.manifest = server.manifest();
    let page = shop.seal(&server, &reader.manifest, "/article", 100_000);
    let attempt = reader.pay(&server, &page);
    let fields = attempt.payment.request.fields();
    assert!(fields.inputs.iter().all(|input| input.keyset != leaked));
    reader.send(&server, &attempt).ok(200);
    // Twice is another replacement; a keyset that is over cannot be replaced.
    let again = Wanted::Instead(vec![Kind::Tokens], vec![leaked]);
    let (keys, now) = (server.keys(), server.now());
    let refused = rotate(&server.config, &keys, &again, now, &SystemRandom);
    assert!(matches!(refused, Err(RotateError::NotMintable(id)) if id == leaked));
    make(&server, &Wanted::Instead(vec![], vec![]));
    server.renew().unwrap();
    let all = server.manifest();
    assert!(ids(&all).is_disjoint(&ids(&manifest)));
    assert_eq!((mintable(&server).len(), all.sealing_keys.len()), (11, 2));
    let sealable = all
        .sealing_keys
        .iter()
        .filter(|key| server.now() < key.seal_until());
    assert_eq!(sealable.count(), 1);
    server.audit();
}

#[test]
fn a_replica_that_has_not_got_the_keys_says_so_and_goes_on_when_they_come() {
    let one = Server::start();
    let two = one.replica_with_keys("other", "manual");
    pass_days(&one, EPOCH - 20);
    one.renew().unwrap();
    pass_days(&one, 14);
    one.renew().unwrap();
    assert_eq!(one.manifest().n, 2);
    // Announced and not yet used: the other one serves, and publishes nothing that would take the new keys back.
    two.renew().unwrap();
    assert_eq!(two.manifest().n, 2);
    two.get("/readyz").ok(200);
    assert!(
        two.admin("/metrics")
            .body
            .contains("farthing_keys_lacking 11")
    );
    // By hand means by hand: it has made nothing, and counts down to the end of what it has.
    assert_eq!(files(&two).len(), 4);
    assert!(epoch_ends(&two) < 7 * DAY && epoch_ends(&one) > EPOCH * DAY);
    let reader = Reader::loaded(&two);
    // From the first second of the epoch it is not ready, and what needs the keys is for another replica.
    pass_days(&one, 7);
    two.renew().unwrap();
    two.admin("/readyz").is(503, "unavailable");
    one.renew().unwrap();
    one.admin("/readyz").ok(200);
    let mut late = Reader::named(&two, "late");
    let load = late.settled(&two, 500_000);
    let request = late.draw(&two, &load, 0, "0.50", 500_000).to_json();
    let path = format!("/v1/orders/{}/draw", load.order.to_b64u());
    two.unmoved(|| two.post(&path, &request).is(503, "unavailable"));
    let keyset = mintable(&one).first().unwrap().to_b64u();
    two.get(&format!("/v1/keysets/{keyset}")).ok(200);
    // With the old coins it still does what it can.
    reader.all_unspent(&two);
    copy_keys(one.config.keys(), two.config.keys());
    two.renew().unwrap();
    two.admin("/readyz").ok(200);
    let drawn = two.post(&path, &request).ok(200).body;
    assert_eq!(one.post(&path, &request).ok(200).body, drawn);
    assert_eq!(one.manifest().n, two.manifest().n);
}

#[test]
fn two_replicas_on_one_folder_make_one_epoch() {
    let one = Server::start();
    let two = one.replica();
    pass_days(&one, EPOCH - 20);
    std::thread::scope(|scope| {
        for server in [&one, &two] {
            scope.spawn(|| server.renew().unwrap());
        }
    });
    assert_eq!(files(&one).len(), 5);
    pass_days(&one, 14);
    std::thread::scope(|scope| {
        for server in [&one, &two] {
            scope.spawn(|| server.renew().unwrap());
        }
    });
    assert_eq!((one.manifest().n, two.manifest().n), (2, 2));
    for server in [&one, &two] {
        server.admin("/readyz").ok(200);
        assert!(
            server
                .admin("/metrics")
                .body
                .contains("farthing_manifest_number 2")
        );
    }
}

#[test]
fn of_two_replicas_that_both_made_keys_the_first_to_announce_them_has_made_them() {
    let one = Server::start();
    let two = one.replica_with_keys("other", "automatic");
    pass_days(&one, EPOCH - 20);
    one.renew().unwrap();
    two.renew().unwrap();
    assert_eq!(files(&one).len(), 5);
    assert_eq!(files(&two).len(), 5);
    pass_days(&one, 14);
    one.renew().unwrap();
    two.renew().unwrap();
    assert_eq!((one.manifest().n, one.manifest().keysets.len()), (2, 22));
    // The other's keys were never shown to anybody. The copy takes their place, file by file.
    assert!(
        two.admin("/metrics")
            .body
            .contains("farthing_keys_lacking 11")
    );
    copy_keys(one.config.keys(), two.config.keys());
    two.renew().unwrap();
    assert!(
        two.admin("/metrics")
            .body
            .contains("farthing_keys_lacking 0")
    );
    assert_eq!(files(&two).len(), 5);
    pass_days(&one, 7);
    assert_eq!(mintable(&one), mintable(&two));
    Reader::loaded(&two);
}

#[test]
fn key_files_that_cannot_be_read_change_nothing() {
    let server = Server::start();
    let path = files(&server)[0].clone();
    let text = std::fs::read_to_string(&path).unwrap();
    crate::fixture::server::write_secret(&path, "half of a fi");
    assert!(server.renew().is_err());
    Reader::loaded(&server);
    server.get("/readyz").ok(200);
    crate::fixture::server::write_secret(&path, &text);
    server.renew().unwrap();
    assert_eq!(server.manifest().n, 1);
}

#[test]
fn a_missed_rotation_begins_the_next_epoch_now() {
    let mut server = Server::start();
    pass_days(&server, EPOCH + 100);
    // Started again after months: the list has nothing mintable, until the next keys are made.
    server.restart();
    assert!(mintable(&server).is_empty());
    server.renew().unwrap();
    assert_eq!(mintable(&server).len(), 11);
    Reader::loaded(&server);
}

#[test]
fn a_leaked_signing_key_is_taken_back_and_readers_keep_what_it_signed() {
    let server = Server::start();
    let stale = server.replica_with_keys("other", "manual");
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let leaked = server.keys().signers()[0].jwk().kid();
    let page = shop.seal(&server, &reader.manifest, "/bought", 200_000);
    let bought = reader.pay(&server, &page);
    let answer = reader.send(&server, &bought).ok(200).body;
    let set = || server.get("/.well-known/jwks.json").ok(200).body;
    assert!(set().contains(&leaked.to_text()));

    let taken = |kid| {
        let keys = server.keys();
        revoke(&server.config, &keys, kid, server.now(), &SystemRandom)
    };
    let unknown = farthing_core::jwk::Kid::parse(&"A".repeat(43)).unwrap();
    assert!(matches!(taken(unknown), Err(RevokeError::Unknown(_))));
    // There is no other key: one is made, one list announces it, and the next one, signed by it, revokes the other.
    assert_eq!(taken(leaked).unwrap().files.len(), 2);
    assert_eq!(taken(leaked).unwrap().files.len(), 0);
    server.renew().unwrap();
    server.renew().unwrap();
    let manifest = server.walk(Some(reader.manifest.trust()));
    assert_eq!((manifest.n, manifest.signing_keys.len()), (3, 1));
    let revoked = &manifest.revoked_keys;
    assert_eq!((revoked.len(), revoked[0].from), (1, 3));
    assert_eq!(revoked[0].key.kid(), leaked);
    assert!(!manifest.trust().kids.contains(&leaked));
    assert_eq!(server.manifest().trust().pin, manifest.trust().pin);
    assert!(!set().contains(&leaked.to_text()));

    // An answer that was lost is given again with its old grant, and what was bought is read under the new list.
    assert_eq!(reader.send(&server, &bought).ok(200).body, answer);
    reader.manifest = manifest;
    reader.finish(&page, &bought, &answer);
    let page = shop.seal(&server, &reader.manifest, "/after", 100_000);
    let attempt = reader.pay(&server, &page);
    // A replica that has not got the new key signs nothing with the old one.
    stale.renew().unwrap();
    stale.admin("/readyz").is(503, "unavailable");
    stale.unmoved(|| reader.send(&stale, &attempt).is(503, "unavailable"));
    copy_keys(server.config.keys(), stale.config.keys());
    stale.renew().unwrap();
    let reply = reader.send(&stale, &attempt).ok(200);
    let header = reply.member("grant");
    let header = farthing_core::bytes::from_b64u(header.split('.').next().unwrap()).unwrap();
    assert!(
        !String::from_utf8(header)
            .unwrap()
            .contains(&leaked.to_text())
    );
    reader.finish(&page, &attempt, &reply.body);
    // A restart says nothing else, and the next key does not bring the old one back.
    make(&server, &Wanted::Next(vec![Kind::Signing]));
    server.renew().unwrap();
    let next = server.walk(Some(reader.manifest.trust()));
    assert_eq!((next.n, next.revoked_keys[0].from), (4, 3));
    server.audit();
}
