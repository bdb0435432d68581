"""Copies of the database, and removal for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from core.clock import now, to_iso
from store.links import relink
from store.rows import insert, transaction
from store.schema import mended

PAGES: Final = 256
"""Pages copied at a time: writers get their turn in between."""
POINTERS: Final = frozenset({("messages", "duplicate_of"), ("topics", "replaced_by")})
"""Columns that point at a message without belonging to it: emptied, where others' rows go with it."""


def snapshot(source: Path, target: Path) -> None:
    """A consistent copy of a database that is written to meanwhile (SQLite's online backup)."""
    with mended(source):
        reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
        copying = sqlite3.connect(target)
        try:
            reading.backup(copying, pages=PAGES, sleep=0.01)
            copying.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        finally:
            copying.close()
            reading.close()


def remove_messages(db: Database, digests: Sequence[str], who: str, why: str) -> int:
    """Remove messages with all that hangs on them, decisions too, and note each digest: one transaction.

    Pages are overwritten with zeros; `vacuum` gives the space back. Returns how many there were.
    """
    db.execute("PRAGMA secure_delete = ON")
    with transaction(db):
        rows = list(
            db.query(
                "SELECT id, sha256, received_at, state FROM messages WHERE sha256 IN (SELECT value FROM json_each(?))"
                " UNION ALL SELECT NULL, sha256, received_at, NULL FROM held WHERE sha256 IN (SELECT value FROM json_each(?))",
                [json.dumps(list(digests))] * 2,
            )
        )
        guards = _without_guards(db)
        _remove(db, "messages", [row["id"] for row in rows if row["id"] is not None])
        for guard in guards:
            db.execute(guard)
        db.execute("DELETE FROM held WHERE sha256 IN (SELECT value FROM json_each(?))", [json.dumps(list(digests))])
        for row in rows:
            removal = {"removed_at": to_iso(now()), "removed_by": who, "why": why}
            insert(
                db, "removals", {"sha256": row["sha256"], "received_at": row["received_at"], **removal}, "OR REPLACE"
            )
        for state in sorted({row["state"] for row in rows if row["state"]}):
            relink(db, state)
    return len(rows)


def vacuum(db: Database) -> None:
    """Merge what the full-text indexes still hold of removed texts, and give the space back."""
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'").fetchall():
        db.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')  # noqa: S608 - a table's own name
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _remove(db: Database, table: str, keys: Sequence[Any]) -> None:
    """Delete rows by primary key, those that point at them first."""
    if not keys:
        return
    given = [json.dumps(list(keys))]
    for child, column in _pointing_at(db, table):
        condition = f'"{column}" IN (SELECT value FROM json_each(?))'  # noqa: S608 - names from the schema
        if (child, column) in POINTERS:
            db.execute(f'UPDATE "{child}" SET "{column}" = NULL WHERE {condition}', given)  # noqa: S608
            continue
        grandchildren = bool(list(_pointing_at(db, child)))
        if grandchildren:
            rows = db.execute(f'SELECT rowid FROM "{child}" WHERE {condition}', given).fetchall()  # noqa: S608
            _remove(db, child, [row[0] for row in rows])
        else:
            db.execute(f'DELETE FROM "{child}" WHERE {condition}', given)  # noqa: S608 - names from the schema
    db.execute(f'DELETE FROM "{table}" WHERE rowid IN (SELECT value FROM json_each(?))', given)  # noqa: S608


def _pointing_at(db: Database, table: str) -> Iterator[tuple[str, str]]:
    for name in db.table_names():
        for key in db.execute(f'PRAGMA foreign_key_list("{name}")').fetchall():
            if key[2] == table and not (name == table and (name, key[3]) not in POINTERS):
                yield name, key[3]


def _without_guards(db: Database) -> list[str]:
    """Lift the triggers that forbid removal, for this transaction; what makes them again is returned."""
    rows = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%raise(ABORT%'"
    ).fetchall()
    for name, _ in rows:
        db.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in rows]
