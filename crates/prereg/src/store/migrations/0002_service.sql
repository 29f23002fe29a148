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

-- OAuth 2 clients that authenticate with private_key_jwt.
CREATE TABLE clients (
    id      TEXT    NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL,
    jwks    TEXT    NOT NULL,               -- public keys only
    scopes  TEXT    NOT NULL,               -- a JSON array
    created INTEGER NOT NULL,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX clients_by_created ON clients (created, id);

-- Assertions that were used, until they run out.
CREATE TABLE used_assertions (
    client  TEXT    NOT NULL,
    jti     TEXT    NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;

CREATE INDEX used_assertions_by_expiry ON used_assertions (expires);

-- The audit log: `code` covers the code before it.
CREATE TABLE audit_log (
    seq        INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    code       BLOB    NOT NULL
) STRICT;

-- One row: where the chain ends. Its code tells when the end was cut off.
CREATE TABLE audit_end (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    code BLOB    NOT NULL
) STRICT;

-- Event hooks that were ever told something.
CREATE TABLE hooks (
    id       TEXT NOT NULL PRIMARY KEY,
    verified INTEGER
) STRICT, WITHOUT ROWID;

-- Events on their way to a hook.
CREATE TABLE hook_deliveries (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    hook         TEXT    NOT NULL REFERENCES hooks (id),
    seq          INTEGER NOT NULL REFERENCES log_events (seq),
    queued       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL,
    last_error   TEXT,
    UNIQUE (hook, seq)
) STRICT;

CREATE INDEX hook_deliveries_in_order ON hook_deliveries (hook, id);

-- What became of mail. Never with a PIN.
CREATE TABLE mail_history (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    recipients TEXT    NOT NULL,            -- a JSON array
    subject    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    set_id     TEXT,
    serial     TEXT,
    outcome    TEXT    NOT NULL,
    reason     TEXT
) STRICT;
