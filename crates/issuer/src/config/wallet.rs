//! Where the pages of the reader's purse lie.

use super::file::{CurrencySection, WalletSection};
use crate::amount;
use farthing_core::manifest::CurrencyTerms;
use farthing_core::money::Micro;
use std::path::{Path, PathBuf};

/// What a purse may order at a time unless told otherwise, in micro: twenty major units.
const ORDER_MAX: u64 = 20_000_000;

/// The reader's purse, served at `/wallet/` of the issuer's origin (spec section 10.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// The folder with `wallet.json` and the files that it lists.
    pub pages: PathBuf,
    /// The most that one order from the purse may be worth (R30).
    pub order_max: Micro,
}

/// Checked whether there is a purse or not: a limit that is wrong is better found before it counts.
pub(super) fn order_max(
    currency: &CurrencySection,
    terms: &CurrencyTerms,
) -> Result<Micro, (&'static str, &'static str)> {
    match &currency.order_max {
        None => {
            let most = Micro::new(ORDER_MAX).unwrap_or(terms.pocket_max());
            Ok(most.max(terms.pocket_max()))
        }
        Some(text) => amount::parse(text)
            .filter(|most| *most >= terms.pocket_max() && most.units(terms.unit()).is_some())
            .ok_or((
                "currency.order_max",
                "must be an amount of whole units such as \"20.00\", and at least currency.pocket_max",
            )),
    }
}

pub(super) fn check(section: WalletSection, order_max: Micro, folder: &Path) -> Wallet {
    Wallet {
        pages: folder.join(section.pages),
        order_max,
    }
}
