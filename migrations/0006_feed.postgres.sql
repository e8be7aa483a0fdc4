-- Every event has a number, for reading events as they become visible. The number is taken after the transaction has its
-- own id: CASE is evaluated in order. A reader relies on it to know which numbers can still appear.

CREATE SEQUENCE events_numbers;
ALTER TABLE events ADD COLUMN number BIGINT NOT NULL
    DEFAULT (CASE WHEN txid_current() > 0 THEN nextval('events_numbers') END);
CREATE UNIQUE INDEX events_by_number ON events (number);
