-- One text for SQLite and PostgreSQL.

-- Who may sign in. Never deleted: timelines and the audit log name them. `password` is a PHC string (argon2id); issuer and
-- subject are who the person is at the identity provider.
CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT,
    roles TEXT NOT NULL,
    company TEXT,
    participant TEXT,
    state TEXT NOT NULL,
    password TEXT,
    issuer TEXT,
    subject TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    signed_in_at BIGINT
);
CREATE UNIQUE INDEX people_by_identity ON people (issuer, subject) WHERE subject IS NOT NULL;

-- Browsers that are signed in. Only the hash of what the browser shows is kept. Ended ones stay a while: from where somebody
-- signed in before tells a stranger's attempts from the person's own.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL REFERENCES people (id),
    how TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    id_token TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_of_person ON sessions (person_id, created_at);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Links with which a person sets a password, once.
CREATE TABLE password_links (
    sha256 TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX password_links_of_person ON password_links (person_id);

-- Failed attempts to sign in, by login and by address, so that waiting holds on every node.
CREATE TABLE sign_in_tries (
    whom TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    wait_until BIGINT NOT NULL
);
CREATE INDEX sign_in_tries_by_time ON sign_in_tries (last_at);

-- Sign-ins that are under way at the identity provider; each counts once.
CREATE TABLE sign_ins (
    state TEXT NOT NULL PRIMARY KEY,
    browser TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    goes_to TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_end ON sign_ins (ends_at);

-- Who did what. Written before it is done; `outcome` and `ended_at` say afterwards what came of it. Never changed otherwise.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    person_id TEXT,
    key_id TEXT,
    who TEXT NOT NULL,
    about_kind TEXT NOT NULL,
    about_id TEXT NOT NULL,
    details TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT,
    ended_at BIGINT
);
CREATE INDEX audit_newest ON audit (at, id);
CREATE INDEX audit_by_act ON audit (act, at, id);
CREATE INDEX audit_by_who ON audit (who, at, id);
CREATE INDEX audit_by_about ON audit (about_id, at, id);
