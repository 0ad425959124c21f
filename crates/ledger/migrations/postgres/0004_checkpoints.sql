-- Checkpoints: what was signed of the ledger every hour, and the ledger's own time.

CREATE TABLE checkpoints (
  n            BIGINT NOT NULL PRIMARY KEY CHECK (n >= 1),              -- number, from 1 without gaps
  funding_seq  BIGINT NOT NULL CHECK (funding_seq >= 0),                -- last entry of the funding journal
  funding_head BYTEA NOT NULL CHECK (length(funding_head) = 32),       -- the chain's hash after it
  use_seq      BIGINT NOT NULL CHECK (use_seq >= 0),                    -- last entry of the use journal
  use_head     BYTEA NOT NULL CHECK (length(use_head) = 32),           -- the chain's hash after it
  head         TEXT NOT NULL,                                        -- signed head, compact JWS
  head_hash    BYTEA NOT NULL UNIQUE CHECK (length(head_hash) = 32),   -- hash of the head's signing input
  body         BYTEA NOT NULL,                                         -- counts and balances, the body's exact bytes
  body_hash    BYTEA NOT NULL CHECK (length(body_hash) = 32)           -- hash of the body
);

CREATE TABLE ledger_time (
  id            BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),      -- there is one row
  mark          BIGINT NOT NULL CHECK (mark >= 0),               -- ledger time when it was written; only an operator moves it back
  era           TEXT NOT NULL,                                -- in which run of a machine it was written
  reading       BIGINT NOT NULL CHECK (reading >= 0),            -- that machine's monotonic clock
  deleted_under BIGINT NOT NULL CHECK (deleted_under >= 0),      -- latest ledger time by which something was deleted; 0 for never
  decision      BIGINT NOT NULL CHECK (decision >= 0)            -- how often an operator decided what time it is
);
