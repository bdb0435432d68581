"""The reading side: figures and rows out of the views, as plain dicts. Never writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.model import Cursor
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
                (SELECT count(*) FROM held) AS held_back,
                (SELECT count(*) FROM state_status WHERE status <> 'silent') AS states_answered,
                (SELECT count(*) FROM state_status WHERE status = 'silent') AS states_silent
            """
        )[0]

    # --- a week's figures: what had arrived by the week's end ------------------------------------

    def week(self, start: str, end: str) -> Row:
        """All that a weekly summary shows. `start` and `end` are UTC times, the end not in the week."""
        bounds = {"start": start, "end": end}
        return {
            "by_kind": self._tally("kind", bounds),
            "by_language": self._tally("language", bounds),
            "by_region": self._tally("region", bounds),
            "areas": self._areas(bounds),
            "new_topics": self._proposals(bounds, "area IS NULL"),
            "proposals": self._proposals(bounds, "area IS NOT NULL"),
            "review": self._review(bounds),
            "late": self._late(bounds),
            "corrections": self._corrections(bounds),
            "silent": self._silent(bounds),
        }

    def _tally(self, column: str, bounds: Row) -> list[Row]:
        """Replies of the week and in all, by a column of `replies` or by region (NULL: not known)."""
        # `column` is one of three names given above, never a user's words.
        return self.rows(
            f"""
            SELECT {column} AS value, sum(received_at >= :start) AS week, count(*) AS total
            FROM replies LEFT JOIN states ON states.code = replies.state
            WHERE received_at < :end
            GROUP BY {column} ORDER BY total DESC, value
            """,  # noqa: S608
            bounds,
        )

    def _areas(self, bounds: Row) -> list[Row]:
        """Every area of the consultation, also those that nobody proposes."""
        return self.rows(
            f"""
            SELECT letter, titles, count(DISTINCT reply_id) AS replies, count(DISTINCT state) AS states,
                   count(DISTINCT region) AS regions,
                   count(DISTINCT CASE WHEN received_at >= :start THEN reply_id END) AS week
            FROM areas LEFT JOIN ({_KNOWN_PROPOSALS}) AS known ON known.area = areas.letter
            GROUP BY letter ORDER BY letter
            """,  # noqa: S608
            bounds,
        )

    def _proposals(self, bounds: Row, condition: str) -> list[Row]:
        return self.rows(
            f"""
            SELECT area, state, name, on_behalf_of, quote, source, confidence, method, language, rank, message_id, late,
                   received_at >= :start AS this_week
            FROM ({_KNOWN_PROPOSALS}) WHERE {condition}
            ORDER BY area, name IS NULL, name, received_at, position
            """,  # noqa: S608
            bounds,
        )

    def _review(self, bounds: Row) -> list[Row]:
        return self.rows(
            """
            SELECT message_id, received_at, state, kind, subject, from_address, review_reasons
            FROM replies WHERE needs_review AND received_at < :end ORDER BY received_at
            """,
            bounds,
        )

    def _late(self, bounds: Row) -> list[Row]:
        return self.rows(
            """
            SELECT message_id, received_at, state, name, kind, subject
            FROM replies LEFT JOIN states ON states.code = replies.state
            WHERE late AND received_at < :end AND kind IN ('proposal', 'correction', 'no_proposal') ORDER BY received_at
            """,
            bounds,
        )

    def _corrections(self, bounds: Row) -> list[Row]:
        return self.rows(
            """
            SELECT message_id, received_at, state, name, subject,
                   (SELECT count(*) FROM replies AS old WHERE old.replaced_by = replies.message_id) AS replaces
            FROM replies LEFT JOIN states ON states.code = replies.state
            WHERE kind = 'correction' AND received_at >= :start AND received_at < :end ORDER BY received_at
            """,
            bounds,
        )

    def _silent(self, bounds: Row) -> list[Row]:
        return self.rows(
            """
            SELECT code AS state, name, region FROM states
            WHERE NOT EXISTS (
                SELECT 1 FROM messages WHERE state = code AND kind IN ('proposal', 'correction', 'no_proposal')
                  AND received_at < :end
            )
            ORDER BY region, name
            """,
            bounds,
        )


_KNOWN_PROPOSALS = """
    SELECT proposals.*, states.name, states.region
    FROM proposals LEFT JOIN states ON states.code = proposals.state
    WHERE received_at < :end AND status <> 'rejected'
      AND NOT EXISTS (
          SELECT 1 FROM supersessions JOIN messages AS newer ON newer.id = supersessions.replaced_by
          WHERE supersessions.message = proposals.reply_id AND newer.received_at < :end
      )
"""
