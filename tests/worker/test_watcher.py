"""Watching a real IMAP server through a proxy that makes faults: each ends in the same database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import IntakeError
from core.model import digest_of
from ingest.account import Account
from ingest.mailbox import Stop
from store.integrity import evidence_faults, full_text_faults, page_faults, reference_faults
from store.read import Reader
from store.write import Writer
from tests.faults import Fault, bye_at, drop_after, proxy, rewrite, slowly, stall_after
from tests.make import make_email
from tests.servers import Server, running_pymap
from tests.worker.test_pipeline import Scripted
from worker import watcher as module
from worker.health import Health
from worker.intake import Intake
from worker.office import Office
from worker.watcher import Watcher

MAILS = [
    make_email(f"mail {number} " + "x" * 3000, message_id=f"<{number}@x>").replace(b"\n", b"\r\n")
    for number in range(12)
]


@contextmanager
def running_with_mails() -> Iterator[Server]:
    with running_pymap() as running:
        for content in MAILS:
            running.deliver(content)
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_with_mails() as running:
        yield running


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "back_off_seconds", lambda _: 0.05)


class Watching:
    """A watcher in its thread, with a database of its own."""

    def __init__(self, office: Office, account: Account) -> None:
        office.prepare()
        self.office = office
        self.writer = Writer(office.config.database)
        self.writer.set_up([], [{"code": "KEN", "name": "Kenya", "names": {}, "region": "African"}], {})
        self.writer.set_up([{"letter": "b", "titles": {}}], [], {})
        self.stop = Stop()
        self.health = Health()
        self.fatal: list[IntakeError] = []
        intake = Intake(office, Scripted(), self.writer, threading.Lock())
        self.watcher = Watcher(account, intake, self.health, self.stop, self.fatal.append)

    def __enter__(self) -> Watching:
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        assert self.watcher.join(10), "it stops soon, whatever it waits for"
        self.writer.close()

    def count(self) -> int:
        with self.office.reader() as reader:
            return int(reader.value("SELECT count(*) FROM messages"))

    def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert not self.fatal, self.fatal
            assert time.monotonic() < end, self.health.snapshot()
            time.sleep(0.02)

    def polls(self) -> int:
        return self.health.snapshot().counters.polls


def account_of(server: Server, port: int, **changes: object) -> Account:
    return replace(server.account(timeout_seconds=0.7, batch=5), port=port, poll_seconds=0.3, **changes)  # type: ignore[arg-type]


def assert_same_database(path: Path, mails: list[bytes] = MAILS) -> None:
    with Reader(path) as reader:
        stored = [row["sha256"] for row in reader.rows("SELECT sha256 FROM messages")]
        assert sorted(stored) == sorted(map(digest_of, mails))
    for faults in (page_faults, reference_faults, full_text_faults, evidence_faults):
        assert faults(path) == []


NUMBER_99 = rewrite("wrong UIDs", rb" UID 10(\d)\)", rb" UID 99\1)")
MANY_EXISTS = rewrite("10,000 EXISTS", rb"(?m)^(\S+ OK )", b"* 12 EXISTS\r\n" * 10_000 + rb"\1")
OTHER_VALIDITY = rewrite("UIDVALIDITY change", rb"UIDVALIDITY \d+", rb"UIDVALIDITY 77")
GARBAGE = rewrite("no IMAP", rb"\* \d+ FETCH \(", rb"* ? FTECH ((((")


MORE = [
    *(drop_after(octets) for octets in (0, 300, 800, 9000, 30000)),
    *(stall_after(octets) for octets in (10, 9000)),
    *(bye_at(number) for number in (1, 2, 8)),
    slowly(0.05),
]


@pytest.mark.parametrize(
    "fault",
    [
        *(drop_after(octets) for octets in (30, 2500, 20000)),  # in the greeting, between answers, in a literal
        stall_after(900),
        *(bye_at(number) for number in (4, 6)),  # in the sign-in, in a fetch
        *(NUMBER_99, MANY_EXISTS, OTHER_VALIDITY, GARBAGE),
        *(pytest.param(fault, marks=pytest.mark.slow) for fault in MORE),
    ],
    ids=repr,
)
def test_a_fault_ends_in_the_same_database(server: Server, office: Office, fault: Fault) -> None:
    with proxy(server.port, fault, fault) as between:
        with Watching(office, account_of(server, between.port)) as watching:
            watching.until(lambda: watching.count() == len(MAILS) and watching.polls() > 0)
        assert_same_database(office.config.database)


@pytest.mark.parametrize("fault", [drop_after(20000), stall_after(9000), bye_at(30)], ids=repr)
def test_a_fault_among_pieces_ends_in_the_same_database(
    server: Server, office: Office, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.mailbox.LARGE", 1000)
    monkeypatch.setattr("ingest.pieces.PIECE", 1000)
    with proxy(server.port, fault, fault) as between:
        with Watching(office, account_of(server, between.port)) as watching:
            watching.until(lambda: watching.count() == len(MAILS) and watching.polls() > 0)
        assert_same_database(office.config.database)


def test_uidvalidity_that_changes_looks_at_everything_again_and_doubles_nothing(server: Server, office: Office) -> None:
    with proxy(server.port, OTHER_VALIDITY, drop_after(10**9)) as between:
        with Watching(office, account_of(server, between.port)) as watching:
            watching.until(lambda: watching.polls() > 1)
        with Watching(office, account_of(server, between.port)) as watching:
            watching.until(lambda: watching.polls() > 0)
            assert watching.health.snapshot().counters.seen == len(MAILS)
            assert watching.health.snapshot().counters.new == 0
    assert_same_database(office.config.database)
    with Reader(office.config.database) as reader:
        assert reader.value("SELECT count(*) FROM sightings") == 2 * len(MAILS)


def test_new_mail_is_announced_and_stored_at_once(office: Office) -> None:
    with running_pymap() as own:
        with Watching(office, replace(account_of(own, own.port), poll_seconds=60)) as watching:
            watching.until(lambda: watching.polls() == 1)
            time.sleep(0.2)  # it waits by IDLE now; a poll is a minute away
            own.deliver(MAILS[0])
            watching.until(lambda: watching.count() == 1, seconds=3)
            own.deliver(MAILS[1])
            watching.until(lambda: watching.count() == 2, seconds=3)
        assert_same_database(office.config.database, MAILS[:2])


def test_a_server_without_idle_is_polled(office: Office) -> None:
    without = [rewrite("no IDLE", rb" IDLE", b"")] * 9
    with (
        running_pymap() as own,
        proxy(own.port, *without) as between,
        Watching(office, account_of(own, between.port)) as watching,
    ):
        watching.until(lambda: watching.polls() == 1)
        own.deliver(MAILS[0])
        watching.until(lambda: watching.count() == 1)


def test_a_refused_password_is_not_tried_again_soon(server: Server, office: Office) -> None:
    with (
        proxy(server.port) as between,
        Watching(office, account_of(server, between.port, password="wrong")) as watching,
    ):
        watching.until(lambda: watching.health.failures(watching.watcher.account.name) > 0)
        time.sleep(0.5)
        assert between.connections == 1
        [mailbox] = watching.health.snapshot().mailboxes
        assert "refuses the sign-in" in mailbox.fault
        assert mailbox.next_try is not None
        assert 2800 < (mailbox.next_try - watching.health.started_at).total_seconds() < 4400


def test_it_moves_while_it_pauses_so_that_no_watchdog_ends_it(
    server: Server, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    with Watching(office, account_of(server, server.port, password="wrong")) as watching:
        watching.until(lambda: watching.health.failures(watching.watcher.account.name) > 0)
        beats = []
        monkeypatch.setattr(watching.health, "beat", beats.append)
        watching.until(lambda: len(beats) > 3)


def test_a_full_disk_stops_taking_in_and_goes_on_afterwards(
    server: Server, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.disk.free_mib", lambda _: 10)
    with Watching(office, account_of(server, server.port)) as watching:
        watching.until(lambda: watching.health.failures(watching.watcher.account.name) > 1)
        [mailbox] = watching.health.snapshot().mailboxes
        assert "10 MiB are left" in mailbox.fault
        assert watching.count() == 0
        monkeypatch.setattr("worker.disk.free_mib", lambda _: 10_000)
        watching.until(lambda: watching.count() == len(MAILS))


@pytest.mark.parametrize(("after", "flag"), [("seen", b"\\Seen"), ("flagged", b"\\Flagged")])
def test_stored_mail_is_marked_when_that_is_set(office: Office, after: str, flag: bytes) -> None:
    with running_pymap() as own:
        own.deliver(MAILS[0])
        account = account_of(own, own.port)
        account = replace(account, after=replace(account.after, action=after))  # type: ignore[arg-type]
        with Watching(office, account) as watching:
            watching.until(lambda: watching.polls() > 0)
        with own.client() as client:
            client.select_folder("INBOX", readonly=True)
            assert all(flag in flags for flags in client.get_flags(client.search()).values())


def test_a_server_that_keeps_no_keywords_says_so_and_is_read_all_the_same(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with running_pymap() as own:
        own.deliver(MAILS[0])
        account = account_of(own, own.port)
        account = replace(account, after=replace(account.after, action="keyword"))
        with Watching(office, account) as watching:
            watching.until(lambda: watching.polls() > 1)
            own.deliver(MAILS[1])
            watching.until(lambda: watching.count() == 2)
    assert "keeps no keywords" in caplog.text


def test_stored_mail_is_moved_when_that_is_set_also_after_a_crash_in_between(office: Office) -> None:
    with running_pymap() as own:
        own.deliver(MAILS[0])
        account = account_of(own, own.port)
        with Watching(office, account) as watching:  # stored, and "crashed" before the move
            watching.until(lambda: watching.polls() > 0)
        moving = replace(account, after=replace(account.after, action="move"))
        with Watching(office, moving) as watching:
            watching.until(lambda: watching.polls() > 0)
        with own.client() as client:
            assert client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 0
            assert client.folder_status("Processed", ["MESSAGES"])[b"MESSAGES"] == 1
        assert_same_database(office.config.database, MAILS[:1])
