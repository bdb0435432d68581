-- What people decide, laid over what the machine read.

-- The machine's reading as it was, whole (store/standing.py says its form). What stands now, in messages, topics and
-- assignments, is this with the decisions laid over it.
CREATE TABLE readings (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    reading TEXT NOT NULL CHECK (json_valid(reading))
) STRICT;

ALTER TABLE messages ADD COLUMN stated_state TEXT;
ALTER TABLE messages ADD COLUMN kind_decided INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN state_decided INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN late_waived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN duplicate_of INTEGER REFERENCES messages (id);
ALTER TABLE messages ADD COLUMN replaces TEXT;
ALTER TABLE messages ADD COLUMN assignee TEXT;
ALTER TABLE messages ADD COLUMN reviewed_by TEXT;
ALTER TABLE messages ADD COLUMN reviewed_at TEXT;
-- Counts each change of the reply: a person who decides on an older one is told.
ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX messages_that_say_what_they_replace ON messages (id) WHERE replaces IS NOT NULL;
CREATE INDEX messages_that_are_copies ON messages (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX supersessions_by_newer ON supersessions (replaced_by);

-- A topic that was merged, split or not found again stays as a row, so that decisions about it can be read.
ALTER TABLE topics ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE areas ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;

CREATE INDEX review_reasons_open ON review_reasons (message) WHERE settled_at IS NULL;

-- decisions: about no reply (a new area), in batches that are undone as one.
CREATE TABLE decisions_of_batches (
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    message INTEGER REFERENCES messages (id),
    topic INTEGER REFERENCES topics (id),
    field TEXT NOT NULL,
    before TEXT,
    after TEXT,
    why TEXT NOT NULL DEFAULT '',
    batch INTEGER NOT NULL,
    undoes INTEGER
) STRICT;
INSERT INTO decisions_of_batches
SELECT id, decided_at, decided_by, message, topic, field, before, after, why, id, NULL FROM decisions;
DROP TRIGGER decisions_are_not_changed;
DROP TRIGGER decisions_are_not_removed;
DROP TABLE decisions;
ALTER TABLE decisions_of_batches RENAME TO decisions;
CREATE INDEX decisions_by_message ON decisions (message, id);
CREATE INDEX decisions_by_batch ON decisions (batch);
CREATE INDEX decisions_that_undo ON decisions (undoes) WHERE undoes IS NOT NULL;
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never changed: add a new one'); END;
CREATE TRIGGER decisions_are_not_removed BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'a decision is never removed: add a new one'); END;
