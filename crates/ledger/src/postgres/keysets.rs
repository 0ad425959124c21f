//! Per keyset: what was issued, what was spent, and the counts of both.

use super::broken::Broken;
use super::column;
use super::session::Session;
use crate::breaker::{self, Lost};
use crate::spend::Spend;
use crate::{Element, Input, StoreError};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use farthing_core::money::{Currency, Micro};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// By what tokens were spent: lead and binding. Those that are not in the map are unspent.
pub(super) async fn spenders<'a>(
    session: &Session,
    inputs: impl IntoIterator<Item = &'a Input>,
) -> Result<HashMap<(KeysetId, Nullifier), (Nullifier, Binding)>, Broken> {
    let keys: HashSet<_> = inputs
        .into_iter()
        .map(|i| (i.keyset, i.nullifier))
        .collect();
    let keysets: Vec<&[u8]> = keys
        .iter()
        .map(|(keyset, _)| keyset.bytes().as_slice())
        .collect();
    let nullifiers: Vec<&[u8]> = keys.iter().map(|(_, n)| n.bytes().as_slice()).collect();
    let select = "SELECT s.keyset, s.nullifier, s.lead, s.binding \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS k (keyset, nullifier) \
                  JOIN spent AS s ON s.keyset = k.keyset AND s.nullifier = k.nullifier";
    let rows = session.rows(select, &[&keysets, &nullifiers]).await?;
    let read = |row: &tokio_postgres::Row| {
        let token = (
            KeysetId::new(column::fixed(row, 0)?),
            Nullifier::new(column::fixed(row, 1)?),
        );
        let spender = (
            Nullifier::new(column::fixed(row, 2)?),
            Binding::new(column::fixed(row, 3)?),
        );
        Ok((token, spender))
    };
    rows.iter().map(read).collect()
}

/// Which elements were evaluated before.
pub(super) async fn issued<'a>(
    session: &Session,
    elements: impl IntoIterator<Item = &'a Element>,
) -> Result<HashSet<(KeysetId, [u8; 32])>, Broken> {
    let keys: HashSet<_> = elements
        .into_iter()
        .map(|e| (e.keyset, *e.hash()))
        .collect();
    if keys.is_empty() {
        return Ok(keys);
    }
    let keysets: Vec<&[u8]> = keys
        .iter()
        .map(|(keyset, _)| keyset.bytes().as_slice())
        .collect();
    let hashes: Vec<&[u8]> = keys.iter().map(|(_, hash)| hash.as_slice()).collect();
    let select = "SELECT i.keyset, i.element_hash \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS k (keyset, element_hash) \
                  JOIN issued AS i ON i.keyset = k.keyset AND i.element_hash = k.element_hash";
    let rows = session.rows(select, &[&keysets, &hashes]).await?;
    let read = |row: &tokio_postgres::Row| {
        Ok((
            KeysetId::new(column::fixed(row, 0)?),
            column::fixed(row, 1)?,
        ))
    };
    rows.iter().map(read).collect()
}

/// Currency, denomination and counts of keysets. The first two are the same for ever.
#[derive(Default)]
pub(super) struct Terms(HashMap<KeysetId, (Currency, Micro, breaker::Counts)>);

impl Terms {
    /// Takes uses of keysets in, unless one of them is known with other terms.
    pub(super) fn agree(
        &mut self,
        currency: Currency,
        uses: impl Iterator<Item = (KeysetId, Micro)> + Clone,
    ) -> Result<(), StoreError> {
        let mut fresh = HashMap::new();
        for (keyset, denomination) in uses {
            let terms = (currency, denomination);
            let known = self.0.get(&keyset).map(|known| (known.0, known.1));
            if known.unwrap_or_else(|| *fresh.entry(keyset).or_insert(terms)) != terms {
                return Err(StoreError::Inconsistent("a keyset has other terms".into()));
            }
        }
        for (keyset, (currency, denomination)) in fresh {
            let none = breaker::Counts::default();
            self.0
                .entry(keyset)
                .or_insert((currency, denomination, none));
        }
        Ok(())
    }

    pub(super) fn counts(&self, keyset: &KeysetId) -> breaker::Counts {
        self.0
            .get(keyset)
            .map_or_else(breaker::Counts::default, |known| known.2)
    }

    /// Those that are frozen.
    pub(super) fn frozen(&self) -> BTreeSet<KeysetId> {
        let frozen = self.0.iter().filter(|(_, known)| known.2.is_frozen);
        frozen.map(|(keyset, _)| *keyset).collect()
    }

    pub(super) fn freeze(&mut self, keyset: &KeysetId) {
        if let Some((_, _, counts)) = self.0.get_mut(keyset) {
            counts.is_frozen = true;
        }
    }

    /// Counts what an operation of the group does.
    pub(super) fn count(&mut self, spend: &Spend, lost: &Lost) {
        let mut add = |keyset: &KeysetId, add: &dyn Fn(&mut breaker::Counts)| {
            if let Some((_, _, counts)) = self.0.get_mut(keyset) {
                add(counts);
            }
        };
        for input in spend.inputs() {
            add(&input.keyset, &|c| c.spent = c.spent.saturating_add(1));
        }
        for output in spend.outputs() {
            add(&output.keyset, &|c| c.issued = c.issued.saturating_add(1));
        }
        for (keyset, (_, count)) in &lost.0 {
            add(keyset, &|c| c.lost = c.lost.saturating_add(*count));
        }
    }
}

/// The terms and counts of those keysets that have been used before.
pub(super) async fn terms(
    session: &Session,
    keysets: impl Iterator<Item = KeysetId>,
) -> Result<Terms, Broken> {
    let keysets: BTreeSet<KeysetId> = keysets.collect();
    let keys: Vec<&[u8]> = keysets
        .iter()
        .map(|keyset| keyset.bytes().as_slice())
        .collect();
    let select = "SELECT keyset, currency, denomination, issued, spent, lost, frozen_hour <> 0 \
                  FROM keyset_counts WHERE keyset = ANY ($1::BYTEA[])";
    let rows = session.rows(select, &[&keys]).await?;
    let read = |row: &tokio_postgres::Row| {
        let counts = breaker::Counts {
            issued: column::value(row, 3)?,
            spent: column::value(row, 4)?,
            lost: column::value(row, 5)?,
            is_frozen: column::value(row, 6)?,
        };
        let terms = (column::currency(row, 1)?, column::micro(row, 2)?, counts);
        Ok((KeysetId::new(column::fixed(row, 0)?), terms))
    };
    Ok(Terms(rows.iter().map(read).collect::<Result<_, Broken>>()?))
}

/// Marks elements as evaluated.
pub(super) async fn issue<'a>(
    session: &Session,
    elements: impl IntoIterator<Item = &'a Element>,
) -> Result<(), Broken> {
    // In the order of the key, like everybody: two issuers then never wait for each other.
    let rows: BTreeSet<_> = elements
        .into_iter()
        .map(|e| (e.keyset, *e.hash()))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let keysets: Vec<&[u8]> = rows
        .iter()
        .map(|(keyset, _)| keyset.bytes().as_slice())
        .collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|(_, hash)| hash.as_slice()).collect();
    let insert = "INSERT INTO issued (keyset, element_hash) \
                  SELECT e.keyset, e.element_hash \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS e (keyset, element_hash) \
                  ON CONFLICT (keyset, element_hash) DO NOTHING";
    session
        .insert(insert, &[&keysets, &hashes], rows.len())
        .await
}

/// Marks tokens as spent: each with the lead and the binding of its request.
pub(super) async fn spend<'a>(
    session: &Session,
    tokens: impl IntoIterator<Item = (&'a Input, Nullifier, Binding)>,
) -> Result<(), Broken> {
    let rows: BTreeMap<_, _> = tokens
        .into_iter()
        .map(|(input, lead, binding)| ((input.keyset, input.nullifier), (lead, binding)))
        .collect();
    let keysets: Vec<&[u8]> = rows
        .keys()
        .map(|(keyset, _)| keyset.bytes().as_slice())
        .collect();
    let nullifiers: Vec<&[u8]> = rows.keys().map(|(_, n)| n.bytes().as_slice()).collect();
    let leads: Vec<&[u8]> = rows
        .values()
        .map(|(lead, _)| lead.bytes().as_slice())
        .collect();
    let bindings: Vec<&[u8]> = rows.values().map(|(_, b)| b.bytes().as_slice()).collect();
    let insert = "INSERT INTO spent (keyset, nullifier, lead, binding) \
                  SELECT t.keyset, t.nullifier, t.lead, t.binding \
                  FROM unnest($1::BYTEA[], $2::BYTEA[], $3::BYTEA[], $4::BYTEA[]) \
                  AS t (keyset, nullifier, lead, binding) \
                  ON CONFLICT (keyset, nullifier) DO NOTHING";
    let params: super::session::Params<'_> = &[&keysets, &nullifiers, &leads, &bindings];
    session.insert(insert, params, rows.len()).await
}

/// Counts of one keyset to be added.
#[derive(Clone, Copy)]
struct Count {
    currency: Currency,
    denomination: Micro,
    issued: i64,
    spent: i64,
    lost: i64,
}

/// Counts of keysets to be added.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<KeysetId, Count>);

impl Counts {
    fn of(&mut self, keyset: KeysetId, currency: Currency, denomination: Micro) -> &mut Count {
        self.0.entry(keyset).or_insert(Count {
            currency,
            denomination,
            issued: 0,
            spent: 0,
            lost: 0,
        })
    }

    pub(super) fn issued(&mut self, element: &Element, currency: Currency) {
        let count = self.of(element.keyset, currency, element.denomination);
        count.issued = count.issued.saturating_add(1);
    }

    /// Counts what an operation does.
    pub(super) fn spend(&mut self, spend: &Spend, lost: &Lost) {
        let currency = spend.currency();
        for input in spend.inputs() {
            let count = self.of(input.keyset, currency, input.denomination);
            count.spent = count.spent.saturating_add(1);
        }
        for (keyset, (denomination, more)) in &lost.0 {
            let count = self.of(*keyset, currency, *denomination);
            count.lost = count.lost.saturating_add(*more);
        }
        for output in spend.outputs() {
            self.issued(output, currency);
        }
    }

    /// Adds them, if the keysets have these terms or none yet, no more is spent than was issued, and each is frozen or
    /// not as `is_frozen` says: what was decided about before this transaction had the rows for itself.
    pub(super) async fn add(
        &self,
        session: &Session,
        is_frozen: impl Fn(&KeysetId) -> bool,
    ) -> Result<(), Broken> {
        let counts = || self.0.values();
        let keysets: Vec<&[u8]> = self
            .0
            .keys()
            .map(|keyset| keyset.bytes().as_slice())
            .collect();
        let currencies: Vec<&str> = counts().map(|count| count.currency.as_str()).collect();
        let denominations: Vec<i64> = counts().map(|count| count.denomination.signed()).collect();
        let issued: Vec<i64> = counts().map(|count| count.issued).collect();
        let spent: Vec<i64> = counts().map(|count| count.spent).collect();
        let lost: Vec<i64> = counts().map(|count| count.lost).collect();
        let add = "INSERT INTO keyset_counts (keyset, currency, denomination, issued, spent, lost) \
                   SELECT c.keyset, c.currency, c.denomination, c.issued, c.spent, c.lost \
                   FROM unnest($1::BYTEA[], $2::TEXT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[]) \
                   AS c (keyset, currency, denomination, issued, spent, lost) \
                   ON CONFLICT (keyset) DO UPDATE SET \
                   issued = keyset_counts.issued + excluded.issued, \
                   spent = keyset_counts.spent + excluded.spent, \
                   lost = keyset_counts.lost + excluded.lost \
                   WHERE keyset_counts.currency = excluded.currency \
                   AND keyset_counts.denomination = excluded.denomination \
                   AND (excluded.spent = 0 OR keyset_counts.spent + excluded.spent \
                   <= keyset_counts.issued + excluded.issued + keyset_counts.lost + excluded.lost) \
                   RETURNING keyset, frozen_hour <> 0";
        // A row left out has other terms or counts, which another issuer wrote just now.
        let params: super::session::Params<'_> = &[
            &keysets,
            &currencies,
            &denominations,
            &issued,
            &spent,
            &lost,
        ];
        let rows = session.rows(add, params).await?;
        let mut as_decided = rows.len() == self.0.len();
        for row in &rows {
            let keyset = KeysetId::new(column::fixed(row, 0)?);
            as_decided &= column::value::<bool>(row, 1)? == is_frozen(&keyset);
        }
        if as_decided {
            Ok(())
        } else {
            Err(Broken::Contended("another issuer was first".into()))
        }
    }
}
