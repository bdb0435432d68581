"""From a message to its texts: bounds on all of them together, and what nobody sees."""

from __future__ import annotations

from core.model import Message
from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse
from tests.make import make_email


def message(body: str, *files: str) -> Message:
    return parse(
        make_email(body, attachments=[(f"{n}.txt", "text/plain", text.encode()) for n, text in enumerate(files)])
    )


def test_texts_are_cut_where_they_are_too_long_together() -> None:
    body, first, second = extract(message("a" * 60, "b" * 60, "c" * 60), Known(), Limits(), max_text=100)
    assert body.text.strip() == "a" * 60
    assert len(body.text) + len(first.text) == 100
    assert first.spans[-1].end == len(first.text)
    assert second.text == ""
    assert (
        ["text-too-long"]
        == [problem.code for problem in first.problems]
        == [problem.code for problem in second.problems]
    )


def test_a_body_alone_is_cut_too() -> None:
    [body] = extract(message("word " * 1000), Known(), Limits(), max_text=100)
    assert len(body.text) == 100
    assert [(span.start, span.end) for span in body.spans] == [(0, 100)]


def test_spans_fit_the_text_that_is_stored() -> None:
    [body] = extract(message("We pro\u200bpose\u200f topic (b).\n\n-- \nA. Example"), Known(), Limits())
    words = {span.label: body.text[span.start : span.end].strip() for span in body.spans}
    assert words == {"reply": "We propose topic (b).", "signature": "-- \nA. Example"}
