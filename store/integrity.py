"""Whether the database is whole: pages, references, full-text indexes, and offsets that still point at their words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from store.schema import mended, open_for_reading

SHOWN: Final = 20
"""Faults of a kind that are named; a damaged database has thousands."""


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Database]:
    db = open_for_reading(path)
    try:
        yield db
    finally:
        db.close()


def page_faults(path: Path) -> list[str]:
    """What SQLite's own integrity_check finds: pages, indexes, constraints."""
    with mended(path), _opened(path) as db:
        found = [row[0] for row in db.execute(f"PRAGMA integrity_check({SHOWN})").fetchall()]
    return [] if found == ["ok"] else found


def reference_faults(path: Path) -> list[str]:
    """Rows that point at a row that is not there."""
    with mended(path), _opened(path) as db:
        rows = db.execute("PRAGMA foreign_key_check").fetchmany(SHOWN)
    return [f"{table} row {number} points at no row of {parent}" for table, number, parent, _ in rows]


def full_text_faults(path: Path) -> list[str]:
    """Full-text indexes that do not say what their table says (fts5, section 6.4). Takes the write lock shortly."""
    with mended(path):
        connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=30, isolation_level=None)
        try:
            return [fault for name in _full_text_tables(connection) for fault in _full_text_fault(connection, name)]
        finally:
            connection.close()


def _full_text_tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")
    return [name for (name,) in rows]


def _full_text_fault(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f'INSERT INTO "{table}" ("{table}", rank) VALUES (\'integrity-check\', 1)')  # noqa: S608
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        yield f"{table}: {error}"
    finally:
        connection.execute("ROLLBACK")


FIELD: Final = """
    SELECT CASE ? WHEN 'from' THEN from_address WHEN 'from-name' THEN from_name WHEN 'subject' THEN subject END
    FROM messages WHERE id = ?
"""
"""What else than texts the classifier reads, by the names that it gives these sources."""


def evidence_faults(path: Path) -> list[str]:
    """Evidence whose words do not stand where it says, in any text of that source or in the sender's fields."""
    with mended(path), _opened(path) as db:
        suspects = db.execute(
            """
            SELECT id, message, source, start, end, words FROM evidence
            WHERE NOT EXISTS (
                SELECT 1 FROM texts WHERE texts.message = evidence.message AND texts.source = evidence.source
                  AND substr(texts.text, start + 1, end - start) = words
            )
            """
        ).fetchall()
        # SQLite ends a text at its first NUL; Python does not.
        return [f"evidence {row[0]}: its words are not there" for row in suspects if not _stands(db, row)][:SHOWN]


def _stands(db: Database, row: tuple[int, int, str, int, int, str]) -> bool:
    _, message, source, start, end, words = row
    texts = db.execute("SELECT text FROM texts WHERE message = ? AND source = ?", [message, source]).fetchall()
    fields = db.execute(FIELD, [source, message]).fetchall()
    return any(text is not None and text[start:end] == words for (text,) in (*texts, *fields))
