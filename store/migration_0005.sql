-- Replies that belong together, as the program finds them. What people decide about it stands in messages (duplicate_of, replaces).

-- What is kept of each answer's words to compare it with others (store/likeness.py).
CREATE TABLE sketches (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    runs BLOB NOT NULL,
    number TEXT NOT NULL,
    scanned INTEGER NOT NULL CHECK (scanned IN (0, 1))
) STRICT;

-- Pairs of replies of one State that share much of their words.
CREATE TABLE likenesses (
    message INTEGER NOT NULL REFERENCES messages (id),
    other INTEGER NOT NULL REFERENCES messages (id),
    share REAL NOT NULL,
    PRIMARY KEY (message, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX likenesses_by_other ON likenesses (other);

-- What a correction takes back of the State's earlier replies.
CREATE TABLE amendments (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    scope TEXT NOT NULL CHECK (scope IN ('all', 'topics', 'adds')),
    letters TEXT NOT NULL CHECK (json_valid(letters)),
    note TEXT NOT NULL
) STRICT;

-- What is not clear about how replies belong together; gone when a person decides it or settles the reply.
CREATE TABLE link_doubts (
    message INTEGER NOT NULL REFERENCES messages (id),
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message, code)
) STRICT, WITHOUT ROWID;

-- A person decided whose copy it is, or that it is none.
ALTER TABLE messages ADD COLUMN duplicate_decided INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET duplicate_decided = 1 WHERE duplicate_of IS NOT NULL;
-- A correction that takes back single topics.
ALTER TABLE topics ADD COLUMN replaced_by INTEGER REFERENCES messages (id);
