"""The note verbale that comes back as an attachment is known again, in whatever file and language; a reply in it is not."""

from __future__ import annotations

import shutil

import pytest

from core.consultation import Consultation
from core.model import LANGUAGES, Message, Text
from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse
from samples.make import MAKERS
from tests.ingest.threads import WRITTEN
from tests.make import make_email

SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def known(consultation: Consultation) -> Known:
    titles = tuple(title for area in consultation.areas for title in area.title.values())
    return Known(consultation.notes, titles, (consultation.mailbox,))


def attached(content: bytes, kind: str, known: Known) -> Text:
    message: Message = parse(make_email("", attachments=[("note.bin", kind, content)]))
    _, text = extract(message, known, Limits())
    return text


def share(text: Text) -> float:
    """How much of the text is known to be the note, by its letters."""
    letters = [len("".join(text.text[span.start : span.end].split())) for span in text.spans]
    noted = [count for count, span in zip(letters, text.spans, strict=True) if span.label == "note"]
    return sum(noted) / max(1, sum(letters))


@pytest.mark.parametrize("form", ["docx", "odt", "rtf", "pdf", "html", pytest.param("scan-pdf", marks=SLOW)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_attached_note_is_known(language: str, form: str, consultation: Consultation, known: Known) -> None:
    if form.startswith("scan") and shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    maker, kind = MAKERS[form]
    assert share(attached(maker(consultation.notes[language], language, "seed"), kind, known)) >= 0.9


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_with_the_areas_titles_is_none(language: str, consultation: Consultation, known: Known) -> None:
    titles = [f"({area.letter}) {area.title[language]}" for area in consultation.areas[:3]]
    maker, kind = MAKERS["docx"]
    text = attached(maker("\n\n".join([*WRITTEN[language][0], *titles]), language, "seed"), kind, known)
    assert {span.label for span in text.spans} == {"reply"}
