"""PDF: the text layer where a page has one, optical character recognition where it is a picture."""

from __future__ import annotations

import ctypes
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import Image

from core.model import Attachment, Problem
from ingest.attachments import bidi
from ingest.attachments.base import Extracted, Limits, Unreadable
from ingest.attachments.bidi import Glyph
from ingest.attachments.ocr import Recognised, certainty, recognise_pages

MIN_LETTERS: Final = 20
"""A page with fewer letters in its text layer is taken for a picture (a scanner's stamp, a page number)."""
PICTURE_SHARE: Final = 0.5
"""A page whose picture covers this share of it is read as one beside a thin text layer: a scan with a stamped header."""
THIN_LETTERS: Final = 200
NEWLINE: Final = 10
RETURN: Final = 13
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]{4}")
LEVEL: Final = 0.01
"""Radians."""
MAX_PIXELS: Final = 10_000_000
"""A page drawn larger than this (A3 at 200 dpi) is drawn at a lower resolution."""


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """Pages in their order, an empty line between them. Raises Unreadable behind a password."""
    _count_inflated(attachment.content, limits)
    document = _open(attachment)
    problems: list[Problem] = []
    try:
        count = min(len(document), limits.max_pages)
        if len(document) > count:
            problems.append(Problem("pages-skipped", attachment.name, f"{len(document)} pages, {count} read"))
        document.init_forms()
        pages = [_text_layer(document, index) for index in range(count)]
        scans = _scans(document, pages, attachment, limits, problems)
    finally:
        document.close()
    texts = [_fuller(page, scans[index].text) if index in scans else page for index, page in enumerate(pages)]
    return Extracted(
        text="\n\n".join(text.strip() for text in texts if text.strip()),
        origin="ocr" if scans else "attachment",
        confidence=certainty(list(scans.values())),
        problems=tuple(problems),
    )


FLATE: Final = re.compile(rb"/(?:FlateDecode|Fl)\b[^\0]{0,400}?\bstream\r?\n")
BLOCK: Final = 1 << 20


def _count_inflated(content: bytes, limits: Limits) -> None:
    """Inflate each stream once, in blocks. Raises Unreadable for one that is larger than any page's picture."""
    for begin in FLATE.finditer(content):
        inflater, at, size = zlib.decompressobj(), begin.end(), 0
        try:
            while not inflater.eof and at < len(content):
                size += len(inflater.decompress(content[at : at + 4096], BLOCK))
                at += 4096
                while inflater.unconsumed_tail and size <= limits.unpacked_mib * BLOCK:
                    size += len(inflater.decompress(inflater.unconsumed_tail, BLOCK))
                if size > limits.unpacked_mib * BLOCK:
                    raise Unreadable("unpacked-too-large", f"a stream of more than {limits.unpacked_mib} MiB")
        except zlib.error:
            continue  # encrypted, or broken: PDFium's to judge


def _open(attachment: Attachment) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(attachment.content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("attachment-encrypted", "a PDF with a password") from None
        raise


def _text_layer(document: pypdfium2.PdfDocument, index: int) -> str:
    """Arabic and ligatures stand as presentation forms in many PDFs: NFKC gives the letters back.

    Form fields are flattened into the page first, or what was filled in would be missing.
    """
    page = document[index]
    if document.formenv and pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY) == pdfium_c.FLATTEN_SUCCESS:
        page = document[index]
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    if bidi.runs_right_to_left(text):
        text = "\n".join(_lines(textpage, bidi.written))
    elif CHINESE.search(text):
        text = "\n".join(_lines(textpage, bidi.from_the_left))
    text = re.sub(r"(?<=\w)-\n-(?=\w)", "-", text.replace("\r\n", "\n"))  # a hyphen set twice, as Spanish has it
    return unicodedata.normalize("NFKC", text.replace("\ufffe", "-").replace("\x02", "-"))


def _lines(textpage: pypdfium2.PdfTextPage, arrange: Callable[[Sequence[Glyph]], str]) -> Iterator[str]:
    """The page's lines as PDFium finds them, each arranged by where its glyphs stand."""
    line: list[int] = []
    count = textpage.count_chars()
    for index in range(count + 1):
        char = pdfium_c.FPDFText_GetUnicode(textpage, index) if index < count else NEWLINE
        if char == NEWLINE:
            yield _line(textpage, line, arrange)
            line = []
        elif char != RETURN:
            line.append(index)


def _line(textpage: pypdfium2.PdfTextPage, indices: list[int], arrange: Callable[[Sequence[Glyph]], str]) -> str:
    if any(abs(pdfium_c.FPDFText_GetCharAngle(textpage, index)) > LEVEL for index in indices):
        return "".join(chr(pdfium_c.FPDFText_GetUnicode(textpage, index)) for index in indices)
    glyphs = [_glyph(textpage, index) for index in indices if not pdfium_c.FPDFText_IsGenerated(textpage, index)]
    return "".join(map(arrange, bidi.rows(glyphs)))


def _glyph(textpage: pypdfium2.PdfTextPage, index: int) -> Glyph:
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetCharOrigin(textpage, index, x, y)
    pdfium_c.FPDFText_GetLooseCharBox(textpage, index, box)
    char = chr(pdfium_c.FPDFText_GetUnicode(textpage, index))
    return Glyph(char, box.left, box.right, abs(box.top - box.bottom), x.value, y.value, index)


def _letters(text: str) -> int:
    return sum(char.isalpha() for char in text)


def _scans(
    document: pypdfium2.PdfDocument, pages: list[str], attachment: Attachment, limits: Limits, problems: list[Problem]
) -> dict[int, Recognised]:
    """Pages that are pictures, recognised: index -> text."""
    wanted = [index for index, text in enumerate(pages) if _is_picture(document[index], text)]
    if wanted and not limits.ocr:
        problems.append(Problem("ocr-off", attachment.name))
        return {}
    drawn = ((_drawn(document[index], limits.ocr_dpi)) for index in wanted)
    found = recognise_pages(drawn, limits.seconds)
    if len(found) < len(wanted):
        problems.append(Problem("pages-skipped", attachment.name, f"{len(wanted)} scanned pages, {len(found)} read"))
    return dict(zip(wanted, found, strict=False))


def _is_picture(page: pypdfium2.PdfPage, text: str) -> bool:
    """No text layer to speak of and a picture; or a thin one (a stamp, a header) over a picture of the page."""
    letters = _letters(text)
    if letters >= THIN_LETTERS:
        return False
    covered = _covered_by_pictures(page)
    return covered > PICTURE_SHARE if letters >= MIN_LETTERS else covered > 0


def _covered_by_pictures(page: pypdfium2.PdfPage) -> float:
    width, height = page.get_size()
    covered = 0.0
    for picture in page.get_objects(filter=(pdfium_c.FPDF_PAGEOBJ_IMAGE,), max_depth=5):
        left, bottom, right, top = picture.get_pos() if hasattr(picture, "get_pos") else picture.get_bounds()
        covered = max(covered, abs(right - left) * abs(top - bottom) / max(1.0, width * height), 1e-6)
    return covered


def _drawn(page: pypdfium2.PdfPage, dpi: int) -> tuple[Image.Image, int]:
    width, height = page.get_size()
    scale = dpi / 72
    if width * height * scale * scale > MAX_PIXELS:
        scale = (MAX_PIXELS / max(1.0, width * height)) ** 0.5
    return page.render(scale=scale).to_pil().convert("L"), max(72, round(scale * 72))


def _fuller(layer: str, recognised: str) -> str:
    """The recognised text, with a text layer that says something else above it."""
    words = set(layer.split())
    if not words or len(words & set(recognised.split())) > len(words) / 2:
        return recognised or layer
    return f"{layer.strip()}\n\n{recognised}"
