"""Who reads messages: this process, or a pool of processes with the model loaded once in each."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Protocol

from core.errors import IntakeError
from core.model import RawMessage, Reading

if TYPE_CHECKING:
    from worker.pipeline import Desk


class ReaderPool(Protocol):
    """Reads messages, in the order they are given."""

    def read(self, batch: Sequence[RawMessage]) -> list[Reading]: ...

    def close(self) -> None: ...


class InProcess:
    """One worker: everything in this process."""

    def __init__(self, make_desk: Callable[[], Desk]) -> None:
        self._desk = make_desk()

    def read(self, batch: Sequence[RawMessage]) -> list[Reading]:
        return [self._desk.read(raw) for raw in batch]

    def close(self) -> None:
        pass


class Processes:
    """Several workers, started once; `make_desk` runs in each and must be picklable."""

    def __init__(self, make_desk: Callable[[], Desk], workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(make_desk,))

    def read(self, batch: Sequence[RawMessage]) -> list[Reading]:
        try:
            return list(self._pool.map(_read, batch))
        except BrokenProcessPool:
            raise IntakeError(
                "a worker process died",
                "Nothing was lost: start the program again; set processing.workers = 1 to find the message",
            ) from None

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def make_pool(make_desk: Callable[[], Desk], workers: int) -> ReaderPool:
    return InProcess(make_desk) if workers == 1 else Processes(make_desk, workers)


_desk: Desk | None = None


def _start(make_desk: Callable[[], Desk]) -> None:
    global _desk  # noqa: PLW0603 - one desk a process, made before its first message
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _desk = make_desk()


def _read(raw: RawMessage) -> Reading:
    assert _desk is not None  # noqa: S101 - the initializer ran
    return _desk.read(raw)
