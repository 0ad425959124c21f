-- Tables that stay small, answers that end, keysets that end.
--
-- A keyset is named by a small number; what the tokens of one request share (lead, binding, the list of them) stands once,
-- in `answers`, whose key begins with the hour in which its rows go. A nullifier whose answer is gone stands in a page of
-- the archive. Rows of a keyset that has ended are dropped and counted, so that the books still add up.

ALTER TABLE keyset_counts RENAME TO keyset_counts_1;
ALTER TABLE issued RENAME TO issued_1;
ALTER TABLE spent RENAME TO spent_1;
ALTER TABLE answers RENAME TO answers_1;

CREATE TABLE keyset_counts (
  number         INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1),                   -- stands for the keyset in other tables
  keyset         BLOB    NOT NULL UNIQUE CHECK (length(keyset) = 16),                -- keyset id
  currency       TEXT    NOT NULL CHECK (length(currency) = 3),                      -- ISO 4217
  denomination   INTEGER NOT NULL CHECK (denomination >= 0),                         -- of one token
  issued         INTEGER NOT NULL CHECK (issued >= 0),                               -- evaluations ever made
  spent          INTEGER NOT NULL CHECK (spent >= 0),                                -- tokens ever spent
  archived       INTEGER NOT NULL CHECK (archived >= 0),                             -- nullifiers in `archive_pages`
  issued_dropped INTEGER NOT NULL CHECK (issued_dropped >= 0),                       -- rows of `issued` that are gone
  spent_dropped  INTEGER NOT NULL CHECK (spent_dropped >= 0),                        -- spent nullifiers that are gone
  stage          TEXT    NOT NULL CHECK (stage IN ('live', 'ended', 'key_destroyed')) -- ended: nothing of it is accepted
) STRICT;

CREATE TABLE issued (
  keyset       INTEGER NOT NULL,                                   -- number of the keyset that evaluated it
  element_hash BLOB    NOT NULL CHECK (length(element_hash) = 32), -- hash of the blinded element
  PRIMARY KEY (keyset, element_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
  keyset       INTEGER NOT NULL,                                -- number of the keyset it was issued under
  nullifier    BLOB    NOT NULL CHECK (length(nullifier) = 32), -- the spend identity
  expires_hour INTEGER NOT NULL,                                -- of its request's answer
  lead         BLOB    CHECK (length(lead) = 32),               -- smallest nullifier of its request; null if it is that itself
  PRIMARY KEY (keyset, nullifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
  expires_hour INTEGER NOT NULL,                                                  -- the first hour at which it is no longer given
  lead         BLOB    NOT NULL CHECK (length(lead) = 32),                        -- smallest nullifier of the request
  binding      BLOB    NOT NULL CHECK (length(binding) = 32),                     -- of the request
  operation    TEXT    NOT NULL,                                                  -- what it was
  state        TEXT    NOT NULL CHECK (state IN ('sealed', 'erased', 'expired')), -- what is left of the answer
  inputs       BLOB    NOT NULL CHECK (length(inputs) % 36 = 4),                  -- the request's tokens, as the crate's documentation defines
  sealed       BLOB,                                                              -- encrypted for the wallet; null once erased or expired
  PRIMARY KEY (expires_hour, lead),
  CHECK ((state = 'sealed') = (sealed IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_pages (
  keyset     INTEGER NOT NULL,                                                                          -- number of the keyset
  first      BLOB    NOT NULL CHECK (length(first) = 32),                                               -- the page's prefix, filled up with zeros
  depth      INTEGER NOT NULL CHECK (depth BETWEEN 0 AND 255),                                          -- bits in the prefix
  hash       BLOB    NOT NULL CHECK (length(hash) = 32),                                                -- over its nullifiers
  nullifiers BLOB    NOT NULL CHECK (length(nullifiers) % 32 = 0 AND length(nullifiers) <= 1920), -- ascending, 32 bytes each
  PRIMARY KEY (keyset, first)
) STRICT;

INSERT INTO keyset_counts (keyset, currency, denomination, issued, spent, archived, issued_dropped, spent_dropped, stage)
SELECT keyset, currency, denomination, issued, spent, 0, 0, 0, 'live' FROM keyset_counts_1 ORDER BY keyset;

INSERT INTO issued (keyset, element_hash)
SELECT c.number, i.element_hash FROM issued_1 AS i JOIN keyset_counts AS c ON c.keyset = i.keyset;

INSERT INTO spent (keyset, nullifier, expires_hour, lead)
SELECT c.number, s.nullifier, a.expires_hour, nullif(s.lead, s.nullifier)
FROM spent_1 AS s JOIN keyset_counts AS c ON c.keyset = s.keyset
JOIN answers_1 AS a ON a.lead = s.lead AND a.binding = s.binding;

INSERT INTO answers (expires_hour, lead, binding, operation, state, inputs, sealed)
SELECT a.expires_hour, a.lead, a.binding, a.operation, a.state, t.inputs, a.sealed
FROM answers_1 AS a JOIN (
  SELECT s.lead, s.binding, unhex(group_concat(
    printf('%08x', c.number) || CASE WHEN s.nullifier = s.lead THEN '' ELSE hex(s.nullifier) END, '' ORDER BY s.nullifier
  )) AS inputs
  FROM spent_1 AS s JOIN keyset_counts AS c ON c.keyset = s.keyset GROUP BY s.lead, s.binding
) AS t ON t.lead = a.lead AND t.binding = a.binding;

DROP TABLE keyset_counts_1;
DROP TABLE issued_1;
DROP TABLE spent_1;
DROP TABLE answers_1;
