"""How the daemon is: what each mailbox's last look gave, what stands in the way, and whether all its threads move."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from core.clock import now, to_iso
from core.errors import IntakeError
from worker.pipeline import Tally

STUCK_SECONDS: Final = 1800.0
"""A thread that did not move for so long is stuck: every wait in it has a shorter end (time-outs, IDLE's renewal)."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One folder of one mailbox."""

    name: str
    since: datetime
    last_good_poll: datetime | None = None
    failures: int = 0
    fault: str = ""
    mend: str = ""
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the start of the process."""

    polls: int = 0
    failed_polls: int = 0
    seen: int = 0
    new: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it at one moment."""

    at: datetime
    started_at: datetime
    mailboxes: tuple[Watched, ...]
    counters: Counters
    problems: tuple[str, ...]
    alive: bool

    @property
    def well(self) -> bool:
        return self.alive and not self.problems

    @property
    def ready(self) -> bool:
        """Whether every mailbox was read at least once, and nothing stands in the way."""
        return self.well and all(mailbox.last_good_poll for mailbox in self.mailboxes)

    def as_json(self) -> dict[str, Any]:
        return {
            "well": self.well,
            "ready": self.ready,
            "alive": self.alive,
            "problems": list(self.problems),
            **_plain({"at": self.at, "started_at": self.started_at}),
            "mailboxes": [_plain(asdict(mailbox)) for mailbox in self.mailboxes],
            "counters": asdict(self.counters),
        }


@dataclass
class Health:
    """Told by all threads of the daemon, asked by whoever watches it."""

    unwell_after: timedelta = timedelta(minutes=30)
    clock: Callable[[], datetime] = now
    monotonic: Callable[[], float] = time.monotonic
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        self._lock = threading.Lock()
        self._mailboxes: dict[str, Watched] = {}
        self._conditions: dict[str, str] = {}
        self._beats: dict[str, float] = {}
        self._counters = Counters()

    def watch(self, name: str) -> None:
        with self._lock:
            self._mailboxes[name] = Watched(name, self.clock())
            self._beats[name] = self.monotonic()

    def beat(self, name: str) -> None:
        """This thread moves."""
        with self._lock:
            self._beats[name] = self.monotonic()

    def beat_all(self) -> None:
        """The one that works moves, and the others wait for it."""
        with self._lock:
            self._beats = dict.fromkeys(self._beats, self.monotonic())

    def took(self, tally: Tally) -> None:
        with self._lock:
            old = self._counters
            self._counters = replace(
                old, seen=old.seen + tally.seen, new=old.new + tally.new, held=old.held + tally.held
            )

    def polled(self, name: str) -> None:
        with self._lock:
            self._counters = replace(self._counters, polls=self._counters.polls + 1)
            self._mailboxes[name] = Watched(name, self._mailboxes[name].since, self.clock())

    def failed(self, name: str, error: IntakeError, wait_seconds: float) -> int:
        """Returns how often in a row it failed now."""
        with self._lock:
            self._counters = replace(self._counters, failed_polls=self._counters.failed_polls + 1)
            old = self._mailboxes[name]
            self._mailboxes[name] = replace(
                old,
                failures=old.failures + 1,
                fault=error.what,
                mend=error.mend,
                next_try=self.clock() + timedelta(seconds=wait_seconds),
            )
            return old.failures + 1

    def failures(self, name: str) -> int:
        with self._lock:
            return self._mailboxes[name].failures

    def set(self, condition: str, what: str) -> None:
        """Something stands in the way until it is cleared."""
        with self._lock:
            self._conditions[condition] = what

    def clear(self, condition: str) -> None:
        with self._lock:
            self._conditions.pop(condition, None)

    def snapshot(self) -> Snapshot:
        with self._lock:
            at, monotonic = self.clock(), self.monotonic()
            mailboxes = tuple(self._mailboxes.values())
            problems = (*self._conditions.values(), *(_unseen(mailbox, at, self.unwell_after) for mailbox in mailboxes))
            alive = all(monotonic - beat < STUCK_SECONDS for beat in self._beats.values())
            return Snapshot(at, self.started_at, mailboxes, self._counters, tuple(filter(None, problems)), alive)


def _unseen(mailbox: Watched, at: datetime, unwell_after: timedelta) -> str:
    last = mailbox.last_good_poll or mailbox.since
    if at - last < unwell_after:
        return ""
    fault = f": {mailbox.fault}" if mailbox.fault else ""
    return f"{mailbox.name} was last read {int((at - last).total_seconds() // 60)} minutes ago{fault}"


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_iso(value) if isinstance(value, datetime) else value for name, value in fields.items()}
