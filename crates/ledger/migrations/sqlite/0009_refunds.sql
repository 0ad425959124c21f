-- Refunds: pouches of rights, an operation and an event more, and what each publisher gave back on a day.

ALTER TABLE draws RENAME TO draws_8;
ALTER TABLE answers RENAME TO answers_8;
ALTER TABLE use_journal RENAME TO use_journal_8;

-- A pouch of rights is worth nothing.
CREATE TABLE draws (
  order_id BLOB    NOT NULL REFERENCES orders (order_id), -- whose value
  pouch    INTEGER NOT NULL CHECK (pouch >= 0),           -- number within the order
  binding  BLOB    NOT NULL CHECK (length(binding) = 32), -- of the request that drew it
  mix      TEXT    NOT NULL,                              -- the mix's name; empty for the remainder, rights for those
  value    INTEGER NOT NULL CHECK (value >= 0),           -- sum of its elements
  drawn_at INTEGER NOT NULL,                              -- by the issuer's clock
  PRIMARY KEY (order_id, pouch)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
  number    INTEGER NOT NULL PRIMARY KEY CHECK (number >= 0),     -- the first hour at which it is no longer given, and bits of the lead
  lead      BLOB    NOT NULL CHECK (length(lead) = 32),           -- smallest nullifier of the request
  binding   BLOB    NOT NULL CHECK (length(binding) = 32),        -- of the request
  operation INTEGER NOT NULL CHECK (operation BETWEEN 1 AND 3),   -- what it was: 1 redeem, 2 swap, 3 refund
  inputs    BLOB    NOT NULL CHECK (length(inputs) % 36 = 4),     -- the request's tokens, as the crate's documentation defines
  sealed    BLOB                                                  -- the answer, encrypted for the wallet; null once erased
) STRICT;

CREATE TABLE use_journal (
  seq      INTEGER NOT NULL PRIMARY KEY,                    -- from 1 without gaps
  hour     INTEGER NOT NULL,                                -- no finer time is kept of what is bought
  event    INTEGER NOT NULL CHECK (event BETWEEN 1 AND 6),  -- 1 expire, 2 freeze, 3 redeem, 4 swap, 5 thaw, 6 refund
  currency TEXT    NOT NULL CHECK (length(currency) = 3),   -- of all postings
  postings BLOB    NOT NULL,                                -- in the short form that the crate's documentation defines
  head     BLOB    NOT NULL CHECK (length(head) = 32),      -- the chain's hash after this entry
  detail   BLOB                                             -- redeem, swap, refund: commitment; freeze, thaw: keyset and reason; null for nothing
) STRICT;

INSERT INTO draws (order_id, pouch, binding, mix, value, drawn_at)
SELECT order_id, pouch, binding, mix, value, drawn_at FROM draws_8;
INSERT INTO answers (number, lead, binding, operation, inputs, sealed)
SELECT number, lead, binding, operation, inputs, sealed FROM answers_8;
INSERT INTO use_journal (seq, hour, event, currency, postings, head, detail)
SELECT seq, hour, event, currency, postings, head, detail FROM use_journal_8;

DROP TABLE draws_8;
DROP TABLE answers_8;
DROP TABLE use_journal_8;

CREATE TRIGGER use_journal_is_not_changed BEFORE UPDATE ON use_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER use_journal_is_not_cut BEFORE DELETE ON use_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

-- A publisher's budget of a day is kept by this; it names no grant and no reader.
CREATE TABLE refunds (
  publisher TEXT    NOT NULL,                              -- who gave back
  day       INTEGER NOT NULL,                              -- days since the epoch, UTC
  currency  TEXT    NOT NULL CHECK (length(currency) = 3), -- of amount
  count     INTEGER NOT NULL CHECK (count > 0),            -- purchases
  amount    INTEGER NOT NULL CHECK (amount > 0),           -- their prices together
  PRIMARY KEY (publisher, day, currency)
) STRICT, WITHOUT ROWID;
