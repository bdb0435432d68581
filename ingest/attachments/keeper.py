"""The keeper: a process with the readers' libraries loaded, which forks a limited child for each request.

Loading the libraries takes half a second, forking some milliseconds. sandbox.py starts it as
`python -m ingest.attachments.keeper FD` by exec, never by forking the daemon: so it has one thread however many the
daemon has, and none of its secrets, files and connections. It ends when the daemon does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from importlib import import_module
from typing import Final, NoReturn

from ingest.attachments import guard
from ingest.attachments.registry import READERS

DESCRIPTORS: Final = 3
"""Passed with each request: the request's file, the answers' file, and the line to the asker."""


def main() -> None:
    station = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are reaped by the kernel
    load()
    serve(station)


def load() -> None:
    """Import what the readers import, so that each child finds it in place."""
    for place in READERS.values():
        import_module(place.partition(":")[0])
    gc.collect()
    gc.freeze()  # forked pages stay shared: the collector does not touch them


def serve(station: socket.socket) -> None:
    """Until the asker hangs up: a guard, with a child of its own, for each request."""
    station.send(b"!")
    while True:
        _, descriptors, _, _ = socket.recv_fds(station, 1, DESCRIPTORS)
        if not descriptors:
            return
        if len(descriptors) == DESCRIPTORS and os.fork() == 0:
            station.close()
            _guard(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _guard(request: int, answers: int, line: int) -> NoReturn:
    """In the fork: whatever happens, this process ends here and does not become a second keeper."""
    code = 1
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = guard.watch(request, answers, line)
    os._exit(code)


if __name__ == "__main__":
    main()
