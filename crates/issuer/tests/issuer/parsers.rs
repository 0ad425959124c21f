//! The issuer's fuzz targets on their seeds (`fuzz/seeds`), whole, cut and with single bytes changed: none panics, and
//! what is accepted writes itself back.

#[path = "../../../../fuzz/issuer.rs"]
mod issuer;

use farthing_issuer::config::Config;
use farthing_issuer::payment::Notice;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn seeds(parser: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(fuzz().join("seeds").join(parser)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    };
    let mut seeds: Vec<_> = paths.map(named).collect();
    seeds.sort();
    seeds
}

#[test]
fn every_parser_of_the_issuer_has_a_target_and_seeds_that_are_right() {
    for (name, _) in issuer::ALL {
        let target = fuzz().join("fuzz_targets").join(format!("{name}.rs"));
        let source = std::fs::read_to_string(&target).unwrap();
        assert!(source.contains("issuer::"), "{target:?}");
        assert!(seeds(name).len() > 2, "{name}");
    }
    for (name, seed) in seeds("config") {
        let text = String::from_utf8(seed).unwrap();
        let (file, variable) = text.split_once('\0').unwrap_or((&text, ""));
        let variable = variable.split_once('=').into_iter();
        let variables: Vec<_> = variable
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let read = Config::parse_over(file, Path::new("farthing.toml"), &variables);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
    for (name, seed) in seeds("webhook") {
        let body = seed.split(|byte| *byte == 0).next().unwrap();
        assert!(name == "secret" || Notice::parse(body).is_ok(), "{name}");
    }
    // A folder with one right file lacks the others; with a wrong one it is damaged.
    let place = tempfile::tempdir().unwrap();
    let text = std::str::from_utf8(issuer::CONFIG).unwrap();
    let config = Config::parse(text, &place.path().join("farthing.toml")).unwrap();
    let folder = config.keys();
    std::fs::create_dir(folder).unwrap();
    for (name, seed) in seeds("key_file") {
        for entry in std::fs::read_dir(folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let file = match name.as_str() {
            "webhook" => "webhook-sandbox.toml".to_owned(),
            kind => format!("{kind}-a.toml"),
        };
        let text = std::str::from_utf8(&seed[1..]).unwrap();
        crate::fixture::server::write_secret(&folder.join(file), text);
        let error = farthing_issuer::keys::Keys::read(&config).unwrap_err();
        assert!(
            error.to_string().contains("there is no "),
            "{name}: {error}"
        );
    }
}

#[test]
fn seeds_of_the_issuer_are_read_whole_cut_and_changed() {
    let mut runs = 0;
    for (name, parse) in issuer::ALL {
        for (_, seed) in seeds(name) {
            parse(&seed);
            let step = seed.len() / 60 + 1;
            for at in (0..seed.len()).step_by(step) {
                parse(&seed[..at]);
                let mut changed = seed.clone();
                for to in [changed[at] ^ 1, b'"', b'0', 0xff] {
                    changed[at] = to;
                    parse(&changed);
                    runs += 1;
                }
            }
        }
    }
    assert!(runs > 2_000, "{runs} runs");
}
