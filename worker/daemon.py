"""The daemon: APScheduler's jobs in one thread, a main thread that waits for the signal to stop."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from core.clock import now
from core.errors import ArchiveError, IntakeError, LoginRefused, MailboxError, StoreError
from core.model import RawMessage
from ingest.mailbox import Account, Mailbox
from report.weekly import Week
from store.write import Writer
from worker.office import Office
from worker.pipeline import Tally, take_in
from worker.pool import ReaderPool
from worker.schedule import back_off_minutes, last_made, missed_weeks, week_due, weekly_trigger, write_weekly

log = logging.getLogger("intake.daemon")

GRACE_SECONDS: Final = 4.0
"""What a stop waits for the message in hand; then the process ends, and its transaction with it."""


def poll(office: Office, account: Account, readers: ReaderPool, writer: Writer, stop: threading.Event) -> Tally:
    """Fetch and store everything behind the cursor, until done or told to stop."""
    total = Tally()
    with office.reader() as reader:
        cursor = reader.cursor(account.name)
    with Mailbox(account) as mailbox:
        batches = _until(stop, _grouped(mailbox.fetch(cursor), office.config.processing.group))
        for tally in take_in(batches, office.archive, readers, writer):
            total += tally
    writer.note_event("poll", f"{total.seen} seen, {total.new} new")
    return total


class Daemon:
    """Polls and reports until stopped. `run` returns the exit code."""

    def __init__(self, office: Office, readers: ReaderPool, writer: Writer) -> None:
        self.office = office
        self.account = office.account()
        self.readers = readers
        self.writer = writer
        self.stop = threading.Event()
        self.fatal: IntakeError | None = None
        self._busy = threading.Lock()
        self._failures = 0
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=office.consultation.zone,
        )

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        trigger = weekly_trigger(self.office.config, self.office.consultation)
        self._make_missed()
        self.writer.note_event("daemon started", str(os.getpid()))
        self._scheduler.add_job(self._poll, "date", run_date=now(), id="poll")
        self._scheduler.add_job(self._weekly, trigger, id="weekly")
        self._scheduler.start()
        log.info("started", extra={"mailbox": self.account.name, "data": str(self.office.config.data_dir)})
        self.stop.wait()
        return self._end()

    def _end(self) -> int:
        self._scheduler.shutdown(wait=False)
        if not self._busy.acquire(timeout=GRACE_SECONDS):
            log.warning("stopped in the middle of a message; it is read again at the next start")
            logging.shutdown()
            os._exit(0)  # the transaction in hand is rolled back by SQLite, the cursor is where it was
        if self.fatal is not None:
            raise self.fatal
        self.writer.note_event("daemon stopped")
        log.info("stopped")
        return 0

    def _poll(self) -> None:
        with self._busy:
            wait = self._poll_once()
        if not self.stop.is_set():
            at = now() + timedelta(minutes=wait)
            self._scheduler.add_job(self._poll, "date", run_date=at, id="poll", replace_existing=True)

    def _poll_once(self) -> float:
        """One poll; returns the minutes until the next."""
        minutes = self.office.config.mailbox.poll_minutes
        try:
            tally = poll(self.office, self.account, self.readers, self.writer, self.stop)
        except LoginRefused as error:
            # Trying again soon would lock the account on many servers.
            self._report(error)
            return back_off_minutes(60, 10)
        except MailboxError as error:
            self._report(error)
            return back_off_minutes(minutes, self._failures)
        except (StoreError, ArchiveError, IntakeError) as error:
            self.fatal = error
            self.stop.set()
            return minutes
        except Exception as error:
            log.exception("unexpected fault in a poll")
            self.fatal = IntakeError(
                f"unexpected fault: {type(error).__name__}: {error}", "Please report it with the log"
            )
            self.stop.set()
            return minutes
        self._failures = 0
        log.info("polled", extra={"seen": tally.seen, "new": tally.new})
        return minutes

    def _report(self, error: MailboxError) -> None:
        self._failures += 1
        log.error(error.what, extra={"mend": error.mend, "failures": self._failures})
        with contextlib.suppress(StoreError):
            self.writer.note_event("poll failed", error.what)

    def _weekly(self) -> None:
        with self._busy:
            self._write(week_due(datetime.now(self.office.consultation.zone)))

    def _make_missed(self) -> None:
        with self.office.reader() as reader:
            since = last_made(reader)
        if since is None:
            return
        zone = self.office.consultation.zone
        trigger = weekly_trigger(self.office.config, self.office.consultation)
        for week in missed_weeks(trigger, since.astimezone(zone), datetime.now(zone)):
            self._write(week)

    def _write(self, week: Week) -> None:
        with self.office.reader() as reader:
            write_weekly(reader, self.office.consultation, week, self.office.config.reports_dir)
        self.writer.note_event("weekly summary", week.name)
        log.info("weekly summary written", extra={"week": week.name, "folder": str(self.office.config.reports_dir)})


def _until(stop: threading.Event, batches: Iterator[list[RawMessage]]) -> Iterator[list[RawMessage]]:
    for batch in batches:
        yield batch
        if stop.is_set():
            return


def _grouped(batches: Iterator[list[RawMessage]], size: int) -> Iterator[list[RawMessage]]:
    """Fetched batches cut to the size of a transaction."""
    for batch in batches:
        for first in range(0, len(batch), size):
            yield batch[first : first + size]
