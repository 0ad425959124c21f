//! A past in a PostgreSQL database.

use super::{INPUTS, Order};
use crate::postgres::Database;
use std::collections::BTreeMap;

/// Gives the ledger so many redemptions more. No issuer may run on it, and it must hold a redemption.
///
/// # Panics
/// If the database is not as described.
pub fn grow_database(database: &Database, redemptions: u64, order: Order) {
    let tokens = redemptions * INPUTS;
    let spent = most_used(database, "spent");
    let nullifier = |row: &str| key(order, "spent", row, tokens);
    let newest = database.sql("SELECT max(number) FROM answers");
    let number = |row: &str| answer_number(&newest, order, row);
    let rows = [
        ("keyset", spent.clone()),
        ("nullifier", nullifier("i")),
        ("answer", number(&format!("(i / {INPUTS})"))),
    ];
    copy(database, "spent", tokens, &rows);
    count(database, &spent, "spent", tokens);
    let rows = [
        ("number", number("i")),
        ("lead", nullifier(&format!("(i * {INPUTS})"))),
        ("binding", made_up("binding", "i")),
    ];
    copy(database, "answers", redemptions, &rows);

    let others = format!("SELECT DISTINCT keyset FROM issued WHERE keyset <> {spent} LIMIT 2");
    let others = database.sql(&others);
    let change = others.lines().map(|keyset| (literal(keyset), redemptions));
    let drawn = (spent.clone(), tokens);
    for (n, (keyset, count_of)) in [drawn].into_iter().chain(change).enumerate() {
        let hash = key(order, &format!("issued {n}"), "i", count_of);
        let rows = [("keyset", keyset.clone()), ("element_hash", hash)];
        copy(database, "issued", count_of, &rows);
        count(database, &keyset, "issued", count_of);
    }

    let last = database.sql("SELECT max(seq) FROM use_journal");
    let rows = [
        ("seq", format!("{last} + 1 + i")),
        ("head", made_up("head", "i")),
    ];
    copy(database, "use_journal", redemptions, &rows);
    database.sql(
        "UPDATE use_head SET (seq, head) = \
         (SELECT seq, head FROM use_journal ORDER BY seq DESC LIMIT 1)",
    );
    database.sql("ANALYZE; CHECKPOINT");
}

/// Inserts so many rows, numbered `i` from 0, each a copy of the table's longest but for the columns given.
fn copy(database: &Database, table: &str, count: u64, other: &[(&str, String)]) {
    let columns = database.sql(&format!(
        "SELECT column_name FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
    ));
    let columns: Vec<&str> = columns.lines().collect();
    let values = columns.iter().map(|column| {
        let given = other.iter().find(|(name, _)| name == column);
        given.map_or_else(|| format!("model.{column}"), |(_, value)| value.clone())
    });
    let values = values.collect::<Vec<String>>().join(", ");
    let columns = columns.join(", ");
    let last = count.saturating_sub(1);
    database.sql(&format!(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(0::bigint, {last}) AS i, \
         (SELECT * FROM {table} AS t ORDER BY pg_column_size(t) DESC LIMIT 1) AS model"
    ));
}

/// An expression for a number of the hour after those that are there: by chance or ascending, each once.
fn answer_number(newest: &str, order: Order, row: &str) -> String {
    let hour = format!("((({newest} >> 40) + 1) << 40)");
    match order {
        Order::Chance => {
            let chance = made_up("answer", row);
            let chance = format!("(get_byte({chance}, 0) * 256 + get_byte({chance}, 1))::bigint");
            format!("({hour} | ({chance} << 24) | {row})")
        }
        Order::Ascending => format!("({hour} | {row})"),
    }
}

fn most_used(database: &Database, table: &str) -> String {
    let most = format!("SELECT keyset FROM {table} GROUP BY keyset ORDER BY count(*) DESC LIMIT 1");
    literal(&database.sql(&most))
}

/// A keyset as the client printed it, bytes or number, as a value of a statement.
fn literal(printed: &str) -> String {
    if printed.starts_with("\\x") {
        format!("'{printed}'::bytea")
    } else {
        printed.to_owned()
    }
}

fn count(database: &Database, keyset: &str, column: &str, more: u64) {
    let asked = "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() \
                 AND table_name = 'keyset_counts' AND column_name = 'number'";
    let by = if database.sql(asked) == "1" {
        "number"
    } else {
        "keyset"
    };
    let changed = database.sql(&format!(
        "UPDATE keyset_counts SET {column} = {column} + {more} WHERE {by} = {keyset} RETURNING 1"
    ));
    assert_eq!(changed, "1", "no such keyset");
}

/// An expression for 32 bytes that depend on nothing but name and row.
fn made_up(name: &str, row: &str) -> String {
    format!("sha256('{name}'::bytea || int8send({row}))")
}

/// An expression for the key of a row, by chance or ascending with it.
fn key(order: Order, table: &str, row: &str, rows: u64) -> String {
    let chance = made_up(table, row);
    match order {
        Order::Chance => chance,
        Order::Ascending => {
            let step = (1_u64 << 56) / rows.max(1);
            format!("substr(int8send({row} * {step}), 2) || substr({chance}, 8)")
        }
    }
}

/// The bytes of each table with its indexes, by name.
///
/// # Panics
/// If the database is gone.
#[must_use]
pub fn sizes_of_database(database: &Database) -> BTreeMap<String, u64> {
    let sizes = database.sql(
        "SELECT table_name || ' ' || pg_total_relation_size(quote_ident(table_name)) \
         FROM information_schema.tables WHERE table_schema = current_schema()",
    );
    let sizes = sizes.lines().map(|line| {
        let (name, bytes) = line.split_once(' ').unwrap();
        (name.to_owned(), bytes.parse().unwrap())
    });
    sizes.collect()
}
