-- The ledger: two journals, issued, spent, answers, orders, draws, publishers, sales, keyset counters, manifests.
--
-- No table names a row of both sides: what carries an order id or a claim key (the payer) shares no identifier with what
-- carries an offer hash or a nullifier (the reading). `issued` and `spent` have no row number and no time, and their primary
-- keys begin with the keyset, so that a keyset's rows lie together and can be dropped together. Amounts are in micro, times
-- in seconds since the epoch, hours and days counted from it, hashes and keys raw bytes.
--
-- Only what docs/postgresql.md lists is used, so that CockroachDB and YugabyteDB can read it too.

CREATE TABLE ledger_migrations (
  n        BIGINT NOT NULL PRIMARY KEY CHECK (n >= 1),   -- number, from 1 without gaps
  checksum BYTEA  NOT NULL CHECK (length(checksum) = 32) -- SHA-256 of the migration's text as it was run
);

CREATE TABLE manifests (
  n         BIGINT NOT NULL PRIMARY KEY CHECK (n >= 1),            -- number, from 1 without gaps
  head      TEXT   NOT NULL,                                       -- signed head, compact JWS
  head_hash BYTEA  NOT NULL UNIQUE CHECK (length(head_hash) = 32), -- hash of the head's signing input
  body      BYTEA  NOT NULL,                                       -- the body's exact bytes
  body_hash BYTEA  NOT NULL UNIQUE CHECK (length(body_hash) = 32)  -- hash of the body
);

CREATE TABLE publishers (
  origin            TEXT   NOT NULL PRIMARY KEY,                                  -- the proved origin
  name              TEXT   NOT NULL,                                              -- for people
  keys              TEXT   NOT NULL,                                              -- `keys` of the publisher document, JSON
  max_price         BIGINT NOT NULL CHECK (max_price >= 0),                       -- offers above it are refused
  fee_basis_points  BIGINT NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 10000), -- the issuer's part of a sale, 1/10000
  offers_valid_from BIGINT NOT NULL CHECK (offers_valid_from >= 0)                -- offers with an earlier iat are withdrawn
);

CREATE TABLE offer_withdrawals (
  origin            TEXT   NOT NULL REFERENCES publishers (origin), -- whose offers
  path              TEXT   NOT NULL,                                -- for this resource and those below it
  offers_valid_from BIGINT NOT NULL CHECK (offers_valid_from >= 0), -- offers with an earlier iat are withdrawn
  PRIMARY KEY (origin, path)
);

CREATE TABLE orders (
  order_id           BYTEA   NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),                    -- derived from the claim key
  claim_key          BYTEA   NOT NULL CHECK (length(claim_key) = 33),                               -- compressed point; signs what is asked of the order
  binding            BYTEA   NOT NULL CHECK (length(binding) = 32),                                 -- of the request that made it
  currency           TEXT    NOT NULL CHECK (length(currency) = 3),                                 -- ISO 4217
  quote_id           BYTEA   NOT NULL CHECK (length(quote_id) = 16),                                -- names the quote in the disclosure
  quote_expiry       BIGINT  NOT NULL,                                                              -- from this second on it cannot be paid
  value              BIGINT  NOT NULL CHECK (value > 0),                                            -- what can be drawn once it is paid
  fee                BIGINT  NOT NULL CHECK (fee >= 0),                                             -- the issuer's fee for the load
  tax                BIGINT  NOT NULL CHECK (tax >= 0),                                             -- tax on the load
  pocket             BOOLEAN NOT NULL,                                                              -- whether it was made from another origin than the wallet's
  disclosure         BYTEA   NOT NULL,                                                              -- the signed disclosure as sent
  created_at         BIGINT  NOT NULL,                                                              -- by the issuer's clock
  state              TEXT    NOT NULL CHECK (state IN ('quoted', 'settled', 'declined', 'closed')), -- expired follows from the clock
  provider           TEXT,                                                                         -- who collected the money; null until settled
  provider_reference TEXT,                                                                         -- the provider's name for the charge
  settled            BIGINT  NOT NULL CHECK (settled >= 0),                                         -- collected, fee and tax included
  unminted           BIGINT  NOT NULL CHECK (unminted >= 0),                                        -- waits to be drawn
  locked             BIGINT  NOT NULL CHECK (locked >= 0),                                          -- set aside for a cash-out under way
  drawn              BIGINT  NOT NULL CHECK (drawn >= 0),                                           -- was drawn as tokens
  deposited          BIGINT  NOT NULL CHECK (deposited >= 0),                                       -- came back as tokens
  returned           BIGINT  NOT NULL CHECK (returned >= 0),                                        -- went back to where it was paid from
  voided             BIGINT  NOT NULL CHECK (voided >= 0),                                          -- annulled after a chargeback
  next_pouch         BIGINT  NOT NULL CHECK (next_pouch >= 0),                                      -- pouches count from 0 without gaps
  UNIQUE (provider, provider_reference),
  CHECK (deposited <= drawn AND returned <= settled),
  CHECK (unminted + locked + drawn - deposited + returned + voided = CASE WHEN settled = 0 THEN 0 ELSE settled - fee - tax END)
);

CREATE TABLE draws (
  order_id BYTEA  NOT NULL REFERENCES orders (order_id), -- whose value
  pouch    BIGINT NOT NULL CHECK (pouch >= 0),           -- number within the order
  binding  BYTEA  NOT NULL CHECK (length(binding) = 32), -- of the request that drew it
  mix      TEXT   NOT NULL,                              -- the mix's name; empty for the remainder
  value    BIGINT NOT NULL CHECK (value > 0),            -- sum of its elements
  drawn_at BIGINT NOT NULL,                              -- by the issuer's clock
  PRIMARY KEY (order_id, pouch)
);

CREATE TABLE keyset_counts (
  keyset       BYTEA  NOT NULL PRIMARY KEY CHECK (length(keyset) = 16), -- keyset id
  currency     TEXT   NOT NULL CHECK (length(currency) = 3),            -- ISO 4217
  denomination BIGINT NOT NULL CHECK (denomination >= 0),               -- of one token
  issued       BIGINT NOT NULL CHECK (issued >= 0),                     -- rows of `issued`
  spent        BIGINT NOT NULL CHECK (spent >= 0)                       -- rows of `spent`
);

CREATE TABLE issued (
  keyset       BYTEA NOT NULL CHECK (length(keyset) = 16),       -- evaluated under this keyset
  element_hash BYTEA NOT NULL CHECK (length(element_hash) = 32), -- hash of the blinded element
  PRIMARY KEY (keyset, element_hash)
);

CREATE TABLE spent (
  keyset    BYTEA NOT NULL CHECK (length(keyset) = 16),    -- issued under this keyset
  nullifier BYTEA NOT NULL CHECK (length(nullifier) = 32), -- the spend identity
  lead      BYTEA NOT NULL CHECK (length(lead) = 32),      -- smallest nullifier of the request that spent it
  binding   BYTEA NOT NULL CHECK (length(binding) = 32),   -- of that request
  PRIMARY KEY (keyset, nullifier)
);

CREATE TABLE answers (
  lead         BYTEA  NOT NULL CHECK (length(lead) = 32),                        -- smallest nullifier of the request
  binding      BYTEA  NOT NULL CHECK (length(binding) = 32),                     -- of the request
  operation    TEXT   NOT NULL,                                                  -- what it was
  state        TEXT   NOT NULL CHECK (state IN ('sealed', 'erased', 'expired')), -- what is left of the answer
  expires_hour BIGINT NOT NULL,                                                  -- the first hour at which it is no longer given
  sealed       BYTEA,                                                             -- encrypted for the wallet; null once erased or expired
  PRIMARY KEY (lead, binding),
  CHECK ((state = 'sealed') = (sealed IS NOT NULL))
);

CREATE TABLE sales (
  publisher  TEXT   NOT NULL,                                 -- whose sale
  offer_hash BYTEA  NOT NULL CHECK (length(offer_hash) = 32), -- of what
  day        BIGINT NOT NULL,                                 -- on which day
  currency   TEXT   NOT NULL CHECK (length(currency) = 3),    -- ISO 4217
  count      BIGINT NOT NULL CHECK (count > 0),               -- how many
  amount     BIGINT NOT NULL CHECK (amount > 0),              -- for how much together
  PRIMARY KEY (publisher, offer_hash, day, currency)
);

CREATE TABLE funding_journal (
  seq      BIGINT NOT NULL PRIMARY KEY,                   -- from 1 without gaps
  event    TEXT   NOT NULL,                               -- order, settle, decline, draw
  at       BIGINT NOT NULL,                               -- by the issuer's clock
  currency TEXT   NOT NULL CHECK (length(currency) = 3),  -- of all postings
  order_id BYTEA  NOT NULL CHECK (length(order_id) = 16), -- whose money
  detail   BYTEA  NOT NULL,                               -- what tells it from other entries of the order
  postings BYTEA  NOT NULL,                               -- canonical bytes, as the crate's documentation defines
  head     BYTEA  NOT NULL CHECK (length(head) = 32)      -- the chain's hash after this entry
);

CREATE TABLE use_journal (
  seq      BIGINT NOT NULL PRIMARY KEY,                  -- from 1 without gaps
  event    TEXT   NOT NULL,                              -- redeem
  hour     BIGINT NOT NULL,                              -- no finer time is kept of what is bought
  currency TEXT   NOT NULL CHECK (length(currency) = 3), -- of all postings
  postings BYTEA  NOT NULL,                              -- canonical bytes, as the crate's documentation defines
  head     BYTEA  NOT NULL CHECK (length(head) = 32)     -- the chain's hash after this entry
);

CREATE TABLE funding_balances (
  currency TEXT   NOT NULL CHECK (length(currency) = 3), -- of the amount
  account  TEXT   NOT NULL,                              -- account name
  amount   BIGINT NOT NULL,                              -- debits positive, credits negative
  PRIMARY KEY (currency, account)
);

CREATE TABLE use_balances (
  currency TEXT   NOT NULL CHECK (length(currency) = 3), -- of the amount
  account  TEXT   NOT NULL,                              -- account name
  amount   BIGINT NOT NULL,                              -- debits positive, credits negative
  PRIMARY KEY (currency, account)
);

CREATE TABLE funding_head (
  id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is one row
  seq  BIGINT NOT NULL,                            -- number of the last entry
  head BYTEA  NOT NULL CHECK (length(head) = 32)   -- the chain's hash after it: a cut-off journal shows
);

CREATE TABLE use_head (
  id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is one row
  seq  BIGINT NOT NULL,                            -- number of the last entry
  head BYTEA  NOT NULL CHECK (length(head) = 32)   -- the chain's hash after it: a cut-off journal shows
);

CREATE TABLE replication_mark (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is one row
  n  BIGINT NOT NULL                             -- raised before an old answer is repeated: the commit of that waits for the standby
);
