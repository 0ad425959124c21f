-- Tables that stay small, answers that end, keysets that end.
--
-- A keyset is named by a small number; what the tokens of one request share (lead, binding, the list of them) stands once,
-- in `answers`, whose key begins with the hour in which its rows go. A nullifier whose answer is gone stands in a page of
-- the archive. Rows of a keyset that has ended are dropped and counted, so that the books still add up. Short columns of
-- fixed length come first: then no row is padded between them.

ALTER TABLE keyset_counts RENAME TO keyset_counts_1;
ALTER TABLE issued RENAME TO issued_1;
ALTER TABLE spent RENAME TO spent_1;
ALTER TABLE answers RENAME TO answers_1;

CREATE TABLE keyset_counts (
  number         INT4   NOT NULL PRIMARY KEY CHECK (number >= 1),                    -- stands for the keyset in other tables
  keyset         BYTEA  NOT NULL UNIQUE CHECK (length(keyset) = 16),                 -- keyset id
  currency       TEXT   NOT NULL CHECK (length(currency) = 3),                       -- ISO 4217
  denomination   BIGINT NOT NULL CHECK (denomination >= 0),                          -- of one token
  issued         BIGINT NOT NULL CHECK (issued >= 0),                                -- evaluations ever made
  spent          BIGINT NOT NULL CHECK (spent >= 0),                                 -- tokens ever spent
  archived       BIGINT NOT NULL CHECK (archived >= 0),                              -- nullifiers in `archive_pages`
  issued_dropped BIGINT NOT NULL CHECK (issued_dropped >= 0),                        -- rows of `issued` that are gone
  spent_dropped  BIGINT NOT NULL CHECK (spent_dropped >= 0),                         -- spent nullifiers that are gone
  stage          TEXT   NOT NULL CHECK (stage IN ('live', 'ended', 'key_destroyed')) -- ended: nothing of it is accepted
);

CREATE TABLE issued (
  keyset       INT4  NOT NULL,                                   -- number of the keyset that evaluated it
  element_hash BYTEA NOT NULL CHECK (length(element_hash) = 32), -- hash of the blinded element
  PRIMARY KEY (keyset, element_hash)
);

CREATE TABLE spent (
  keyset       INT4  NOT NULL,                                -- number of the keyset it was issued under
  expires_hour INT4  NOT NULL,                                -- of its request's answer
  nullifier    BYTEA NOT NULL CHECK (length(nullifier) = 32), -- the spend identity
  lead         BYTEA CHECK (length(lead) = 32),               -- smallest nullifier of its request; null if it is that itself
  PRIMARY KEY (keyset, nullifier)
);

CREATE TABLE answers (
  expires_hour INT4  NOT NULL,                                                  -- the first hour at which it is no longer given
  lead         BYTEA NOT NULL CHECK (length(lead) = 32),                        -- smallest nullifier of the request
  binding      BYTEA NOT NULL CHECK (length(binding) = 32),                     -- of the request
  operation    TEXT  NOT NULL,                                                  -- what it was
  state        TEXT  NOT NULL CHECK (state IN ('sealed', 'erased', 'expired')), -- what is left of the answer
  inputs       BYTEA NOT NULL CHECK (length(inputs) >= 4),                      -- the request's tokens, as the crate's documentation defines
  sealed       BYTEA,                                                            -- encrypted for the wallet; null once erased or expired
  PRIMARY KEY (expires_hour, lead),
  CHECK ((state = 'sealed') = (sealed IS NOT NULL))
);

CREATE TABLE archive_pages (
  keyset     INT4  NOT NULL,                                          -- number of the keyset
  depth      INT4  NOT NULL CHECK (depth BETWEEN 0 AND 255),          -- bits in the prefix
  first      BYTEA NOT NULL CHECK (length(first) = 32),               -- the page's prefix, filled up with zeros
  hash       BYTEA NOT NULL CHECK (length(hash) = 32),                -- over its nullifiers
  nullifiers BYTEA NOT NULL CHECK (length(nullifiers) <= 1920), -- ascending, 32 bytes each
  PRIMARY KEY (keyset, first)
);

INSERT INTO keyset_counts (number, keyset, currency, denomination, issued, spent, archived, issued_dropped, spent_dropped, stage)
SELECT row_number() OVER (ORDER BY keyset), keyset, currency, denomination, issued, spent, 0, 0, 0, 'live' FROM keyset_counts_1;

INSERT INTO issued (keyset, element_hash)
SELECT c.number, i.element_hash FROM issued_1 AS i JOIN keyset_counts AS c ON c.keyset = i.keyset;

INSERT INTO spent (keyset, expires_hour, nullifier, lead)
SELECT c.number, a.expires_hour, s.nullifier, CASE WHEN s.nullifier = s.lead THEN NULL ELSE s.lead END
FROM spent_1 AS s JOIN keyset_counts AS c ON c.keyset = s.keyset
JOIN answers_1 AS a ON a.lead = s.lead AND a.binding = s.binding;

INSERT INTO answers (expires_hour, lead, binding, operation, state, inputs, sealed)
SELECT a.expires_hour, a.lead, a.binding, a.operation, a.state, t.inputs, a.sealed
FROM answers_1 AS a JOIN (
  SELECT s.lead, s.binding, decode(string_agg(
    lpad(to_hex(c.number), 8, '0') || CASE WHEN s.nullifier = s.lead THEN '' ELSE encode(s.nullifier, 'hex') END, '' ORDER BY s.nullifier
  ), 'hex') AS inputs
  FROM spent_1 AS s JOIN keyset_counts AS c ON c.keyset = s.keyset GROUP BY s.lead, s.binding
) AS t ON t.lead = a.lead AND t.binding = a.binding;

DROP TABLE keyset_counts_1;
DROP TABLE issued_1;
DROP TABLE spent_1;
DROP TABLE answers_1;
