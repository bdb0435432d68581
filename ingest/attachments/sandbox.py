"""The parent's side: attachments are read in a child with limits, which is killed with all it started when its time is over."""

from __future__ import annotations

import atexit
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.wire import read_answers, write_request

START_SECONDS: Final = 120.0
ROOT: Final = Path(__file__).resolve().parents[2]


def read_all(attachments: Sequence[Attachment], limits: Limits, deadline: float | None = None) -> list[Extracted]:
    """What each file says, in their order. A file that kills or stalls its child costs only itself.

    Each file has `limits.seconds`, all together until `deadline` (of time.monotonic(); by default
    `limits.message_seconds` from now). Raises OSError when no child can be started.
    """
    deadline = deadline if deadline is not None else time.monotonic() + limits.message_seconds
    found: list[Extracted] = []
    while len(found) < len(attachments):
        rest = attachments[len(found) :]
        answers, fault = _in_child(rest, limits, deadline)
        found.extend(answers)
        if len(answers) < len(rest):
            problem = Problem(fault, rest[len(answers)].name, f"limits: {limits.seconds:g} s, {limits.memory_mib} MiB")
            found.append(Extracted(problems=(problem,)))
    return found


def _in_child(attachments: Sequence[Attachment], limits: Limits, deadline: float) -> tuple[list[Extracted], str]:
    """The answers a child gave before it ended, and the code of what ended it early."""
    if time.monotonic() >= deadline:
        return [], "attachment-timeout"
    # The answers go to a file, whose size is limited, and not through a pipe into this process's memory.
    with (
        tempfile.TemporaryDirectory(prefix="intake-child-", ignore_cleanup_errors=True) as scratch,
        Path(scratch, "request").open("w+b") as request,
        Path(scratch, "answers").open("w+b") as answers,
    ):
        write_request(request, attachments, limits, scratch)
        request.seek(0)
        with _keeper.ask(request, answers) as line:
            in_time = _wait(line, limits.seconds, deadline)
        answers.seek(0)
        return read_answers(answers, len(attachments)), "attachment-child-died" if in_time else "attachment-timeout"


def _wait(line: socket.socket, seconds: float, deadline: float) -> bool:
    """Until the child ends: True; False when it has not finished a file in its time. Closing `line` ends the child."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    while True:
        left = min(seconds, deadline - time.monotonic())
        if left <= 0 or not poll.poll(left * 1000):
            return False
        try:
            if not line.recv(4096):
                return True
        except ConnectionError:
            return True


class Keeper:
    """The process that forks the children (keeper.py); started when first asked, and again when it has died.

    Any number of threads may ask it. A fork of this process starts a keeper of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._station: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process now at work, if any."""
        return self._process.pid if self._process else None

    def start(self) -> Keeper:
        """Start it now, rather than when it is first asked."""
        with self._lock:
            self._started()
        return self

    def ask(self, request: BinaryIO, answers: BinaryIO) -> socket.socket:
        """Have a child started for that request: the line to it, which is at its end when the child is."""
        near, far = socket.socketpair()
        try:
            with far:
                self._send([request.fileno(), answers.fileno(), far.fileno()])
        except BaseException:
            near.close()
            raise
        return near

    def close(self) -> None:
        """End the process, and with it every child."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """In a forked process: leave the keeper to the parent. The lock is made anew, another thread may have held it."""
        if self._station is not None:
            self._station.close()
        self._lock, self._station, self._process = threading.Lock(), None, None

    def _send(self, descriptors: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._started(), [b"?"], descriptors)
            except (BrokenPipeError, ConnectionError):
                self._end()
                socket.send_fds(self._started(), [b"?"], descriptors)

    def _started(self) -> socket.socket:
        if self._station is not None:
            return self._station
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingest.attachments.keeper", str(far.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=environment(),
                pass_fds=[far.fileno()],
                start_new_session=True,
            )
        self._station = near
        self._wait_until_loaded(near)
        return near

    def _wait_until_loaded(self, station: socket.socket) -> None:
        """So that a slow start takes no time from the first file."""
        station.settimeout(START_SECONDS)
        try:
            loaded = station.recv(1)
        except (TimeoutError, ConnectionError):
            loaded = b""
        station.settimeout(None)
        if not loaded:
            self._end()
            raise OSError("the process that reads attachments does not start")

    def _end(self) -> None:
        if self._station is not None:
            self._station.close()
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._station = self._process = None


_keeper = Keeper()
"""This process's own."""


def keeper() -> Keeper:
    """This process's keeper, at work."""
    return _keeper.start()


os.register_at_fork(after_in_child=_keeper.forget)
atexit.register(_keeper.close)


def environment() -> dict[str, str]:
    """Only what a reader needs: no secret of the daemon's environment reaches a child."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX") if name in os.environ}
    # One thread: the keeper forks.
    return {**kept, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
