from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StoreError
from core.model import Message, Outcome, RawMessage, Reading, Text
from ingest.archive import Archive
from store.read import Reader
from store.write import Writer
from tests.make import make_email, make_raw, make_reading
from worker import pipeline
from worker.pipeline import Desk, take_in


class Scripted:
    """A pool whose readings the test gives."""

    def __init__(self) -> None:
        self.seen: list[RawMessage] = []

    def read(self, batch: Sequence[RawMessage]) -> list[Reading]:
        self.seen.extend(batch)
        return [make_reading(raw=raw) for raw in batch]

    def close(self) -> None:
        pass


def test_raw_is_kept_before_it_is_read_and_cursor_moves_with_it(writer: Writer, tmp_path: Path) -> None:
    archive, readers = Archive(tmp_path / "archive"), Scripted()
    raw = make_raw(mailbox="imap://x", uidvalidity=1, uid=9)
    [tally] = take_in([[raw]], archive, readers, writer)
    assert (tally.seen, tally.new) == (1, 1)
    assert archive.get(raw.digest) == raw.content
    with Reader(writer.path) as reader:
        assert reader.cursor("imap://x") == raw.cursor


def test_known_messages_are_not_read_again(writer: Writer, tmp_path: Path) -> None:
    archive, readers, raw = Archive(tmp_path / "archive"), Scripted(), make_raw(mailbox="m", uidvalidity=1, uid=1)
    list(take_in([[raw]], archive, readers, writer))
    again = replace(raw, uidvalidity=2, uid=7)
    [tally] = take_in([[again]], archive, readers, writer)
    assert (tally.seen, tally.new) == (1, 0)
    assert len(readers.seen) == 1


def test_a_store_that_fails_leaves_the_cursor(writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = make_raw(mailbox="m", uidvalidity=1, uid=1)

    def no_space(*_: object, **__: object) -> int:
        raise StoreError("full", "free some space")

    monkeypatch.setattr(writer, "save", no_space)
    with pytest.raises(StoreError):
        list(take_in([[raw]], Archive(tmp_path / "archive"), Scripted(), writer))
    with Reader(writer.path) as reader:
        assert reader.cursor("m") is None
        assert reader.counts()["replies"] == 0


def test_what_breaks_extraction_or_classification_is_flagged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(pipeline, "extract", broken)
    reading = desk.read(make_raw())
    assert [reason.code for reason in reading.outcome.review] == ["extraction-failed"]
    assert reading.message.message_id == "<one@test.example>"
    assert reading.texts[0].text.strip() == "Kenya proposes topic (b)."


def test_classification_failure(desk: Desk) -> None:
    class Broken:
        def classify(self, message: Message, texts: Sequence[Text], state: str | None) -> Outcome:
            raise ValueError("no luck")

    reading = replace(desk, classifier=Broken()).read(make_raw())  # type: ignore[arg-type]
    assert [reason.code for reason in reading.outcome.review] == ["classification-failed"]


def test_one_reply_from_bytes_to_reading(desk: Desk) -> None:
    reading = desk.read(make_raw(received_at=datetime(2009, 8, 1, tzinfo=UTC)))
    assert (reading.outcome.kind, reading.outcome.state, reading.late) == ("proposal", "KEN", True)
    [topic] = reading.outcome.topics
    assert [(item.area, item.method) for item in topic.assignments] == [("b", "letter")]


def test_evidence_points_at_its_words(desk: Desk) -> None:
    content = make_email(
        "The Permanent Mission of Kenya presents its compliments.\n\nWe propose:\n1. Compensation of victims\n"
        "2. Training of border guards to recognise victims"
    )
    reading = desk.read(make_raw(content))
    texts = {text.source: text.text for text in reading.texts}
    assert reading.outcome.topics
    for topic in reading.outcome.topics:
        assert texts[topic.source][topic.start : topic.end] == topic.quote
        for item in topic.assignments:
            for evidence in item.evidence:
                assert texts[evidence.source][evidence.start : evidence.end] == evidence.words


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 50, b"From: \xff\xfe\n\n\xff", b"Content-Type: multipart/mixed\n\nx"]
)
def test_no_message_is_too_broken(desk: Desk, writer: Writer, content: bytes) -> None:
    reading = desk.read(make_raw(content))
    assert writer.save([reading]) == 1
