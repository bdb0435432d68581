"""The reading side: figures and rows out of the views, as plain dicts. Never writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.model import Cursor
from store.not_given import ROWS, NotGivenYet
from store.schema import mended, open_for_reading

Row = dict[str, Any]


class Reader:
    """Queries over intake.db. Open it for one question or for many; it sees what was committed when it asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: Database = open_for_reading(path)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def rows(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
        with mended(self.path):
            return list(self.db.query(sql, parameters))

    def value(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
        row = next(iter(self.rows(sql, parameters)), None)
        return next(iter(row.values())) if row else None

    def cursor(self, mailbox: str) -> Cursor | None:
        rows = self.rows("SELECT mailbox, uidvalidity, last_uid FROM cursors WHERE mailbox = ?", [mailbox])
        return Cursor(**rows[0]) if rows else None

    def last_event(self, name: str) -> Row | None:
        rows = self.rows("SELECT at, detail FROM events WHERE name = ? ORDER BY id DESC LIMIT 1", [name])
        return rows[0] if rows else None

    def held(self) -> list[Row]:
        """All that is held back, with what a retry needs, the oldest first."""
        return self.rows("SELECT * FROM held ORDER BY id")

    def not_given(self) -> list[NotGivenYet]:
        """What servers list and have not given, by mailbox and UID."""
        return [NotGivenYet(**row) for row in self.rows(ROWS)]

    def sighted(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> frozenset[int]:
        """Those of a server's UIDs whose messages are stored."""
        rows = self.rows(
            "SELECT uid FROM sightings WHERE mailbox = ? AND uidvalidity = ?"
            " AND uid IN (SELECT value FROM json_each(?))",
            [mailbox, uidvalidity, json.dumps(list(uids))],
        )
        return frozenset(row["uid"] for row in rows)

    def counts(self) -> Row:
        """How much there is: replies, of them to review and late; States that answered and the rest."""
        return self.rows(
            """
            SELECT
                (SELECT count(*) FROM messages) AS replies,
                (SELECT count(*) FROM replies WHERE needs_review) AS needs_review,
                (SELECT count(*) FROM messages WHERE late) AS late,
                (SELECT count(*) FROM held_back) AS held_back,
                (SELECT count(*) FROM state_status WHERE status <> 'silent') AS states_answered,
                (SELECT count(*) FROM state_status WHERE status = 'silent') AS states_silent
            """
        )[0]
