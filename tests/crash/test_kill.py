"""kill -9 at points over a run's life, against Dovecot: after the next start 0 lost, 0 doubled, 0 corrupt.

A few points by default; `make crash` sets CRASH_POINTS=500.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.model import digest_of
from ingest.account import Account
from tests.crash.harness import assert_whole, clean, counted, injected, killed_after, office_in, take_in_all
from tests.make import make_email
from tests.servers import dovecot_program, running_dovecot

pytestmark = [
    pytest.mark.skipif(
        dovecot_program() is None or shutil.which("strace") is None, reason="needs dovecot-imapd, strace and root"
    ),
    pytest.mark.timeout(7200),
]

POINTS = int(os.environ.get("CRASH_POINTS", "12"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
MAILS = [
    make_email(f"mail {number} " + "x" * 200 * number, message_id=f"<{number}@x>").replace(b"\n", b"\r\n")
    for number in range(10)
]


@dataclass(frozen=True)
class Ground:
    account: Account
    digests: set[str]
    seconds: float
    calls: dict[str, int]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("dovecot")
    with running_dovecot(folder) as server:
        for content in MAILS:
            server.deliver(content)
        account = server.account(batch=4)
        first, second = office_in(folder / "first"), office_in(folder / "second")
        clean(lambda: take_in_all(first, account))
        calls = counted(lambda: take_in_all(second, account))
        third = office_in(folder / "third")
        yield Ground(account, set(map(digest_of, MAILS)), clean(lambda: take_in_all(third, account)), calls)


def points(calls: dict[str, int], count: int) -> Iterator[tuple[str, int]]:
    """System calls and their numbers: every kind, and each kind over the whole run."""
    chance = random.Random(SEED)
    for number in range(count):
        call = sorted(calls)[number % len(calls)]
        yield call, chance.randint(1, calls[call])


def test_killed_at_system_calls(ground: Ground, tmp_path: Path) -> None:
    killed = 0
    for number, (call, when) in enumerate(points(ground.calls, POINTS * 2 // 3)):
        office = office_in(tmp_path / str(number))
        killed += injected(lambda office=office: take_in_all(office, ground.account), call, "signal=KILL", when).killed
        clean(lambda office=office: take_in_all(office, ground.account))
        assert_whole(office, ground.account, ground.digests)
        shutil.rmtree(office.config.data_dir)
    print(f"\n{killed} runs killed at a system call")
    assert killed >= POINTS * 2 // 3 * 0.9


def test_killed_at_random_times_and_again_while_it_recovers(ground: Ground, tmp_path: Path) -> None:
    chance, seconds = random.Random(SEED), ground.seconds
    killed = 0
    for number in range(POINTS // 3):
        office = office_in(tmp_path / str(number))
        for again in range(2):
            delay = chance.uniform(0, seconds)
            died = killed_after(lambda office=office: take_in_all(office, ground.account), delay).killed
            killed += died
            # A whole run that ended before it was killed was quicker than the one that was measured.
            seconds = seconds if died or again else delay
        clean(lambda office=office: take_in_all(office, ground.account))
        assert_whole(office, ground.account, ground.digests)
        shutil.rmtree(office.config.data_dir)
    print(f"\n{killed} runs killed at a random time")
    assert killed >= POINTS // 3
