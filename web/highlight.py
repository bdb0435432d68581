"""A text cut into what the page shows: blocks by their label, and in them the stretches where topics and evidence stand. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FOLDED = frozenset({"quoted", "forwarded", "disclaimer", "note"})
"""What is not the sender's own, or says nothing: folded, and open where a topic stands in it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch to be marked: a topic's words (its place among the reply's topics) or the State's (None)."""

    start: int
    end: int
    topic: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Words under the same marks; `first` are the topics that begin here."""

    text: str
    topics: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    names_state: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    label: str
    pieces: tuple[Piece, ...]

    @property
    def folded(self) -> bool:
        return self.label in FOLDED

    @property
    def marked(self) -> bool:
        return any(piece.topics for piece in self.pieces)

    @property
    def lines(self) -> int:
        return sum(piece.text.count("\n") for piece in self.pieces) + 1


def place(text: str, start: int, end: int, words: str) -> tuple[int, int] | None:
    """Where the words stand: as said, or found anew (the text may have been read again since)."""
    if text[start:end] == words:
        return start, end
    found = text.find(words)
    return (found, found + len(words)) if words and found >= 0 else None


def blocks(text: str, spans: Sequence[tuple[int, int, str]], marks: Iterable[Mark]) -> list[Block]:
    """Cut a text. Spans that leave gaps or overlap are forgiven: every character is shown once."""
    placed = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    found: list[Block] = []
    begun: set[int] = set()
    for start, end, label in _covering(len(text), spans):
        pieces = _pieces(text, start, end, placed, begun)
        if any(piece.text.strip() for piece in pieces):
            found.append(Block(label, pieces))
    return found


def _covering(length: int, spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans in order without overlap, gaps filled as the reply's own."""
    whole: list[tuple[int, int, str]] = []
    at = 0
    for start, end, label in sorted(spans):
        begin, stop = max(start, at), min(end, length)
        if begin > at:
            whole.append((at, begin, "reply"))
        if stop > begin:
            whole.append((begin, stop, label))
        at = max(at, stop)
    return [*whole, (at, length, "reply")] if at < length else whole


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark], begun: set[int]) -> tuple[Piece, ...]:
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    cuts = sorted({start, end, *(max(start, m.start) for m in inside), *(min(end, m.end) for m in inside)})
    pieces = []
    for left, right in itertools.pairwise(cuts):
        here = [mark for mark in inside if mark.start <= left and mark.end >= right]
        topics = tuple(sorted({mark.topic for mark in here if mark.topic is not None}))
        first = tuple(topic for topic in topics if topic not in begun)
        begun.update(first)
        pieces.append(Piece(text[left:right], topics, first, any(mark.topic is None for mark in here)))
    return tuple(pieces)
