"""Plain SQL for one row: sqlite-utils' insert() costs several queries each time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlite_utils import Database


def insert(db: Database, table: str, row: Mapping[str, Any], conflict: str = "") -> int:
    """Insert one row and give its rowid."""
    columns = ", ".join(f'"{name}"' for name in row)
    holders = ", ".join("?" * len(row))
    sql = f'INSERT {conflict} INTO "{table}" ({columns}) VALUES ({holders})'  # noqa: S608 - names are ours
    return int(db.execute(sql, list(row.values())).lastrowid or 0)


def upsert(db: Database, table: str, key: str, row: Mapping[str, Any]) -> None:
    """Insert a row, or change the one with the same key."""
    columns = ", ".join(f'"{name}"' for name in row)
    holders = ", ".join("?" * len(row))
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in row if name != key)
    sql = f'INSERT INTO "{table}" ({columns}) VALUES ({holders}) ON CONFLICT ("{key}") DO UPDATE SET {changes}'  # noqa: S608
    db.execute(sql, list(row.values()))


def update(db: Database, table: str, key: str, row: Mapping[str, Any]) -> None:
    """Change the row whose `key` column has row[key]."""
    changes = ", ".join(f'"{name}" = :{name}' for name in row if name != key)
    db.execute(f'UPDATE "{table}" SET {changes} WHERE "{key}" = :{key}', dict(row))  # noqa: S608 - names are ours


@contextlib.contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing, and the write lock from the start.

    The daemon, the desk and a person at a terminal write to one database. A transaction that reads first and asks for
    the lock afterwards fails at once when another wrote in between; one that asks first waits its turn.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise
    db.conn.execute("COMMIT")
