-- One text for SQLite and PostgreSQL.

-- The delivery of a letter that came back, at the mail that says so.
ALTER TABLE inbound ADD COLUMN delivery_id TEXT REFERENCES deliveries (id);
CREATE INDEX inbound_of_delivery ON inbound (delivery_id) WHERE delivery_id IS NOT NULL;

-- An endpoint's newest deliveries, for its page and for the last that arrived there.
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint_id, created_at, id);
