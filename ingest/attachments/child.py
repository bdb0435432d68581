"""The child that reads attachments: limits itself, reads one file after the other, and may die.

That costs the file it was reading and nothing else: what it had answered before is in the answers' file.
"""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path
from typing import Final

from ingest.attachments.base import Limits
from ingest.attachments.registry import read
from ingest.attachments.wire import read_request, write_answer

MAX_FILES: Final = 256
ANSWERED: Final = b"."


def answer(request: int, answers: int, line: int) -> None:
    """Read the files of `request`, write what they say to `answers`, and a byte to `line` after each."""
    with open(request, "rb") as asked, open(answers, "wb") as given:
        limits, scratch, files = read_request(asked)
        _use(scratch)
        limit(limits)
        for attachment in files:
            write_answer(given, read(attachment, limits))
            os.write(line, ANSWERED)


def _use(scratch: str) -> None:
    os.chdir(scratch)
    os.environ.update(TMPDIR=scratch, HOME=scratch)
    tempfile.tempdir = scratch


def limit(limits: Limits) -> None:
    """Bounds that the kernel keeps (getrlimit(2)), for this process and each that it starts."""
    memory = limits.memory_mib * 1024 * 1024
    for what, value in (
        (resource.RLIMIT_NPROC, _tasks_of_this_user() + limits.processes),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(limits.message_seconds) + 1),
        (resource.RLIMIT_FSIZE, (limits.max_mib + limits.unpacked_mib) * 1024 * 1024 * 2),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def _tasks_of_this_user() -> int:
    """RLIMIT_NPROC counts every task of the user, other programs' too."""
    mine = os.stat("/proc/self").st_uid
    count = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == mine:
                count += len(list((folder / "task").iterdir()))
        except OSError:  # ended meanwhile
            continue
    return count
