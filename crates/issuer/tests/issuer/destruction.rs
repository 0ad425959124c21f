//! The end of keysets: refused while anybody needs them, safe at every step, and gone afterwards.

use crate::command_line::{Made, fails, ok};
use farthing_core::id::KeysetId;
use farthing_core::time::{DAY, Timestamp};
use farthing_issuer::clock::{Clock, SetClock};
use farthing_issuer::config::Config;
use farthing_issuer::keys::{self, Keys, KeysError};
use farthing_issuer::random::SystemRandom;
use farthing_issuer::usecase::destroy::{DestroyError, destroy, erase_at};
use farthing_issuer::usecase::expire::{ExpireError, expire};
use farthing_ledger::conformance::world::{fund, redemption};
use farthing_ledger::sqlite::SqliteLedger;
use farthing_ledger::{Hour, Input, Ledger, Redeemed};

struct World {
    /// The folder, for as long as it is needed.
    _made: Made,
    config: Config,
    keys: Keys,
    ledger: SqliteLedger,
    clock: SetClock,
    all: Vec<KeysetId>,
    over: Timestamp,
}

fn block_on<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

fn world() -> World {
    let made = Made::new();
    let config = Config::read(made.path("farthing.toml").as_path()).unwrap();
    let keys = Keys::read(&config).unwrap();
    let ledger = SqliteLedger::open(&made.path("ledger.sqlite")).unwrap();
    let all: Vec<KeysetId> = keys.mints().iter().map(|m| *m.keyset().id()).collect();
    let over = erase_at(&keys.mints()[0].life());
    World {
        clock: SetClock::at(over),
        _made: made,
        config,
        keys,
        ledger,
        all,
        over,
    }
}

impl World {
    fn destroy(
        &self,
        keysets: &[KeysetId],
        forget: impl FnOnce(&[KeysetId]) -> Result<(), KeysError>,
    ) -> Result<usize, DestroyError> {
        let done = destroy(&self.ledger, &self.keys, keysets, &self.clock, forget);
        block_on(done).map(|ended| ended.len())
    }

    fn forget(&self, keysets: &[KeysetId]) -> Result<(), KeysError> {
        keys::forget(&self.config, &self.keys, keysets, &SystemRandom).map(drop)
    }

    fn balances(&self) {
        let report = block_on(self.ledger.audit()).unwrap();
        assert_eq!(report.difference(), 0, "{report}");
    }
}

#[derive(Debug)]
struct Doubtful;

impl Clock for Doubtful {
    fn now(&self) -> Timestamp {
        Timestamp::new(9_000_000_000).unwrap()
    }

    fn is_confirmed(&self) -> bool {
        false
    }
}

#[test]
fn nothing_is_destroyed_while_it_is_needed() {
    let world = world();
    world.clock.set(world.over.minus(1));
    let early = world.destroy(&world.all, |_| panic!("nothing to destroy"));
    assert!(
        matches!(early, Err(DestroyError::Early { .. })),
        "{early:?}"
    );
    let doubtful = destroy(&world.ledger, &world.keys, &world.all, &Doubtful, |_| {
        panic!("nothing to destroy")
    });
    assert!(matches!(block_on(doubtful), Err(DestroyError::Clock)));
    assert_eq!(
        block_on(expire(&world.ledger, &Doubtful)),
        Err(ExpireError::Clock)
    );
    let stranger = world.destroy(&[KeysetId::new([7; 16])], |_| panic!("nothing to destroy"));
    assert!(matches!(stranger, Err(DestroyError::Unknown(_))));
    // One of a file's keysets: the others stay.
    world.clock.set(world.over);
    let one = world.destroy(&world.all[..1], |keysets| world.forget(keysets));
    assert_eq!(one.unwrap(), 1);
    let left = Keys::read(&world.config).unwrap();
    assert_eq!(left.mints().len(), world.all.len() - 1);
    assert!(left.mint(&world.all[0]).is_none());
}

#[test]
fn what_broke_off_anywhere_goes_on() {
    let world = world();
    // An issuer keeps at least the keys that it makes tokens of now.
    let ending = &world.all[1..];
    let left = || Keys::read(&world.config).unwrap().mints().len();
    // It fell after the ledger's end and before the secrets were gone …
    let fell = world.destroy(ending, |_| {
        Err(KeysError::Random(farthing_issuer::random::RandomError))
    });
    assert!(fell.is_err());
    assert_eq!(left(), world.all.len());
    world.balances();
    let ended = block_on(world.ledger.ended_keysets()).unwrap();
    assert_eq!(ended.len(), ending.len());
    assert!(ended.iter().all(|ended| !ended.key_destroyed));
    // … and, taken up again, after they were gone and before the ledger knew it.
    world.forget(ending).unwrap();
    assert_eq!(left(), 1);
    let done = world.destroy(&[], |keysets| world.forget(keysets));
    assert_eq!(done.unwrap(), ending.len());
    let ended = block_on(world.ledger.ended_keysets()).unwrap();
    assert!(
        ended
            .iter()
            .all(|ended| ended.key_destroyed && ended.rows == 0)
    );
    // Done is done.
    let again = world.destroy(ending, |keysets| world.forget(keysets));
    assert_eq!(again.unwrap(), ending.len());
    world.balances();
}

#[test]
fn answers_expire_by_a_confirmed_clock() {
    let world = world();
    block_on(fund(&world.ledger));
    let request = redemption(1, [(1, 1_000)], 1_000, []);
    let Input {
        keyset, nullifier, ..
    } = request.inputs[0];
    let expires = request.answer_expires;
    let accepted = block_on(world.ledger.redeem(request));
    assert_eq!(accepted, Ok(Redeemed::Accepted));
    let at = |hour: Hour| Timestamp::new(hour.number() * 3_600).unwrap();
    world.clock.set(at(expires).minus(1));
    assert_eq!(block_on(expire(&world.ledger, &world.clock)), Ok(0));
    world.clock.set(at(expires).plus(DAY));
    assert_eq!(block_on(expire(&world.ledger, &world.clock)), Ok(1));
    let asked = block_on(world.ledger.answer(keyset, nullifier, expires));
    assert_eq!(asked.unwrap_err().code(), "answer_expired");
}

#[test]
fn the_commands_say_what_they_did() {
    let made = Made::new();
    let config = made.config();
    let listed = ok(&["keys", "list", "--config", &config]);
    let tokens = listed.split("tokens\n").nth(1).unwrap();
    let keyset = tokens.split_whitespace().next().unwrap();
    let refused = fails(&["keys", "destroy", keyset, "--config", &config]);
    assert!(refused.contains("is needed until"), "{refused}");
    let refused = fails(&["keys", "destroy", "nonsense", "--config", &config]);
    assert!(refused.contains("is no keyset"), "{refused}");
    assert_eq!(ok(&["keys", "destroy", "--config", &config]), "");
    let said = ok(&["answers", "expire", "--config", &config]);
    assert_eq!(said, "0 answers dropped\n");
}
