"""A database as the first schema made it, with one reply."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from store.migrations import migrations
from tests.make import AREAS, STATES

ROWS = """
INSERT INTO messages VALUES (1, '{digest}', '<old@x>', '', '2009-07-20T12:00:00Z', NULL, 'a@x', '', 'S', 'mail', 9,
    'proposal', 0.9, 'KEN', 0.9, NULL, 'en', 0, 'test', '2009-07-20T12:00:00Z');
INSERT INTO texts VALUES (1, 1, 0, 'body', 'plain', NULL, 'Definition', '[[0, 10, "reply"]]');
INSERT INTO topics VALUES (1, 1, 1, 'Definition', 'body', 0, 10, 'en', NULL, 0);
INSERT INTO assignments VALUES (1, 1, 'b', 0.8, 'model');
INSERT INTO evidence VALUES (1, 1, 1, 'body', 0, 10, 'Definition');
INSERT INTO review_reasons VALUES (1, 1, 'area-uncertain', 'x', NULL);
INSERT INTO decisions VALUES (1, '2009-07-21T00:00:00Z', 'old', 1, NULL, 'note', NULL, 'seen', '');
"""


def database_of_first_schema(folder: Path) -> Path:
    path = folder / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="0002_decisions")
    for area in AREAS:
        db.execute("INSERT INTO areas VALUES (?, '{}')", [area["letter"]])
    for state in STATES:
        db.execute("INSERT INTO states VALUES (?, ?, '{}', ?)", [state["code"], state["name"], state["region"]])
    for statement in ROWS.format(digest="a" * 64).split(";\n"):
        db.execute(statement)
    db.conn.commit()
    db.close()
    return path
