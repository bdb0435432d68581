"""Every schema this program has had, in order. A released migration is never changed; add another below it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from store.rows import insert

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


@migrations(name="0002_decisions")
def decisions(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0002.sql").read_text(encoding="utf-8")):
        db.execute(statement)
    for row in list(db.query("SELECT * FROM messages")):
        insert(db, "readings", {"message": row["id"], "reading": json.dumps(_as_reading(db, row), ensure_ascii=False)})


def _as_reading(db: Database, message: dict[str, Any]) -> dict[str, Any]:
    """A reply of schema 0001 in the form that readings had at schema 0002."""
    reasons = db.query(
        "SELECT code, detail, settled_at FROM review_reasons WHERE message = ? ORDER BY id", [message["id"]]
    )
    doubts = list(reasons)
    copied = ("kind", "kind_confidence", "state", "state_confidence", "on_behalf_of", "language", "model")
    return {
        **{name: message[name] for name in copied},
        "late": bool(message["late"]),
        "topics": [_as_topic(db, row) for row in _rows(db, "topics", "message", message["id"], "position")],
        "doubts": [{"code": doubt["code"], "detail": doubt["detail"]} for doubt in doubts],
        "settled": [place for place, doubt in enumerate(doubts) if doubt["settled_at"]],
        "decided": [],
        **dict.fromkeys(("duplicate_of", "replaces", "assignee", "reviewed_by", "reviewed_at")),
    }


def _as_topic(db: Database, topic: dict[str, Any]) -> dict[str, Any]:
    copied = ("quote", "source", "start", "end", "language", "rank")
    return {
        "number": topic["id"],
        **{name: topic[name] for name in copied},
        "rejected": bool(topic["rejected"]),
        "assignments": [
            {
                **{name: row[name] for name in ("area", "confidence", "method")},
                "evidence": [
                    {name: item[name] for name in ("source", "start", "end", "words")}
                    for item in _rows(db, "evidence", "assignment", row["id"], "id")
                ],
            }
            for row in _rows(db, "assignments", "topic", topic["id"], "id")
        ],
    }


def _rows(db: Database, table: str, column: str, value: int, order: str) -> list[dict[str, Any]]:
    return list(db.query(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY {order}", [value]))  # noqa: S608


@migrations(name="0003_held_back")
def held_back(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0003.sql").read_text(encoding="utf-8")):
        db.execute(statement)


@migrations(name="0004_reports")
def reports(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0004.sql").read_text(encoding="utf-8")):
        db.execute(statement)


@migrations(name="0005_links")
def links(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0005.sql").read_text(encoding="utf-8")):
        db.execute(statement)


@migrations(name="0006_authentications")
def authentications(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0006.sql").read_text(encoding="utf-8")):
        db.execute(statement)


@migrations(name="0007_lists")
def lists(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0007.sql").read_text(encoding="utf-8")):
        db.execute(statement)


@migrations(name="0008_not_given")
def not_given(db: Database) -> None:
    for statement in statements(Path(__file__).with_name("migration_0008.sql").read_text(encoding="utf-8")):
        db.execute(statement)
