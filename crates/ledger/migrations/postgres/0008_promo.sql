-- Starter tokens: what a publisher gives away. A keyset is of money or of one publisher's starter tokens, and so is an order.

ALTER TABLE keyset_counts ADD COLUMN promo TEXT NOT NULL DEFAULT ''; -- whose starter tokens it issues; empty for money
ALTER TABLE orders ADD COLUMN promo TEXT NOT NULL DEFAULT '';        -- whose starter value it is; empty for money

-- What a publisher gave on a day is counted; orders for money are not in here.
CREATE INDEX orders_of_promo ON orders (promo, created_at) WHERE promo <> '';

-- The list of keys of each publisher's starter tokens: numbered and chained as the issuer's own, one chain for each publisher.
CREATE TABLE promo_manifests (
  publisher TEXT    NOT NULL,                                       -- whose starter tokens
  n         BIGINT  NOT NULL CHECK (n >= 1),                        -- number, from 1 without gaps
  head      TEXT    NOT NULL,                                       -- signed head, compact JWS
  head_hash BYTEA   NOT NULL CHECK (length(head_hash) = 32),        -- hash of the head's signing input
  body      BYTEA   NOT NULL,                                       -- the body's exact bytes
  body_hash BYTEA   NOT NULL UNIQUE CHECK (length(body_hash) = 32), -- hash of the body
  PRIMARY KEY (publisher, n)
);
