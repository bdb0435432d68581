"""One run of the intake in a forked process, that can be killed at a system call or at a time; and what must hold after.

The run is the program's own: data folder's lock, database, reconciliation, IMAP session, archive, commit. Only the
reading of a message is a stand-in, so that a run takes a fraction of a second and hundreds of them can be killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.config import load_config
from core.errors import IntakeError
from ingest.account import Account
from ingest.mailbox import Stop
from store.read import Reader
from tests.make import REPOSITORY
from tests.worker.test_pipeline import Scripted
from worker.daemon import poll
from worker.office import Office
from worker.reconcile import reconcile
from worker.verify import verify

SYSTEM_CALLS = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "mkdir",
    "sendto",
    "read",
    "close",
)
"""Those that change a file, end a change, or talk to the server."""
SECONDS = 60.0


def office_in(folder: Path, **settings: str) -> Office:
    environment = {"INTAKE_DATA_DIR": str(folder), "INTAKE_PROCESSING_GROUP": "3", **settings}
    return Office(load_config(REPOSITORY / "config.toml", {"INTAKE_STORAGE_MIN_FREE_MIB": "0", **environment}))


def take_in_all(office: Office, account: Account) -> None:
    """What `intake run --once` does."""
    with office.writer() as writer:
        reconcile(office, writer, Scripted())
        poll(office, account, Scripted(), writer, Stop())


@dataclass(frozen=True)
class Ended:
    """How a run ended: with an exit code, by a signal, or with an error that a person reads."""

    code: int
    error: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


def forked(run: Callable[[], None]) -> int:
    """Start it in a process that waits for SIGCONT; its error, if any, goes to the pipe of the same number."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, os.WUNTRACED)
        return pid
    code = 0
    try:
        os.kill(os.getpid(), signal.SIGSTOP)
        run()
    except (IntakeError, OSError) as error:  # main() tells both without a traceback
        Path(f"/tmp/intake-crash-{os.getpid()}").write_text(f"{type(error).__name__}: {error}")
        code = 1
    except BaseException:  # noqa: BLE001 - the parent shows it
        Path(f"/tmp/intake-crash-{os.getpid()}").write_text(traceback.format_exc())
        code = 99
    os._exit(code)


def finish(pid: int) -> Ended:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            said = Path(f"/tmp/intake-crash-{pid}")
            error = said.read_text() if said.exists() else ""
            said.unlink(missing_ok=True)
            return Ended(os.waitstatus_to_exitcode(status), error)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the run did not end")


def clean(run: Callable[[], None]) -> float:
    """Run it to its end; returns the seconds."""
    started = time.monotonic()
    pid = forked(run)
    os.kill(pid, signal.SIGCONT)
    ended = finish(pid)
    assert ended == Ended(0), ended.error
    return time.monotonic() - started


def killed_after(run: Callable[[], None], seconds: float) -> Ended:
    pid = forked(run)
    os.kill(pid, signal.SIGCONT)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return finish(pid)


def injected(run: Callable[[], None], call: str, what: str, number: int) -> Ended:
    """Run it under strace; at the n-th such call `what` happens: signal=KILL, or error=EIO and the like."""
    with traced(run, "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}") as pid:
        return finish(pid)


def counted(run: Callable[[], None]) -> dict[str, int]:
    """How often a clean run makes each system call."""
    report = Path(f"/tmp/intake-strace-{os.getpid()}")
    with traced(run, "-c", "-e", f"trace={','.join(SYSTEM_CALLS)}", report=report) as pid:
        assert finish(pid).code == 0
    time.sleep(0.2)
    lines = re.findall(r"(?m)^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", report.read_text())
    report.unlink()
    return {name: int(count) for count, name in lines if name in SYSTEM_CALLS}


@contextlib.contextmanager
def traced(run: Callable[[], None], *options: str, report: Path = Path("/dev/null")) -> Iterator[int]:
    pid = forked(run)
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", str(report), *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    assert "attached" in said, said
    os.kill(pid, signal.SIGCONT)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
        tracer.wait(timeout=10)
        tracer.stderr.close()


def assert_whole(office: Office, account: Account, digests: set[str]) -> None:
    """0 lost, 0 doubled, 0 corrupt; the cursor where the server's last message is; nothing half written."""
    with Reader(office.config.database) as reader:
        stored = [row["sha256"] for row in reader.rows("SELECT sha256 FROM messages")]
        cursor = reader.cursor(account.name)
        texts = reader.value("SELECT count(*) FROM texts")
        sightings, last = reader.value("SELECT count(*) FROM sightings"), reader.value("SELECT max(uid) FROM sightings")
    assert sorted(stored) == sorted(digests)
    assert cursor is not None
    assert cursor.last_uid == last
    assert texts == sightings == len(digests)
    assert [finding for finding in verify(office) if finding.status != "ok"] == []
    assert list(office.config.archive_dir.rglob(".incoming-*")) == []
