-- Until when the secrets that an endpoint's new one replaced are used beside it.
CREATE TABLE endpoint_old_secrets (
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id),
    name TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (endpoint_id, name)
);
