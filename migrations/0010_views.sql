-- One text for SQLite and PostgreSQL.

-- What somebody often asks the queue for: the address's query under a name.
CREATE TABLE views (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (owner, name)
);
CREATE INDEX views_shared ON views (shared, name);

-- The queue by urgency: a page is read off the index, however many wait.
CREATE INDEX esrs_urgent ON esrs (status, priority, received_at, id) WHERE status <> 'closed';
-- The filters that leave few eSRs out of many, in the order of pages.
CREATE INDEX esrs_on_route ON esrs (route, received_at, id);
CREATE INDEX esrs_of_severity ON esrs (severity, received_at, id);
CREATE INDEX deliveries_of_esr ON deliveries (esr_id, created_at);
