"""Readers in processes of their own: what ends one costs the others nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ModelError
from core.model import HeldBack, RawMessage, Reading
from ingest.archive import Archive
from store.read import Reader
from store.write import Writer
from tests.make import make_email, make_raw
from tests.worker.moody import Moody, broken_desk
from worker.pipeline import take_in_batch
from worker.pool import Bounds, Processes


@pytest.fixture
def pool() -> Iterator[Processes]:
    made = Processes(Moody, 2, Bounds(seconds=2))  # type: ignore[arg-type]
    yield made
    made.close()


def raws(*bodies: str, mailbox: str = "m") -> list[RawMessage]:
    return [
        make_raw(make_email(f"{body} {number}"), mailbox=mailbox, uidvalidity=1, uid=number)
        for number, body in enumerate(bodies, 1)
    ]


def test_what_ends_its_reader_twice_is_held_back_and_the_rest_goes_on(
    pool: Processes, writer: Writer, tmp_path: Path
) -> None:
    batch = raws("a", "KILL", "b", "EXIT", "HANG", "c")
    tally = take_in_batch(batch, Archive(tmp_path / "archive"), pool, writer)
    assert (tally.seen, tally.new, tally.held) == (6, 3, 3)
    with Reader(writer.path) as reader:
        held = {row["sha256"]: row for row in reader.held()}
        assert {row["sha256"] for row in reader.rows("SELECT sha256 FROM messages")} == {
            batch[place].digest for place in (0, 2, 5)
        }
        assert held[batch[1].digest]["reason"] == "the process that read it ended (signal SIGKILL)"
        assert held[batch[3].digest]["reason"] == "the process that read it ended (exit code 3)"
        assert held[batch[4].digest]["reason"] == "not read within 2 s"
        assert {row["attempts"] for row in held.values()} == {2}
        assert reader.cursor("m") == batch[-1].cursor
        assert reader.counts()["held_back"] == 3
    again = take_in_batch(batch, Archive(tmp_path / "archive"), pool, writer)
    assert (again.new, again.held) == (0, 0), "what is held back is not tried at every poll"


def test_what_ended_its_reader_once_is_read_the_second_time(pool: Processes, tmp_path: Path) -> None:
    results = pool.read(raws("ONCE", "a", mailbox=str(tmp_path / "mark")))
    assert all(isinstance(result, Reading) for result in results)


def test_results_come_in_the_order_of_the_messages(pool: Processes) -> None:
    batch = raws(*"abcdefgh")
    assert [result.raw.digest for result in pool.read(batch)] == [raw.digest for raw in batch]


def test_readers_are_replaced_after_their_share() -> None:
    pool = Processes(Moody, 1, Bounds(messages=3))  # type: ignore[arg-type]
    try:
        before = pool.pids
        pool.read(raws(*"abc"))
        assert pool.pids != before
        assert not any(Path(f"/proc/{pid}").exists() for pid in before)
    finally:
        pool.close()


def test_a_reader_killed_while_it_waits_is_no_messages_fault(pool: Processes) -> None:
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    results = pool.read(raws(*"abc"))
    assert all(isinstance(result, Reading) for result in results)


def test_a_reader_that_cannot_start_says_why() -> None:
    pool = Processes(broken_desk, 1)
    with pytest.raises(ModelError, match="no model"):
        pool.read(raws("a"))
    pool.close()


def test_no_reader_is_left_when_the_pool_closes(pool: Processes) -> None:
    pool.read(raws("a", "KILL"))
    pids = pool.pids
    pool.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_attempts_are_of_the_message_not_of_the_batch(pool: Processes) -> None:
    [first, second] = pool.read(raws("KILL", "KILL"))
    assert isinstance(first, HeldBack)
    assert isinstance(second, HeldBack)
    assert (first.attempts, second.attempts) == (2, 2)
