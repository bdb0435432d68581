"""A Document as text of fixed width, for a terminal, a mail or a printer."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from report.document import Block, Cell, Chart, Column, Document, Heading, Paragraph, Table, Tiles, Voices
from report.style import PLAIN, Style
from report.words import Words, words_of

WIDTH: Final = 100
GAP: Final = 2
MARK: Final = "\N{RIGHT-TO-LEFT MARK}"


def to_text(document: Document, style: Style = PLAIN) -> str:
    lines = _without_double_blanks(line.rstrip() for line in _lines(document, style))
    if words_of(document.language).right_to_left:
        lines = [
            MARK + line if line else line for line in lines
        ]  # each line of its own direction, whatever it begins with
    return "\n".join(lines).rstrip() + "\n"


def _without_double_blanks(lines: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept


def _lines(document: Document, style: Style) -> Iterator[str]:
    words = words_of(document.language)
    yield from style.letterhead_of(document.language)
    yield f"{document.title}, {document.reference}".upper()
    yield document.subtitle
    yield document.made
    for block in document.blocks:
        yield from _block(block, words)
    if signature := style.signature_of(document.language):
        yield from ("", *signature)


def _block(block: Block, words: Words) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield ""
            if level == 1:
                yield text
                yield "-" * columns(text)
            else:
                yield from wrapped(text, WIDTH)
        case Paragraph(text, _):
            yield from wrapped(text, WIDTH)
        case Table() if not block.only_sheet:
            yield ""
            yield from _table(block, words)
            yield ""
        case Voices(items):
            for item in items:
                mark = "* " if item.new else "  "
                yield from _hung(f"  {mark}", f"{item.who} [{item.note}]")
                yield from _hung("      ", f"“{item.quote}”")
        case Chart() if not isinstance(block.drawing, Tiles):  # whose figures stand in a table
            yield ""
            yield from wrapped(block.alternative, WIDTH)
        case _:
            return


def _table(table: Table, words: Words) -> Iterator[str]:
    cells = [
        [shown(cell, column, words) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]
    widths = _widths(table.columns, cells)
    yield from _row([column.title for column in table.columns], table.columns, widths)
    yield "  ".join("-" * width for width in widths)
    for row in cells:
        yield from _row(row, table.columns, widths)


def _widths(titles: tuple[Column, ...], cells: list[list[str]]) -> list[int]:
    """What the cells need; when that is too much, the words of the widest columns are folded."""
    needed = [
        max([max(map(columns, column.title.split()), default=1), *(columns(row[place]) for row in cells)])
        for place, column in enumerate(titles)
    ]
    free = WIDTH - GAP * (len(titles) - 1)
    while sum(needed) > free:
        widest = max(range(len(needed)), key=needed.__getitem__)
        if needed[widest] <= 8:
            break
        needed[widest] -= 1
    return needed


def _row(cells: list[str], titles: tuple[Column, ...], widths: list[int]) -> Iterator[str]:
    folded = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for number in range(max(map(len, folded))):
        line = []
        for lines, column, width in zip(folded, titles, widths, strict=True):
            words = lines[number] if number < len(lines) else ""
            space = " " * max(0, width - columns(words))
            line.append(space + words if column.kind in ("number", "percent") else words + space)
        yield (" " * GAP).join(line)


def _hung(indent: str, text: str) -> Iterator[str]:
    for number, line in enumerate(wrapped(text, WIDTH - len(indent))):
        yield (indent if number == 0 else " " * len(indent)) + line


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; Chinese, which has no spaces, is cut anywhere."""
    if columns(text) <= width and "\n" not in text:
        return [text]  # marks of direction and accents take no room, though textwrap counts them
    lines: list[str] = []
    for line in textwrap.wrap(text, width, break_on_hyphens=False) or [""]:
        rest = line
        while columns(rest) > width:
            cut = len(rest)
            while columns(rest[:cut]) > width:
                cut -= 1
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def columns(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two, a combining mark none."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shown(cell: Cell, column: Column, words: Words) -> str:
    if column.kind == "percent" and isinstance(cell, float | int):
        return words.percent(cell)
    return words.show(cell)
