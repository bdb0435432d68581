-- The first schema. Later ones are migrations in store/migrations.py; this file is never changed once released.
-- Times are UTC, ISO 8601 ("2009-07-20T08:15:00Z"). Offsets are code points in texts.text.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE areas (
    letter TEXT PRIMARY KEY,
    titles TEXT NOT NULL CHECK (json_valid(titles))
) STRICT;

CREATE TABLE states (
    code TEXT PRIMARY KEY CHECK (length(code) = 3),
    name TEXT NOT NULL,
    names TEXT NOT NULL CHECK (json_valid(names)),
    region TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    message_id TEXT NOT NULL,
    in_reply_to TEXT NOT NULL DEFAULT '',
    received_at TEXT NOT NULL,
    sent_at TEXT,
    from_address TEXT NOT NULL,
    from_name TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'post', 'fax')),
    size INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('proposal', 'no_proposal', 'enquiry', 'auto_reply', 'bounce', 'spam', 'correction', 'unrelated')),
    kind_confidence REAL NOT NULL,
    state TEXT REFERENCES states (code),
    state_confidence REAL NOT NULL,
    on_behalf_of TEXT,
    language TEXT,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    model TEXT NOT NULL,
    stored_at TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_message_id ON messages (message_id);
CREATE INDEX messages_by_arrival ON messages (received_at);
CREATE INDEX messages_by_state ON messages (state, received_at);

-- Where a server showed the message; the same bytes may lie in two folders, or under a new UIDVALIDITY.
CREATE TABLE sightings (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    moved_at TEXT NOT NULL
) STRICT;

CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    part TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX attachments_by_message ON attachments (message);

CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('plain', 'html', 'attachment', 'ocr')),
    confidence REAL,
    text TEXT NOT NULL,
    spans TEXT NOT NULL CHECK (json_valid(spans))
) STRICT;
CREATE INDEX texts_by_message ON texts (message);

CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    position INTEGER NOT NULL,
    quote TEXT NOT NULL,
    source TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    language TEXT NOT NULL,
    rank INTEGER,
    rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1))
) STRICT;
CREATE INDEX topics_by_message ON topics (message);

CREATE TABLE assignments (
    id INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL REFERENCES topics (id),
    area TEXT REFERENCES areas (letter),
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    method TEXT NOT NULL CHECK (method IN ('letter', 'title', 'model', 'human'))
) STRICT;
CREATE INDEX assignments_by_topic ON assignments (topic);
CREATE INDEX assignments_by_area ON assignments (area);

-- The words that a view rests on: an area's (assignment set) or the State's (assignment NULL).
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    assignment INTEGER REFERENCES assignments (id),
    source TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX evidence_by_message ON evidence (message);
CREATE INDEX evidence_by_assignment ON evidence (assignment);

CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    code TEXT NOT NULL,
    place TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX problems_by_message ON problems (message);

CREATE TABLE review_reasons (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (id),
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    settled_at TEXT
) STRICT;
CREATE INDEX review_reasons_by_message ON review_reasons (message);

-- A correction replaces what the same State sent before it.
CREATE TABLE supersessions (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    replaced_by INTEGER NOT NULL REFERENCES messages (id)
) STRICT;

-- What people decided: each a new row, none is ever changed.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    message INTEGER NOT NULL REFERENCES messages (id),
    topic INTEGER REFERENCES topics (id),
    field TEXT NOT NULL,
    before TEXT,
    after TEXT,
    why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed: add a new one'); END;
CREATE TRIGGER decisions_are_not_removed BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never removed: add a new one'); END;

-- What the daemon did: polls, reports, starts and stops.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    name TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX events_by_name ON events (name, at);

-- Full text: words of all languages with diacritics folded, and trigrams for Chinese, which has no spaces.
CREATE VIRTUAL TABLE texts_fts USING fts5 (text, content = 'texts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE texts_trigrams USING fts5 (text, content = 'texts', content_rowid = 'id', tokenize = 'trigram');
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO texts_fts (rowid, text) VALUES (new.id, new.text);
    INSERT INTO texts_trigrams (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
    INSERT INTO texts_fts (texts_fts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO texts_trigrams (texts_trigrams, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER texts_changed AFTER UPDATE ON texts BEGIN
    INSERT INTO texts_fts (texts_fts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO texts_trigrams (texts_trigrams, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO texts_fts (rowid, text) VALUES (new.id, new.text);
    INSERT INTO texts_trigrams (rowid, text) VALUES (new.id, new.text);
END;
