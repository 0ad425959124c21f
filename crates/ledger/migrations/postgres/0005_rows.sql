-- Rows of half their size, and freezes in the journal.
--
-- An answer has a number of eight bytes: the hour in which it goes, then bits of its lead, so that the answers of an hour lie
-- together and in no order within it. A spent token names it by that number; what else it named stands in the answer. Words
-- are numbers, and the postings of the use journal have a short form. An entry of the use journal commits to its operation.
-- Columns of fixed length come first, the longest before the others: then no row is padded between them.

ALTER TABLE spent RENAME TO spent_4;
ALTER TABLE answers RENAME TO answers_4;
ALTER TABLE use_journal RENAME TO use_journal_4;

CREATE TABLE answers (
  number    BIGINT NOT NULL PRIMARY KEY CHECK (number >= 0), -- the first hour at which it is no longer given, and bits of the lead
  operation INT4   NOT NULL CHECK (operation IN (1, 2)),     -- what it was: 1 redeem, 2 swap
  lead      BYTEA  NOT NULL CHECK (length(lead) = 32),       -- smallest nullifier of the request
  binding   BYTEA  NOT NULL CHECK (length(binding) = 32),    -- of the request
  inputs    BYTEA  NOT NULL CHECK (length(inputs) >= 4),     -- the request's tokens, as the crate's documentation defines
  sealed    BYTEA                                            -- the answer, encrypted for the wallet; null once erased
);

CREATE TABLE spent (
  answer    BIGINT NOT NULL,                                -- number of its request's answer
  keyset    INT4   NOT NULL,                                -- number of the keyset it was issued under
  nullifier BYTEA  NOT NULL CHECK (length(nullifier) = 32), -- the spend identity
  PRIMARY KEY (keyset, nullifier)
);

CREATE TABLE use_journal (
  seq      BIGINT NOT NULL PRIMARY KEY,                    -- from 1 without gaps
  hour     INT4   NOT NULL,                                -- no finer time is kept of what is bought
  event    INT4   NOT NULL CHECK (event BETWEEN 1 AND 5),  -- 1 expire, 2 freeze, 3 redeem, 4 swap, 5 thaw
  currency TEXT   NOT NULL CHECK (length(currency) = 3),   -- of all postings
  postings BYTEA  NOT NULL,                                -- in the short form that the crate's documentation defines
  head     BYTEA  NOT NULL CHECK (length(head) = 32),      -- the chain's hash after this entry
  detail   BYTEA                                           -- redeem, swap: commitment; freeze, thaw: keyset and reason; null for nothing
);

-- The answers of earlier versions are numbered by their leads' order.
INSERT INTO answers (number, operation, lead, binding, inputs, sealed)
SELECT a.expires_hour * 1099511627776 + row_number() OVER (ORDER BY a.lead),
  CASE a.operation WHEN 'redeem' THEN 1 WHEN 'swap' THEN 2 END, a.lead, a.binding, a.inputs, a.sealed
FROM answers_4 AS a;

-- A token whose answer is missing, which is an incident, goes on naming none.
INSERT INTO spent (answer, keyset, nullifier)
SELECT coalesce(n.number, s.expires_hour * 1099511627776), s.keyset, s.nullifier
FROM spent_4 AS s LEFT JOIN (
  SELECT a.lead, a.expires_hour,
    a.expires_hour * 1099511627776 + row_number() OVER (ORDER BY a.lead) AS number
  FROM answers_4 AS a
) AS n ON n.lead = coalesce(s.lead, s.nullifier) AND n.expires_hour = s.expires_hour;

INSERT INTO use_journal (seq, hour, event, currency, postings, head)
SELECT seq, hour, CASE event WHEN 'expire' THEN 1 WHEN 'redeem' THEN 3 WHEN 'swap' THEN 4 END, currency, postings, head
FROM use_journal_4;

DROP TABLE spent_4;
DROP TABLE answers_4;
DROP TABLE use_journal_4;
