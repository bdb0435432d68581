"""The guard of one child: starts it where there is no network, and ends it, with all it started, when the asker hangs up.

The child reads hostile files. Where the kernel allows it, it is the first process of a PID namespace: it sees no other
process, and when it dies the kernel kills whatever it has started, however that was detached (pid_namespaces(7)).
Elsewhere its process group is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
from typing import Final

from ingest.attachments import child

CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000
CLONE_NEWIPC: Final = 0x08000000
"""linux/sched.h; see namespaces(7)."""
PR_SET_PDEATHSIG: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38
"""linux/prctl.h; see prctl(2)."""
libc = ctypes.CDLL(None, use_errno=True)


def watch(request: int, answers: int, line: int) -> int:
    """Run a child over that request until it ends or the other end of `line` is closed. Returns the child's exit status."""
    enclose()
    guard = os.getpid()
    pid = os.fork()
    if pid == 0:
        _child(request, answers, line, guard)
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(line, select.POLLHUP)
        poll.poll()
    finally:
        kill_group(pid)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) & 0xFF


def enclose() -> frozenset[str]:
    """Leave the network, and let the next child be alone among processes: which of both the kernel allowed.

    A user namespace takes a superuser's privileges away, too; a superuser without one still leaves the network.
    """
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    everything = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC
    for flags in (everything, everything & ~CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNET, CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return frozenset({"network", "processes"} if flags & CLONE_NEWPID else {"network"})
    return frozenset()


def kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _child(request: int, answers: int, line: int, guard: int) -> None:
    code = 1
    with contextlib.suppress(BaseException):
        os.setpgid(0, 0)
        # The guard has one thread, so "its death" is the process's; it may have died before this line was reached.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() in (0, guard):  # 0: seen from within a namespace
            child.answer(request, answers, line)
            code = 0
    os._exit(code)
