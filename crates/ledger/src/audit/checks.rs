//! The invariants, in the order of their numbers.

use super::auditor::Auditor;
use super::promo;
use super::replay::{OrderFlow, Replay};
use super::tally::Tally;
use super::{AuditCheck, AuditReport};
use crate::Account;
use crate::journal::Book;
use farthing_core::money::Currency;
use std::collections::BTreeMap;

const ALL: &str = "all";

pub(super) fn report(mut auditor: Auditor) -> AuditReport {
    let (funding, usage) = (auditor.funding.at, auditor.usage.at);
    let mut checks = Vec::new();
    checks.extend(counts(&mut auditor));
    checks.extend(sides(&mut auditor.funding, &mut auditor.usage));
    checks.push(negative(&mut auditor));
    for currency in auditor.currencies.clone() {
        checks.extend(totals(&auditor, currency));
    }
    checks.extend(orders(&mut auditor));
    checks.extend(sales(&mut auditor));
    checks.extend(refunds(&mut auditor));
    checks.extend(promo::checks(&auditor));
    checks.push(unclaimed(&mut auditor));
    checks.extend(frozen(&mut auditor));
    checks.extend(chains(&mut auditor));
    checks.push(checkpoints(&mut auditor));
    AuditReport {
        checks,
        checkpoints: auditor.checkpoints,
        funding,
        usage,
    }
}

/// I1 and I2: counters and rows; no nullifier twice; every spent token has its answer, and every answer its tokens.
fn counts(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let take = std::mem::take::<Tally>;
    let totals = auditor.totals;
    let one = |left: i64, right: i64| {
        let mut tally = Tally::default();
        tally.compare(|| ALL.into(), i128::from(left), i128::from(right));
        tally
    };
    vec![
        take(&mut auditor.issued).check("I1", "issued counted = issued rows + dropped", ALL),
        take(&mut auditor.spent).check(
            "I1",
            "spent counted = spent rows + archived + dropped",
            ALL,
        ),
        take(&mut auditor.archived).check(
            "I1",
            "archived counted = nullifiers in the archive",
            ALL,
        ),
        take(&mut auditor.pages).check("I1", "archive pages as hashed = archive pages", ALL),
        take(&mut auditor.excess).check("I1", "spent beyond issued and lost = 0", ALL),
        one(totals.rows, totals.distinct).check("I2", "spent rows = distinct nullifiers", ALL),
        one(totals.rows, totals.answered).check("I2", "spent rows = spent rows answered", ALL),
        take(&mut auditor.archived_and_spent).check("I2", "archived and spent = 0", ALL),
        one(totals.listed, totals.found).check(
            "I2",
            "tokens listed by answers = spent rows that name the answer",
            ALL,
        ),
        one(totals.kept, totals.found).check(
            "I2",
            "spent rows of keysets kept = spent rows listed by an answer",
            ALL,
        ),
        one(totals.readable, totals.answers).check("I2", "answers readable = answers", ALL),
    ]
}

/// I3: double entry, entry by entry.
fn sides(funding: &mut Replay, usage: &mut Replay) -> Vec<AuditCheck> {
    let mut checks = Vec::new();
    for (replay, statement) in [
        (funding, "funding debits = funding credits, entry by entry"),
        (usage, "use debits = use credits, entry by entry"),
    ] {
        for (currency, tally) in std::mem::take(&mut replay.sides) {
            checks.push(tally.check("I3", statement, currency.as_str()));
        }
    }
    checks
}

/// I4: no account is on its wrong side, and readers are not owed less than nothing.
fn negative(auditor: &mut Auditor) -> AuditCheck {
    let mut tally = std::mem::take(&mut auditor.negative);
    for &currency in &auditor.currencies {
        let name = || format!("outstanding {}", currency.as_str());
        tally.compare(name, outstanding(auditor, currency).min(0), 0);
    }
    for ((_, of), promo) in &auditor.promo {
        let left = promo.unminted.saturating_add(promo.in_circulation);
        tally.compare(|| format!("promo {}", of.as_str()), left.min(0), 0);
    }
    for (book, replay) in [
        (Book::Funding, &auditor.funding),
        (Book::Use, &auditor.usage),
    ] {
        for ((currency, account), &amount) in &replay.balances {
            let parsed = Account::parse(account);
            let is_debit = matches!(
                (book, &parsed),
                (
                    Book::Funding,
                    Some(Account::SafeguardedCash | Account::PromoGiven(_))
                ) | (
                    Book::Use,
                    Some(
                        Account::ForgeryLoss
                            | Account::PromoLost(_)
                            | Account::PromoTokens(_)
                            | Account::Tokens
                    )
                )
            );
            let amount = if is_debit {
                amount
            } else {
                amount.saturating_neg()
            };
            // What was lost to forgers stands against the tokens that they swapped theirs for and have not spent yet.
            let lost = match (book, parsed) {
                (Book::Use, Some(Account::Tokens)) => Some(Account::ForgeryLoss),
                (Book::Use, Some(Account::PromoTokens(of))) => Some(Account::PromoLost(of)),
                _ => None,
            };
            let lost = lost.map_or(0, |account| replay.balance(*currency, &account));
            let amount = amount.saturating_add(lost);
            let name = || format!("{} {account} {}", book.name(), currency.as_str());
            tally.compare(name, amount.min(0), 0);
        }
    }
    tally.check("I4", "amounts below zero = 0", ALL)
}

/// What readers are owed, from the tables: Σ unminted + Σ denomination × (issued − spent + lost).
fn outstanding(auditor: &Auditor, currency: Currency) -> i128 {
    let unminted = auditor.unminted.get(&currency).copied().unwrap_or_default();
    let tokens = auditor
        .in_circulation
        .get(&currency)
        .copied()
        .unwrap_or_default();
    unminted.saturating_add(tokens)
}

/// I5 and the control accounts, for one currency.
fn totals(auditor: &Auditor, currency: Currency) -> Vec<AuditCheck> {
    let compare = |invariant, statement, left: i128, right: i128| {
        let mut tally = Tally::default();
        tally.compare(|| currency.as_str().into(), left, right);
        tally.check(invariant, statement, currency.as_str())
    };
    let sum = |terms: &[i128]| {
        terms
            .iter()
            .fold(0i128, |sum, &term| sum.saturating_add(term))
    };
    // Both books keep liabilities as credits, which are negative; here they are amounts.
    let funding = |account| auditor.funding.balance(currency, &account).saturating_neg();
    let usage = |account| auditor.usage.balance(currency, &account).saturating_neg();
    let tokens = sum(&[funding(Account::Tokens), usage(Account::Tokens)]);
    let in_circulation = auditor
        .in_circulation
        .get(&currency)
        .copied()
        .unwrap_or_default();
    let payable = auditor
        .usage
        .balances
        .iter()
        .filter(|((of, account), _)| *of == currency && account.starts_with("publisher_payable:"))
        .fold(0i128, |sum, (_, &amount)| sum.saturating_sub(amount));
    let fees = sum(&[funding(Account::FeeIncome), usage(Account::FeeIncome)]);
    let tax = sum(&[funding(Account::TaxHeld), usage(Account::TaxHeld)]);
    let unclaimed = auditor
        .usage
        .balances
        .iter()
        .filter(|((of, account), _)| *of == currency && account.starts_with("unclaimed:"))
        .fold(0i128, |sum, (_, &amount)| sum.saturating_sub(amount));
    let cash = auditor.funding.balance(currency, &Account::SafeguardedCash);
    let loss = auditor.usage.balance(currency, &Account::ForgeryLoss);
    let lost = auditor.lost.get(&currency).copied().unwrap_or_default();
    let owed = outstanding(auditor, currency);
    let settled = auditor.settled.get(&currency).copied().unwrap_or_default();
    vec![
        compare(
            "tokens",
            "funding tokens - use tokens = denominations x (issued - spent + lost)",
            tokens,
            in_circulation,
        ),
        compare(
            "I5",
            "journalled unminted + tokens = outstanding by orders and tokens",
            sum(&[funding(Account::Unminted), tokens]),
            owed,
        ),
        compare(
            "I5",
            "safeguarded cash + forgery loss = outstanding + publisher payable + fees + tax + unclaimed",
            sum(&[cash, loss]),
            sum(&[owed, payable, fees, tax, unclaimed]),
        ),
        compare(
            "I20",
            "journalled forgery loss = denominations x lost",
            loss,
            lost,
        ),
        compare("I5", "safeguarded cash = settled by orders", cash, settled),
    ]
}

/// I6: the books of every order, by themselves and against the journal.
fn orders(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let mut checks = Vec::new();
    for (currency, tally) in std::mem::take(&mut auditor.accounts) {
        checks.push(tally.check(
            "I6",
            "settled - fees - tax = unminted + locked + drawn - deposited + returned + voided",
            currency.as_str(),
        ));
    }
    let mut replayed = std::mem::take(&mut auditor.replayed_orders);
    // What is left was journalled for orders that no table knows.
    for (
        id,
        OrderFlow {
            settled,
            unminted,
            drawn,
        },
    ) in std::mem::take(&mut auditor.funding.orders)
    {
        for amount in [settled, unminted, drawn] {
            replayed.compare(|| id.to_b64u(), amount, 0);
        }
    }
    let statement = "journalled settled, unminted, drawn = those of the orders";
    checks.push(replayed.check("I6", statement, ALL));
    let pouches = std::mem::take(&mut auditor.pouches);
    checks.push(pouches.check("I6", "pouches counted = draws recorded", ALL));
    checks
}

/// I7: every publisher's sales, counted and journalled, and their division.
fn sales(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let mut counted: BTreeMap<Currency, Tally> = BTreeMap::new();
    let mut divided: BTreeMap<Currency, Tally> = BTreeMap::new();
    let mut sales = std::mem::take(&mut auditor.sales);
    for ((currency, publisher), flow) in std::mem::take(&mut auditor.usage.sales) {
        let name = || publisher.as_str().to_owned();
        let sold = sales
            .remove(&(currency, publisher.clone()))
            .unwrap_or_default();
        counted
            .entry(currency)
            .or_default()
            .compare(name, sold, flow.redeemed);
        divided
            .entry(currency)
            .or_default()
            .compare(name, flow.redeemed, flow.divided);
    }
    for ((currency, publisher), sold) in sales {
        let name = || publisher.as_str().to_owned();
        counted.entry(currency).or_default().compare(name, sold, 0);
    }
    let mut checks = Vec::new();
    for (tallies, statement) in [
        (counted, "sales counted = redeemed, publisher by publisher"),
        (
            divided,
            "redeemed = payable + fees + tax, publisher by publisher",
        ),
    ] {
        for (currency, tally) in tallies {
            checks.push(tally.check("I7", statement, currency.as_str()));
        }
    }
    checks
}

/// I7: what every publisher gave back, counted and journalled.
fn refunds(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let mut tallies: BTreeMap<Currency, Tally> = BTreeMap::new();
    let mut counted = std::mem::take(&mut auditor.refunds);
    for ((currency, publisher), given) in std::mem::take(&mut auditor.usage.refunds) {
        let name = || publisher.as_str().to_owned();
        let known = counted.remove(&(currency, publisher.clone()));
        let tally = tallies.entry(currency).or_default();
        tally.compare(name, known.unwrap_or_default(), given);
    }
    for ((currency, publisher), known) in counted {
        let name = || publisher.as_str().to_owned();
        tallies.entry(currency).or_default().compare(name, known, 0);
    }
    let statement = "refunds counted = refunded, publisher by publisher";
    let tallies = tallies.into_iter();
    tallies
        .map(|(currency, tally)| tally.check("I7", statement, currency.as_str()))
        .collect()
}

/// I18: every checkpoint's heads are those that the journals have at its numbers.
fn checkpoints(auditor: &mut Auditor) -> AuditCheck {
    let mut tally = std::mem::take(&mut auditor.checkpointed);
    // What is left names entries that the journals do not have.
    for ((book, seq), signed) in std::mem::take(&mut auditor.signed_heads) {
        for (n, _) in signed {
            tally.compare(|| format!("checkpoint {n}: {} {seq}", book.name()), 0, 1);
        }
    }
    tally.check(
        "I18",
        "numbers, bodies and heads of checkpoints = those found",
        ALL,
    )
}

/// I11: what was outstanding of a keyset when it ended is owed as unclaimed, keyset by keyset.
fn unclaimed(auditor: &mut Auditor) -> AuditCheck {
    let mut tally = Tally::default();
    let mut left = std::mem::take(&mut auditor.unclaimed);
    for ((currency, account), &amount) in &auditor.usage.balances {
        if let Some(Account::Unclaimed(keyset)) = Account::parse(account) {
            let outstanding = left.remove(&(*currency, keyset)).unwrap_or_default();
            tally.compare(|| keyset.to_b64u(), amount.saturating_neg(), outstanding);
        }
    }
    for ((_, keyset), outstanding) in left {
        tally.compare(|| keyset.to_b64u(), 0, outstanding);
    }
    let statement = "unclaimed = denominations x (issued - spent) of keysets that ended";
    tally.check("I11", statement, ALL)
}

/// I20: what the journal froze and did not thaw is frozen, since when and for the reason that it says, and nothing else is.
fn frozen(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let mut keysets = std::mem::take(&mut auditor.frozen);
    for keyset in std::mem::take(&mut auditor.usage.frozen).into_keys() {
        keysets.compare(|| keyset.to_b64u(), 1, 0);
    }
    let turns = std::mem::take(&mut auditor.usage.turns);
    vec![
        turns.check(
            "I20",
            "freezes and thaws that changed something = freezes and thaws",
            ALL,
        ),
        keysets.check("I20", "keysets frozen as journalled = keysets", ALL),
    ]
}

/// I18: the journals read from empty give the stored chain and the stored balances.
fn chains(auditor: &mut Auditor) -> Vec<AuditCheck> {
    let mut checks = Vec::new();
    let mut balances = Tally::default();
    let mut stored = std::mem::take(&mut auditor.balances);
    for (book, replay) in [
        (Book::Funding, &mut auditor.funding),
        (Book::Use, &mut auditor.usage),
    ] {
        let [entries, links] = match book {
            Book::Funding => [
                "funding entries readable = funding entries",
                "funding entries in the chain = funding entries",
            ],
            Book::Use => [
                "use entries readable = use entries",
                "use entries in the chain = use entries",
            ],
        };
        checks.push(std::mem::take(&mut replay.entries).check("I18", entries, ALL));
        checks.push(std::mem::take(&mut replay.links).check("I18", links, ALL));
        for ((currency, account), &amount) in &replay.balances {
            let name = || format!("{} {account} {}", book.name(), currency.as_str());
            let kept = stored
                .remove(&(book, *currency, account.clone()))
                .unwrap_or_default();
            balances.compare(name, amount, kept);
        }
    }
    for ((book, currency, account), kept) in stored {
        let name = || format!("{} {account} {}", book.name(), currency.as_str());
        balances.compare(name, 0, kept);
    }
    let heads = std::mem::take(&mut auditor.heads);
    checks.push(heads.check("I18", "last entries and chain heads = those stored", ALL));
    checks.push(balances.check("I18", "replayed balances = stored balances", ALL));
    checks
}
