"""The log of mail to send: each report of a period goes out once.

A row is planned, and turns to `sending` in the moment before the mail's last line is handed over, and to `sent` with the server's
answer. A sender that dies before that moment leaves it planned: the server has no whole mail (RFC 5321, section 4.1.1.4), so it
is sent again. One that dies between the two leaves it `sending`: whether the server took it nobody knows, so it becomes
`perhaps_sent`, and a person decides. Each step is a transaction of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from core.clock import to_iso
from store.read import Reader
from store.schema import mended, open_database


@dataclass(frozen=True, slots=True)
class Sending:
    number: int
    report: str
    period: str
    recipients: tuple[str, ...]
    state: str
    """planned, sending, sent, perhaps_sent, failed"""
    attempts: int
    planned_at: str
    next_try_at: str
    changed_at: str
    message_id: str
    detail: str


class Outbox:
    """A writing connection of its own. The caller sees that one process sends at a time (worker/sending.py)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = open_database(path)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.db.close()

    def plan(self, report: str, period: str, recipients: Sequence[str], message_id: str, at: datetime) -> bool:
        """Plan a mail; False when that report of that period is planned or sent already."""
        moment = to_iso(at)
        return (
            self._change(
                "INSERT OR IGNORE INTO sendings"
                " (report, period, recipients, state, planned_at, next_try_at, changed_at, message_id)"
                " VALUES (?, ?, ?, 'planned', ?, ?, ?, ?)",
                [report, period, json.dumps(list(recipients), ensure_ascii=False), moment, moment, moment, message_id],
            )
            == 1
        )

    def due(self, at: datetime) -> list[Sending]:
        """What is to be sent now, the oldest first."""
        return _sendings(
            self.db.query(f"{_ALL} WHERE state = 'planned' AND next_try_at <= ? ORDER BY id", [to_iso(at)])
        )

    def hand_over(self, sending: Sending, at: datetime) -> bool:
        """Note that the last line goes out next; False when the row is no longer planned."""
        return self._step(sending, "planned", "sending", at, "") == 1

    def note_sent(self, sending: Sending, at: datetime, detail: str) -> None:
        self._step(sending, "sending", "sent", at, detail)

    def note_perhaps_sent(self, sending: Sending, at: datetime, detail: str) -> None:
        self._step(sending, "sending", "perhaps_sent", at, detail)

    def note_failed(self, sending: Sending, at: datetime, detail: str) -> None:
        """Given up: only a person plans it again."""
        self._change(
            "UPDATE sendings SET state = 'failed', changed_at = ?, detail = ? WHERE id = ? AND state IN ('planned', 'sending')",
            [to_iso(at), detail, sending.number],
        )

    def try_again(self, sending: Sending, at: datetime, next_try: datetime, detail: str) -> None:
        """Not taken by the server, for certain: back to planned, for a later try."""
        self._change(
            "UPDATE sendings SET state = 'planned', attempts = attempts + 1, next_try_at = ?, changed_at = ?, detail = ?"
            " WHERE id = ? AND state IN ('planned', 'sending')",
            [to_iso(next_try), to_iso(at), detail, sending.number],
        )

    def settle_interrupted(self, at: datetime) -> int:
        """What a dead sender left between its last line and the answer becomes `perhaps_sent`. Returns how many."""
        return self._change(
            "UPDATE sendings SET state = 'perhaps_sent', changed_at = ?, detail = ? WHERE state = 'sending'",
            [to_iso(at), "the sender ended before the server's answer"],
        )

    def settle(self, report: str, period: str, state: str, at: datetime) -> bool:
        """A person's word on a mail that was perhaps sent, or failed: `planned` (send it again) or `sent`."""
        return (
            self._change(
                "UPDATE sendings SET state = ?, changed_at = ?, next_try_at = ?, attempts = 0, detail = 'settled by a person'"
                " WHERE report = ? AND period = ? AND state IN ('perhaps_sent', 'failed', 'planned')",
                [state, to_iso(at), to_iso(at), report, period],
            )
            == 1
        )

    def _step(self, sending: Sending, before: str, after: str, at: datetime, detail: str) -> int:
        return self._change(
            "UPDATE sendings SET state = ?, changed_at = ?, detail = ? WHERE id = ? AND state = ?",
            [after, to_iso(at), detail, sending.number, before],
        )

    def _change(self, sql: str, parameters: list[object]) -> int:
        with mended(self.path), self.db.atomic():
            return int(self.db.execute(sql, parameters).rowcount)


def sendings(reader: Reader) -> list[Sending]:
    """The whole log, the newest last."""
    return _sendings(reader.rows(f"{_ALL} ORDER BY id"))


def _sendings(rows: object) -> list[Sending]:
    return [
        Sending(**{**row, "recipients": tuple(json.loads(row["recipients"]))})
        for row in rows  # type: ignore[attr-defined]
    ]


_ALL = """
    SELECT id AS number, report, period, recipients, state, attempts, planned_at, next_try_at, changed_at, message_id, detail
    FROM sendings
"""
