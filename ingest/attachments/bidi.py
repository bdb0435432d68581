"""Lines of Arabic out of a PDF, where each glyph has a place and no order: from what is seen to what was written.

The reverse of the Unicode Bidirectional Algorithm (UAX #9) for lines that run from right to left: Latin words, addresses
and numbers within them run the other way, and brackets stand mirrored.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

_LETTER: Final = r"\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
RIGHT_TO_LEFT: Final = re.compile(f"[{_LETTER}]")
OTHER_WAY: Final = re.compile(rf"(?![{_LETTER}])[^\W_](?:[^{_LETTER}]*(?![{_LETTER}])[^\W_])?")
"""From one letter or digit of the other direction to the last before a right-to-left letter."""
NUMBER: Final = re.compile(r"\d+(?:[.,:/\u066b\u066c]\d+)*")
"""Digits joined by single separators (UAX #9, W4) run from left to right; signs and blanks between numbers do not."""
MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")
GAP: Final = 0.17
"""A gap between glyphs wider than this share of their height stands for a blank."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as it is drawn: its left and right edges and height, in points; `index` tells glyphs of one place apart."""

    char: str
    left: float
    right: float
    height: float
    origin: float
    baseline: float
    index: int


def runs_right_to_left(chars: Iterable[str]) -> bool:
    """Whether a page has more letters of a right-to-left script than others."""
    letters = [char for char in chars if char.isalpha()]
    return sum(bool(RIGHT_TO_LEFT.match(char)) for char in letters) * 2 > len(letters)


def written(glyphs: Sequence[Glyph]) -> str:
    """The line that was written, from the glyphs of one that runs from right to left, in the order PDFium gives them."""
    plain = [replace(glyph, char=glyph.char.translate(MIRRORED)) if flag else glyph for glyph, flag in _turned(glyphs)]
    return _restored(_joined(_from_the_right(plain)))


def _turned(glyphs: Sequence[Glyph]) -> Iterator[tuple[Glyph, bool]]:
    """Each glyph, and whether PDFium took it for one from right to left: it mirrors brackets there."""
    for at, glyph in enumerate(glyphs):
        before, after = (glyphs[at - 1], glyph) if at else (glyph, glyphs[min(1, len(glyphs) - 1)])
        yield glyph, after.origin < before.origin


def _from_the_right(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """A mark behind its letter; the letters of a ligature, which share one place, as they are written."""
    places = {glyph.index: _place(glyph, glyphs) for glyph in glyphs}
    placed = sorted(glyphs, key=lambda glyph: (-places[glyph.index], glyph.index))
    ordered: list[Glyph] = []
    for _, group in groupby(placed, key=lambda glyph: round(places[glyph.index], 2)):
        ligature = list(group)
        ordered += reversed(ligature) if len(ligature) > 1 and _must_turn(ligature, glyphs) else ligature
    return ordered


def _must_turn(ligature: list[Glyph], glyphs: Sequence[Glyph]) -> bool:
    """A ligature's letters have one box; a letter and what is drawn over it have two, in the order of the file."""
    turned = _was_reversed(ligature, glyphs)
    if not RIGHT_TO_LEFT.match(ligature[0].char):
        return not turned  # "ffi" will be turned round with its word
    return turned and len({round(glyph.right, 2) for glyph in ligature}) == 1


def _place(glyph: Glyph, glyphs: Sequence[Glyph]) -> float:
    if unicodedata.category(glyph.char) != "Mn":
        return glyph.origin
    middle = (glyph.left + glyph.right) / 2
    bases = (g for g in glyphs if g.left <= middle <= g.right and unicodedata.category(g.char) != "Mn")
    base = next(bases, None)
    return base.origin - 0.005 if base else glyph.origin


def _was_reversed(ligature: list[Glyph], glyphs: Sequence[Glyph]) -> bool:
    """Whether the reader of the file took the line for one from right to left, and turned the ligature with it."""
    first, last = ligature[0].index, ligature[-1].index
    before = next((glyph for glyph in reversed(glyphs) if glyph.index < first and glyph.char != " "), None)
    after = next((glyph for glyph in glyphs if glyph.index > last and glyph.char != " "), None)
    if before is not None:
        return before.origin > ligature[0].origin
    return after is not None and after.origin < ligature[0].origin


def _joined(glyphs: list[Glyph]) -> str:
    """From right to left, with a blank for each gap that has none."""
    pieces = [glyph.char for glyph in glyphs[:1]]
    for before, glyph in itertools.pairwise(glyphs):
        gap = before.left - glyph.right > GAP * max(before.height, glyph.height)
        pieces.append(" " + glyph.char if gap and " " not in (before.char, glyph.char) else glyph.char)
    return "".join(pieces).strip()


def rows(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Glyphs by their lines, the upper first: PDFium takes a word that is cut by a hyphen for one line."""
    row: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: -glyph.baseline):
        if row and row[0].baseline - glyph.baseline > max(each.height for each in row) / 2:
            yield sorted(row, key=lambda each: each.index)
            row = []
        row.append(glyph)
    if row:
        yield sorted(row, key=lambda each: each.index)


def from_the_left(glyphs: Sequence[Glyph]) -> str:
    """The line by its places: where one font lacks a sign, another draws it, later in the file."""
    placed = sorted(glyphs, key=lambda glyph: (glyph.origin, glyph.index))
    pieces = [glyph.char for glyph in placed[:1]]
    for before, glyph in itertools.pairwise(placed):
        gap = glyph.left - before.right > GAP * max(before.height, glyph.height)
        latin = before.char.isascii() and glyph.char.isascii() and " " not in (before.char, glyph.char)
        pieces.append(" " + glyph.char if gap and latin else glyph.char)
    return "".join(pieces)


def _restored(seen: str) -> str:
    """Stretches of the other direction turned round again."""
    if not RIGHT_TO_LEFT.search(seen):
        return _foreign(seen)
    pieces = []
    at = 0
    for found in OTHER_WAY.finditer(seen):
        start, stretch = found.start(), found.group()
        if any(char.isalpha() for char in stretch):
            stretch = stretch[::-1]
            if stretch.count("(") > stretch.count(")") and seen[at:start].endswith(")"):
                start, stretch = start - 1, stretch + ")"
        else:
            stretch = NUMBER.sub(lambda number: number.group()[::-1], stretch)
        pieces += [seen[at:start], stretch]
        at = found.end()
    return "".join([*pieces, seen[at:]])


def _foreign(seen: str) -> str:
    """A whole line of the other direction: a hyphen at its right end is its own, a full stop at the left the paragraph's."""
    found = OTHER_WAY.search(seen)
    if not found:
        return seen
    behind, stretch, left = seen[: found.start()][::-1], found.group()[::-1], seen[found.end() :]
    opening = left if left.strip() in ("(", "[", "«") else ""
    return opening + stretch + behind + left.removeprefix(opening)
