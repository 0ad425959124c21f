//! The load client against the program: what it builds is sold, what it accepts is whole, and it sees what is wrong.

use farthing_testkit::load::history::{
    Order, grow_database, grow_file, sizes_of_database, sizes_of_file,
};
use farthing_testkit::load::{Books, Market, Program, Purchase, ask, block_on, check_all, drive};
use farthing_testkit::postgres::Cluster;
use hyper::body::Bytes;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn program(folder: &Path) -> Program {
    let binary = Path::new(env!("CARGO_BIN_EXE_farthing-issuer"));
    Program::init(binary, &folder.join("issuer"), &Books::Sqlite)
}

#[test]
fn prepared_purchases_are_sold_and_repeated_after_a_kill_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(folder.path());
    program.start();
    let market = Market::open(&program);
    let purchases = market.prepare("readers", 12);
    let fields = purchases[0].fields();
    assert_eq!((fields.inputs.len(), fields.outputs.len()), (3, 2));
    assert_ne!(fields.outputs[0].keyset, fields.outputs[1].keyset);

    let run = drive(program.address(), &purchases, 4);
    let replies: Vec<_> = run.replies.into_iter().map(Result::unwrap).collect();
    let pairs: Vec<_> = purchases.iter().zip(&replies).collect();
    assert_eq!(check_all(&pairs), Vec::<String>::new());
    assert_eq!(run.latencies.len(), purchases.len());
    assert!(program.usage().cpu > Duration::ZERO);
    assert!(program.metric("farthing_ledger_groups_total") >= 1.0);

    program.kill();
    program.start();
    for (purchase, reply) in &pairs {
        let again = ask(program.address(), Purchase::PATH, purchase.body(), PATIENCE);
        assert_eq!(block_on(again).unwrap().body, reply.body);
    }
    program.audit().unwrap();
    program.stop();
    program.audit().unwrap();
}

#[test]
fn an_answer_to_another_purchase_or_with_one_changed_letter_is_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(folder.path());
    program.start();
    let market = Market::open(&program);
    let purchases = market.prepare("readers", 2);
    let run = drive(program.address(), &purchases, 1);
    let replies: Vec<_> = run.replies.into_iter().map(Result::unwrap).collect();
    let (first, second) = (&purchases[0], &purchases[1]);
    assert_eq!(first.check(&replies[0]).unwrap().len(), 2);
    assert!(first.check(&replies[1]).is_err());
    assert_eq!(
        check_all(&[(second, &replies[0]), (second, &replies[1])]).len(),
        1
    );
    for place in ["\"grant\":\"", "\"key\":\"", "\"proof\":\""] {
        let text = replies[0].text();
        let at = text.find(place).unwrap() + place.len() + 20;
        let other = if text.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        let mut changed = text.clone();
        changed.replace_range(at..=at, other);
        let mut reply = replies[0].clone();
        reply.body = Bytes::from(changed);
        assert!(first.check(&reply).is_err(), "{place}");
    }
}

#[test]
fn books_with_a_made_up_past_serve_as_before_in_a_file_and_in_a_database() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let url = database.url();
    for (n, books) in [Books::Sqlite, Books::Postgres(url)]
        .into_iter()
        .enumerate()
    {
        let folder = tempfile::tempdir().unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_farthing-issuer"));
        let mut program = Program::init(binary, &folder.path().join("issuer"), &books);
        program.start();
        let market = Market::open(&program);
        let purchases = market.prepare("before", 2);
        let run = drive(program.address(), &purchases, 2);
        let before: Vec<_> = run.replies.into_iter().map(Result::unwrap).collect();
        program.stop();
        for order in [Order::Ascending, Order::Chance] {
            if n == 0 {
                grow_file(&program.ledger(), 500, order);
            } else {
                grow_database(&database, 500, order);
            }
        }
        let sizes = if n == 0 {
            sizes_of_file(&program.ledger())
        } else {
            sizes_of_database(&database)
        };
        // A key of 32 bytes for each of three thousand tokens, at least.
        assert!(sizes["spent"] > 96_000, "{sizes:?}");
        program.start();
        let again = drive(program.address(), &purchases, 1);
        for (reply, before) in again.replies.into_iter().zip(&before) {
            assert_eq!(&reply.unwrap(), before);
        }
        let purchases = market.prepare("after", 2);
        let run = drive(program.address(), &purchases, 2);
        let after: Vec<_> = run.replies.into_iter().map(Result::unwrap).collect();
        let pairs: Vec<_> = purchases.iter().zip(&after).collect();
        assert_eq!(check_all(&pairs), Vec::<String>::new());
    }
}
