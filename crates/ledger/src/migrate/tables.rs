//! What is moved: every table of a ledger but its record of migrations.

use Kind::{Bytes, Flag, Number, Small, Text};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes,
    Flag,
    Number,
    /// A number of 32 bits.
    Small,
    Text,
}

impl Kind {
    const fn array(self) -> &'static str {
        match self {
            Self::Bytes => "BYTEA[]",
            Self::Flag => "BOOLEAN[]",
            Self::Number => "BIGINT[]",
            Self::Small => "INT4[]",
            Self::Text => "TEXT[]",
        }
    }
}

/// A table with its columns, the same in both stores.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// In an order in which rows find those that they refer to.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "manifests",
        columns: &[
            ("n", Number),
            ("head", Text),
            ("head_hash", Bytes),
            ("body", Bytes),
            ("body_hash", Bytes),
        ],
    },
    Table {
        name: "promo_manifests",
        columns: &[
            ("publisher", Text),
            ("n", Number),
            ("head", Text),
            ("head_hash", Bytes),
            ("body", Bytes),
            ("body_hash", Bytes),
        ],
    },
    Table {
        name: "publishers",
        columns: &[
            ("origin", Text),
            ("name", Text),
            ("keys", Text),
            ("max_price", Number),
            ("fee_basis_points", Number),
            ("offers_valid_from", Number),
        ],
    },
    Table {
        name: "offer_withdrawals",
        columns: &[
            ("origin", Text),
            ("path", Text),
            ("offers_valid_from", Number),
        ],
    },
    Table {
        name: "orders",
        columns: &[
            ("order_id", Bytes),
            ("claim_key", Bytes),
            ("binding", Bytes),
            ("currency", Text),
            ("quote_id", Bytes),
            ("quote_expiry", Number),
            ("value", Number),
            ("fee", Number),
            ("tax", Number),
            ("pocket", Flag),
            ("disclosure", Bytes),
            ("created_at", Number),
            ("state", Text),
            ("provider", Text),
            ("provider_reference", Text),
            ("settled", Number),
            ("unminted", Number),
            ("locked", Number),
            ("drawn", Number),
            ("deposited", Number),
            ("returned", Number),
            ("voided", Number),
            ("next_pouch", Number),
            ("promo", Text),
        ],
    },
    Table {
        name: "draws",
        columns: &[
            ("order_id", Bytes),
            ("pouch", Number),
            ("binding", Bytes),
            ("mix", Text),
            ("value", Number),
            ("drawn_at", Number),
        ],
    },
    Table {
        name: "keyset_counts",
        columns: &[
            ("number", Small),
            ("keyset", Bytes),
            ("currency", Text),
            ("denomination", Number),
            ("issued", Number),
            ("spent", Number),
            ("archived", Number),
            ("issued_dropped", Number),
            ("spent_dropped", Number),
            ("stage", Text),
            ("lost", Number),
            ("frozen_hour", Number),
            ("frozen_reason", Text),
            ("promo", Text),
        ],
    },
    Table {
        name: "issued",
        columns: &[("keyset", Small), ("element_hash", Bytes)],
    },
    Table {
        name: "spent",
        columns: &[("answer", Number), ("keyset", Small), ("nullifier", Bytes)],
    },
    Table {
        name: "answers",
        columns: &[
            ("number", Number),
            ("operation", Small),
            ("lead", Bytes),
            ("binding", Bytes),
            ("inputs", Bytes),
            ("sealed", Bytes),
        ],
    },
    Table {
        name: "archive_pages",
        columns: &[
            ("keyset", Small),
            ("first", Bytes),
            ("depth", Small),
            ("hash", Bytes),
            ("nullifiers", Bytes),
        ],
    },
    Table {
        name: "sales",
        columns: &[
            ("publisher", Text),
            ("offer_hash", Bytes),
            ("day", Number),
            ("currency", Text),
            ("count", Number),
            ("amount", Number),
        ],
    },
    Table {
        name: "refunds",
        columns: &[
            ("publisher", Text),
            ("day", Number),
            ("currency", Text),
            ("count", Number),
            ("amount", Number),
        ],
    },
    Table {
        name: "funding_journal",
        columns: &[
            ("seq", Number),
            ("event", Text),
            ("at", Number),
            ("currency", Text),
            ("order_id", Bytes),
            ("detail", Bytes),
            ("postings", Bytes),
            ("head", Bytes),
        ],
    },
    Table {
        name: "use_journal",
        columns: &[
            ("seq", Number),
            ("hour", Small),
            ("event", Small),
            ("currency", Text),
            ("postings", Bytes),
            ("head", Bytes),
            ("detail", Bytes),
        ],
    },
    Table {
        name: "funding_balances",
        columns: &[("currency", Text), ("account", Text), ("amount", Number)],
    },
    Table {
        name: "use_balances",
        columns: &[("currency", Text), ("account", Text), ("amount", Number)],
    },
    Table {
        name: "funding_head",
        columns: &[("id", Number), ("seq", Number), ("head", Bytes)],
    },
    Table {
        name: "use_head",
        columns: &[("id", Number), ("seq", Number), ("head", Bytes)],
    },
    Table {
        name: "checkpoints",
        columns: &[
            ("n", Number),
            ("funding_seq", Number),
            ("funding_head", Bytes),
            ("use_seq", Number),
            ("use_head", Bytes),
            ("head", Text),
            ("head_hash", Bytes),
            ("body", Bytes),
            ("body_hash", Bytes),
        ],
    },
    Table {
        name: "rebinds",
        columns: &[
            ("ends_hour", Small),
            ("grant_id", Bytes),
            ("binding", Bytes),
            ("sealed", Bytes),
        ],
    },
    Table {
        name: "reserved",
        columns: &[("record_key", Bytes), ("binding", Bytes)],
    },
    Table {
        name: "ledger_time",
        columns: &[
            ("id", Number),
            ("mark", Number),
            ("era", Text),
            ("reading", Number),
            ("deleted_under", Number),
            ("decision", Number),
            ("told_until", Number),
        ],
    },
];

impl Table {
    fn names(&self, before: &str) -> String {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| format!("{before}{name}"))
            .collect();
        names.join(", ")
    }

    /// Reads every row, in no order.
    pub(crate) fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.names(""), self.name)
    }

    /// Writes rows from one array for each column.
    pub(crate) fn insert(&self) -> String {
        let arrays: Vec<String> = (1..)
            .zip(self.columns)
            .map(|(n, (_, kind))| format!("${n}::{}", kind.array()))
            .collect();
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS r ({})",
            self.name,
            self.names(""),
            self.names("r."),
            arrays.join(", "),
            self.names("")
        )
    }
}

/// Every statement that is made here, for the check of what they use.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    let made = TABLES.iter().flat_map(|t| [t.select(), t.insert()]);
    made.collect()
}
