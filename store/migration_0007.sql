-- For lists of replies narrowed to a kind, a language, late ones or a colleague's, the newest first, and for counting them.
-- received_at comes first, so that no join by State takes this index for its own.
CREATE INDEX messages_listed ON messages (received_at, kind, language, state);
CREATE INDEX messages_that_are_late ON messages (received_at) WHERE late;
CREATE INDEX messages_by_assignee ON messages (assignee, received_at) WHERE assignee IS NOT NULL;
