"""One folder of a mailbox, watched: read what is new, wait for news, begin again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final

from core.errors import IntakeError, LoginRefused, MailboxError, NotSettled
from core.model import RawMessage
from ingest.account import Account
from ingest.mailbox import Mailbox, Stop
from worker.health import Health
from worker.intake import Intake
from worker.not_given import ask_again, doubtful, noted
from worker.pipeline import Tally
from worker.schedule import LOGIN_REFUSED_SECONDS, back_off_seconds, with_jitter

log = logging.getLogger("intake.watcher")

BEAT_SECONDS: Final = 60.0


def read_new(mailbox: Mailbox, intake: Intake, stop: Stop, took: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Take in everything behind the cursor, until done or told to stop; what the server did not give before comes last."""
    with intake.office.reader() as reader:
        cursor = reader.cursor(mailbox.account.name)
    total = Tally()
    with noted(mailbox, intake):
        alone, later, again = doubtful(mailbox, intake)
        batches = grouped(mailbox.fetch(cursor, alone, later), intake.office.config.processing.group)
        for batch in _until(stop, chain(batches, ask_again(mailbox, intake, again))):
            tally = intake.take(batch)
            _settle(mailbox, intake, [raw.uid for raw in batch if raw.uid])
            took(tally)
            total += tally
    return total


def catch_up(mailbox: Mailbox, intake: Intake) -> None:
    """Do on the server what a crash kept from being done after the last commits."""
    if not mailbox.account.after.changes_the_server:
        return
    with intake.office.reader() as reader:
        cursor = reader.cursor(mailbox.account.name)
    if cursor is not None and cursor.uidvalidity == mailbox.uidvalidity:
        _settle(mailbox, intake, mailbox.unsettled(cursor.last_uid))


def _settle(mailbox: Mailbox, intake: Intake, uids: Sequence[int]) -> None:
    """Only with what is stored: a message that is held back stays where it is, as it is."""
    if not uids or not mailbox.account.after.changes_the_server:
        return
    with intake.office.reader() as reader:
        stored = reader.sighted(mailbox.account.name, mailbox.uidvalidity, uids)
    try:
        mailbox.settle(sorted(stored))
    except NotSettled as error:
        log.error(error.what, extra={"mailbox": mailbox.account.name, "mend": error.mend})


class Watcher:
    """Watches one folder in a thread of its own."""

    def __init__(
        self, account: Account, intake: Intake, health: Health, stop: Stop, fatal: Callable[[IntakeError], None]
    ) -> None:
        self.account = account
        self._intake = intake
        self._health = health
        self._stop = stop
        self._fatal = fatal
        self._thread = threading.Thread(target=self._run, name=f"watch {account.name}", daemon=True)

    def start(self) -> None:
        self._health.watch(self.account.name)
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Whether it ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._pause(self._session())
        except IntakeError as error:
            self._fatal(error)
        except Exception as error:
            log.exception("unexpected fault", extra={"mailbox": self.account.name})
            self._fatal(
                IntakeError(f"unexpected fault: {type(error).__name__}: {error}", "Please report it with the log")
            )

    def _session(self) -> float:
        """Watch as long as the connection holds; returns the seconds until the next one."""
        try:
            with Mailbox(self.account) as mailbox:
                catch_up(mailbox, self._intake)
                while not self._stop.is_set():
                    self._look(mailbox)
                    self._wait(mailbox)
                    mailbox.open()
            return 0
        except IntakeError as error:
            if not error.passes:
                raise
            return self._report(error)

    def _wait(self, mailbox: Mailbox) -> None:
        """For news, or until the next poll is due."""
        until = time.monotonic() + self.account.poll_seconds
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            self._health.beat(self.account.name)
            if mailbox.wait(left, self._stop):
                return

    def _pause(self, seconds: float) -> None:
        """Before the next connection. It moves meanwhile: a watchdog that ended it would try a refused password again."""
        until = time.monotonic() + seconds
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            self._health.beat(self.account.name)
            self._stop.wait(min(left, BEAT_SECONDS))

    def _look(self, mailbox: Mailbox) -> None:
        name = self.account.name
        self._health.beat(name)
        tally = read_new(mailbox, self._intake, self._stop, self._took)
        if self._stop.is_set():
            return
        self._health.polled(name)
        self._note("poll", f"{tally.seen} seen, {tally.new} new in {name}")
        log.info("polled", extra={"mailbox": name, "seen": tally.seen, "new": tally.new})

    def _took(self, tally: Tally) -> None:
        self._health.beat(self.account.name)
        self._health.took(tally)

    def _report(self, error: IntakeError) -> float:
        if isinstance(error, LoginRefused):
            seconds = with_jitter(LOGIN_REFUSED_SECONDS)
        else:
            seconds = back_off_seconds(self._health.failures(self.account.name) + 1)
        failures = self._health.failed(self.account.name, error, seconds)
        level = logging.ERROR if failures > 1 or not isinstance(error, MailboxError) else logging.WARNING
        fields = {"mailbox": self.account.name, "mend": error.mend, "failures": failures, "next_try": round(seconds)}
        log.log(level, error.what, extra=fields)
        self._note("poll failed", error.what)
        self._health.beat(self.account.name)
        return seconds

    def _note(self, name: str, detail: str) -> None:
        try:
            with self._intake.lock:
                self._intake.writer.note_event(name, detail)
        except IntakeError as error:
            if not error.passes:
                raise
            log.warning("event not noted", extra={"event_name": name, "why": error.what})


def grouped(batches: Iterator[list[RawMessage]], size: int) -> Iterator[list[RawMessage]]:
    """Fetched batches cut to the size of a transaction."""
    for batch in batches:
        for first in range(0, len(batch), size):
            yield batch[first : first + size]


def _until(stop: Stop, batches: Iterator[list[RawMessage]]) -> Iterator[list[RawMessage]]:
    for batch in batches:
        yield batch
        if stop.is_set():
            return
