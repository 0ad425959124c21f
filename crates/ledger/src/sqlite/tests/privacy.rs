//! I22: no table, and no way of joining tables, leads from a payer to what was read.

use super::{columns, provide};
use crate::Ledger;
use crate::conformance::block_on;
use crate::conformance::world::{fund, redemption};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// What a column identifies. Two columns can be joined on if they identify the same kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Names a payer: an order, its claim key, its charge.
    Person(&'static str),
    /// Names what was read or for what tokens went.
    Article(&'static str),
    /// Names one thing that is neither.
    Link(&'static str),
    /// Shared by so many rows that it names nothing: amounts, words, keysets, currencies, publishers.
    Value,
}

use Kind::{Article, Link, Person, Value};

/// Every column of every table. A new one must be judged here before the test passes.
const COLUMNS: &[(&str, &[(&str, Kind)])] = &[
    ("meta", &[("name", Value), ("value", Value)]),
    (
        "manifests",
        &[
            ("n", Link("manifest")),
            ("head", Value),
            ("head_hash", Link("manifest head")),
            ("body", Value),
            ("body_hash", Link("manifest body")),
        ],
    ),
    (
        "promo_manifests",
        &[
            ("publisher", Value),
            ("n", Link("promo manifest")),
            ("head", Value),
            ("head_hash", Link("promo manifest head")),
            ("body", Value),
            ("body_hash", Link("promo manifest body")),
        ],
    ),
    (
        "publishers",
        &[
            ("origin", Value),
            ("name", Value),
            ("keys", Value),
            ("max_price", Value),
            ("fee_basis_points", Value),
            ("offers_valid_from", Value),
        ],
    ),
    (
        "offer_withdrawals",
        &[
            ("origin", Value),
            ("path", Article("resource")),
            ("offers_valid_from", Value),
        ],
    ),
    (
        "orders",
        &[
            ("order_id", Person("order")),
            ("claim_key", Person("claim key")),
            ("binding", Link("order binding")),
            ("currency", Value),
            ("quote_id", Person("quote")),
            ("quote_expiry", Value),
            ("value", Value),
            ("fee", Value),
            ("tax", Value),
            ("pocket", Value),
            ("disclosure", Person("disclosure")),
            ("created_at", Value),
            ("state", Value),
            ("provider", Value),
            ("provider_reference", Person("charge")),
            ("settled", Value),
            ("unminted", Value),
            ("locked", Value),
            ("drawn", Value),
            ("deposited", Value),
            ("returned", Value),
            ("voided", Value),
            ("next_pouch", Value),
            ("promo", Value),
        ],
    ),
    (
        "draws",
        &[
            ("order_id", Person("order")),
            ("pouch", Value),
            ("binding", Link("draw binding")),
            ("mix", Value),
            ("value", Value),
            ("drawn_at", Value),
        ],
    ),
    (
        "keyset_counts",
        &[
            ("number", Value),
            ("keyset", Value),
            ("currency", Value),
            ("denomination", Value),
            ("issued", Value),
            ("spent", Value),
            ("archived", Value),
            ("issued_dropped", Value),
            ("spent_dropped", Value),
            ("stage", Value),
            ("lost", Value),
            ("frozen_hour", Value),
            ("frozen_reason", Value),
            ("promo", Value),
        ],
    ),
    (
        "issued",
        &[("keyset", Value), ("element_hash", Link("element"))],
    ),
    (
        "spent",
        &[
            ("keyset", Value),
            ("nullifier", Article("nullifier")),
            ("answer", Article("answer number")),
        ],
    ),
    (
        "archive_pages",
        &[
            ("keyset", Value),
            ("first", Value),
            ("depth", Value),
            ("hash", Link("archive page")),
            ("nullifiers", Article("nullifier")),
        ],
    ),
    (
        "answers",
        &[
            ("number", Article("answer number")),
            ("lead", Article("nullifier")),
            ("binding", Article("use binding")),
            ("operation", Value),
            ("inputs", Article("nullifier")),
            ("sealed", Article("answer")),
        ],
    ),
    (
        "sales",
        &[
            ("publisher", Value),
            ("offer_hash", Article("offer")),
            ("day", Value),
            ("currency", Value),
            ("count", Value),
            ("amount", Value),
        ],
    ),
    (
        "refunds",
        &[
            ("publisher", Value),
            ("day", Value),
            ("currency", Value),
            ("count", Value),
            ("amount", Value),
        ],
    ),
    (
        "funding_journal",
        &[
            ("seq", Link("funding entry")),
            ("event", Value),
            ("at", Value),
            ("currency", Value),
            ("order_id", Person("order")),
            ("detail", Person("charge")),
            ("postings", Value),
            ("head", Link("funding chain")),
        ],
    ),
    (
        "use_journal",
        &[
            ("seq", Link("use entry")),
            ("hour", Value),
            ("event", Value),
            ("currency", Value),
            ("postings", Article("sale")),
            ("head", Link("use chain")),
            // Keyed with a secret that no table holds.
            ("detail", Link("commitment")),
        ],
    ),
    (
        "funding_balances",
        &[("currency", Value), ("account", Value), ("amount", Value)],
    ),
    (
        "use_balances",
        &[("currency", Value), ("account", Value), ("amount", Value)],
    ),
    (
        "funding_head",
        &[
            ("id", Value),
            ("seq", Link("funding entry")),
            ("head", Link("funding chain")),
        ],
    ),
    (
        "use_head",
        &[
            ("id", Value),
            ("seq", Link("use entry")),
            ("head", Link("use chain")),
        ],
    ),
    (
        // It names where both journals stood, once an hour: two entries that may be far apart in time.
        "checkpoints",
        &[
            ("n", Link("checkpoint")),
            ("funding_seq", Value),
            ("funding_head", Value),
            ("use_seq", Value),
            ("use_head", Value),
            ("head", Value),
            ("head_hash", Link("checkpoint head")),
            ("body", Value),
            ("body_hash", Value),
        ],
    ),
    (
        "ledger_time",
        &[
            ("id", Value),
            ("mark", Value),
            ("era", Value),
            ("reading", Value),
            ("deleted_under", Value),
            ("decision", Value),
            ("told_until", Value),
        ],
    ),
    (
        "rebinds",
        &[
            // A hash of the binding of the purchase.
            ("grant_id", Article("use binding")),
            ("ends_hour", Value),
            ("binding", Link("rebind binding")),
            ("sealed", Article("rebind answer")),
        ],
    ),
    (
        // A token of the use side, or a hash that a pouch of the funding side gives; never both in a row.
        "reserved",
        &[
            ("record_key", Link("record key")),
            ("binding", Link("reserved binding")),
        ],
    ),
];

type Judged = BTreeMap<&'static str, BTreeSet<Kind>>;

fn judged() -> Judged {
    COLUMNS
        .iter()
        .map(|(table, columns)| {
            (
                *table,
                columns
                    .iter()
                    .map(|(_, kind)| *kind)
                    .filter(|k| *k != Value)
                    .collect(),
            )
        })
        .collect()
}

/// The tables that can be reached from `start` by joining on what columns identify.
fn reachable(tables: &Judged, start: &'static str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::from([start]);
    loop {
        let known: BTreeSet<Kind> = reached.iter().flat_map(|t| tables[t].clone()).collect();
        let before = reached.len();
        reached.extend(
            tables
                .iter()
                .filter(|(_, k)| !k.is_disjoint(&known))
                .map(|(t, _)| *t),
        );
        if reached.len() == before {
            return reached;
        }
    }
}

fn crossings(tables: &Judged) -> Vec<(&'static str, &'static str)> {
    let names = |wanted: fn(&Kind) -> bool| {
        tables
            .iter()
            .filter(move |(_, k)| k.iter().any(wanted))
            .map(|(table, _)| *table)
    };
    let persons = names(|kind| matches!(kind, Person(_)));
    persons
        .flat_map(|person| {
            let reached = reachable(tables, person);
            names(|kind| matches!(kind, Article(_)))
                .filter(move |article| reached.contains(article))
                .map(move |article| (person, article))
        })
        .collect()
}

#[test]
fn every_column_is_judged() {
    let (_ledger, _dir, path) = provide();
    let found: BTreeSet<_> = columns(&Connection::open(path).unwrap())
        .into_iter()
        .collect();
    let judged: BTreeSet<_> = COLUMNS
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(|(c, _)| ((*table).into(), (*c).into())))
        .collect();
    assert_eq!(found, judged);
}

#[test]
fn no_join_leads_from_a_payer_to_an_article() {
    assert_eq!(crossings(&judged()), []);
}

#[test]
fn the_check_finds_a_crossing() {
    // One column too many in one table …
    let mut direct = judged();
    direct.get_mut("spent").unwrap().insert(Person("order"));
    assert!(!crossings(&direct).is_empty());
    // … and two that meet over a third table.
    let mut indirect = judged();
    indirect.get_mut("draws").unwrap().insert(Link("element"));
    indirect
        .get_mut("use_journal")
        .unwrap()
        .insert(Link("element"));
    assert!(!crossings(&indirect).is_empty());
}

#[test]
fn the_numbers_of_answers_say_nothing_about_their_order() {
    let (ledger, _dir, path) = provide();
    block_on(fund(&ledger));
    for n in 0..10 {
        block_on(ledger.redeem(redemption(n, [(n, 1_000)], 1_000, []))).unwrap();
    }
    drop(ledger);
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare("SELECT number, lead FROM answers").unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, [u8; 32]>(1)?)));
    for (number, lead) in rows.unwrap().map(Result::unwrap) {
        assert_eq!(i64::to_be_bytes(number)[3..], lead[..5]);
    }
}

#[test]
fn use_rows_know_hours_only() {
    // A finer time would have to be a column; the only times of the use side are these.
    let times: Vec<_> = COLUMNS
        .iter()
        .filter(|(table, _)| {
            [
                "spent",
                "issued",
                "answers",
                "sales",
                "refunds",
                "use_journal",
            ]
            .contains(table)
        })
        .flat_map(|(_, columns)| columns.iter().map(|(column, _)| *column))
        .filter(|c| c.contains("hour") || c.contains("day") || c.contains("at") || *c == "time")
        .filter(|column| *column != "operation" && *column != "detail")
        .collect();
    assert_eq!(times, ["day", "day", "hour"]);
}
