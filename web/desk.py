"""What the pages work with: one consultation's database, archive and people."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.config import Config
from core.consultation import Consultation
from ingest.archive import Archive
from store.decide import Decider
from web.access import Access, RateLimit

FRESH_SECONDS: Final = 3.0
QUICK_SECONDS: Final = 0.3
REST: Final = 20
"""Counting rests this many times as long as it took: over many replies it never takes more than a twentieth of a core."""


@dataclass
class Figures:
    """Figures over all replies, counted again in the background once they are no longer fresh.

    A page never waits for a count over a hundred thousand replies while mail comes in; after a decision it does, since the
    person who decided wants to see it.
    """

    clock: Callable[[], float] = time.monotonic
    kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    """By name: until when they are fresh, and the figures."""
    took: dict[str, float] = field(default_factory=dict)
    constant: dict[str, Any] = field(default_factory=dict)
    running: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    async def get(self, name: str, count: Callable[[], Any]) -> Any:
        """`count()` gives an awaitable. The figures as they were counted last; the first time they are waited for."""
        if name not in self.kept:
            return await self._count(name, count)
        fresh_until, figures = self.kept[name]
        if self.clock() > fresh_until and name not in self.running:
            self.running[name] = asyncio.create_task(self._count(name, count))
        return figures

    async def keep(self, name: str, count: Callable[[], Any]) -> Any:
        """What does not change while the desk runs: counted once."""
        if name not in self.constant:
            self.constant[name] = await count()
        return self.constant[name]

    def forget(self) -> None:
        """Somebody decided: what is counted quickly is counted before it is shown, the rest behind the page."""
        self.kept = {
            name: (0.0, figures) for name, (_, figures) in self.kept.items() if self.took[name] > QUICK_SECONDS
        }

    async def _count(self, name: str, count: Callable[[], Any]) -> Any:
        started = self.clock()
        try:
            figures = await count()
            took = self.took[name] = self.clock() - started
            self.kept[name] = (self.clock() + max(FRESH_SECONDS, REST * took), figures)
            return figures
        finally:
            self.running.pop(name, None)


@dataclass
class Desk:
    """Everything that a page or a decision needs."""

    config: Config
    consultation: Consultation
    archive: Archive
    access: Access
    decider: Decider
    limit: RateLimit
    figures: Figures = field(default_factory=Figures)
    deciding: threading.Lock = field(default_factory=threading.Lock)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.web.time_zone) if self.config.web.time_zone else self.consultation.zone

    async def decide(self, act: Callable[[Decider], Any]) -> Any:
        """One decision at a time, in a thread: SQLite may make it wait for the daemon."""

        def locked() -> Any:
            with self.deciding:
                return act(self.decider)

        done = await asyncio.to_thread(locked)
        self.figures.forget()
        return done
