-- Messages that ended their reader each time they were tried (view: held_back). The row goes when a retry stores them.
CREATE TABLE held (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER,
    uid INTEGER,
    received_at TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'post', 'fax')),
    stated_state TEXT,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    held_at TEXT NOT NULL
) STRICT;

-- What retention or a request removed: the digest, so that the same bytes are not taken in again, and why. No content.
CREATE TABLE removals (
    sha256 TEXT PRIMARY KEY,
    received_at TEXT NOT NULL,
    removed_at TEXT NOT NULL,
    removed_by TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
