//! What the ledger promises, tried with chance; and every run that ever broke it, tried again.

use farthing_simulation::SqliteStore;
use farthing_simulation::campaign::campaign;
use farthing_simulation::reproduction::{Reproduction, folder};
use farthing_simulation::run::run;
use farthing_simulation::schedule::schedule;

/// Ten thousand requests, the same ones in every test: `cargo xtask simulate` tries others, and many more.
#[test]
fn under_faults_of_machine_and_network_the_ledger_does_what_the_oracle_does() {
    match campaign(1, 10_000, 2, SqliteStore::new) {
        Ok(counts) => {
            assert!(counts.sent >= 10_000);
            // It is no trial if little is bought and nothing falls.
            assert!(counts.acknowledged > counts.sent / 3, "{counts:?}");
            assert!(counts.failures > 100, "{counts:?}");
            let tried = [counts.stolen, counts.frozen, counts.expired];
            assert!(tried.iter().all(|count| *count > 50), "{counts:?}");
        }
        Err(found) => {
            let file = found
                .save(&folder(), &format!("seed-{}", found.seed))
                .unwrap();
            panic!("{}\nkept as {}", found.found, file.display());
        }
    }
}

#[test]
fn runs_that_once_broke_a_promise_break_none() {
    let kept = Reproduction::all(&folder()).unwrap();
    assert!(!kept.is_empty());
    for (file, reproduction) in kept {
        let seen = run(&mut SqliteStore::new(), &reproduction.steps).err();
        assert_eq!(seen, None, "{}", file.display());
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    assert_eq!(schedule(7), schedule(7));
    assert_ne!(schedule(7), schedule(8));
    let counts = || run(&mut SqliteStore::new(), &schedule(7)).unwrap();
    assert_eq!(counts(), counts());
}
