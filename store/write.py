"""The one door in: everything that is stored goes through a Writer, and each call is one transaction."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from core.clock import now, to_iso
from core.errors import StoreError
from core.model import Cursor, HeldBack, RawMessage, Reading, Text
from store import not_given, standing
from store.links import compare, keep_links, relink
from store.overlay import (
    decided_topics,
    keep_reading,
    lay,
    new_topic_number,
    reading_of,
    standing_of,
    write_evidence,
    write_topics,
)
from store.rows import insert, transaction, update
from store.schema import mended, open_database
from store.standing import Difference, Standing, StandingTopic, differences, match_topics

REREAD: Final = ("message_id", "in_reply_to", "sent_at", "from_address", "from_name", "subject", "model")
"""What a new reading takes from the message itself."""


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
        with mended(self.path), transaction(self.db):
            for table, pk, rows in (
                ("areas", "letter", [{**area, "titles": _json(area["titles"])} for area in areas]),
                ("states", "code", [{**state, "names": _json(state["names"])} for state in states]),
                ("meta", "key", [{"key": key, "value": value} for key, value in meta.items()]),
            ):
                self.db.table(table).upsert_all(rows, pk=pk)

    def known(self, digests: Sequence[str]) -> frozenset[str]:
        """Which of these messages need no reading: stored, held back, or removed for good."""
        with mended(self.path):
            rows = self.db.query(_KNOWN, [_json(list(digests))])
            return frozenset(row["sha256"] for row in rows)

    def removed(self, digests: Sequence[str]) -> frozenset[str]:
        """Which of these messages were removed for good and are not to be kept again."""
        with mended(self.path):
            rows = self.db.query(
                "SELECT sha256 FROM removals WHERE sha256 IN (SELECT value FROM json_each(?))", [_json(list(digests))]
            )
            return frozenset(row["sha256"] for row in rows)

    def save(
        self,
        readings: Sequence[Reading],
        sightings: Sequence[RawMessage] = (),
        cursor: Cursor | None = None,
        held: Sequence[HeldBack] = (),
    ) -> int:
        """Store replies, note where a server showed them, and move the cursor: all or nothing.

        A message whose bytes are stored already is not stored again. Returns how many were new.
        Raises StoreError, with nothing stored and the cursor unmoved.
        """
        with mended(self.path), transaction(self.db):
            new = sum(self._store_once(reading) for reading in readings)
            for item in held:
                self._hold(item)
            for raw in sightings:
                self._note_sighting(raw)
            not_given.forget_given(self.db, sightings)
            if cursor is not None:
                self._move(cursor)
        return new

    def note_not_given(self, mailbox: str, uidvalidity: int, uids: Sequence[int], why: str) -> bool:
        """Remember what a server lists and did not give. True: the one that was asked for alone is set aside from now on."""
        with mended(self.path), transaction(self.db):
            return not_given.note(self.db, mailbox, uidvalidity, uids, why)

    def forget_not_given(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        """It is no longer on the server."""
        with mended(self.path), transaction(self.db):
            not_given.forget(self.db, mailbox, uidvalidity, uid)

    def note_event(self, name: str, detail: str = "") -> None:
        with mended(self.path), transaction(self.db):
            insert(self.db, "events", {"at": to_iso(now()), "name": name, "detail": detail})

    def _store_once(self, reading: Reading) -> bool:
        if self._number(reading.raw.digest) is not None:
            return False
        self._store(reading)
        self.db.execute("DELETE FROM held WHERE sha256 = ?", [reading.raw.digest])
        return True

    def _hold(self, item: HeldBack) -> None:
        raw = item.raw
        row = {
            "sha256": raw.digest,
            "mailbox": raw.mailbox,
            "uidvalidity": raw.uidvalidity,
            "uid": raw.uid,
            "received_at": to_iso(raw.received_at),
            "channel": raw.channel,
            "stated_state": raw.stated_state,
            "reason": item.reason,
            "attempts": item.attempts,
            "held_at": to_iso(now()),
        }
        insert(self.db, "held", row, "OR REPLACE")

    def _number(self, digest: str) -> int | None:
        row = next(iter(self.db.query("SELECT id FROM messages WHERE sha256 = ?", [digest])), None)
        return int(row["id"]) if row else None

    def _note_sighting(self, raw: RawMessage) -> None:
        number = self._number(raw.digest)
        if raw.uid is None or number is None:  # held back or removed: there is no row to point at
            return
        seen = {"mailbox": raw.mailbox, "uidvalidity": raw.uidvalidity, "uid": raw.uid}
        insert(self.db, "sightings", {**seen, "message": number}, "OR IGNORE")

    def _store(self, reading: Reading) -> int:
        message = insert(self.db, "messages", _message_row(reading))
        self._store_contents(message, reading)
        self._store_authentication(message, reading)
        topics = [replace(topic, number=new_topic_number(self.db, message)) for topic in _topics(reading)]
        write_topics(self.db, message, topics)
        keep_reading(self.db, message, replace(_reading(reading), topics=tuple(topics)))
        for reason in reading.outcome.review:
            insert(self.db, "review_reasons", {"message": message, "code": reason.code, "detail": reason.detail})
        compare(self.db, message, reading.outcome.state)
        relink(self.db, reading.outcome.state)
        return message

    def _store_contents(self, message: int, reading: Reading) -> None:
        """What the message holds, apart from what it means."""
        for attachment in reading.message.attachments:
            insert(
                self.db,
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
            insert(self.db, "texts", _text_row(message, position, text))
        keep_links(self.db, message, reading.texts, reading.outcome.amends)
        self.db.execute("DELETE FROM deadline_enquiries WHERE message = ?", [message])
        if reading.outcome.asks_more_time:
            insert(self.db, "deadline_enquiries", {"message": message})
        write_evidence(self.db, message, None, reading.outcome.state_evidence)
        problems = [*reading.message.problems, *(problem for text in reading.texts for problem in text.problems)]
        for problem in problems:
            row = {"code": problem.code, "place": problem.where, "detail": problem.detail}
            insert(self.db, "problems", {"message": message, **row})

    def _store_authentication(self, message: int, reading: Reading) -> None:
        if reading.authentication is not None:
            insert(self.db, "authentications", {"message": message, **asdict(reading.authentication)})

    def replace(self, reading: Reading) -> tuple[Difference, ...]:
        """Put a new reading of a stored reply in the place of its old one; every decision stays.

        Returns what stands otherwise now. Raises StoreError, with nothing changed.
        """
        with mended(self.path), transaction(self.db):
            return self._replace(reading)

    def compare(self, reading: Reading) -> tuple[Difference, ...]:
        """What `replace` would change; changes nothing."""
        with mended(self.path), _tried(self.db):
            return self._replace(reading)

    def _replace(self, reading: Reading) -> tuple[Difference, ...]:
        message = self._number(reading.raw.digest)
        if message is None:
            raise StoreError(f"{reading.raw.digest} is not stored", "Run `intake import` or `intake run` first")
        before = standing_of(self.db, message)
        for table in ("evidence", "texts", "attachments", "problems"):
            self.db.execute(f"DELETE FROM {table} WHERE message = ?", [message])  # noqa: S608 - names are ours
        header = _message_row(reading)
        update(self.db, "messages", "id", {"id": message, **{name: header[name] for name in REREAD}})
        self._store_contents(message, reading)
        self._keep_new_reading(message, reading)
        compare(self.db, message, reading.outcome.state)
        after = lay(self.db, message)
        return differences(before, after) if before else ()

    def _keep_new_reading(self, message: int, reading: Reading) -> None:
        old = reading_of(self.db, message)
        topics = match_topics(
            old.topics if old else (),
            _topics(reading),
            decided_topics(self.db, message),
            lambda: new_topic_number(self.db, message),
        )
        keep_reading(self.db, message, replace(_reading(reading), topics=topics))

    def _move(self, cursor: Cursor) -> None:
        """Never back, but where the folder was numbered anew: what was stepped over is stored later than what follows it."""
        before = self.db.execute(
            "SELECT max(last_uid) FROM cursors WHERE mailbox = ? AND uidvalidity = ?",
            [cursor.mailbox, cursor.uidvalidity],
        ).fetchone()[0]
        last = max(cursor.last_uid, before or 0)
        row = {"mailbox": cursor.mailbox, "uidvalidity": cursor.uidvalidity, "last_uid": last}
        insert(self.db, "cursors", {**row, "moved_at": to_iso(now())}, "OR REPLACE")
        not_given.forget_other_numbers(self.db, cursor.mailbox, cursor.uidvalidity)


@contextlib.contextmanager
def _tried(db: Database) -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK")


def _topics(reading: Reading) -> tuple[StandingTopic, ...]:
    return _reading(reading).topics


def _reading(reading: Reading) -> Standing:
    """As read, its topics not numbered yet."""
    return standing.reading_of(reading.outcome, reading.late, [0] * len(reading.outcome.topics))


_KNOWN = """
    WITH asked AS (SELECT value AS sha256 FROM json_each(?))
    SELECT sha256 FROM asked WHERE sha256 IN (SELECT sha256 FROM messages)
    UNION SELECT sha256 FROM asked WHERE sha256 IN (SELECT sha256 FROM held)
    UNION SELECT sha256 FROM asked WHERE sha256 IN (SELECT sha256 FROM removals)
"""


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
        "stated_state": raw.stated_state,
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
