"""Over the threads: every line that the sender wrote is kept, and hardly a quoted one."""

from __future__ import annotations

import pytest

from core.consultation import Consultation, find_consultation, load_consultation
from ingest.extract import Known
from ingest.parse import parse
from ingest.quotes import split_text
from tests.ingest.threads import ADDRESS, Thread, threads
from tests.ingest.whole_threads import Whole, whole_threads
from tests.make import REPOSITORY

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


# --- whole messages ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(consultation: Consultation) -> Known:
    titles = tuple(title for area in consultation.areas for title in area.title.values())
    return Known(consultation.notes, titles, (ADDRESS,))


WHOLE = list(whole_threads(load_consultation(find_consultation("cu-2009-92", REPOSITORY))))


def said(thread: Whole, known: Known) -> list[str]:
    """The lines that count: the reply's own, and what a forward brings."""
    message = parse(thread.content)
    spans = split_text(message.body, known.notes, known.titles, known.own_addresses)
    parts = (message.body[span.start : span.end] for span in spans if span.label in ("reply", "forwarded"))
    return [line.strip() for part in parts for line in part.splitlines()]


def test_there_are_many_whole_ones() -> None:
    assert len(WHOLE) >= 120
    assert len({thread.name for thread in WHOLE}) == len(WHOLE)


@pytest.mark.parametrize("thread", WHOLE, ids=[thread.name for thread in WHOLE])
def test_every_line_of_a_whole_message_is_kept(thread: Whole, known: Known) -> None:
    lines = said(thread, known)
    assert [line for line in thread.written if line.strip() not in lines] == []


def test_hardly_a_line_of_others_is_kept(known: Known) -> None:
    leaking = {}
    for thread in WHOLE:
        lines = [line.lstrip("> ") for line in said(thread, known)]
        if leaked := [line for line in thread.quoted if line.strip() in lines]:
            leaking[thread.name] = leaked
    assert len(leaking) <= 0.03 * len(WHOLE), leaking
