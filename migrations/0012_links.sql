-- One text for SQLite and PostgreSQL.

-- How often the links of a party to a case were taken back: a link opens the case while it carries the party's counter.
CREATE TABLE link_counters (
    esr_id TEXT NOT NULL REFERENCES esrs (id),
    side TEXT NOT NULL,
    party TEXT NOT NULL,
    counter BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT NOT NULL,
    PRIMARY KEY (esr_id, side, party)
);
