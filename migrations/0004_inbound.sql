-- What came in: every callback and every mail, and what became of it. Nothing is dropped.
-- raw holds the text of a callback; a mail's bytes lie beside the attachments, named by raw_sha256.

CREATE TABLE inbound (
    id TEXT NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL,
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    summary TEXT NOT NULL,
    raw TEXT,
    raw_sha256 TEXT,
    esr_id TEXT REFERENCES esrs (id),
    state TEXT NOT NULL,
    reason TEXT,
    settled_at BIGINT,
    settled_by TEXT,
    UNIQUE (channel, source, dedupe_key)
);
CREATE INDEX inbound_newest ON inbound (received_at, id);
CREATE INDEX inbound_in_state ON inbound (state, received_at, id);
CREATE INDEX inbound_of_esr ON inbound (esr_id, received_at, id);
