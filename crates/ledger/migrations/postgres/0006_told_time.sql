-- No issuer tells a time beyond one that is already kept, so that a kill cannot take a time back.

ALTER TABLE ledger_time ADD COLUMN told_until BIGINT NOT NULL DEFAULT 0 CHECK (told_until >= 0); -- latest ledger time that may have been told

-- Before this, time was told at most ten seconds ahead of the mark, which was written every five.
UPDATE ledger_time SET told_until = mark + 15;
