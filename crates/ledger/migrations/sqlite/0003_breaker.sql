-- The breaker of a keyset: whether it is frozen, and what was claimed in it beyond what it issued. It stands beside the
-- counts, so that whoever counts sees it in the same row.

ALTER TABLE keyset_counts ADD COLUMN lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0);               -- spent with evidence beyond `issued`: as many forged ones were spent
ALTER TABLE keyset_counts ADD COLUMN frozen_hour INTEGER NOT NULL DEFAULT 0 CHECK (frozen_hour >= 0); -- since when it is frozen; 0: it is not
ALTER TABLE keyset_counts ADD COLUMN frozen_reason TEXT NOT NULL DEFAULT '';                          -- why, for people
