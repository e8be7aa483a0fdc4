-- One text for SQLite and PostgreSQL.

-- Who is told on which channel. Never deleted: deliveries name them.
CREATE TABLE endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    side TEXT NOT NULL,
    owner TEXT,
    connector TEXT NOT NULL,
    settings TEXT NOT NULL,
    secrets TEXT NOT NULL,
    events TEXT NOT NULL,
    payload TEXT NOT NULL,
    language TEXT NOT NULL,
    concurrency BIGINT NOT NULL,
    per_second BIGINT NOT NULL,
    contact TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE endpoints_state (
    id BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO endpoints_state (id, revision) VALUES (1, 1);
-- The mail system itself, for sides that have no endpoint but whose address is known.
INSERT INTO endpoints (id, name, side, owner, connector, settings, secrets, events, payload, language, concurrency, per_second, contact,
    state, reason, failing_since, created_at, updated_at)
VALUES ('end_email', 'email', 'agent', NULL, 'email', '{}', '{}', '[]', 'full', 'en', 8, 0, NULL, 'enabled', NULL, NULL, 0, 0);

-- One message for one receiver. due_at is when it may be claimed next: a claim moves it to the end of its lease.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES outbox (id),
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    seq BIGINT NOT NULL,
    side TEXT NOT NULL,
    party TEXT NOT NULL,
    notice TEXT NOT NULL,
    endpoint_id TEXT REFERENCES endpoints (id),
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    answer_by BIGINT,
    state TEXT NOT NULL,
    reason TEXT,
    attempts BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    tried_from BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease TEXT,
    settled_at BIGINT
);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (esr_id, endpoint_id, seq);
CREATE INDEX deliveries_newest ON deliveries (created_at, id);
CREATE INDEX deliveries_in_state ON deliveries (state, created_at, id);

CREATE TABLE attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    took_us BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    answer TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

-- The other side's own ticket of a case.
CREATE TABLE counterparts (
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id),
    side TEXT NOT NULL,
    party TEXT NOT NULL,
    number TEXT,
    remote_id TEXT,
    url TEXT,
    status TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (esr_id, endpoint_id)
);
CREATE INDEX counterparts_by_remote_id ON counterparts (endpoint_id, remote_id);
