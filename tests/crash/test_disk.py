"""A disk that is full, faulty or read-only, and a database that another holds: said clearly, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import digest_of
from ingest.mailbox import Stop
from store import schema
from store.write import Writer
from tests.crash.harness import Ended, assert_whole, clean, finish, forked, injected, office_in, take_in_all
from tests.crash.test_kill import MAILS
from tests.make import make_email
from tests.servers import Server, running_pymap
from tests.worker.test_pipeline import Scripted
from worker import watcher
from worker.health import Health
from worker.intake import Intake
from worker.office import Office, set_up
from worker.watcher import Watcher

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small disk")
LARGE = [*MAILS, make_email("large " + "y" * 70 * 20_000, message_id="<large@x>").replace(b"\n", b"\r\n")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_pymap() as running:
        for content in LARGE:
            running.deliver(content)
        yield running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1800k", "intake-test", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def ran(office: Office, server: Server) -> Ended:
    pid = forked(lambda: take_in_all(office, server.account()))
    os.kill(pid, 18)  # SIGCONT
    return finish(pid)


def test_a_full_disk(server: Server, small_disk: Path) -> None:
    office = office_in(small_disk / "data")
    ended = ran(office, server)
    assert ended.code == 1, ended.error
    assert "Free some space" in ended.error
    remount(small_disk, "size=64m")
    clean(lambda: take_in_all(office, server.account()))
    assert_whole(office, server.account(), set(map(digest_of, LARGE)))


def test_a_disk_that_becomes_read_only(server: Server, small_disk: Path) -> None:
    remount(small_disk, "size=64m")
    office = office_in(small_disk / "data")
    office.prepare()
    remount(small_disk, "ro")
    ended = ran(office, server)
    assert ended.code == 1
    assert "Read-only" in ended.error or "readonly" in ended.error, ended.error
    remount(small_disk, "rw")
    clean(lambda: take_in_all(office, server.account()))
    assert_whole(office, server.account(), set(map(digest_of, LARGE)))


FAULTS = [
    *[("fsync", "EIO", 2), ("pwrite64", "EIO", 150), ("rename", "EIO", 3), ("write", "ENOSPC", 12)],
    *[
        pytest.param(call, error, number, marks=pytest.mark.slow)
        for call, error in (
            ("fsync", "EIO"),
            ("fdatasync", "EIO"),
            ("pwrite64", "EIO"),
            ("pwrite64", "ENOSPC"),
            ("openat", "EMFILE"),
        )
        for number in (1, 5, 9, 20, 40)
    ],
]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs Debian's strace")
@pytest.mark.parametrize(("call", "error", "number"), FAULTS)
def test_a_disk_that_fails_once(server: Server, tmp_path: Path, call: str, error: str, number: int) -> None:
    office = office_in(tmp_path / "data")
    ended = injected(lambda: take_in_all(office, server.account()), call, f"error={error}", number)
    assert ended.code in (0, 1), f"an error that a person can read, or a run that bore it: {ended.error}"
    clean(lambda: take_in_all(office, server.account()))
    assert_whole(office, server.account(), set(map(digest_of, LARGE)))


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_a_database_that_another_holds_for_a_while(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(schema, "BUSY_MILLISECONDS", 500)
    monkeypatch.setattr(watcher, "back_off_seconds", lambda _: 0.2)
    office = office_in(tmp_path / "data")
    office.prepare()
    writer = Writer(office.config.database)
    set_up(writer, office.consultation)
    other = sqlite3.connect(office.config.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    stop, health = Stop(), Health()
    fatal: list[Exception] = []
    intake = Intake(office, Scripted(), writer, threading.Lock())
    watching = Watcher(server.account(), intake, health, stop, fatal.append)
    watching.start()
    time.sleep(seconds)
    [mailbox] = health.snapshot().mailboxes
    assert "locked" in mailbox.fault
    assert not fatal
    other.execute("ROLLBACK")
    other.close()
    until = time.monotonic() + 20
    while health.snapshot().counters.polls == 0 and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    assert watching.join(10)
    writer.close()
    assert_whole(office, server.account(), set(map(digest_of, LARGE)))
