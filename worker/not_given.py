"""Messages that a server lists and does not give: the rest goes on, they are asked for again, and at last set aside.

Several that were asked for together are asked for one by one in the next session. One that fails alone is remembered by its
UID, stepped over, and asked for again after all others, in each session; after enough tries over some hours
(store/not_given.py) only when a person says so.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from core.errors import ConfigError, NotGiven
from core.model import RawMessage
from ingest.account import Account
from ingest.mailbox import Mailbox
from store.not_given import NotGivenYet
from worker.intake import Intake
from worker.office import Office

log = logging.getLogger("intake.not_given")


def doubtful(mailbox: Mailbox, intake: Intake) -> tuple[Collection[int], Collection[int], Sequence[int]]:
    """UIDs to ask for alone; those to step over; and of these the ones to ask for at the end."""
    rows = [row for row in _rows(intake.office) if (row.mailbox, row.uidvalidity) == _folder(mailbox)]
    alone = {row.uid for row in rows if not row.tries}
    later = {row.uid for row in rows if row.tries}
    return alone, later, [row.uid for row in rows if row.tries and not row.set_aside_at]


def ask_again(mailbox: Mailbox, intake: Intake, uids: Sequence[int]) -> Iterator[list[RawMessage]]:
    """Each in a batch of its own; what is gone from the server is forgotten."""
    for uid in uids:
        raw = mailbox.fetch_one(uid)
        if raw is not None:
            yield [raw]
            continue
        with intake.lock:
            intake.writer.forget_not_given(*_folder(mailbox), uid)


@contextmanager
def noted(mailbox: Mailbox, intake: Intake) -> Iterator[None]:
    """Remember what is not given; the session ends over it as over any fault of the server."""
    try:
        yield
    except NotGiven as error:
        with intake.lock:
            set_aside = intake.writer.note_not_given(*_folder(mailbox), error.uids, error.what)
            if set_aside:
                intake.writer.note_event("set aside", f"UID {error.uids[0]} of {mailbox.account.name}")
        if set_aside:
            fields = {"mailbox": mailbox.account.name, "uid": error.uids[0], "why": error.what}
            log.error("set aside: listed and never given; `intake retry` asks for it again", extra=fields)
        raise


# --- by command ---


def set_aside(office: Office, uids: Sequence[int] = ()) -> list[NotGivenYet]:
    """Those that are set aside; or of them the ones with these UIDs. Raises ConfigError for one that is not."""
    rows = [row for row in _rows(office) if row.set_aside_at]
    for uid in uids:
        if not any(row.uid == uid for row in rows):
            raise ConfigError(f"uid:{uid}: no message with that UID is set aside", "`intake retry --list` shows them")
    return [row for row in rows if not uids or row.uid in uids]


def retry_set_aside(
    rows: Sequence[NotGivenYet], accounts: Sequence[Account], intake: Intake
) -> list[tuple[NotGivenYet, str]]:
    """Ask the servers again, for each by itself. Those that are still not given are returned, with why."""
    still: list[tuple[NotGivenYet, str]] = []
    for row in rows:
        account = next((account for account in accounts if account.name == row.mailbox), None)
        why = _asked(row, account, intake) if account else "that folder is not watched any more"
        if why:
            still.append((row, why))
    return still


def _asked(row: NotGivenYet, account: Account, intake: Intake) -> str:
    """Empty when it is stored, or gone from the server."""
    with Mailbox(account) as mailbox:
        if mailbox.uidvalidity != row.uidvalidity:
            return "its folder was numbered anew: the next poll looks at all of it"
        try:
            for batch in ask_again(mailbox, intake, [row.uid]):
                intake.take(batch)
        except NotGiven as error:
            with intake.lock:
                intake.writer.note_not_given(*_folder(mailbox), [row.uid], error.what)
            return error.what
    return ""


def _folder(mailbox: Mailbox) -> tuple[str, int]:
    return mailbox.account.name, mailbox.uidvalidity


def _rows(office: Office) -> list[NotGivenYet]:
    with office.reader() as reader:
        return reader.not_given()
