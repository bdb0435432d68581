"""Over the threads: every line that the sender wrote is kept, and hardly a quoted one."""

from __future__ import annotations

import pytest

from ingest.quotes import split_text
from tests.ingest.threads import ADDRESS, Thread, threads

THREADS = list(threads())


def kept(thread: Thread) -> list[str]:
    spans = split_text(thread.body, {}, (), (ADDRESS,))
    return "".join(
        thread.body[span.start : span.end] for span in spans if span.label in ("reply", "signature")
    ).splitlines()


def test_there_are_enough() -> None:
    assert len(THREADS) >= 120


@pytest.mark.parametrize("thread", THREADS, ids=[thread.name for thread in THREADS])
def test_every_line_of_the_sender_is_kept(thread: Thread) -> None:
    assert [line for line in thread.written if line not in kept(thread)] == []


def test_hardly_a_quoted_line_is_kept() -> None:
    leaking = {}
    for thread in THREADS:
        lines = [line.lstrip("> ") for line in kept(thread)]
        if leaked := [line for line in thread.quoted if line in lines]:
            leaking[thread.name] = leaked
    assert len(leaking) <= 0.03 * len(THREADS), leaking
