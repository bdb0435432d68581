"""Who reads messages: this process, or a few processes with the model loaded once in each.

A message may end its reader: a fault in a library below Python, memory, or a loop without end. A process of its own
bears that. It is started anew and the message tried once more, alone; the second time the message is held back, and
the others go on.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final, Protocol

from core.errors import IntakeError
from core.model import HeldBack, RawMessage, Reading

if TYPE_CHECKING:
    from worker.pipeline import Desk

log = logging.getLogger("intake.pool")

ATTEMPTS: Final = 2
STARTS: Final = 3
START_SECONDS: Final = 300.0
"""Time for a reader to load its model on a slow machine."""


class ReaderPool(Protocol):
    """Reads messages; results come in the order of the messages."""

    progress: Callable[[], None]
    """Called after each message, also in the middle of a batch."""

    def read(self, batch: Sequence[RawMessage]) -> list[Reading | HeldBack]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one message, and one reader's life, may take."""

    seconds: float = 900
    """A message that takes longer has its reader ended."""
    messages: int = 2000
    """A reader is replaced after so many, so that its memory cannot grow without end."""


class InProcess:
    """One worker: everything in this process."""

    def __init__(self, make_desk: Callable[[], Desk]) -> None:
        self._desk = make_desk()
        self.progress: Callable[[], None] = lambda: None

    def read(self, batch: Sequence[RawMessage]) -> list[Reading | HeldBack]:
        readings: list[Reading | HeldBack] = []
        for raw in batch:
            readings.append(self._desk.read(raw))
            self.progress()
        return readings

    def close(self) -> None:
        pass


class Processes:
    """One or more readers in processes of their own; `make_desk` runs in each and must be picklable."""

    def __init__(self, make_desk: Callable[[], Desk], workers: int, bounds: Bounds | None = None) -> None:
        self._make_desk = make_desk
        self._bounds = bounds or Bounds()
        self.progress: Callable[[], None] = lambda: None
        self._idle: list[_Worker] = [self._start() for _ in range(workers)]

    def read(self, batch: Sequence[RawMessage]) -> list[Reading | HeldBack]:
        results: dict[int, Reading | HeldBack] = {}
        todo = deque((place, raw, 1) for place, raw in enumerate(batch))
        busy: dict[Connection, tuple[_Worker, int, RawMessage, int]] = {}
        try:
            while todo or busy:
                while todo and self._idle:
                    place, raw, attempt = todo.popleft()
                    worker = self._take_idle()
                    worker.give(raw)
                    busy[worker.pipe] = (worker, place, raw, attempt)
                for pipe in self._ready(busy):
                    worker, place, raw, attempt = busy.pop(pipe)
                    result = self._result(worker, raw)
                    self.progress()
                    if isinstance(result, Reading):
                        results[place] = result
                    elif attempt < ATTEMPTS:
                        todo.appendleft((place, raw, attempt + 1))
                    else:
                        results[place] = HeldBack(raw, result, attempt)
        except BaseException:
            for worker, *_ in busy.values():
                self._idle.append(self._replace(worker))
            raise
        return [results[place] for place in range(len(batch))]

    def close(self) -> None:
        for worker in self._idle:
            worker.end()
        self._idle = []

    @property
    def pids(self) -> list[int]:
        """The readers that wait for work."""
        return [worker.pid for worker in self._idle]

    def _take_idle(self) -> _Worker:
        """One that is there and has its model; one that died while it waited or started is no message's fault."""
        worker = self._idle.pop()
        for _ in range(STARTS):
            if worker.is_ready():
                return worker
            worker = self._replace(worker)
        self._idle.append(worker)
        raise IntakeError("no reading process starts", "Run `intake check`; see that memory is enough for the model")

    def _ready(self, busy: dict[Connection, tuple[_Worker, int, RawMessage, int]]) -> list[Connection]:
        """Those that have an answer, have died, or have taken too long."""
        deadline = min(worker.since for worker, *_ in busy.values()) + self._bounds.seconds
        ready = wait(list(busy), timeout=max(0.0, deadline - time.monotonic()))
        return [pipe for pipe in busy if pipe in ready or busy[pipe][0].age() >= self._bounds.seconds]

    def _result(self, worker: _Worker, raw: RawMessage) -> Reading | str:
        """The reading; or why there is none, with the reader replaced."""
        try:
            if not worker.pipe.poll():
                raise TimeoutError
            reading = worker.take()
        except TimeoutError:
            why = f"not read within {self._bounds.seconds:g} s"
        except (EOFError, OSError):
            why = f"the process that read it ended ({worker.how_it_ended()})"
        else:
            worn = worker.count >= self._bounds.messages
            self._idle.append(self._replace(worker) if worn else worker)
            return reading
        log.error("a reader ended", extra={"digest": raw.digest, "why": why})
        self._idle.append(self._replace(worker))
        return why

    def _replace(self, worker: _Worker) -> _Worker:
        worker.end()
        return self._start()

    def _start(self) -> _Worker:
        return _Worker(self._make_desk)


def make_pool(make_desk: Callable[[], Desk], workers: int, bounds: Bounds | None = None) -> ReaderPool:
    """Several readers in processes of their own, or with 1 this process."""
    return InProcess(make_desk) if workers == 1 else Processes(make_desk, workers, bounds)


class _Worker:
    """One reader process and the pipe to it."""

    def __init__(self, make_desk: Callable[[], Desk]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make_desk), name="intake-reader", daemon=True)
        self._process.start()
        theirs.close()
        self.count = 0
        self.since = time.monotonic()
        self._started = False

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def give(self, raw: RawMessage) -> None:
        self.since = time.monotonic()
        self.count += 1
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its death is seen when the answer is read
            self.pipe.send(raw)

    def take(self) -> Reading:
        """Raises EOFError or OSError when the process is gone."""
        answer = self.pipe.recv()
        if not isinstance(answer, Reading):
            raise EOFError
        return answer

    def age(self) -> float:
        """Seconds since it was given its message."""
        return time.monotonic() - self.since

    def how_it_ended(self) -> str:
        self._process.join(5)
        code = self._process.exitcode
        return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"

    def end(self) -> None:
        self.pipe.close()  # a reader that waits for work ends on that
        self._process.join(0.5 if self._started else 0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def is_ready(self) -> bool:
        """Whether it lives; the first time it waits for the model. Raises IntakeError for what the reader says is wrong."""
        if self._started:
            return self._process.is_alive()
        try:
            said = self.pipe.recv() if self.pipe.poll(START_SECONDS) else False
        except (EOFError, OSError):
            return False
        if isinstance(said, IntakeError):
            raise said
        self._started = bool(said)
        return self._started


def _serve(pipe: Connection, make_desk: Callable[[], Desk]) -> None:
    """What a reader process does: make its desk, then read until the pipe is closed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # They are the parent's to handle. A handler, not SIG_IGN: the programs that read attachments would inherit that.
        signal.signal(number, lambda *_: None)
    try:
        desk = make_desk()
    except IntakeError as error:
        pipe.send(error)
        return
    pipe.send(True)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            pipe.send(desk.read(pipe.recv()))
