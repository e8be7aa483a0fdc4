-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 in UTC, JSON is TEXT.

CREATE TABLE esrs (
    id TEXT NOT NULL PRIMARY KEY,
    filer TEXT NOT NULL,
    filed_as TEXT NOT NULL,
    own_company TEXT,
    reference TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    first_answer TEXT NOT NULL,
    status TEXT NOT NULL,
    route TEXT NOT NULL,
    stage TEXT NOT NULL,
    rule TEXT NOT NULL,
    priority BIGINT NOT NULL,
    phase TEXT NOT NULL,
    severity BIGINT NOT NULL,
    summary TEXT NOT NULL,
    participant TEXT,
    words TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (filer, reference)
);
CREATE INDEX esrs_newest ON esrs (received_at, id);
CREATE INDEX esrs_of_filer ON esrs (filer, received_at, id);
CREATE INDEX esrs_in_status ON esrs (status, received_at, id);

CREATE TABLE decisions (
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    seq BIGINT NOT NULL,
    decision TEXT NOT NULL,
    cause TEXT NOT NULL,
    actor TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (esr_id, seq)
);

CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    happened_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_of_esr ON events (esr_id, happened_at, id);

-- The participants that a case ever came before; they go on seeing it.
CREATE TABLE reached (
    participant TEXT NOT NULL,
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    PRIMARY KEY (participant, esr_id)
);
CREATE INDEX reached_by_esr ON reached (esr_id);

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    event_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (state, created_at, id);

CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX attachments_of_esr ON attachments (esr_id, added_at, id);

CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    owner TEXT NOT NULL,
    participant TEXT,
    label TEXT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE signing_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES keys (id),
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX signing_secrets_of_key ON signing_secrets (key_id);

CREATE TABLE webhook_ids (
    key_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (key_id, webhook_id)
);
CREATE INDEX webhook_ids_seen ON webhook_ids (seen_at);

-- Every version of every entry: true from valid_from (a date) on, believed from known_from until known_until.
-- No body: the entry was removed.
CREATE TABLE registry_rows (
    kind TEXT NOT NULL,
    entry_key TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    known_from BIGINT NOT NULL,
    known_until BIGINT NOT NULL,
    place BIGINT NOT NULL,
    body TEXT,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (kind, entry_key, valid_from, known_from)
);
CREATE INDEX registry_rows_known ON registry_rows (known_until);

CREATE TABLE registry_state (
    id BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
INSERT INTO registry_state (id, revision, changed_at) VALUES (1, 0, 0);
