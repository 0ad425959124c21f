//! The fuzz targets on their seeds (`fuzz/seeds`), whole, cut and with single bytes changed: none panics, and what is
//! accepted writes itself back. `FARTHING_WRITE_VECTORS=1` writes the seeds anew.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use farthing_testkit::parsers;
use farthing_testkit::vectors::seeds;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn parser(name: &str) -> fn(&[u8]) {
    let (_, parse) = parsers::ALL
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    *parse
}

#[test]
fn the_seeds_are_what_the_fixtures_give() {
    let written: Vec<(PathBuf, Vec<u8>)> = seeds()
        .into_iter()
        .map(|(parser, name, bytes)| (fuzz().join("seeds").join(parser).join(name), bytes))
        .collect();
    if std::env::var_os("FARTHING_WRITE_VECTORS").is_some() {
        for (path, bytes) in &written {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    for (path, bytes) in written {
        assert!(
            std::fs::read(&path).is_ok_and(|file| file == bytes),
            "{path:?} is not up to date"
        );
    }
}

#[test]
fn every_parser_has_a_target_and_seeds() {
    for (name, _) in parsers::ALL {
        let target = fuzz().join("fuzz_targets").join(format!("{name}.rs"));
        let source = std::fs::read_to_string(&target).unwrap();
        assert!(source.contains("farthing_testkit::parsers::"), "{target:?}");
        assert!(seeds().iter().any(|(parser, ..)| *parser == name), "{name}");
    }
}

#[test]
fn seeds_are_read_whole_cut_and_changed() {
    let mut runs = 0;
    for (name, _, seed) in seeds() {
        let parse = parser(name);
        parse(&seed);
        // About 100 places in each: a parser that checks points takes its time.
        let step = seed.len() / 100 + 1;
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
    assert!(runs > 3_000, "{runs} runs");
}
