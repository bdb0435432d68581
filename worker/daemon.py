"""The daemon: a thread for each watched folder, APScheduler's jobs in another, a main thread that looks after them.

Signals: SIGTERM and SIGINT end it cleanly, SIGHUP makes it read its configuration anew.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from core.clock import now
from core.errors import IntakeError
from ingest.account import Account
from ingest.mailbox import Mailbox, Stop
from report.weeks import Week
from store.write import Writer
from worker.alarm import Alarm, Send
from worker.backup import back_up
from worker.disk import MIB, free_mib, see_that_there_is_room
from worker.endpoint import Endpoint
from worker.health import Health
from worker.intake import Intake
from worker.metrics import Figures, make_metrics
from worker.notify import notify, notify_reloading, watchdog_seconds
from worker.office import Office
from worker.pipeline import Tally
from worker.pool import ReaderPool
from worker.purge import older_than, purge
from worker.reconcile import reconcile
from worker.reporting import write_weekly, write_whole
from worker.scans import scans_folder, take_scans
from worker.schedule import cron_trigger, last_made, missed_weeks, week_due, weekly_trigger
from worker.sending import plan_weekly, send_due
from worker.watcher import Watcher, catch_up, read_new

log = logging.getLogger("intake.daemon")

SEND_SECONDS: Final = 30.0
"""How often the log of mail to send is looked at."""

GRACE_SECONDS: Final = 4.0
"""What a stop waits for the message in hand; then the process ends, and its transaction with it."""
TICK_SECONDS: Final = 1.0
STATUS_SECONDS: Final = 30.0
JUMP_SECONDS: Final = 60.0
"""A wall clock that moves so much against the monotonic one was set, or the machine slept."""
STATUS_FILE: Final = "daemon.json"
RELOAD: Final = -1
"""What run() returns when the process is to begin anew with its new configuration."""


def poll(office: Office, account: Account, readers: ReaderPool, writer: Writer, stop: Stop) -> Tally:
    """Fetch and store everything behind the cursor, once."""
    intake = Intake(office, readers, writer, threading.Lock())
    with Mailbox(account) as mailbox:
        catch_up(mailbox, intake)
        tally = read_new(mailbox, intake, stop)
    writer.note_event("poll", f"{tally.seen} seen, {tally.new} new in {account.name}")
    return tally


class Daemon:
    """Watches and reports until stopped. `run` returns the exit code."""

    def __init__(
        self,
        office: Office,
        readers: ReaderPool,
        writer: Writer,
        check_settings: Callable[[], object] = lambda: None,
        send: Send | None = None,
    ) -> None:
        self.office = office
        self.readers = readers
        self.writer = writer
        self.stop = Stop()
        self.fatal: IntakeError | None = None
        config = office.config
        self.health = Health(timedelta(minutes=config.health.unwell_minutes))
        self._check_settings = check_settings
        self._ready = False
        readers.progress = self._progress
        self._work = threading.Lock()
        self._reload_asked = False
        self._reloading = False
        self._alarm = Alarm(send, timedelta(minutes=config.alerts.after_minutes)) if send else None
        intake = self._intake = Intake(office, readers, writer, self._work)
        self._watchers = [
            Watcher(account, intake, self.health, self.stop, self._end_on) for account in office.accounts()
        ]
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=office.consultation.zone,
        )
        self._endpoint = self._make_endpoint() if config.health.listen else None

    def run(self) -> int:
        self._listen_to_signals()
        trigger = weekly_trigger(self.office.config, self.office.consultation)
        self._make_missed()
        self._reconcile()
        self.writer.note_event("daemon started", str(os.getpid()))
        self._add_jobs(trigger)
        self._scheduler.start()
        for watcher in self._watchers:
            watcher.start()
        if self._endpoint:
            self._endpoint.start()
        names = [watcher.account.name for watcher in self._watchers]
        log.info("started", extra={"mailboxes": names, "data": str(self.office.config.data_dir)})
        self._look_after()
        return self._end()

    # --- while it runs ---

    def _look_after(self) -> None:
        """Until stopped: the watchdog, the status file, the alarm, the disk, the clock."""
        ticker = _Ticker()
        notify("READY=1\nSTATUS=watching")
        self._ready = True
        while not self.stop.wait(TICK_SECONDS):
            if self._reload_asked:
                self._reload()
            if ticker.clock_jumped():
                log.warning("the clock was set, or the machine slept")
                self._scheduler.wakeup()
            if ticker.is_due("watchdog", watchdog_seconds()) and self.health.snapshot().alive:
                notify("WATCHDOG=1")
            if ticker.is_due("status", STATUS_SECONDS):
                self._look_at_disk()
                self._say_how_it_is()

    def _progress(self) -> None:
        self.health.beat_all()
        if not self._ready:  # raw messages without a row may take long at the start
            notify("EXTEND_TIMEOUT_USEC=600000000")

    def _say_how_it_is(self) -> None:
        snapshot = self.health.snapshot()
        text = json.dumps({"pid": os.getpid(), **snapshot.as_json()}, ensure_ascii=False, indent=1)
        with contextlib.suppress(OSError):  # a full disk is said elsewhere
            write_whole(self.office.config.data_dir / STATUS_FILE, f"{text}\n".encode())
        notify("STATUS=" + ("; ".join(snapshot.problems) or f"well, {snapshot.counters.new} new since the start"))
        if self._alarm:
            self._alarm.look(snapshot)

    def _look_at_disk(self) -> None:
        config = self.office.config
        try:
            see_that_there_is_room(config.data_dir, config.storage.min_free_mib)
        except IntakeError as error:
            self.health.set("disk", error.what)
        else:
            self.health.clear("disk")

    def _make_endpoint(self) -> Endpoint:
        return Endpoint(
            self.office.config.health.listen, self.health.snapshot, make_metrics(self.health.snapshot, self._figures)
        )

    def _figures(self) -> Figures:
        with self.office.reader() as reader:
            counts = reader.counts()
        names = ("replies", "needs_review", "held_back", "states_answered", "states_silent")
        return {
            **{name: counts[name] for name in names},
            "disk_free_bytes": free_mib(self.office.config.data_dir) * MIB,
            "readers": self.office.config.processing.workers,
        }

    # --- signals, and the end ---

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        signal.signal(signal.SIGHUP, lambda *_: setattr(self, "_reload_asked", True))

    def _reload(self) -> None:
        self._reload_asked = False
        try:
            self._check_settings()
        except IntakeError as error:
            log.error("the new configuration is not taken", extra={"why": error.what, "mend": error.mend})
            return
        log.info("reading the configuration anew")
        notify_reloading()
        self._reloading = True
        self.stop.set()

    def _end_on(self, error: IntakeError) -> None:
        self.fatal = self.fatal or error
        self.stop.set()

    def _end(self) -> int:
        if not self._reloading:
            notify("STOPPING=1")
        self._scheduler.shutdown(wait=False)
        if self._endpoint:
            self._endpoint.close()
        until = time.monotonic() + GRACE_SECONDS
        ended = [watcher.join(max(0.0, until - time.monotonic())) for watcher in self._watchers]
        if not all(ended) and not self._work.acquire(timeout=max(0.1, until - time.monotonic())):
            self._leave_the_rest()
        if self.fatal is not None:
            if self._alarm:
                self._alarm.give_up(self.fatal)
            raise self.fatal
        self.writer.note_event("daemon stopped")
        log.info("stopped")
        return RELOAD if self._reloading else 0

    def _leave_the_rest(self) -> None:
        """The transaction in hand is rolled back by SQLite, the cursor is where it was."""
        log.warning("stopped in the middle of a message; it is read again at the next start")
        self.readers.close()
        logging.shutdown()
        os._exit(1 if self.fatal else 0)

    # --- jobs ---

    def _add_jobs(self, weekly: CronTrigger) -> None:
        config = self.office.config
        self._scheduler.add_job(self._weekly, weekly, id="weekly")
        self._scheduler.add_job(self._send, "interval", seconds=SEND_SECONDS, id="send", next_run_time=now())
        every = config.scans.every_seconds
        self._scheduler.add_job(self._scans, "interval", seconds=every, id="scans", next_run_time=now())
        if config.backup.cron:
            self._scheduler.add_job(self._back_up, self._cron("backup.cron", config.backup.cron), id="backup")
        if config.retention.days:
            self._scheduler.add_job(self._purge, self._cron("retention.cron", config.retention.cron), id="purge")

    def _cron(self, key: str, line: str) -> CronTrigger:
        return cron_trigger(key, line, self.office.consultation.zone)

    def _reconcile(self) -> None:
        done = reconcile(self.office, self.writer, self.readers)
        if done.missing:
            self.health.set("archive", f"{len(done.missing)} rows have lost their raw message: `intake verify`")

    def _back_up(self) -> None:
        """Without the work lock: mail is taken in meanwhile."""
        settings = self.office.config.backup
        with self._reported("backup"):
            made = back_up(self.office, self.office.config.backup_dir, settings.keep, settings.encrypt_to)
            with self._work:
                self.writer.note_event("backup", made.path.name)
            log.info("backup made", extra={"path": str(made.path), "files": made.files, "octets": made.octets})

    def _purge(self) -> None:
        day = datetime.now(self.office.consultation.zone).date() - timedelta(days=self.office.config.retention.days)
        with self._job("retention"):
            chosen = older_than(self.office, day)
            if chosen.rows:
                count = purge(self.office, self.writer, chosen, "retention.days")
                log.info("old replies removed", extra={"count": count, "before": str(day)})

    def _weekly(self) -> None:
        with self._job("weekly summary"):
            self._write(week_due(datetime.now(self.office.consultation.zone)))

    def _scans(self) -> None:
        """Letters that the scanner laid down; each is stored by itself."""
        with self._reported("scans"):
            scans_folder(self.office)
            take_scans(self._intake)

    def _send(self) -> None:
        """What is due; a server that is slow keeps nothing else waiting, since this takes no lock."""
        try:
            send_due(self.office)
        except (IntakeError, OSError) as error:
            log.error("a job failed", extra={"job": "send", "why": str(error)})
            self.health.set("send", f"send: {error}")
        else:
            self.health.clear("send")

    @contextlib.contextmanager
    def _job(self, name: str) -> Iterator[None]:
        """A job that writes: between two batches."""
        with self._reported(name), self._work:
            yield

    @contextlib.contextmanager
    def _reported(self, name: str) -> Iterator[None]:
        """A job that fails is said and tried at its next time; the mailbox is read all the same."""
        try:
            yield
        except (IntakeError, OSError) as error:
            log.error("a job failed", extra={"job": name, "why": str(error)})
            self.health.set(name, f"{name}: {error}")
        else:
            self.health.clear(name)

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
        plan_weekly(self.office, write_weekly(self.office, week))
        self.writer.note_event("weekly summary", week.name)
        log.info("weekly summary written", extra={"week": week.name, "folder": str(self.office.config.reports_dir)})


class _Ticker:
    """What is due, by the monotonic clock."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._offset = now().timestamp() - time.monotonic()

    def is_due(self, name: str, every: float | None) -> bool:
        moment = time.monotonic()
        if every is None or moment - self._last.get(name, float("-inf")) < every:
            return False
        self._last[name] = moment
        return True

    def clock_jumped(self) -> bool:
        offset = now().timestamp() - time.monotonic()
        jumped = abs(offset - self._offset) > JUMP_SECONDS
        self._offset = offset
        return jumped


def status_file(data_dir: Path) -> Path:
    """Where a running daemon says how it is, for `intake status`."""
    return data_dir / STATUS_FILE
