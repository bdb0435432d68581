"""SQLite through sqlite-utils: the schema, one door in, and views that everybody reads. Knows nothing of mail or spaCy."""
