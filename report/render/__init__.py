"""A Document in each format, as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from report.document import Document
from report.render.docx import to_docx
from report.render.html import to_html
from report.render.sheets import to_csv, to_xlsx
from report.render.text import to_text
from report.render.typ import to_pdf
from report.style import PLAIN, Style

RENDERERS: Final[dict[str, Callable[[Document, Style], bytes]]] = {
    "text": lambda document, style: to_text(document, style).encode(),
    "html": lambda document, style: to_html(document, style).encode(),
    "docx": to_docx,
    "pdf": to_pdf,
    "xlsx": to_xlsx,
    "csv": to_csv,
}
"""JSON is no format of the page: it holds the figures themselves (report.weekly.to_json)."""

FORMS: Final = (*RENDERERS, "json")
SUFFIXES: Final = {
    "text": "txt",
    "html": "html",
    "docx": "docx",
    "pdf": "pdf",
    "xlsx": "xlsx",
    "csv": "csv",
    "json": "json",
}


def render(document: Document, form: str, style: Style = PLAIN) -> bytes:
    return RENDERERS[form](document, style)
