-- The embedded store, version 1. Times are milliseconds since 1970 in UTC unless a column is TEXT.
-- Every table is prefixed, because the file is the user's and holds their tables too.

CREATE TABLE okta_schema (version INTEGER NOT NULL) STRICT;
INSERT INTO okta_schema (version) VALUES (1);

CREATE TABLE okta_org (
    org_id INTEGER PRIMARY KEY,
    org    TEXT NOT NULL UNIQUE
) STRICT;

-- Immutable: what arrived, byte for byte. AUTOINCREMENT never reuses an id, so ids are the order of arrival.
CREATE TABLE okta_event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id      INTEGER NOT NULL REFERENCES okta_org (org_id),
    event_key   BLOB NOT NULL,
    uuid        TEXT NOT NULL,
    event_type  TEXT NOT NULL,
    channel     TEXT NOT NULL,
    published   INTEGER,
    received_at INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;

-- Dedupe keys. They outlive the event: at least as long as Okta keeps its log, 90 days.
CREATE TABLE okta_seen (
    org_id    INTEGER NOT NULL,
    event_key BLOB NOT NULL,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, event_key)
) STRICT, WITHOUT ROWID;

-- Narrow and hot: one row per event that still has work to do. The lease is the time at which it becomes visible again.
CREATE TABLE okta_queue (
    id         INTEGER PRIMARY KEY REFERENCES okta_event (id),
    visible_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    fence      INTEGER NOT NULL DEFAULT 0,
    owner      TEXT,
    queued_at  INTEGER NOT NULL,
    last_error TEXT
) STRICT;
CREATE INDEX okta_queue_ready ON okta_queue (visible_at, id);

-- Append-only outcomes.
CREATE TABLE okta_done (
    id       INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    done_at  INTEGER NOT NULL,
    reason   TEXT
) STRICT;
CREATE INDEX okta_done_id ON okta_done (id);

CREATE TABLE okta_dead (
    id       INTEGER PRIMARY KEY REFERENCES okta_event (id),
    attempts INTEGER NOT NULL,
    fence    INTEGER NOT NULL,
    died_at  INTEGER NOT NULL,
    error    TEXT NOT NULL
) STRICT;

-- What was authentic and could not be understood. The same bytes again raise `times`.
CREATE TABLE okta_quarantine (
    org_id     INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    channel    TEXT NOT NULL,
    place      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    times      INTEGER NOT NULL DEFAULT 1,
    body       BLOB NOT NULL,
    PRIMARY KEY (org_id, digest)
) STRICT;

-- One row per push, for audit.
CREATE TABLE okta_push (
    org_id      INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    push_id     TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    inserted    INTEGER NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, channel, push_id)
) STRICT, WITHOUT ROWID;

-- One row per tail. `anchor` is readable on purpose: while no tail runs, an operator may move it back and clear `cursor`, to
-- read again from there.
CREATE TABLE okta_tail (
    org_id       INTEGER NOT NULL,
    stream       TEXT NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 0,
    owner        TEXT,
    lease_until  INTEGER NOT NULL DEFAULT 0,
    version      INTEGER NOT NULL DEFAULT 0,
    cursor       TEXT,
    cursor_at    TEXT,
    start        TEXT,
    anchor       TEXT,
    caught_up_at TEXT,
    PRIMARY KEY (org_id, stream)
) STRICT, WITHOUT ROWID;

-- Pages as they were committed, for re-reading and audits; kept for a week.
CREATE TABLE okta_page (
    org_id       INTEGER NOT NULL,
    stream       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    position_in  TEXT NOT NULL,
    position_out TEXT,
    read_at      INTEGER,
    events       INTEGER NOT NULL,
    keys_xor     BLOB NOT NULL,
    PRIMARY KEY (org_id, stream, version)
) STRICT, WITHOUT ROWID;

-- Stretches of the log that could not be read any more.
CREATE TABLE okta_gap (
    org_id  INTEGER NOT NULL,
    stream  TEXT NOT NULL,
    version INTEGER NOT NULL,
    "from"  TEXT NOT NULL,
    "to"    TEXT NOT NULL,
    cause   TEXT NOT NULL,
    PRIMARY KEY (org_id, stream, version)
) STRICT, WITHOUT ROWID;
