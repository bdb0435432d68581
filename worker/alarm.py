"""A mail when the daemon is unwell for a while, and one when it is well again; never two of a kind in a row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.errors import IntakeError
from worker.health import Snapshot

log = logging.getLogger("intake.alarm")

Send = Callable[[str, str], None]
"""Takes a subject and a text. Raises IntakeError when it cannot be sent."""


class Alarm:
    """Told each snapshot; sends when that means something."""

    def __init__(self, send: Send, after: timedelta) -> None:
        self._send = send
        self._after = after
        self._unwell_since: datetime | None = None
        self._told = False

    def look(self, snapshot: Snapshot) -> None:
        if snapshot.well:
            self._unwell_since = None
            if self._told and self._tell("intake is well again", _well(snapshot)):
                self._told = False
            return
        self._unwell_since = self._unwell_since or snapshot.at
        if not self._told and snapshot.at - self._unwell_since >= self._after:
            self._told = self._tell("intake is unwell", _unwell(snapshot))

    def give_up(self, error: IntakeError) -> None:
        """The daemon ends on this fault."""
        self._tell("intake has stopped", f"{error.what}.\n{error.mend}.\n")

    def _tell(self, subject: str, text: str) -> bool:
        try:
            self._send(subject, text)
        except IntakeError as error:  # tried again at the next look
            log.warning("no alert could be sent", extra={"why": error.what, "mend": error.mend})
            return False
        log.info("alert sent", extra={"subject": subject})
        return True


def _unwell(snapshot: Snapshot) -> str:
    lines = list(snapshot.problems) or ["A thread of the daemon does not move any more; restart it."]
    mends = sorted({mailbox.mend for mailbox in snapshot.mailboxes if mailbox.mend})
    return "\n".join([*lines, "", *mends, "", "`intake status` says more.", ""])


def _well(snapshot: Snapshot) -> str:
    lines = [f"{mailbox.name} was read at {mailbox.last_good_poll}" for mailbox in snapshot.mailboxes]
    return "\n".join([*lines, ""])
