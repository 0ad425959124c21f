//! Per keyset: its number, what was issued, what was spent, and the counts of both.

use super::archive;
use super::broken::Broken;
use super::column;
use super::session::Session;
use crate::answer_number::AnswerNumber;
use crate::breaker::{self, Lost};
use crate::keyset_end::Stage;
use crate::keyset_number::KeysetNumber;
use crate::promo::{self, Tender};
use crate::rules::Spender;
use crate::spend::Spend;
use crate::{Element, Input, StoreError};
use farthing_core::id::{Binding, KeysetId, Nullifier};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A spent token: the request that spent it, as far as that is still known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Found {
    Archived,
    By {
        answer: AnswerNumber,
        lead: Nullifier,
        binding: Binding,
    },
}

impl Found {
    pub(super) const fn spender(self) -> Spender {
        match self {
            Self::Archived => Spender::Archived,
            Self::By { binding, .. } => Spender::Binding(binding),
        }
    }
}

/// By what tokens were spent. Those that are not in the map are unspent.
pub(super) async fn spenders<'a>(
    session: &Session,
    inputs: impl IntoIterator<Item = &'a Input>,
) -> Result<HashMap<(KeysetId, Nullifier), Found>, Broken> {
    let keys: HashSet<_> = inputs
        .into_iter()
        .map(|i| (i.keyset, i.nullifier))
        .collect();
    let keysets: Vec<&[u8]> = keys
        .iter()
        .map(|(keyset, _)| keyset.bytes().as_slice())
        .collect();
    let nullifiers: Vec<&[u8]> = keys.iter().map(|(_, n)| n.bytes().as_slice()).collect();
    let select = "SELECT k.keyset, k.nullifier, s.answer, a.lead, a.binding \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS k (keyset, nullifier) \
                  JOIN keyset_counts AS c ON c.keyset = k.keyset \
                  JOIN spent AS s ON s.keyset = c.number AND s.nullifier = k.nullifier \
                  LEFT JOIN answers AS a ON a.number = s.answer";
    let rows = session.rows(select, &[&keysets, &nullifiers]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let keyset = KeysetId::new(column::fixed(row, 0)?);
        let nullifier = Nullifier::new(column::fixed(row, 1)?);
        let lead = column::fixed_or_none(row, 3)?;
        let binding = column::fixed_or_none(row, 4)?;
        let missing = || Broken::inconsistent("a spent token has no answer");
        let by = Found::By {
            answer: column::parsed(row, 2, AnswerNumber::new)?,
            lead: Nullifier::new(lead.ok_or_else(missing)?),
            binding: Binding::new(binding.ok_or_else(missing)?),
        };
        found.insert((keyset, nullifier), by);
    }
    // A token that was moved to the archive before the statement above is seen by the one below.
    let archives: BTreeSet<KeysetId> = keys.iter().map(|(keyset, _)| *keyset).collect();
    let archives = with_archive(session, &archives).await?;
    for key in keys {
        if let (false, Some(number)) = (found.contains_key(&key), archives.get(&key.0))
            && archive::contains(session, *number, &key.1).await?
        {
            found.insert(key, Found::Archived);
        }
    }
    Ok(found)
}

/// Those of the keysets that have an archive.
async fn with_archive(
    session: &Session,
    keysets: &BTreeSet<KeysetId>,
) -> Result<HashMap<KeysetId, KeysetNumber>, Broken> {
    let keys: Vec<&[u8]> = keysets.iter().map(|k| k.bytes().as_slice()).collect();
    let select = "SELECT keyset, number FROM keyset_counts \
                  WHERE keyset = ANY ($1::BYTEA[]) AND archived > 0";
    let rows = session.rows(select, &[&keys]).await?;
    let read = |row: &tokio_postgres::Row| {
        let number = column::parsed(row, 1, KeysetNumber::new)?;
        Ok((KeysetId::new(column::fixed(row, 0)?), number))
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
    let select = "SELECT k.keyset, k.element_hash \
                  FROM unnest($1::BYTEA[], $2::BYTEA[]) AS k (keyset, element_hash) \
                  JOIN keyset_counts AS c ON c.keyset = k.keyset \
                  JOIN issued AS i ON i.keyset = c.number AND i.element_hash = k.element_hash";
    let rows = session.rows(select, &[&keysets, &hashes]).await?;
    let read = |row: &tokio_postgres::Row| {
        Ok((
            KeysetId::new(column::fixed(row, 0)?),
            column::fixed(row, 1)?,
        ))
    };
    rows.iter().map(read).collect()
}

/// What is known of keysets: currency and denomination, which never change; number, archive, stage and counts.
#[derive(Default)]
pub(super) struct Terms(HashMap<KeysetId, Known>);

#[derive(Clone)]
struct Known {
    currency: Currency,
    denomination: Micro,
    /// Whose starter tokens it issues.
    promo: Option<PublisherId>,
    /// `None` for one that is used for the first time.
    number: Option<KeysetNumber>,
    archived: i64,
    stage: Stage,
    /// As the group leaves them that is being decided about.
    counts: breaker::Counts,
    /// Whether it was frozen when it was read.
    was_frozen: bool,
}

impl Terms {
    /// Those keysets that have been used before.
    pub(super) async fn read(
        session: &Session,
        keysets: impl Iterator<Item = KeysetId>,
    ) -> Result<Self, Broken> {
        let keysets: BTreeSet<KeysetId> = keysets.collect();
        let keys: Vec<&[u8]> = keysets
            .iter()
            .map(|keyset| keyset.bytes().as_slice())
            .collect();
        let select = "SELECT keyset, currency, denomination, number, archived, stage, \
                      issued, spent, lost, frozen_hour <> 0, promo \
                      FROM keyset_counts WHERE keyset = ANY ($1::BYTEA[])";
        let rows = session.rows(select, &[&keys]).await?;
        let read = |row: &tokio_postgres::Row| {
            let known = Known {
                currency: column::currency(row, 1)?,
                denomination: column::micro(row, 2)?,
                promo: column::promo(row, 10)?,
                number: Some(column::parsed(row, 3, KeysetNumber::new)?),
                archived: column::value(row, 4)?,
                stage: column::parsed(row, 5, Stage::parse)?,
                counts: breaker::Counts {
                    issued: column::value(row, 6)?,
                    spent: column::value(row, 7)?,
                    lost: column::value(row, 8)?,
                    is_frozen: column::value(row, 9)?,
                },
                was_frozen: column::value(row, 9)?,
            };
            Ok((KeysetId::new(column::fixed(row, 0)?), known))
        };
        Ok(Self(rows.iter().map(read).collect::<Result<_, Broken>>()?))
    }

    /// Whether one of them has ended.
    pub(super) fn has_ended(&self, mut keysets: impl Iterator<Item = KeysetId>) -> bool {
        let ended = |known: &Known| known.stage != Stage::Live;
        keysets.any(|keyset| self.0.get(&keyset).is_some_and(ended))
    }

    /// Takes uses of keysets in, unless one of them is known with other terms.
    pub(super) fn agree(
        &mut self,
        tender: Tender<'_>,
        uses: impl Iterator<Item = (KeysetId, Micro)> + Clone,
    ) -> Result<(), StoreError> {
        let mut fresh = HashMap::new();
        for (keyset, denomination) in uses {
            let first = || Known {
                currency: tender.currency,
                denomination,
                promo: tender.promo.cloned(),
                number: None,
                archived: 0,
                stage: Stage::Live,
                counts: breaker::Counts::default(),
                was_frozen: false,
            };
            let known = match self.0.get(&keyset) {
                Some(known) => known,
                None => fresh.entry(keyset).or_insert_with(first),
            };
            let terms = (known.currency, known.denomination, known.promo.as_ref());
            if terms != (tender.currency, denomination, tender.promo) {
                return Err(StoreError::Inconsistent("a keyset has other terms".into()));
            }
        }
        self.0.extend(fresh);
        Ok(())
    }

    pub(super) fn counts(&self, keyset: &KeysetId) -> breaker::Counts {
        self.0
            .get(keyset)
            .map_or_else(breaker::Counts::default, |known| known.counts)
    }

    pub(super) fn freeze(&mut self, keyset: &KeysetId) {
        if let Some(known) = self.0.get_mut(keyset) {
            known.counts.is_frozen = true;
        }
    }

    /// Counts what an operation of the group does.
    pub(super) fn count(&mut self, spend: &Spend, lost: &Lost) {
        let mut add = |keyset: &KeysetId, add: &dyn Fn(&mut breaker::Counts)| {
            if let Some(known) = self.0.get_mut(keyset) {
                add(&mut known.counts);
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

    /// Gives a number to each keyset that was taken in and has none. Two issuers that do so at once meet at a key, and
    /// one looks again.
    pub(super) async fn number_new(&mut self, session: &Session) -> Result<(), Broken> {
        let mut new: Vec<(KeysetId, &mut Known)> = self
            .0
            .iter_mut()
            .filter(|(_, known)| known.number.is_none())
            .map(|(keyset, known)| (*keyset, known))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        new.sort_unstable_by_key(|(keyset, _)| *keyset);
        let select = "SELECT coalesce(max(number), 0) FROM keyset_counts";
        let mut number: i32 = column::value(&session.one(select, &[]).await?, 0)?;
        for (keyset, known) in new {
            number = number.saturating_add(1);
            known.number = KeysetNumber::new(number);
            let insert = "INSERT INTO keyset_counts (number, keyset, currency, denomination, \
                          issued, spent, archived, issued_dropped, spent_dropped, stage, promo) \
                          VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 'live', $5)";
            let key = keyset.bytes().as_slice();
            let (currency, denomination) = (known.currency.as_str(), known.denomination.signed());
            let promo = promo::text(known.promo.as_ref());
            session
                .execute_one(insert, &[&number, &key, &currency, &denomination, &promo])
                .await?;
        }
        Ok(())
    }

    /// The keyset's number.
    pub(super) fn number(&self, keyset: &KeysetId) -> Result<KeysetNumber, Broken> {
        let known = self.0.get(keyset).and_then(|known| known.number);
        known.ok_or_else(|| Broken::inconsistent("a keyset has no number"))
    }
}

/// Marks elements as evaluated.
pub(super) async fn issue<'a>(
    session: &Session,
    terms: &Terms,
    elements: impl IntoIterator<Item = &'a Element>,
) -> Result<(), Broken> {
    // In the order of the key, like everybody: two issuers then never wait for each other.
    let mut rows = BTreeSet::new();
    for element in elements {
        rows.insert((terms.number(&element.keyset)?, *element.hash()));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let keysets: Vec<i32> = rows.iter().map(|(keyset, _)| keyset.get()).collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|(_, hash)| hash.as_slice()).collect();
    let insert = "INSERT INTO issued (keyset, element_hash) \
                  SELECT e.keyset, e.element_hash \
                  FROM unnest($1::INT4[], $2::BYTEA[]) AS e (keyset, element_hash) \
                  ON CONFLICT (keyset, element_hash) DO NOTHING";
    session
        .insert(insert, &[&keysets, &hashes], rows.len())
        .await
}

/// Marks tokens as spent: each with the number of its request's answer.
pub(super) async fn spend<'a>(
    session: &Session,
    terms: &Terms,
    tokens: impl IntoIterator<Item = (&'a Input, AnswerNumber)>,
) -> Result<(), Broken> {
    let mut rows = BTreeMap::new();
    for (input, answer) in tokens {
        let key = (terms.number(&input.keyset)?, input.nullifier);
        rows.insert(key, answer.get());
    }
    let keysets: Vec<i32> = rows.keys().map(|(keyset, _)| keyset.get()).collect();
    let nullifiers: Vec<&[u8]> = rows.keys().map(|(_, n)| n.bytes().as_slice()).collect();
    let answers: Vec<i64> = rows.values().copied().collect();
    let insert = "INSERT INTO spent (answer, keyset, nullifier) \
                  SELECT t.answer, t.keyset, t.nullifier \
                  FROM unnest($1::BIGINT[], $2::INT4[], $3::BYTEA[]) \
                  AS t (answer, keyset, nullifier) \
                  ON CONFLICT (keyset, nullifier) DO NOTHING";
    session
        .insert(insert, &[&answers, &keysets, &nullifiers], rows.len())
        .await
}

/// Counts of one keyset to be added.
#[derive(Clone, Copy, Default)]
struct Count {
    issued: i64,
    spent: i64,
    lost: i64,
}

/// Counts to be added, keyset by keyset.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<KeysetId, Count>);

impl Counts {
    pub(super) fn issued(&mut self, element: &Element) {
        let count = self.0.entry(element.keyset).or_default();
        count.issued = count.issued.saturating_add(1);
    }

    /// Counts what an operation does.
    pub(super) fn spend(&mut self, spend: &Spend, lost: &Lost) {
        for input in spend.inputs() {
            let count = self.0.entry(input.keyset).or_default();
            count.spent = count.spent.saturating_add(1);
        }
        for (keyset, (_, more)) in &lost.0 {
            let count = self.0.entry(*keyset).or_default();
            count.lost = count.lost.saturating_add(*more);
        }
        for output in spend.outputs() {
            self.issued(output);
        }
    }

    /// Adds them, if the keysets are still as they were read: none has ended, been frozen or thawed meanwhile, no token that
    /// was looked for among the spent ones has moved to the archive, and no more is spent than was issued.
    pub(super) async fn add(&self, session: &Session, terms: &Terms) -> Result<(), Broken> {
        let mut rows = BTreeMap::new();
        for (keyset, counts) in &self.0 {
            let known = terms.0.get(keyset);
            let known = known.ok_or_else(|| Broken::inconsistent("a keyset is not known"))?;
            rows.insert(terms.number(keyset)?, (keyset, *counts, known));
        }
        let numbers: Vec<i32> = rows.keys().map(|number| number.get()).collect();
        let keysets: Vec<&[u8]> = rows.values().map(|r| r.0.bytes().as_slice()).collect();
        let issued: Vec<i64> = rows.values().map(|row| row.1.issued).collect();
        let spent: Vec<i64> = rows.values().map(|row| row.1.spent).collect();
        let lost: Vec<i64> = rows.values().map(|row| row.1.lost).collect();
        let currencies: Vec<&str> = rows.values().map(|r| r.2.currency.as_str()).collect();
        let denominations: Vec<i64> = rows.values().map(|r| r.2.denomination.signed()).collect();
        let archived: Vec<i64> = rows.values().map(|row| row.2.archived).collect();
        // Every row is there, so nothing is inserted; but an insertion takes the rows in the order given, so that two
        // issuers never wait for each other, and an update takes them in whatever order it likes.
        let add = "INSERT INTO keyset_counts (number, keyset, currency, denomination, issued, spent, \
                   archived, issued_dropped, spent_dropped, stage, lost) \
                   SELECT c.number, c.keyset, c.currency, c.denomination, c.issued, c.spent, \
                   c.archived, 0, 0, 'live', c.lost \
                   FROM unnest($1::INT4[], $2::BYTEA[], $3::TEXT[], $4::BIGINT[], $5::BIGINT[], \
                   $6::BIGINT[], $7::BIGINT[], $8::BIGINT[]) \
                   AS c (number, keyset, currency, denomination, issued, spent, archived, lost) \
                   ON CONFLICT (number) DO UPDATE SET \
                   issued = keyset_counts.issued + excluded.issued, \
                   spent = keyset_counts.spent + excluded.spent, \
                   lost = keyset_counts.lost + excluded.lost \
                   WHERE keyset_counts.stage = 'live' \
                   AND keyset_counts.archived = excluded.archived \
                   AND (excluded.spent = 0 OR keyset_counts.spent + excluded.spent \
                   <= keyset_counts.issued + excluded.issued + keyset_counts.lost + excluded.lost) \
                   RETURNING number, frozen_hour <> 0";
        let params: super::session::Params<'_> = &[
            &numbers,
            &keysets,
            &currencies,
            &denominations,
            &issued,
            &spent,
            &archived,
            &lost,
        ];
        let found = session.rows(add, params).await?;
        let mut as_decided = found.len() == rows.len();
        for row in &found {
            let number = column::parsed(row, 0, KeysetNumber::new)?;
            let was_frozen = rows.get(&number).is_some_and(|row| row.2.was_frozen);
            as_decided &= column::value::<bool>(row, 1)? == was_frozen;
        }
        if as_decided {
            Ok(())
        } else {
            Err(Broken::Contended("another issuer was first".into()))
        }
    }
}
