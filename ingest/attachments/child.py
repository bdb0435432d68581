"""The child that reads attachments: takes files on standard input, gives texts on standard output, a JSON line each.

It is started by sandbox.py as `python -m ingest.attachments.child`, limits itself first, and may die: that costs
the file it was reading and nothing else. JSON and not pickle: what a hostile file made of the child must not run in the parent.
"""

from __future__ import annotations

import base64
import ctypes
import dataclasses
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits

MAX_FILES: Final = 256
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000
"""linux/sched.h; see namespaces(7)."""
PR_SET_PDEATHSIG: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38
"""linux/prctl.h; see prctl(2)."""


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**request["limits"])
    leave_network()
    _limit(limits)
    from ingest.attachments.registry import read  # noqa: PLC0415 - libraries are loaded within the limits

    for fields in request["attachments"]:
        found = read(attachment_from(fields), limits)
        sys.stdout.write(json.dumps(to_json(found)) + "\n")
        sys.stdout.flush()


def leave_network() -> bool:
    """Go where there is no network, and die with the parent. False where the kernel does not allow the first."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def _tasks_of_this_user() -> int:
    """RLIMIT_NPROC counts every task of the user, other programs' too (getrlimit(2))."""
    mine = os.getuid()
    count = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == mine:
                count += len(list((folder / "task").iterdir()))
        except OSError:  # ended meanwhile
            continue
    return count


def _limit(limits: Limits) -> None:
    memory = limits.memory_mib * 1024 * 1024
    seconds = int(limits.seconds) + 1
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, (limits.max_mib + limits.unpacked_mib) * 1024 * 1024 * 2),
        (resource.RLIMIT_NPROC, _tasks_of_this_user() + limits.processes),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    fields = {field.name: getattr(attachment, field.name) for field in dataclasses.fields(attachment)}
    return {**fields, "content": base64.b64encode(attachment.content).decode("ascii")}


def attachment_from(fields: dict[str, Any]) -> Attachment:
    return Attachment(**{**fields, "content": base64.b64decode(fields["content"])})


def to_json(found: Extracted) -> dict[str, Any]:
    return {
        "text": found.text,
        "origin": found.origin,
        "confidence": found.confidence,
        "mail": found.mail,
        "problems": [[problem.code, problem.where, problem.detail] for problem in found.problems],
        "children": [attachment_to_json(child) for child in found.children],
    }


def from_json(fields: dict[str, Any]) -> Extracted:
    return Extracted(
        text=fields["text"],
        origin=fields["origin"],
        confidence=fields["confidence"],
        mail=fields["mail"],
        problems=tuple(Problem(*problem) for problem in fields["problems"]),
        children=tuple(attachment_from(child) for child in fields["children"]),
    )


if __name__ == "__main__":
    main()
