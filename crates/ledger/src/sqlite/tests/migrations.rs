use super::{columns, provide};
use crate::sqlite::schema::{MIGRATIONS, SCHEMA_VERSION};
use farthing_core::bytes::{sha256, to_b64u};
use rusqlite::Connection;
use std::path::Path;

fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_file_is_in_the_list_and_numbered_without_gaps() {
    let files = files();
    assert_eq!(files.len(), MIGRATIONS.len());
    assert_eq!(files.len(), usize::try_from(SCHEMA_VERSION).unwrap());
    for (index, (name, listed)) in files.iter().zip(MIGRATIONS).enumerate() {
        assert!(name.starts_with(&format!("{:04}_", index + 1)), "{name}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations/sqlite")
            .join(name);
        assert_eq!(&std::fs::read_to_string(path).unwrap(), listed, "{name}");
    }
}

#[test]
fn a_migration_that_was_published_is_not_changed() {
    // A new migration adds its hash here; none is ever replaced.
    let published = [
        "aRzUrnbtarI988pXHv7vhUBO19Hg17sHfDIztR7MeQg",
        "ws2MdNJTcajn3IJvNG1KVza_cHzFLmg3b2fFhYSQqMU",
        "8csB8jkMJYAB2al8_ozfwnR19eF3c-ih6YUL3Xf0eXw",
        "mjO1TgSjQnioBdURKhFuNckyC7zsXw_v8_nqjv2ijVI",
        "YiI3s_44wydm8jUfk4VqLQVXOUJGeZde80-bRUd_Fi8",
        "SVtmEYUS278H-xDjQP9DNrOnVSDgy5hzGoNmo8dMMt8",
        "ye0YwDZaHZUQwrJskWnqOEiOube-_RdScnppnEFARKU",
        "T1_qtSCnDkU0iPNbUEfDHDUESWA9fEJMRRsHEULWclg",
        "WgmriG8TQ2zUzcGyM3UwbxtsupWX_nHV3UJB9u1A5ws",
    ];
    let hashes: Vec<_> = MIGRATIONS
        .iter()
        .map(|sql| to_b64u(&sha256(sql.as_bytes())))
        .collect();
    assert_eq!(hashes, published);
}

#[test]
fn every_column_has_a_comment() {
    let conn = Connection::open_in_memory().unwrap();
    for sql in MIGRATIONS {
        conn.execute_batch(sql).unwrap();
    }
    let text = MIGRATIONS.concat();
    let columns = columns(&conn);
    assert!(columns.len() > 80, "{}", columns.len());
    for (table, column) in columns {
        let body = text
            .split(&format!("CREATE TABLE {table} ("))
            .last()
            .unwrap();
        let body = body.split("\n)").next().unwrap();
        let added = format!("ALTER TABLE {table} ADD COLUMN ");
        let added = text.lines().filter_map(|line| line.strip_prefix(&added));
        let line = body
            .lines()
            .map(str::trim_start)
            .chain(added)
            .find(|line| line.starts_with(&format!("{column} ")));
        let comment = line
            .and_then(|line| line.split(" -- ").nth(1))
            .unwrap_or_default();
        assert!(comment.len() > 3, "{table}.{column} has no comment");
    }
}

#[test]
fn every_table_is_strict_and_spending_has_no_row_numbers() {
    let (_ledger, _dir, path) = provide();
    let conn = Connection::open(path).unwrap();
    let mut statement = conn
        .prepare("SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main'")
        .unwrap();
    let rows = statement
        .query_map((), |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, bool>(1)?,
                row.get::<_, bool>(2)?,
            ))
        })
        .unwrap();
    let mut without_row_number = Vec::new();
    for (name, strict, without_rowid) in rows.map(Result::unwrap) {
        assert!(strict || name.starts_with("sqlite_"), "{name}");
        if without_rowid {
            without_row_number.push(name);
        }
    }
    for table in ["issued", "spent", "sales", "orders", "draws"] {
        assert!(
            without_row_number.iter().any(|name| name == table),
            "{table}"
        );
    }
}
