"""How alike two letters are, though one was typed and the other scanned: the runs of letters that they share.

A text is kept as the hashes of its runs of characters, of which a fixed part is kept for long ones (FracMinHash: Irber et
al. 2022, after Broder 1997, "On the resemblance and containment of documents"). Runs that a scan misreads are lost, and the
others still meet.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.model import Text

Likeness = Literal["copy", "perhaps", "other"]

RUN: Final = 4
HAN_RUN: Final = 2
SAMPLED_FROM: Final = 3000
"""Runs from which on one of PART is kept."""
PART: Final = 4
LEAST_RUNS: Final = 60
"""Below this a text says too little to be told from another, unless it is the same."""
COPY: Final = 0.8
COPY_ON_PAPER: Final = 0.7
"""For a scan against a typed text, or another scan."""
PERHAPS: Final = 0.55
"""Letters of one State share their formulas: below this they are two."""
SAME_NUMBER: Final = 0.45
"""For two letters that bear the same number."""
NEARLY_ALL: Final = 0.9
"""The same words with other topics: one of them may be misread."""
NUMBER: Final = re.compile(
    r"(?:\bno\.?|n°|nº|№|\bnum\.?|\bnr\.?|\bref\.?|الرقم|رقم|第)\s*[:.]?\s*([a-z]{0,6}[-/.]?\d[\w./-]*)"
)
NUMBER_WITHIN: Final = 900


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a letter to compare it with others."""

    runs: frozenset[int]
    number: str = ""
    """The letter's own number ("118-2009"), where it bears one."""
    scanned: bool = False

    def packed(self) -> bytes:
        return array("I", sorted(self.runs)).tobytes()

    @classmethod
    def unpacked(cls, runs: bytes, number: str, scanned: bool) -> Sketch:
        numbers = array("I")
        numbers.frombytes(runs)
        return cls(frozenset(numbers), number, scanned)


def sketch_of(texts: Iterable[Text]) -> Sketch:
    """Of all that the sender wrote: bodies, letters, forwarded replies."""
    pieces = [(text, _written(text)) for text in texts]
    words = "\n".join(words for _, words in pieces)
    scanned = any(text.origin == "ocr" and words.strip() for text, words in pieces)
    letters = [words for text, words in pieces if text.source != "body" and words.strip()]
    number = next((found for words in (*letters, *(w for _, w in pieces)) if (found := own_number(words))), "")
    return Sketch(frozenset(_runs(words)), number, scanned)


def own_number(words: str) -> str:
    """The number a letter bears in its head; not that of the note it answers."""
    head = re.sub(r"(?:cu|nv)\s*[-.]?\s*(?:19|20)\d\d\s*/\s*\d+", " ", _plain(words[:NUMBER_WITHIN]))
    found = NUMBER.search(head)
    return re.sub(r"[^0-9a-z]", "", found.group(1)) if found else ""


def share_of(one: Sketch, other: Sketch) -> float:
    """The part of the smaller letter that stands in the larger one, 0..1."""
    if not one.runs or not other.runs:
        return 0.0
    first, second = one.runs, other.runs
    if _sampled(one) != _sampled(other):
        first, second = _part(first), _part(second)
    smaller = min(len(first), len(second))
    if one.runs == other.runs:
        return 1.0
    return len(first & second) / smaller if smaller >= LEAST_RUNS / PART else 0.0


def judge(one: Sketch, other: Sketch, share: float, topics: tuple[Sequence[str], Sequence[str]]) -> Likeness:
    """Whether two replies of one State are one letter.

    `share`: as from `share_of`. `topics`: the areas that each proposes, one item a topic and area.
    """
    same_topics = sorted(topics[0]) == sorted(topics[1])
    if one.runs == other.runs and one.runs:
        return "copy" if same_topics else "perhaps"
    if min(len(one.runs), len(other.runs)) < LEAST_RUNS:
        return "other"
    on_paper = one.scanned or other.scanned
    numbered = bool(one.number and other.number)
    if numbered and one.number == other.number and share >= SAME_NUMBER:
        return "copy" if same_topics else "perhaps"
    if share >= (COPY_ON_PAPER if on_paper else COPY) and same_topics:
        return "perhaps" if numbered and not on_paper else "copy"
    if not same_topics:
        return "perhaps" if share >= NEARLY_ALL and not numbered else "other"
    return "perhaps" if share >= PERHAPS and not numbered else "other"


def _written(text: Text) -> str:
    return "\n".join(text.text[span.start : span.end] for span in text.spans if span.label in ("reply", "forwarded"))


def _plain(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _runs(words: str) -> Iterable[int]:
    letters = "".join(char for char in _plain(words) if char.isalnum())
    size = HAN_RUN if re.search(r"[\u3400-\u9fff]", letters) else RUN
    hashed = {zlib.crc32(letters[at : at + size].encode()) for at in range(max(0, len(letters) - size + 1))}
    return _part(hashed) if len(hashed) > SAMPLED_FROM else hashed


def _part(runs: Iterable[int]) -> frozenset[int]:
    return frozenset(run for run in runs if run % PART == 0)


def _sampled(sketch: Sketch) -> bool:
    return all(run % PART == 0 for run in sketch.runs)
