"""Opening the database: pragmas, migrations, views. All of it through sqlite-utils."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from core.errors import StoreBusy, StoreError, StoreFull
from store.migrations import migrations, statements

BUSY_MILLISECONDS: Final = 30_000
VIEWS: Final = Path(__file__).with_name("views.sql")
VIEWS_KEY: Final = "views_sha256"


def open_database(path: Path) -> Database:
    """Open intake.db for writing, made or brought up to date where needed.

    Raises StoreError: the folder is missing, read-only or full, or a newer version of the program made the database.
    """
    with mended(path):
        db = Database(_connect(f"file:{path}?mode=rwc"))
        _refuse_newer(db, path)
        db.enable_wal()
        migrations.apply(db)
        _refresh_views(db)
    return db


def open_for_reading(path: Path) -> Database:
    """Open an existing intake.db; nothing can be written through it."""
    if not path.is_file():
        raise StoreError(f"{path}: there is no database yet", "Run `intake init`, or `intake import` or `intake run`")
    with mended(path):
        db = Database(_connect(f"file:{path}?mode=ro"))
        _refuse_newer(db, path)
        if migrations.pending(db):
            raise StoreError(f"{path} is of an older version", "Run `intake init` once to bring it up to date")
    return db


@contextlib.contextmanager
def mended(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _kind(str(error))(f"{path}: {error}", _mend(str(error))) from error


def _kind(message: str) -> type[StoreError]:
    lowered = message.lower()
    if "locked" in lowered or "busy" in lowered:
        return StoreBusy
    return StoreFull if "full" in lowered else StoreError


def _mend(message: str) -> str:
    lowered = message.lower()
    if "full" in lowered:
        return "Free some space on that disk, then run the same command again; nothing was lost"
    if "readonly" in lowered or "unable to open" in lowered:
        return "See that the folder exists and that this user may write to it and to its disk"
    if "locked" in lowered:
        return "Another program holds the database; close it and run the same command again"
    if "not a database" in lowered or "malformed" in lowered:
        return "The file is damaged or no database: restore a backup, or move it away and import the archive again"
    return "Run `intake check` to see what is wrong"


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_MILLISECONDS / 1000, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.name for migration in migrations._migrations}
    unknown = sorted(migration.name for migration in migrations.applied(db) if migration.name not in known)
    if unknown:
        raise StoreError(
            f"{path} was made by a newer version of this program (it has {', '.join(unknown)})",
            "Install that version, or point data_dir at another folder",
        )


def _refresh_views(db: Database) -> None:
    script = VIEWS.read_text(encoding="utf-8")
    digest = hashlib.sha256(script.encode()).hexdigest()
    stored = next(iter(db.query("SELECT value FROM meta WHERE key = ?", [VIEWS_KEY])), {"value": ""})["value"]
    if stored == digest:
        return
    with db.atomic():
        for name in db.view_names():
            db.view(name).drop()
        for statement in statements(script):
            db.execute(statement)
        db.table("meta").upsert({"key": VIEWS_KEY, "value": digest}, pk="key")
