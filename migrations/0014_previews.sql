-- One text for SQLite and PostgreSQL.

-- Imports of the registry that somebody looks at before they are made, on whichever node.
CREATE TABLE previews (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kept_at BIGINT NOT NULL,
    files TEXT NOT NULL
);
CREATE INDEX previews_of_person ON previews (person_id, kept_at);
