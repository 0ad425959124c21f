use super::{provide, url};
use crate::Ledger;
use crate::conformance::block_on;
use crate::conformance::world::{fund, redemption};
use crate::postgres::broken::{Broken, Trouble};
use crate::postgres::{DatabaseUrl, OpenError, PostgresLedger};
use crate::{RedeemError, StoreError};
use farthing_testkit::postgres::PASSWORD;

#[test]
fn no_text_names_the_password() {
    let (ledger, database) = provide();
    let url = url(&database);
    let wrong = database.url().replace(PASSWORD, "another-secret-word");
    let error = PostgresLedger::open(&DatabaseUrl::parse(&wrong).unwrap()).unwrap_err();
    let misread = DatabaseUrl::parse("postgres://farthing:another-secret-word@[db/ledger");
    let gone = database
        .url()
        .replace("%2Fdata", "")
        .replace("farthing-pg", "gone-pg");
    let gone = PostgresLedger::open(&DatabaseUrl::parse(&gone).unwrap()).unwrap_err();
    let texts = [
        format!("{ledger:?}"),
        format!("{url:?}"),
        format!("{error:?} {error}"),
        format!("{misread:?} {}", misread.as_ref().unwrap_err()),
        format!("{gone:?} {gone}"),
    ];
    assert!(texts[2].contains("28P01"), "{}", texts[2]);
    for text in &texts {
        for secret in [PASSWORD, "another-secret-word"] {
            assert!(!text.contains(secret), "{text} names {secret}");
        }
    }
}

#[test]
fn an_error_of_the_database_quotes_no_row() {
    let (ledger, database) = provide();
    block_on(fund(&ledger));
    block_on(ledger.redeem(redemption(1, [(0, 1_000)], 1_000, []))).unwrap();
    // The server's own words do; `psql` shows them.
    let twice = "INSERT INTO spent SELECT * FROM spent";
    let said = String::from_utf8(database.try_sql(twice).stderr).unwrap();
    assert!(said.contains("DETAIL") && said.contains("\\x"), "{said}");
    for sql in [
        "INSERT INTO spent SELECT * FROM spent",
        "INSERT INTO orders SELECT order_id, claim_key FROM orders",
        "UPDATE keyset_counts SET issued = 0 - 1",
    ] {
        let result = block_on(ledger.ask(async move |session| {
            let broken = session.batch(sql).await.unwrap_err();
            // Said as a failure, so that it is not tried again.
            let text = match broken {
                Broken::Contended(text) | Broken::Lost(text) | Broken::Failed(text) => text,
            };
            Err::<(), _>(Trouble::<StoreError>::Broken(Broken::Failed(text)))
        }));
        let text = result.unwrap_err().to_string();
        assert!(text.contains("23") || text.contains("42"), "{text}");
        assert!(!text.contains("\\x") && !text.contains("Key ("), "{text}");
        assert!(!text.contains("DETAIL"), "{text}");
    }
}

#[test]
fn another_machine_is_spoken_to_encrypted_or_not_at_all() {
    let plain = DatabaseUrl::parse("postgres://a:b@db.example/ledger?sslmode=disable");
    assert!(matches!(plain, Err(OpenError::Unencrypted)));
    let one_of_two = "postgres://a:b@127.0.0.1,db.example/ledger?sslmode=disable";
    assert!(matches!(
        DatabaseUrl::parse(one_of_two),
        Err(OpenError::Unencrypted)
    ));
    for remote in [
        "postgres://a:b@db.example/ledger",
        "postgres://a:b@192.0.2.7/ledger?sslmode=prefer",
        "host=localhost hostaddr=192.0.2.7 user=a",
    ] {
        assert!(
            DatabaseUrl::parse(remote).unwrap().is_encrypted(),
            "{remote}"
        );
    }
    for local in [
        "postgres://a:b@127.0.0.1:5433/ledger",
        "postgres://a:b@localhost/ledger",
        "postgres://a:b@[::1]/ledger",
        "postgres://a:b@%2Frun%2Fpostgresql/ledger",
        "host=/run/postgresql user=a",
    ] {
        assert!(
            !DatabaseUrl::parse(local).unwrap().is_encrypted(),
            "{local}"
        );
    }
    for nonsense in [
        "",
        "ledger.sqlite",
        "mysql://a@b/c",
        "postgres://",
        "user=a",
    ] {
        assert!(matches!(DatabaseUrl::parse(nonsense), Err(OpenError::Url)));
    }
}

#[test]
fn a_server_without_encryption_gets_no_password_from_afar() {
    // The server of the tests has no certificate: to one that must be encrypted it says no before anything is sent.
    let (_ledger, database) = provide();
    let insisting = format!("{}&sslmode=require", database.url());
    let error = PostgresLedger::open(&DatabaseUrl::parse(&insisting).unwrap()).unwrap_err();
    assert!(matches!(error, OpenError::Store(_)), "{error:?}");
}

#[test]
fn a_balance_that_would_overflow_fails_its_own_purchase_only() {
    let (ledger, database) = provide();
    block_on(fund(&ledger));
    block_on(ledger.redeem(redemption(1, [(0, 1_000)], 1_000, []))).unwrap();
    database.sql(&format!(
        "UPDATE sales SET amount = {} WHERE amount = 1000",
        i64::MAX
    ));
    let results = crate::conformance::concurrently(9, async |n| {
        // One of them sells the offer whose counter is full; the others sell another.
        let tokens = if n == 0 {
            vec![(1, 1_000)]
        } else {
            vec![(n + 1, 1_000)]
        };
        let (amount, change) = if n == 0 {
            (1_000, None)
        } else {
            (500, Some((100 + n, 500)))
        };
        (
            n,
            ledger
                .redeem(redemption(10 + n, tokens, amount, change))
                .await,
        )
    });
    for (n, result) in results {
        if n == 0 {
            let full = matches!(result, Err(RedeemError::Store(StoreError::Inconsistent(_))));
            assert!(full, "{result:?}");
        } else {
            assert_eq!(result, Ok(crate::Redeemed::Accepted), "{n}");
        }
    }
    database.sql(&format!(
        "UPDATE sales SET amount = 1000 WHERE amount = {}",
        i64::MAX
    ));
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(
        (report.usage().seq, report.difference()),
        (9, 0),
        "{report}"
    );
}
