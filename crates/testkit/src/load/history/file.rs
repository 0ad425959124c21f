//! A past in an SQLite file that nobody has open.

use super::{INPUTS, Order, made_up};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeMap;
use std::path::Path;

/// A table's columns, and one row of it to copy.
struct Model {
    insert: String,
    names: Vec<String>,
    row: Vec<Value>,
}

impl Model {
    fn of(conn: &Connection, table: &str) -> Self {
        let mut info = conn
            .prepare(&format!("PRAGMA table_info({table})"))
            .unwrap();
        let names = info.query_map((), |row| row.get(1)).unwrap();
        let names: Vec<String> = names.map(Result::unwrap).collect();
        let marks = vec!["?"; names.len()].join(", ");
        // The longest, as those are that are measured.
        let length: Vec<String> = names
            .iter()
            .map(|n| format!("ifnull(length({n}), 0)"))
            .collect();
        let longest = format!(
            "SELECT * FROM {table} ORDER BY {} DESC LIMIT 1",
            length.join(" + ")
        );
        let read = |row: &rusqlite::Row<'_>| (0..names.len()).map(|i| row.get(i)).collect();
        let row = conn.query_row(&longest, (), read).unwrap();
        Self {
            insert: format!("INSERT INTO {table} VALUES ({marks})"),
            names,
            row,
        }
    }

    /// Copies the row so many times, each with other values in the columns for which `value` gives one.
    fn copy(&self, conn: &Connection, count: u64, value: impl Fn(&str, u64) -> Option<Value>) {
        let mut insert = conn.prepare(&self.insert).unwrap();
        for i in 0..count {
            let row = self.names.iter().zip(&self.row);
            let row = row.map(|(name, old)| value(name, i).unwrap_or_else(|| old.clone()));
            insert.execute(params_from_iter(row)).unwrap();
        }
    }
}

fn blob(bytes: [u8; 32]) -> Value {
    Value::Blob(bytes.to_vec())
}

/// Gives the ledger in `path` so many redemptions more. No process may have the file open, and it must hold a redemption.
///
/// # Panics
/// If the file is not as described.
pub fn grow_file(path: &Path, redemptions: u64, order: Order) {
    let conn = Connection::open(path).unwrap();
    let fast =
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000";
    conn.execute_batch(fast).unwrap();
    conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let spent_keyset = most_used(&conn, "spent");
    spend(&conn, redemptions, order, &spent_keyset);
    issue(&conn, redemptions, order, &spent_keyset);
    book(&conn, redemptions);
    conn.execute_batch("COMMIT").unwrap();
    drop(conn);
    std::fs::File::open(path).unwrap().sync_all().unwrap();
}

/// The keyset, as the table names it, of which it has the most rows.
fn most_used(conn: &Connection, table: &str) -> Value {
    let most = format!("SELECT keyset FROM {table} GROUP BY keyset ORDER BY count(*) DESC LIMIT 1");
    conn.query_row(&most, (), |row| row.get(0)).unwrap()
}

fn spend(conn: &Connection, redemptions: u64, order: Order, keyset: &Value) {
    let tokens = redemptions * INPUTS;
    let nullifier = |i| blob(order.key("spent", i, tokens));
    let newest = "SELECT max(number) FROM answers";
    let newest: i64 = conn.query_row(newest, (), |row| row.get(0)).unwrap();
    let number = |r| Value::Integer(answer_number(newest, order, r));
    Model::of(conn, "spent").copy(conn, tokens, |name, i| match name {
        "keyset" => Some(keyset.clone()),
        "nullifier" => Some(nullifier(i)),
        "answer" => Some(number(i / INPUTS)),
        _ => None,
    });
    count(conn, keyset, "spent", tokens);
    Model::of(conn, "answers").copy(conn, redemptions, |name, r| match name {
        "number" => Some(number(r)),
        "inputs" => Some(inputs(keyset, r, |i| order.key("spent", i, tokens))),
        "lead" => Some(nullifier(r * INPUTS)),
        "binding" => Some(blob(made_up("binding", r))),
        _ => None,
    });
}

/// A number of the hour after those that are there: by chance or ascending, each once.
fn answer_number(newest: i64, order: Order, redemption: u64) -> i64 {
    let hour = ((newest >> 40) + 1) << 40;
    let place = i64::try_from(redemption).unwrap();
    let [first, second, ..] = made_up("answer", redemption);
    match order {
        Order::Chance => hour | i64::from(u16::from_be_bytes([first, second])) << 24 | place,
        Order::Ascending => hour | place,
    }
}

/// The list of a redemption's tokens, as the ledger's documentation defines it.
#[expect(clippy::panic, reason = "a fixture: what fails here is a test")]
fn inputs(keyset: &Value, redemption: u64, nullifier: impl Fn(u64) -> [u8; 32]) -> Value {
    let Value::Integer(number) = keyset else {
        panic!("a keyset is named by a number");
    };
    let number = u32::try_from(*number).unwrap().to_be_bytes();
    let mut list = number.to_vec();
    for i in 1..INPUTS {
        list.extend_from_slice(&number);
        list.extend_from_slice(&nullifier(redemption * INPUTS + i));
    }
    Value::Blob(list)
}

/// The elements of the spent tokens, and the change: one each of two keysets.
fn issue(conn: &Connection, redemptions: u64, order: Order, spent_keyset: &Value) {
    let model = Model::of(conn, "issued");
    let others = "SELECT DISTINCT keyset FROM issued WHERE keyset <> ?1 ORDER BY keyset LIMIT 2";
    let mut others = conn.prepare(others).unwrap();
    let others = others.query_map([spent_keyset], |row| row.get::<_, Value>(0));
    let change = others.unwrap().map(|keyset| (keyset.unwrap(), redemptions));
    let drawn = (spent_keyset.clone(), redemptions * INPUTS);
    for (n, (keyset, rows)) in [drawn].into_iter().chain(change).enumerate() {
        let table = format!("issued {n}");
        model.copy(conn, rows, |name, i| match name {
            "keyset" => Some(keyset.clone()),
            "element_hash" => Some(blob(order.key(&table, i, rows))),
            _ => None,
        });
        count(conn, &keyset, "issued", rows);
    }
}

fn count(conn: &Connection, keyset: &Value, column: &str, more: u64) {
    let names = Model::of(conn, "keyset_counts").names;
    let by = if names.iter().any(|name| name == "number") {
        "number"
    } else {
        "keyset"
    };
    let update = format!("UPDATE keyset_counts SET {column} = {column} + ?1 WHERE {by} = ?2");
    let more = Value::Integer(i64::try_from(more).unwrap());
    let changed = conn.execute(&update, [&more, keyset]).unwrap();
    assert_eq!(changed, 1, "no such keyset");
}

fn book(conn: &Connection, redemptions: u64) {
    let last = "SELECT max(seq) FROM use_journal";
    let last: i64 = conn.query_row(last, (), |row| row.get(0)).unwrap();
    Model::of(conn, "use_journal").copy(conn, redemptions, |name, i| match name {
        "seq" => Some(Value::Integer(last + 1 + i64::try_from(i).unwrap())),
        "head" => Some(blob(made_up("head", i))),
        _ => None,
    });
    let head = "UPDATE use_head SET (seq, head) = \
                (SELECT seq, head FROM use_journal ORDER BY seq DESC LIMIT 1)";
    assert_eq!(conn.execute(head, ()).unwrap(), 1);
}

/// The bytes of each table and index in pages, by name.
///
/// # Panics
/// If the file is no database.
#[must_use]
pub fn sizes_of_file(path: &Path) -> BTreeMap<String, u64> {
    let conn = Connection::open(path).unwrap();
    let sizes = "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat AS d \
                 JOIN sqlite_schema AS s ON s.name = d.name GROUP BY s.tbl_name";
    let mut sizes = conn.prepare(sizes).unwrap();
    let rows = sizes.query_map((), |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)));
    let rows = rows.unwrap().map(Result::unwrap);
    rows.map(|(name, bytes)| (name, u64::try_from(bytes).unwrap()))
        .collect()
}
