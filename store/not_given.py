"""Messages that a server lists and has not given: remembered by their UIDs until they are stored or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from core.clock import from_iso, now, to_iso
from core.model import RawMessage
from store.rows import insert

TRIES: Final = 5
PATIENCE: Final = timedelta(hours=6)
"""A message is set aside after so many tries alone, the first of them so long ago."""

ROWS: Final = """
    SELECT mailbox, uidvalidity, uid, why, tries, first_at, last_at, set_aside_at FROM not_given
    ORDER BY mailbox, uidvalidity, uid
"""


@dataclass(frozen=True, slots=True)
class NotGivenYet:
    """A row of the table."""

    mailbox: str
    uidvalidity: int
    uid: int
    why: str
    tries: int
    """How often it was asked for alone; 0: only together with others."""
    first_at: str
    last_at: str
    set_aside_at: str | None


def note(db: Database, mailbox: str, uidvalidity: int, uids: Sequence[int], why: str) -> bool:
    """Several that were asked for together are asked for alone next time; one alone has had a try. True: it is set aside now."""
    moment = now()
    for uid in uids:
        row = {"mailbox": mailbox, "uidvalidity": uidvalidity, "uid": uid, "why": why, "tries": 0}
        insert(db, "not_given", {**row, "first_at": to_iso(moment), "last_at": to_iso(moment)}, "OR IGNORE")
    if len(uids) != 1:
        return False
    key = [mailbox, uidvalidity, uids[0]]
    where = "WHERE mailbox = ? AND uidvalidity = ? AND uid = ?"
    db.execute(f"UPDATE not_given SET tries = tries + 1, why = ?, last_at = ? {where}", [why, to_iso(moment), *key])  # noqa: S608
    [row] = db.query(f"SELECT tries, first_at, set_aside_at FROM not_given {where}", key)  # noqa: S608
    if row["set_aside_at"] or row["tries"] < TRIES or not _long_ago(row["first_at"], moment):
        return False
    db.execute(f"UPDATE not_given SET set_aside_at = ? {where}", [to_iso(moment), *key])  # noqa: S608
    return True


def _long_ago(first_at: str, moment: datetime) -> bool:
    return moment - from_iso(first_at) >= PATIENCE


def forget(db: Database, mailbox: str, uidvalidity: int, uid: int) -> None:
    """It is stored, or no longer on the server."""
    db.execute("DELETE FROM not_given WHERE mailbox = ? AND uidvalidity = ? AND uid = ?", [mailbox, uidvalidity, uid])


def forget_given(db: Database, raws: Sequence[RawMessage]) -> None:
    """These were given after all."""
    for raw in raws:
        if raw.uid is not None and raw.uidvalidity is not None:
            forget(db, raw.mailbox, raw.uidvalidity, raw.uid)


def forget_other_numbers(db: Database, mailbox: str, uidvalidity: int) -> None:
    """The folder was numbered anew: all of it is looked at again."""
    db.execute("DELETE FROM not_given WHERE mailbox = ? AND uidvalidity <> ?", [mailbox, uidvalidity])
