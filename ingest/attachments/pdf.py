"""PDF: the text layer where a page has one, optical character recognition where it is a picture."""

from __future__ import annotations

import statistics
import unicodedata
from typing import Final

import pypdfium2

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.ocr import Recognised, recognise

MIN_LETTERS: Final = 20
"""A page with fewer letters in its text layer is taken for a picture (a scanner's stamp, a page number)."""


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """Pages in their order, an empty line between them."""
    problems: list[Problem] = []
    pages: list[str] = []
    scans: list[Recognised] = []
    document = pypdfium2.PdfDocument(attachment.content)
    try:
        if len(document) > limits.max_pages:
            problems.append(
                Problem("pages-skipped", attachment.name, f"{len(document)} pages, {limits.max_pages} read")
            )
        for index in range(min(len(document), limits.max_pages)):
            page = document[index]
            text = _text_layer(page)
            if _letters(text) < MIN_LETTERS and _has_picture(page):
                text = _scan(page, attachment, limits, scans, problems) or text
            pages.append(text.strip())
    finally:
        document.close()
    return Extracted(
        text="\n\n".join(page for page in pages if page),
        origin="ocr" if scans else "attachment",
        confidence=statistics.fmean(scan.confidence for scan in scans) if scans else None,
        problems=tuple(problems),
    )


def _text_layer(page: pypdfium2.PdfPage) -> str:
    """Arabic and ligatures stand as presentation forms in many PDFs: NFKC gives the letters back."""
    text = page.get_textpage().get_text_range()
    return unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\ufffe", "-"))


def _letters(text: str) -> int:
    return sum(char.isalpha() for char in text)


def _has_picture(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3))


def _scan(
    page: pypdfium2.PdfPage, attachment: Attachment, limits: Limits, scans: list[Recognised], problems: list[Problem]
) -> str:
    if not limits.ocr:
        problems.append(Problem("ocr-off", attachment.name))
        return ""
    image = page.render(scale=limits.ocr_dpi / 72).to_pil()
    found = recognise(image.convert("L"), limits.ocr_dpi)
    scans.append(found)
    return found.text
