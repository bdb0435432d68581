"""Real files of every family, through the real child process."""

from __future__ import annotations

import io
import shutil

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.registry import READERS
from ingest.attachments.sandbox import read_all
from samples.make import MAKERS
from tests.make import make_email

TEXTS = {
    "en": "The Government proposes the topic of compensation.",
    "fr": "Le Gouvernement propose l'indemnisation des victimes.",
    "es": "El Gobierno propone la indemnización de las víctimas.",
    "ru": "Правительство предлагает тему компенсации жертвам.",
    "ar": "تقترح الحكومة موضوع تعويض الضحايا.",
    "zh": "我国政府建议讨论赔偿被害人议题。",
}
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def read(name: str, content: bytes, kind: str = "application/octet-stream", **limits: float) -> Extracted:
    [found] = read_all([Attachment(name, kind, content, "2")], Limits(**limits))  # type: ignore[arg-type]
    return found


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("form", ["txt", "html", "docx", "odt", "rtf", "pdf"])
@pytest.mark.parametrize("language", TEXTS)
def test_text_found_whatever_the_file_is_called(form: str, language: str) -> None:
    maker, kind = MAKERS[form]
    # A name and a label that lie: only txt needs one of them to be true.
    found = read("letter.txt" if form == "txt" else "letter.bin", maker(TEXTS[language], language, "seed"), kind)
    assert squeezed(TEXTS[language]) in squeezed(found.text)
    assert found.problems == ()


OFTEN = {("fr", "scan-pdf"), ("ar", "scan-png"), ("zh", "scan-tiff")}
SCANS = ["scan-pdf", "scan-png", "scan-tiff"]


@needs_tesseract
@pytest.mark.parametrize(
    ("language", "form"),
    [
        pytest.param(language, form, marks=[] if (language, form) in OFTEN else [pytest.mark.slow])
        for form in SCANS
        for language in TEXTS
    ],
)
def test_scans(language: str, form: str) -> None:
    maker, kind = MAKERS[form]
    text = "\n\n".join([TEXTS[language]] * 5)
    found = read("scan.bin", maker(text, language, "seed"), kind)
    assert found.origin == "ocr"
    assert found.confidence is not None
    assert found.confidence > 0.6
    wanted, got = set(TEXTS[language].split()), set(found.text.split())
    if language != "zh":
        assert len(wanted & got) >= 0.8 * len(wanted)
    else:
        assert len(set(TEXTS["zh"]) & set(found.text)) >= 0.8 * len(set(TEXTS["zh"]))


def test_word_keeps_numbers_tables_boxes_and_drops_deletions() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "MINISTRY"
    document.add_paragraph("First point", style="List Number")
    document.add_paragraph("Second point", style="List Number")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left cell", "right cell"
    paragraph = document.add_paragraph("kept ")
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    text = OxmlElement("w:delText")
    text.text = "struck out"
    run.append(text)
    deleted.append(run)
    paragraph._p.append(deleted)
    inserted = OxmlElement("w:ins")
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.set(qn("xml:space"), "preserve")
    text.text = "and added"
    run.append(text)
    inserted.append(run)
    paragraph._p.append(inserted)
    buffer = io.BytesIO()
    document.save(buffer)
    found = read("x.docx", buffer.getvalue()).text
    lines = found.splitlines()
    assert lines[0] == "MINISTRY"
    assert [line for line in lines if "point" in line] == ["1. First point", "2. Second point"]
    assert "left cell" in found
    assert "right cell" in found
    assert "kept and added" in found
    assert "struck out" not in found


def test_forwarded_message_gives_its_head_its_body_and_its_files() -> None:
    inner = make_email("inner words", attachments=[("deep.txt", "text/plain", b"deep words")])
    found = read("forwarded.eml", inner, "message/rfc822")
    assert found.mail
    assert found.text.startswith("From: ")
    assert "inner words" in found.text
    assert [child.name for child in found.children] == ["deep.txt"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "attachment-empty"),
        ("broken.pdf", b"%PDF-1.4 nothing more", "attachment-unreadable"),
        ("broken.docx", b"PK\x03\x04 nothing more", "attachment-unreadable"),
        ("program.exe", b"MZ\x00\x00", "attachment-unknown"),
    ],
)
def test_what_cannot_be_read_says_so(name: str, content: bytes, code: str) -> None:
    assert [problem.code for problem in read(name, content).problems] == [code]


def test_too_large_and_too_long() -> None:
    assert [p.code for p in read("a.txt", b"x" * (1 << 20 | 1), "text/plain", max_mib=1).problems] == [
        "attachment-too-large"
    ]
    found = read("a.txt", b"x" * 5000, "text/plain", max_text=1000)
    assert len(found.text) == 1000
    assert [p.code for p in found.problems] == ["text-too-long"]


def test_every_family_has_a_reader_that_loads() -> None:
    from importlib import import_module  # noqa: PLC0415

    for place in READERS.values():
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name))
