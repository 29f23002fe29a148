-- What the fulfillment provider keeps. No PIN, challenge or credential of a
-- request is among it: the responses are sealed to the relying party.

CREATE TABLE shipments (
    seq      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    paused   INTEGER NOT NULL,
    fault    TEXT,
    -- How many items it has, empty ones included, and how many keys.
    items    INTEGER NOT NULL,
    keys     INTEGER NOT NULL
) STRICT;

CREATE INDEX shipments_by_progress ON shipments (state, paused, since);

-- What came out of programming a key, until it is purged.
CREATE TABLE product_data (
    shipment             TEXT    NOT NULL REFERENCES shipments (id),
    item                 INTEGER NOT NULL,
    position             INTEGER NOT NULL,
    serial               TEXT    NOT NULL,
    firmware             TEXT    NOT NULL,
    pin_response         TEXT    NOT NULL,
    credential_responses TEXT    NOT NULL,  -- a JSON array
    PRIMARY KEY (shipment, item, position)
) STRICT, WITHOUT ROWID;

-- Requests that must not be served again: SHA-256 of each `jti`.
CREATE TABLE seen_requests (
    digest  BLOB    NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_requests_by_expiry ON seen_requests (expires);

-- Simulated security keys.
CREATE TABLE simulated_keys (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    serial     TEXT    NOT NULL UNIQUE,
    revision   INTEGER NOT NULL,
    model      TEXT    NOT NULL,
    product_id INTEGER NOT NULL,
    firmware   TEXT    NOT NULL,
    shipment   TEXT    NOT NULL REFERENCES shipments (id),
    position   INTEGER NOT NULL,
    state      BLOB    NOT NULL,            -- sealed
    kek        TEXT    NOT NULL,
    data_key   BLOB    NOT NULL,
    UNIQUE (shipment, position)
) STRICT;

CREATE INDEX simulated_keys_by_kek ON simulated_keys (kek);

-- One row: the provider's own keys.
CREATE TABLE provider (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    state    BLOB    NOT NULL,              -- sealed
    kek      TEXT    NOT NULL,
    data_key BLOB    NOT NULL
) STRICT;
