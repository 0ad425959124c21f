//! The SQL of this store uses only what docs/postgresql.md lists, which CockroachDB and YugabyteDB have too.

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The text of every string in a source file. Strings of this store have no escapes but a broken line.
fn strings(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut found = Vec::new();
    for (index, part) in code.split('"').enumerate() {
        if index % 2 == 1 {
            found.push(part.replace("\\\n", " "));
        }
    }
    found
}

/// Whether a string is a statement, and not a message.
fn is_sql(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let verbs = [
        "ALTER",
        "BEGIN",
        "CALL",
        "COMMIT",
        "COPY",
        "CREATE",
        "DECLARE",
        "DELETE",
        "DO",
        "DROP",
        "EXECUTE",
        "GRANT",
        "INSERT",
        "LISTEN",
        "LOCK",
        "MERGE",
        "NOTIFY",
        "PREPARE",
        "ROLLBACK",
        "SAVEPOINT",
        "SELECT",
        "SET",
        "SHOW",
        "START",
        "TRUNCATE",
        "UPDATE",
        "VACUUM",
        "VALUES",
        "WITH",
    ];
    verbs.contains(&first)
}

/// Every statement of the store, comments removed.
fn statements() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let entries = std::fs::read_dir(root.join("src/postgres")).unwrap();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|end| end == "rs") {
            let all = strings(&read(&path));
            found.extend(all.into_iter().filter(|text| is_sql(text)));
        }
    }
    #[cfg(feature = "sqlite")]
    found.extend(crate::migrate::statements());
    for sql in crate::postgres::schema::MIGRATIONS {
        let uncommented: Vec<&str> = sql
            .lines()
            .map(|line| line.split("--").next().unwrap())
            .collect();
        found.push(uncommented.join("\n"));
    }
    found
}

/// What a statement is made of: words in capitals, functions (by the bracket that follows), operators.
fn constructs(sql: &str) -> BTreeSet<String> {
    // Texts say nothing about the language.
    let without_texts: String = sql.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    let mut rest = without_texts.as_str();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length > 0 {
            let (word, after) = rest.split_at(length);
            rest = after;
            let is_capital = |c: char| c.is_ascii_uppercase() || c == '_';
            let is_keyword = word.starts_with(is_capital)
                && word.chars().all(|c| is_capital(c) || c.is_ascii_digit());
            // A function's bracket touches its name; a list of columns does not.
            if is_keyword || after.starts_with('(') {
                found.insert(word.to_owned());
            }
            continue;
        }
        let is_operator = |c: char| "<>=!+-*/|&^%~#@?:$[]".contains(c);
        if is_operator(first) {
            let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
            let (operator, after) = rest.split_at(length);
            rest = after;
            found.insert(operator.to_owned());
        } else {
            let mut after = rest.chars();
            after.next();
            rest = after.as_str();
        }
    }
    found
}

/// The constructs that the documentation lists, in its block of that name.
fn listed() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/postgresql.md");
    let text = read(&path);
    let block = text.split("```constructs\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    block.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_sql_uses_what_is_listed_and_nothing_else() {
    let statements = statements();
    assert!(statements.len() > 45, "{}", statements.len());
    let listed = listed();
    let used: BTreeSet<String> = statements.iter().flat_map(|sql| constructs(sql)).collect();
    let strange: Vec<_> = used.difference(&listed).cloned().collect();
    assert!(
        strange.is_empty(),
        "used and not listed: {}",
        strange.join(" ")
    );
    let idle: Vec<_> = listed.difference(&used).collect();
    assert!(idle.is_empty(), "listed and not used: {idle:?}");
}

#[test]
fn what_the_others_lack_is_not_listed() {
    for lacking in [
        "TRIGGER",
        "PARTITION",
        "LISTEN",
        "NOTIFY",
        "SERIAL",
        "LOCK",
        "COPY",
        "pg_advisory_lock",
        "DEFERRABLE",
        "EXCLUDE",
        "USING",
        "GENERATED",
        "RULE",
        "INHERITS",
        "ctid",
    ] {
        assert!(!listed().contains(lacking), "{lacking}");
    }
}

#[test]
fn the_scan_sees_what_it_should() {
    let sql = "SELECT pg_advisory_lock(1), a::JSONB FROM t WHERE x @> 'TRIGGER (y)' LIMIT 1";
    let found = constructs(sql);
    for construct in ["pg_advisory_lock", "JSONB", "::", "@>", "LIMIT"] {
        assert!(found.contains(construct), "{construct} in {found:?}");
    }
    assert!(!found.contains("TRIGGER"));
    let source = "let a = \"SELECT x \\\n   FROM t\"; // \"CREATE TRIGGER\"\n//! \"LISTEN\"\nlet b = \"no sql\";";
    let found: Vec<_> = strings(source).into_iter().filter(|s| is_sql(s)).collect();
    assert_eq!(found.first().unwrap().split_whitespace().count(), 4);
}
