"""Word documents (Office Open XML, ECMA-376), read through python-docx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import docx
from docx.oxml.ns import qn

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits

DELETED: Final = frozenset(
    {
        qn("w:del"),
        qn("w:moveFrom"),
        qn("w:rPr"),
        qn("w:pPr"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
BREAKS: Final = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
PARAGRAPH: Final = qn("w:p")
CELL: Final = qn("w:tc")
TEXT: Final = qn("w:t")


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """Header, body and footer in the order a reader sees them; what was deleted under revision is left out."""
    document = docx.Document(io.BytesIO(attachment.content))
    numbers = _Numbering(document)
    blocks: list[str] = []
    first = document.sections[0] if len(document.sections) else None
    if first is not None:
        blocks.extend(_blocks(first.header._element, numbers))
    blocks.extend(_blocks(document.element.body, numbers))
    if first is not None:
        blocks.extend(_blocks(first.footer._element, numbers))
    return Extracted("\n".join(blocks).strip())


def _blocks(root: Any, numbers: _Numbering) -> Iterator[str]:
    """The text of each paragraph below `root` (text boxes in their place), a table's cells one a line."""
    for paragraph in root.iter(PARAGRAPH):
        if any(ancestor.tag in DELETED for ancestor in paragraph.iterancestors()):
            continue
        text = "".join(_runs(paragraph)).rstrip()
        yield numbers.label(paragraph) + text if text.strip() else ""


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in DELETED or child.tag == PARAGRAPH:
            continue
        if child.tag == TEXT:
            yield child.text or ""
        elif child.tag in BREAKS:
            yield BREAKS[child.tag]
        else:
            yield from _runs(child)


class _Numbering:
    """Numbers that Word computes and does not store: a list's items come out as "1. …", "(a) …" or "- …"."""

    def __init__(self, document: Any) -> None:
        self._counters: dict[tuple[str, str], int] = {}
        self._formats: dict[tuple[str, str], tuple[str, str]] = {}
        self._by_style = _numbered_styles(document)
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        levels: dict[str, dict[str, tuple[str, str]]] = {}
        for abstract in numbering.iter(qn("w:abstractNum")):
            levels[abstract.get(qn("w:abstractNumId"))] = {
                level.get(qn("w:ilvl")): (_value(level, "w:numFmt"), _value(level, "w:lvlText"))
                for level in abstract.iter(qn("w:lvl"))
            }
        for number in numbering.iter(qn("w:num")):
            for level, form in levels.get(_value(number, "w:abstractNumId"), {}).items():
                self._formats[(number.get(qn("w:numId")), level)] = form

    def label(self, paragraph: Any) -> str:
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return ""
        numbered = properties.find(qn("w:numPr"))
        key = _number_key(numbered) if numbered is not None else self._by_style.get(_value(properties, "w:pStyle"))
        if key is None:
            return ""
        form, pattern = self._formats.get(key, ("bullet", ""))
        if form in ("bullet", "none", ""):
            return "- "
        self._counters[key] = self._counters.get(key, 0) + 1
        shown = _format_number(self._counters[key], form)
        closing = pattern.rstrip()[-1:] if pattern.rstrip()[-1:] in (")", ".") else "."
        return f"({shown}) " if pattern.startswith("(") else f"{shown}{closing} "


def _numbered_styles(document: Any) -> dict[str, tuple[str, str]]:
    """Styles that number their paragraphs ("List Number"): style id -> (numbering, level)."""
    styles = {}
    for style in document.styles.element.iter(qn("w:style")):
        numbered = next(style.iter(qn("w:numPr")), None)
        if numbered is not None:
            styles[str(style.get(qn("w:styleId")))] = _number_key(numbered)
    return styles


def _number_key(numbered: Any) -> tuple[str, str]:
    return _value(numbered, "w:numId"), _value(numbered, "w:ilvl") or "0"


def _value(element: Any, name: str) -> str:
    child = element.find(qn(name))
    return str(child.get(qn("w:val"), "")) if child is not None else ""


def _format_number(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26]
        return letter.upper() if form == "upperLetter" else letter
    if form in ("russianLower", "russianUpper"):
        letter = "абвгдежзиклмнопрстуфхцчшщэюя"[(number - 1) % 28]
        return letter.upper() if form == "russianUpper" else letter
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman if form == "lowerRoman" else roman.upper()
    return str(number)


def _roman(number: int) -> str:
    values = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    shown = ""
    for value, letters in values:
        while number >= value:
            shown += letters
            number -= value
    return shown
