-- What the server itself keeps.

CREATE TABLE tokens (
    id        TEXT    NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    digest    BLOB    NOT NULL,
    scopes    TEXT    NOT NULL,             -- a JSON array
    created   INTEGER NOT NULL,
    expires   INTEGER,
    revoked   INTEGER,
    last_used INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_created ON tokens (created, id);

CREATE TABLE secrets (
    name     TEXT NOT NULL PRIMARY KEY,
    value    BLOB NOT NULL,                 -- sealed
    kek      TEXT NOT NULL,
    data_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;
