"""The one door in: everything that is stored goes through a Writer, and each call is one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.clock import now, to_iso
from core.model import Assignment, Cursor, Evidence, RawMessage, Reading, Text, Topic
from store.schema import mended, open_database


class Writer:
    """The writing side of intake.db. One process holds one at a time (worker/lock.py sees to that)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = open_database(path)

    def close(self) -> None:
        self.db.close()

    def set_up(
        self, areas: Sequence[Mapping[str, Any]], states: Sequence[Mapping[str, Any]], meta: Mapping[str, str]
    ) -> None:
        """Lay down the consultation's areas and the list of States; safe to repeat.

        `areas`: letter, titles (by language). `states`: code, name, names (by language), region.
        """
        with mended(self.path), self.db.atomic():
            for table, pk, rows in (
                ("areas", "letter", [{**area, "titles": _json(area["titles"])} for area in areas]),
                ("states", "code", [{**state, "names": _json(state["names"])} for state in states]),
                ("meta", "key", [{"key": key, "value": value} for key, value in meta.items()]),
            ):
                self.db.table(table).upsert_all(rows, pk=pk)

    def known(self, digests: Sequence[str]) -> frozenset[str]:
        """Which of these messages are stored."""
        with mended(self.path):
            rows = self.db.query(
                "SELECT sha256 FROM messages WHERE sha256 IN (SELECT value FROM json_each(?))", [_json(list(digests))]
            )
            return frozenset(row["sha256"] for row in rows)

    def save(
        self, readings: Sequence[Reading], sightings: Sequence[RawMessage] = (), cursor: Cursor | None = None
    ) -> int:
        """Store replies, note where a server showed them, and move the cursor: all or nothing.

        A message whose bytes are stored already is not stored again. Returns how many were new.
        Raises StoreError, with nothing stored and the cursor unmoved.
        """
        with mended(self.path), self.db.atomic():
            new = sum(self._store_once(reading) for reading in readings)
            for raw in sightings:
                self._note_sighting(raw)
            if cursor is not None:
                self._move(cursor)
        return new

    def note_event(self, name: str, detail: str = "") -> None:
        with mended(self.path), self.db.atomic():
            self._insert("events", {"at": to_iso(now()), "name": name, "detail": detail})

    def _store_once(self, reading: Reading) -> bool:
        if self._number(reading.raw.digest) is not None:
            return False
        self._store(reading)
        return True

    def _number(self, digest: str) -> int | None:
        row = next(iter(self.db.query("SELECT id FROM messages WHERE sha256 = ?", [digest])), None)
        return int(row["id"]) if row else None

    def _note_sighting(self, raw: RawMessage) -> None:
        if raw.uid is None:
            return
        seen = {"mailbox": raw.mailbox, "uidvalidity": raw.uidvalidity, "uid": raw.uid}
        self._insert("sightings", {**seen, "message": self._number(raw.digest)}, "OR IGNORE")

    def _store(self, reading: Reading) -> int:
        message = self._insert("messages", _message_row(reading))
        for attachment in reading.message.attachments:
            self._insert(
                "attachments",
                {
                    "message": message,
                    "part": attachment.part,
                    "name": attachment.name,
                    "content_type": attachment.content_type,
                    "size": len(attachment.content),
                    "sha256": attachment.digest,
                },
            )
        for position, text in enumerate(reading.texts):
            self._insert("texts", _text_row(message, position, text))
        for position, topic in enumerate(reading.outcome.topics, 1):
            self._store_topic(message, position, topic)
        self._store_evidence(message, None, reading.outcome.state_evidence)
        self._store_doubts(message, reading)
        if reading.outcome.state:
            relink(self.db, reading.outcome.state)
        return message

    def _store_topic(self, message: int, position: int, topic: Topic) -> None:
        row = {
            "message": message,
            "position": position,
            "quote": topic.quote,
            "source": topic.source,
            "start": topic.start,
            "end": topic.end,
            "language": topic.language,
            "rank": topic.rank,
        }
        number = self._insert("topics", row)
        for assignment in topic.assignments:
            self._store_assignment(message, number, assignment)

    def _store_assignment(self, message: int, topic: int, assignment: Assignment) -> None:
        row = {
            "topic": topic,
            "area": assignment.area,
            "confidence": assignment.confidence,
            "method": assignment.method,
        }
        self._store_evidence(message, self._insert("assignments", row), assignment.evidence)

    def _store_evidence(self, message: int, assignment: int | None, evidence: Iterable[Evidence]) -> None:
        for item in evidence:
            row = {"source": item.source, "start": item.start, "end": item.end, "words": item.words}
            self._insert("evidence", {"message": message, "assignment": assignment, **row})

    def _store_doubts(self, message: int, reading: Reading) -> None:
        problems = [*reading.message.problems, *(problem for text in reading.texts for problem in text.problems)]
        for problem in problems:
            row = {"code": problem.code, "place": problem.where, "detail": problem.detail}
            self._insert("problems", {"message": message, **row})
        for reason in reading.outcome.review:
            self._insert("review_reasons", {"message": message, "code": reason.code, "detail": reason.detail})

    def _move(self, cursor: Cursor) -> None:
        row = {"mailbox": cursor.mailbox, "uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
        self._insert("cursors", {**row, "moved_at": to_iso(now())}, "OR REPLACE")

    def _insert(self, table: str, row: Mapping[str, Any], conflict: str = "") -> int:
        """Insert one row and give its rowid. Plain SQL: sqlite-utils' insert() costs several queries a row."""
        columns = ", ".join(f'"{name}"' for name in row)
        holders = ", ".join("?" * len(row))
        sql = f'INSERT {conflict} INTO "{table}" ({columns}) VALUES ({holders})'  # noqa: S608 - names are ours
        return int(self.db.execute(sql, list(row.values())).lastrowid or 0)


def relink(db: Database, state: str) -> None:
    """Work out anew which of a State's replies its corrections replace, whatever order they were stored in."""
    db.execute("DELETE FROM supersessions WHERE message IN (SELECT id FROM messages WHERE state = ?)", [state])
    db.execute(
        """
        INSERT INTO supersessions (message, replaced_by)
        SELECT earlier.id, later.id
        FROM messages AS earlier
        JOIN messages AS later ON later.id = (
            SELECT id FROM messages
            WHERE state = earlier.state AND kind = 'correction' AND (received_at, id) > (earlier.received_at, earlier.id)
            ORDER BY received_at, id LIMIT 1
        )
        WHERE earlier.state = ? AND earlier.kind IN ('proposal', 'correction', 'no_proposal')
        """,
        [state],
    )


def _message_row(reading: Reading) -> dict[str, Any]:
    raw, message, outcome = reading.raw, reading.message, reading.outcome
    return {
        "sha256": raw.digest,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "received_at": to_iso(raw.received_at),
        "sent_at": to_iso(message.sent_at) if message.sent_at else None,
        "from_address": message.from_address,
        "from_name": message.from_name,
        "subject": message.subject,
        "channel": raw.channel,
        "size": len(raw.content),
        "kind": outcome.kind,
        "kind_confidence": outcome.kind_confidence,
        "state": outcome.state,
        "state_confidence": outcome.state_confidence,
        "on_behalf_of": outcome.on_behalf_of,
        "language": outcome.language,
        "late": int(reading.late),
        "model": outcome.model,
        "stored_at": to_iso(now()),
    }


def _text_row(message: int, position: int, text: Text) -> dict[str, Any]:
    return {
        "message": message,
        "position": position,
        "source": text.source,
        "origin": text.origin,
        "confidence": text.confidence,
        "text": text.text,
        "spans": _json([[span.start, span.end, span.label] for span in text.spans]),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
