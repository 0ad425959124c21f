-- Refunds: pouches of rights, an operation and an event more, and what each publisher gave back on a day.

ALTER TABLE draws RENAME TO draws_8;
ALTER TABLE answers RENAME TO answers_8;
ALTER TABLE use_journal RENAME TO use_journal_8;

-- A pouch of rights is worth nothing.
CREATE TABLE draws (
  order_id BYTEA  NOT NULL REFERENCES orders (order_id), -- whose value
  pouch    BIGINT NOT NULL CHECK (pouch >= 0),           -- number within the order
  binding  BYTEA  NOT NULL CHECK (length(binding) = 32), -- of the request that drew it
  mix      TEXT   NOT NULL,                              -- the mix's name; empty for the remainder, rights for those
  value    BIGINT NOT NULL CHECK (value >= 0),           -- sum of its elements
  drawn_at BIGINT NOT NULL,                              -- by the issuer's clock
  PRIMARY KEY (order_id, pouch)
);

CREATE TABLE answers (
  number    BIGINT NOT NULL PRIMARY KEY CHECK (number >= 0),   -- the first hour at which it is no longer given, and bits of the lead
  operation INT4   NOT NULL CHECK (operation BETWEEN 1 AND 3), -- what it was: 1 redeem, 2 swap, 3 refund
  lead      BYTEA  NOT NULL CHECK (length(lead) = 32),         -- smallest nullifier of the request
  binding   BYTEA  NOT NULL CHECK (length(binding) = 32),      -- of the request
  inputs    BYTEA  NOT NULL CHECK (length(inputs) >= 4),       -- the request's tokens, as the crate's documentation defines
  sealed    BYTEA                                              -- the answer, encrypted for the wallet; null once erased
);

CREATE TABLE use_journal (
  seq      BIGINT NOT NULL PRIMARY KEY,                    -- from 1 without gaps
  hour     INT4   NOT NULL,                                -- no finer time is kept of what is bought
  event    INT4   NOT NULL CHECK (event BETWEEN 1 AND 6),  -- 1 expire, 2 freeze, 3 redeem, 4 swap, 5 thaw, 6 refund
  currency TEXT   NOT NULL CHECK (length(currency) = 3),   -- of all postings
  postings BYTEA  NOT NULL,                                -- in the short form that the crate's documentation defines
  head     BYTEA  NOT NULL CHECK (length(head) = 32),      -- the chain's hash after this entry
  detail   BYTEA                                           -- redeem, swap, refund: commitment; freeze, thaw: keyset and reason; null for nothing
);

INSERT INTO draws (order_id, pouch, binding, mix, value, drawn_at)
SELECT order_id, pouch, binding, mix, value, drawn_at FROM draws_8;
INSERT INTO answers (number, operation, lead, binding, inputs, sealed)
SELECT number, operation, lead, binding, inputs, sealed FROM answers_8;
INSERT INTO use_journal (seq, hour, event, currency, postings, head, detail)
SELECT seq, hour, event, currency, postings, head, detail FROM use_journal_8;

DROP TABLE draws_8;
DROP TABLE answers_8;
DROP TABLE use_journal_8;

-- A publisher's budget of a day is kept by this; it names no grant and no reader.
CREATE TABLE refunds (
  publisher TEXT   NOT NULL,                              -- who gave back
  day       BIGINT NOT NULL,                              -- days since the epoch, UTC
  currency  TEXT   NOT NULL CHECK (length(currency) = 3), -- of amount
  count     BIGINT NOT NULL CHECK (count > 0),            -- purchases
  amount    BIGINT NOT NULL CHECK (amount > 0),           -- their prices together
  PRIMARY KEY (publisher, day, currency)
);
