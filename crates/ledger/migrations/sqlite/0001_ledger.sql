-- The ledger: two journals, issued, spent, answers, orders, draws, publishers, sales, keyset counters, manifests.
--
-- No table names a row of both sides: what carries an order id or a claim key (the payer) shares no identifier with what
-- carries an offer hash or a nullifier (the reading). `issued` and `spent` have no row number and no time. Amounts are in
-- micro, times in seconds since the epoch, hours and days counted from it, hashes and keys raw bytes.

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY, -- `schema_version`
  value TEXT NOT NULL              -- its value; for `schema_version` the number of the last migration
) STRICT, WITHOUT ROWID;

CREATE TABLE manifests (
  n         INTEGER NOT NULL PRIMARY KEY CHECK (n >= 1),            -- number, from 1 without gaps
  head      TEXT    NOT NULL,                                       -- signed head, compact JWS
  head_hash BLOB    NOT NULL UNIQUE CHECK (length(head_hash) = 32), -- hash of the head's signing input
  body      BLOB    NOT NULL,                                       -- the body's exact bytes
  body_hash BLOB    NOT NULL UNIQUE CHECK (length(body_hash) = 32)  -- hash of the body
) STRICT;

CREATE TABLE publishers (
  origin            TEXT    NOT NULL PRIMARY KEY,                                        -- the proved origin
  name              TEXT    NOT NULL,                                                    -- for people
  keys              TEXT    NOT NULL,                                                    -- `keys` of the publisher document, JSON
  max_price         INTEGER NOT NULL CHECK (max_price >= 0),                             -- offers above it are refused
  fee_basis_points  INTEGER NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 10000),       -- the issuer's part of a sale, 1/10000
  offers_valid_from INTEGER NOT NULL CHECK (offers_valid_from >= 0)                      -- offers with an earlier iat are withdrawn
) STRICT, WITHOUT ROWID;

CREATE TABLE offer_withdrawals (
  origin            TEXT    NOT NULL REFERENCES publishers (origin), -- whose offers
  path              TEXT    NOT NULL,                                -- for this resource and those below it
  offers_valid_from INTEGER NOT NULL CHECK (offers_valid_from >= 0), -- offers with an earlier iat are withdrawn
  PRIMARY KEY (origin, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  order_id           BLOB    NOT NULL PRIMARY KEY CHECK (length(order_id) = 16), -- derived from the claim key
  claim_key          BLOB    NOT NULL CHECK (length(claim_key) = 33),            -- compressed point; signs what is asked of the order
  binding            BLOB    NOT NULL CHECK (length(binding) = 32),              -- of the request that made it
  currency           TEXT    NOT NULL CHECK (length(currency) = 3),              -- ISO 4217
  quote_id           BLOB    NOT NULL CHECK (length(quote_id) = 16),             -- names the quote in the disclosure
  quote_expiry       INTEGER NOT NULL,                                           -- from this second on it cannot be paid
  value              INTEGER NOT NULL CHECK (value > 0),                         -- what can be drawn once it is paid
  fee                INTEGER NOT NULL CHECK (fee >= 0),                          -- the issuer's fee for the load
  tax                INTEGER NOT NULL CHECK (tax >= 0),                          -- tax on the load
  pocket             INTEGER NOT NULL CHECK (pocket IN (0, 1)),                  -- 1: made from another origin than the wallet's
  disclosure         BLOB    NOT NULL,                                           -- the signed disclosure as sent
  created_at         INTEGER NOT NULL,                                           -- by the issuer's clock
  state              TEXT    NOT NULL CHECK (state IN ('quoted', 'settled', 'declined', 'closed')), -- expired follows from the clock
  provider           TEXT,                                                       -- who collected the money; null until settled
  provider_reference TEXT,                                                       -- the provider's name for the charge
  settled            INTEGER NOT NULL CHECK (settled >= 0),                      -- collected, fee and tax included
  unminted           INTEGER NOT NULL CHECK (unminted >= 0),                     -- waits to be drawn
  locked             INTEGER NOT NULL CHECK (locked >= 0),                       -- set aside for a cash-out under way
  drawn              INTEGER NOT NULL CHECK (drawn >= 0),                        -- was drawn as tokens
  deposited          INTEGER NOT NULL CHECK (deposited >= 0),                    -- came back as tokens
  returned           INTEGER NOT NULL CHECK (returned >= 0),                     -- went back to where it was paid from
  voided             INTEGER NOT NULL CHECK (voided >= 0),                       -- annulled after a chargeback
  next_pouch         INTEGER NOT NULL CHECK (next_pouch >= 0),                   -- pouches count from 0 without gaps
  UNIQUE (provider, provider_reference),
  CHECK (deposited <= drawn AND returned <= settled),
  CHECK (unminted + locked + drawn - deposited + returned + voided = iif(settled = 0, 0, settled - fee - tax))
) STRICT, WITHOUT ROWID;

CREATE TABLE draws (
  order_id BLOB    NOT NULL REFERENCES orders (order_id), -- whose value
  pouch    INTEGER NOT NULL CHECK (pouch >= 0),           -- number within the order
  binding  BLOB    NOT NULL CHECK (length(binding) = 32), -- of the request that drew it
  mix      TEXT    NOT NULL,                              -- the mix's name; empty for the remainder
  value    INTEGER NOT NULL CHECK (value > 0),            -- sum of its elements
  drawn_at INTEGER NOT NULL,                              -- by the issuer's clock
  PRIMARY KEY (order_id, pouch)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyset_counts (
  keyset       BLOB    NOT NULL PRIMARY KEY CHECK (length(keyset) = 16), -- keyset id
  currency     TEXT    NOT NULL CHECK (length(currency) = 3),            -- ISO 4217
  denomination INTEGER NOT NULL CHECK (denomination >= 0),               -- of one token
  issued       INTEGER NOT NULL CHECK (issued >= 0),                     -- rows of `issued`
  spent        INTEGER NOT NULL CHECK (spent >= 0)                       -- rows of `spent`
) STRICT, WITHOUT ROWID;

CREATE TABLE issued (
  keyset       BLOB NOT NULL CHECK (length(keyset) = 16),       -- evaluated under this keyset
  element_hash BLOB NOT NULL CHECK (length(element_hash) = 32), -- hash of the blinded element
  PRIMARY KEY (keyset, element_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
  keyset    BLOB NOT NULL CHECK (length(keyset) = 16),    -- issued under this keyset
  nullifier BLOB NOT NULL CHECK (length(nullifier) = 32), -- the spend identity
  lead      BLOB NOT NULL CHECK (length(lead) = 32),      -- smallest nullifier of the request that spent it
  binding   BLOB NOT NULL CHECK (length(binding) = 32),   -- of that request
  PRIMARY KEY (keyset, nullifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
  lead         BLOB    NOT NULL CHECK (length(lead) = 32),                        -- smallest nullifier of the request
  binding      BLOB    NOT NULL CHECK (length(binding) = 32),                     -- of the request
  operation    TEXT    NOT NULL,                                                  -- what it was
  state        TEXT    NOT NULL CHECK (state IN ('sealed', 'erased', 'expired')), -- what is left of the answer
  expires_hour INTEGER NOT NULL,                                                  -- the first hour at which it is no longer given
  sealed       BLOB,                                                              -- encrypted for the wallet; null once erased or expired
  PRIMARY KEY (lead, binding),
  CHECK ((state = 'sealed') = (sealed IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE sales (
  publisher  TEXT    NOT NULL,                                 -- whose sale
  offer_hash BLOB    NOT NULL CHECK (length(offer_hash) = 32), -- of what
  day        INTEGER NOT NULL,                                 -- on which day
  currency   TEXT    NOT NULL CHECK (length(currency) = 3),    -- ISO 4217
  count      INTEGER NOT NULL CHECK (count > 0),               -- how many
  amount     INTEGER NOT NULL CHECK (amount > 0),              -- for how much together
  PRIMARY KEY (publisher, offer_hash, day, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE funding_journal (
  seq      INTEGER NOT NULL PRIMARY KEY,                    -- from 1 without gaps
  event    TEXT    NOT NULL,                                -- order, settle, decline, draw
  at       INTEGER NOT NULL,                                -- by the issuer's clock
  currency TEXT    NOT NULL CHECK (length(currency) = 3),   -- of all postings
  order_id BLOB    NOT NULL CHECK (length(order_id) = 16),  -- whose money
  detail   BLOB    NOT NULL,                                -- what tells it from other entries of the order
  postings BLOB    NOT NULL,                                -- canonical bytes, as the crate's documentation defines
  head     BLOB    NOT NULL CHECK (length(head) = 32)       -- the chain's hash after this entry
) STRICT;

CREATE TABLE use_journal (
  seq      INTEGER NOT NULL PRIMARY KEY,                  -- from 1 without gaps
  event    TEXT    NOT NULL,                              -- redeem
  hour     INTEGER NOT NULL,                              -- no finer time is kept of what is bought
  currency TEXT    NOT NULL CHECK (length(currency) = 3), -- of all postings
  postings BLOB    NOT NULL,                              -- canonical bytes, as the crate's documentation defines
  head     BLOB    NOT NULL CHECK (length(head) = 32)     -- the chain's hash after this entry
) STRICT;

CREATE TABLE funding_balances (
  currency TEXT    NOT NULL CHECK (length(currency) = 3), -- of the amount
  account  TEXT    NOT NULL,                              -- account name
  amount   INTEGER NOT NULL,                              -- debits positive, credits negative
  PRIMARY KEY (currency, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE use_balances (
  currency TEXT    NOT NULL CHECK (length(currency) = 3), -- of the amount
  account  TEXT    NOT NULL,                              -- account name
  amount   INTEGER NOT NULL,                              -- debits positive, credits negative
  PRIMARY KEY (currency, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE funding_head (
  id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),  -- there is one row
  seq  INTEGER NOT NULL,                             -- number of the last entry
  head BLOB    NOT NULL CHECK (length(head) = 32)    -- the chain's hash after it: a cut-off journal shows
) STRICT;

CREATE TABLE use_head (
  id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),  -- there is one row
  seq  INTEGER NOT NULL,                             -- number of the last entry
  head BLOB    NOT NULL CHECK (length(head) = 32)    -- the chain's hash after it: a cut-off journal shows
) STRICT;

CREATE TRIGGER funding_journal_is_not_changed BEFORE UPDATE ON funding_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER funding_journal_is_not_cut BEFORE DELETE ON funding_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER use_journal_is_not_changed BEFORE UPDATE ON use_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER use_journal_is_not_cut BEFORE DELETE ON use_journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
