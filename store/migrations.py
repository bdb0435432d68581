"""Every schema this program has had, in order. A released migration is never changed; add another below it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("untoc-intake")


def statements(script: str) -> Iterator[str]:
    """The single statements of an SQL script, triggers whole."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@migrations(name="0001_first")
def first(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")):
        db.execute(statement)
