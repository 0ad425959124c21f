//! The vectors under `tests/vectors/v1`: read from the files alone, as a stranger's client would, and answered by the core.
//!
//! `FARTHING_WRITE_VECTORS=1 cargo test -p farthing-core --test vectors` writes the files anew; without it the test
//! checks that they are what the fixtures give.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

mod vectors {
    pub(crate) mod checks;
}

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use vectors::checks;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/v1")
}

/// Every vector's path below the folder, and its text.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for check in std::fs::read_dir(folder()).unwrap().map(Result::unwrap) {
        if !check.file_type().unwrap().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(check.path()).unwrap().map(Result::unwrap) {
            let name = format!(
                "{}/{}",
                check.file_name().to_str().unwrap(),
                file.file_name().to_str().unwrap()
            );
            files.insert(name, std::fs::read_to_string(file.path()).unwrap());
        }
    }
    files
}

/// What the fixtures give, by the same names; written down first if that is asked for.
static WRITTEN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let vectors = farthing_testkit::vectors::all();
    let count = vectors.len();
    let named = vectors
        .into_iter()
        .map(|v| (format!("{}/{}.json", v.check, v.name), v.text));
    let vectors: BTreeMap<String, String> = named.collect();
    assert_eq!(vectors.len(), count, "two vectors with one name");
    if std::env::var_os("FARTHING_WRITE_VECTORS").is_some() {
        for stale in files().keys().filter(|name| !vectors.contains_key(*name)) {
            std::fs::remove_file(folder().join(stale)).unwrap();
        }
        for (name, text) in &vectors {
            let path = folder().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    vectors
});

#[test]
fn the_files_are_what_the_fixtures_give() {
    let written = &*WRITTEN;
    let files = files();
    for (name, text) in written {
        assert!(files.get(name) == Some(text), "{name} is not up to date");
    }
    let stray = files.keys().find(|name| !written.contains_key(*name));
    assert_eq!(stray, None, "a file that no fixture gives");
}

#[test]
fn every_vector_is_answered_rightly() {
    LazyLock::force(&WRITTEN);
    let (mut good, mut bad) = (0, 0);
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let vector: Value = serde_json::from_str(&text).unwrap();
        let answer = checks::answer(vector["check"].as_str().unwrap(), &vector["input"]);
        let answer = answer.unwrap_or_else(|code| json!({ "refused": code }));
        let file = name.rsplit('/').next().unwrap();
        let refused = vector["expect"].get("refused").is_some();
        assert_eq!(refused, file.starts_with("bad_"), "{name}");
        assert_eq!(!refused, file.starts_with("good_"), "{name}");
        *if refused { &mut bad } else { &mut good } += 1;
        if answer != vector["expect"] {
            wrong.push(format!("{name}: {answer} instead of {}", vector["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(good >= 50 && bad >= 300, "{good} good, {bad} bad");
}
