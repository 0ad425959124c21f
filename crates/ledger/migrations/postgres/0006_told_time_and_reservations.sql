-- No issuer tells a time beyond one that is already kept, so that a kill cannot take a time back.

ALTER TABLE ledger_time ADD COLUMN told_until BIGINT NOT NULL DEFAULT 0 CHECK (told_until >= 0); -- latest ledger time that may have been told

-- Before this, time was told at most ten seconds ahead of the mark, which was written every five.
UPDATE ledger_time SET told_until = mark + 15;

-- After a restore without the record of everything: what was done since the copy was made may be done again, and nothing
-- else may be done in its place.
CREATE TABLE reserved (
  record_key BYTEA NOT NULL CHECK (length(record_key) = 32), -- a token's nullifier, or a hash of order and pouch
  binding    BYTEA NOT NULL CHECK (length(binding) = 32),    -- the request that may be done
  PRIMARY KEY (record_key, binding)
);
