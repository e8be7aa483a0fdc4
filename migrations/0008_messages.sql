-- How far a message is stands with its deliveries, for each receiver; and a case's messages are found without looking at all.
DROP INDEX outbox_waiting;
ALTER TABLE outbox DROP COLUMN state;
CREATE INDEX outbox_of_esr ON outbox (esr_id, created_at, id);
