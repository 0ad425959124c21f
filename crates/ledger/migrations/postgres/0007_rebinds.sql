-- Gifts that somebody claimed or took back: each grant once.

CREATE TABLE rebinds (
  grant_id  BYTEA NOT NULL PRIMARY KEY CHECK (length(grant_id) = 16), -- of the gift, which is no longer good
  ends_hour INT4  NOT NULL CHECK (ends_hour >= 0),                    -- the first hour at which its access is over; 0: never
  binding   BYTEA NOT NULL CHECK (length(binding) = 32),              -- of the request that was first
  sealed    BYTEA NOT NULL                                            -- its answer, encrypted for the wallet
);
