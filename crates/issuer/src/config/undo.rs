//! Undo: purchases that readers give back, and what that costs them and publishers.

use super::file::UndoSection;
use crate::amount;
use farthing_core::manifest::CurrencyTerms;
use farthing_core::money::Micro;
use farthing_core::origin::{OriginPolicy, PublisherId};

/// How purchases are given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// How much of a load gives one right.
    pub right_per: Micro,
    per_day: Micro,
    publishers: Vec<(PublisherId, Micro)>,
}

impl Undo {
    /// How much a publisher gives back on one day (UTC), and no more.
    #[must_use]
    pub fn per_day(&self, publisher: &PublisherId) -> Micro {
        let mut own = self.publishers.iter();
        let own = own.find(|(of, _)| of == publisher);
        own.map_or(self.per_day, |(_, per_day)| *per_day)
    }
}

pub(super) fn check(
    section: UndoSection,
    currency: &CurrencyTerms,
    policy: OriginPolicy,
) -> Result<Undo, (&'static str, &'static str)> {
    let right_per = amount::parse(&section.right_per)
        .filter(|per| *per >= currency.unit())
        .ok_or(("undo.right_per", "must be an amount such as \"2.00\""))?;
    let per_day = amount::parse(&section.per_day)
        .ok_or(("undo.per_day", "must be an amount such as \"20.00\""))?;
    let mut publishers: Vec<(PublisherId, Micro)> = Vec::new();
    for own in section.publisher {
        let origin = PublisherId::parse(&own.origin, policy).ok_or((
            "undo.publisher.origin",
            "must be a publisher's origin such as \"https://paper.example\"",
        ))?;
        if publishers.iter().any(|(known, _)| *known == origin) {
            return Err((
                "undo.publisher.origin",
                "must stand in one section [[undo.publisher]] only",
            ));
        }
        let per_day = amount::parse(&own.per_day).ok_or((
            "undo.publisher.per_day",
            "must be an amount such as \"50.00\"",
        ))?;
        publishers.push((origin, per_day));
    }
    Ok(Undo {
        right_per,
        per_day,
        publishers,
    })
}
