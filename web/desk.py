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


@dataclass
class Figures:
    """Figures over all replies, counted again in the background once they are older than FRESH_SECONDS.

    A page never waits for a count over a hundred thousand replies while mail comes in; after a decision it does, since the
    person who decided wants to see it.
    """

    clock: Callable[[], float] = time.monotonic
    kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    constant: dict[str, Any] = field(default_factory=dict)
    running: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    async def get(self, name: str, count: Callable[[], Any]) -> Any:
        """`count()` gives an awaitable. The figures as they were counted last; the first time they are waited for."""
        if name not in self.kept:
            return await self._count(name, count)
        counted_at, figures = self.kept[name]
        if self.clock() - counted_at > FRESH_SECONDS and name not in self.running:
            self.running[name] = asyncio.create_task(self._count(name, count))
        return figures

    async def keep(self, name: str, count: Callable[[], Any]) -> Any:
        """What does not change while the desk runs: counted once."""
        if name not in self.constant:
            self.constant[name] = await count()
        return self.constant[name]

    def forget(self) -> None:
        self.kept.clear()

    async def _count(self, name: str, count: Callable[[], Any]) -> Any:
        started = self.clock()
        try:
            figures = await count()
            self.kept[name] = (started, figures)
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
