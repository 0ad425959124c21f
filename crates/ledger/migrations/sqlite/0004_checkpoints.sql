-- Checkpoints: what was signed of the ledger every hour, and the ledger's own time.

CREATE TABLE checkpoints (
  n            INTEGER NOT NULL PRIMARY KEY CHECK (n >= 1),              -- number, from 1 without gaps
  funding_seq  INTEGER NOT NULL CHECK (funding_seq >= 0),                -- last entry of the funding journal
  funding_head BLOB NOT NULL CHECK (length(funding_head) = 32),       -- the chain's hash after it
  use_seq      INTEGER NOT NULL CHECK (use_seq >= 0),                    -- last entry of the use journal
  use_head     BLOB NOT NULL CHECK (length(use_head) = 32),           -- the chain's hash after it
  head         TEXT NOT NULL,                                        -- signed head, compact JWS
  head_hash    BLOB NOT NULL UNIQUE CHECK (length(head_hash) = 32),   -- hash of the head's signing input
  body         BLOB NOT NULL,                                         -- counts and balances, the body's exact bytes
  body_hash    BLOB NOT NULL CHECK (length(body_hash) = 32)           -- hash of the body
) STRICT;

CREATE TABLE ledger_time (
  id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),      -- there is one row
  mark          INTEGER NOT NULL CHECK (mark >= 0),               -- ledger time when it was written; only an operator moves it back
  era           TEXT NOT NULL,                                -- in which run of a machine it was written
  reading       INTEGER NOT NULL CHECK (reading >= 0),            -- that machine's monotonic clock
  deleted_under INTEGER NOT NULL CHECK (deleted_under >= 0),      -- latest ledger time by which something was deleted; 0 for never
  decision      INTEGER NOT NULL CHECK (decision >= 0)            -- how often an operator decided what time it is
) STRICT;

CREATE TRIGGER checkpoints_are_not_changed BEFORE UPDATE ON checkpoints
BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_are_not_cut BEFORE DELETE ON checkpoints
BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
