-- What the relying party keeps. Times are milliseconds since 1970.
-- A row with sealed columns has its data key beside them: `kek` names the
-- key-encryption key that wraps it.

-- One row: the key-encryption key that seals. Writers look it up within their
-- transaction, so that a rotation reaches every process at once.
CREATE TABLE sealing (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    kek TEXT    NOT NULL
) STRICT;

CREATE TABLE users (
    id             TEXT NOT NULL PRIMARY KEY,
    status         TEXT NOT NULL,
    login          TEXT NOT NULL,
    email          TEXT NOT NULL,
    second_email   TEXT,
    first_name     TEXT NOT NULL,
    last_name      TEXT NOT NULL,
    -- The same in lower case: logins are unique whatever their case, and a
    -- search finds what begins with its words.
    login_key      TEXT NOT NULL UNIQUE,
    email_key      TEXT NOT NULL,
    first_name_key TEXT NOT NULL,
    last_name_key  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_email ON users (email_key);
CREATE INDEX users_by_first_name ON users (first_name_key);
CREATE INDEX users_by_last_name ON users (last_name_key);

-- One enroll call: one key, one PIN.
CREATE TABLE enrollment_sets (
    id           TEXT    NOT NULL PRIMARY KEY,
    revision     INTEGER NOT NULL,
    user_id      TEXT    NOT NULL,
    provider     TEXT    NOT NULL,
    audience     TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    pin_stage    TEXT    NOT NULL CHECK (pin_stage IN ('requested', 'available', 'wiped')),
    -- While the PIN is asked for:
    pin_request  TEXT,
    pin_length   INTEGER,
    response_key BLOB,                      -- sealed
    -- While it is kept:
    serial       TEXT,
    pin          BLOB,                      -- sealed
    kek          TEXT,
    data_key     BLOB,
    CHECK ((pin_stage = 'requested') = (response_key IS NOT NULL)),
    CHECK ((pin_stage = 'available') = (pin IS NOT NULL)),
    CHECK ((pin_stage = 'wiped') = (data_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX enrollment_sets_by_user ON enrollment_sets (user_id, created, id);
CREATE INDEX enrollment_sets_by_kek ON enrollment_sets (kek) WHERE kek IS NOT NULL;

CREATE TABLE enrollments (
    set_id          TEXT    NOT NULL REFERENCES enrollment_sets (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    id              TEXT    NOT NULL UNIQUE,
    rp_id           TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    updated         INTEGER NOT NULL,
    stage           TEXT    NOT NULL CHECK (stage IN ('requested', 'errored', 'active')),
    -- While it waits:
    request         TEXT,
    challenge       BLOB,
    response_key    BLOB,                   -- sealed
    kek             TEXT,
    data_key        BLOB,
    -- Once it is active (WebAuthn §4, credential record):
    credential_id   BLOB UNIQUE,
    algorithm       INTEGER,
    public_key      BLOB,
    sign_count      INTEGER,
    backup_eligible INTEGER,
    aaguid          BLOB,
    transports      TEXT,
    serial          TEXT,
    firmware        TEXT,
    -- An authentication under way:
    authentication_challenge BLOB,
    authentication_expires   INTEGER,
    PRIMARY KEY (set_id, position),
    CHECK ((stage = 'active') = (credential_id IS NOT NULL)),
    CHECK ((stage = 'active') = (response_key IS NULL)),
    CHECK ((response_key IS NULL) = (data_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX enrollments_by_created ON enrollments (created, id);
CREATE INDEX enrollments_by_stage ON enrollments (stage);
CREATE INDEX enrollments_by_serial ON enrollments (serial) WHERE serial IS NOT NULL;
CREATE INDEX enrollments_by_kek ON enrollments (kek) WHERE kek IS NOT NULL;

-- The system log. Nothing is ever taken out of it.
CREATE TABLE log_events (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid       TEXT    NOT NULL UNIQUE,
    published  INTEGER NOT NULL,
    event_type TEXT    NOT NULL,
    actor_id   TEXT    NOT NULL,
    body       TEXT    NOT NULL
) STRICT;

CREATE INDEX log_events_by_time ON log_events (published, seq);
CREATE INDEX log_events_by_type ON log_events (event_type, seq);
CREATE INDEX log_events_by_actor ON log_events (actor_id, seq);

CREATE TABLE log_targets (
    target_id TEXT    NOT NULL,
    seq       INTEGER NOT NULL REFERENCES log_events (seq),
    PRIMARY KEY (target_id, seq)
) STRICT, WITHOUT ROWID;

-- Events that nobody has fetched yet.
CREATE TABLE event_outbox (
    seq INTEGER NOT NULL PRIMARY KEY REFERENCES log_events (seq)
) STRICT;

-- Mail that waits.
CREATE TABLE mail_outbox (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recipients TEXT    NOT NULL,            -- a JSON array
    salutation TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('pin', 'enrollment_deleted')),
    host       TEXT,
    -- A PIN mail:
    set_id     TEXT,
    serial     TEXT,
    -- What the sealed PIN is bound to; the number above comes too late for it.
    row_id     TEXT UNIQUE,
    pin        BLOB,                        -- sealed
    kek        TEXT,
    data_key   BLOB,
    CHECK ((kind = 'pin') = (pin IS NOT NULL)),
    CHECK ((pin IS NULL) = (data_key IS NULL))
) STRICT;

CREATE INDEX mail_outbox_by_set ON mail_outbox (set_id) WHERE set_id IS NOT NULL;
CREATE INDEX mail_outbox_by_kek ON mail_outbox (kek) WHERE kek IS NOT NULL;
