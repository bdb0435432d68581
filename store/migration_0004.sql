-- What reports keep. Added by a migration; never changed once released.

-- A week's figures, counted once after its end. Dropped by the triggers below when anything of that week changes.
CREATE TABLE week_tallies (
    start TEXT PRIMARY KEY,
    end TEXT NOT NULL,
    tally TEXT NOT NULL CHECK (json_valid(tally))
) STRICT;

CREATE TRIGGER week_of_message_added AFTER INSERT ON messages BEGIN
    DELETE FROM week_tallies WHERE start <= new.received_at AND end > new.received_at;
END;
CREATE TRIGGER week_of_message_changed AFTER UPDATE ON messages BEGIN
    DELETE FROM week_tallies WHERE start <= new.received_at AND end > new.received_at;
    DELETE FROM week_tallies WHERE start <= old.received_at AND end > old.received_at;
END;
CREATE TRIGGER week_of_message_removed AFTER DELETE ON messages BEGIN
    DELETE FROM week_tallies WHERE start <= old.received_at AND end > old.received_at;
END;
CREATE TRIGGER week_of_topic_added AFTER INSERT ON topics BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id = new.message AND start <= received_at AND end > received_at
    );
END;
CREATE TRIGGER week_of_topic_changed AFTER UPDATE ON topics BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id IN (new.message, old.message) AND start <= received_at AND end > received_at
    );
END;
CREATE TRIGGER week_of_topic_removed AFTER DELETE ON topics BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id = old.message AND start <= received_at AND end > received_at
    );
END;
CREATE TRIGGER week_of_assignment_added AFTER INSERT ON assignments BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM topics JOIN messages ON messages.id = topics.message
        WHERE topics.id = new.topic AND week_tallies.start <= received_at AND week_tallies.end > received_at
    );
END;
CREATE TRIGGER week_of_assignment_changed AFTER UPDATE ON assignments BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM topics JOIN messages ON messages.id = topics.message
        WHERE topics.id IN (new.topic, old.topic) AND week_tallies.start <= received_at AND week_tallies.end > received_at
    );
END;
CREATE TRIGGER week_of_assignment_removed AFTER DELETE ON assignments BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM topics JOIN messages ON messages.id = topics.message
        WHERE topics.id = old.topic AND week_tallies.start <= received_at AND week_tallies.end > received_at
    );
END;
CREATE TRIGGER week_of_supersession_added AFTER INSERT ON supersessions BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id = new.message AND start <= received_at AND end > received_at
    );
END;
CREATE TRIGGER week_of_supersession_removed AFTER DELETE ON supersessions BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id = old.message AND start <= received_at AND end > received_at
    );
END;
CREATE TRIGGER week_of_decision AFTER INSERT ON decisions BEGIN
    DELETE FROM week_tallies WHERE EXISTS (
        SELECT 1 FROM messages WHERE id = new.message AND start <= received_at AND end > received_at
    );
END;

-- Summaries as they were given: what --as-of shows again, and what the next one is compared with.
CREATE TABLE summaries (
    id INTEGER PRIMARY KEY,
    week TEXT NOT NULL,
    made_at TEXT NOT NULL,
    figures TEXT NOT NULL CHECK (json_valid(figures))
) STRICT;
CREATE INDEX summaries_by_week ON summaries (week, made_at);

-- Mail to send: each report to its recipients once. "perhaps_sent": the sender died, or the server fell silent, after the whole
-- mail was handed over and before its answer; only a person can tell.
CREATE TABLE sendings (
    id INTEGER PRIMARY KEY,
    report TEXT NOT NULL,
    period TEXT NOT NULL,
    recipients TEXT NOT NULL CHECK (json_valid(recipients)),
    state TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'sent', 'perhaps_sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    planned_at TEXT NOT NULL,
    next_try_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    message_id TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    UNIQUE (report, period)
) STRICT;

-- Drafts that were written (never sent): one of a kind for each reply or State.
CREATE TABLE drafts (
    kind TEXT NOT NULL CHECK (kind IN ('acknowledgement', 'reminder')),
    subject TEXT NOT NULL,
    made_at TEXT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
