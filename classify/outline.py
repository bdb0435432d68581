"""A text cut into passages, and these into the clauses that topics are made of, with the letters and titles named in it.

A clause is what may be one topic: "training of police" in "we propose training of police as well as the protection of
witnesses". What the classifiers say of each is added in reading.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final, TypeVar

from spacy.language import Language
from spacy.tokens import Doc

from classify.language import LATIN, language_of
from classify.lexicon import ASIDE
from classify.normal import fold
from classify.passages import Passage, clauses_of, passages_of
from classify.titles import TitleMatch
from classify.vocabulary import passing_words

MIN_LANGUAGE_WORDS: Final = 6
MIN_WORDS: Final = 2
MIN_HAN: Final = 4
MOST_CHARACTERS: Final = 200_000
"""Of one stretch of text: some sixty pages. No letter is longer; what is, a person should read."""
MOST_PASSAGES: Final = 3000
MOST_CLAUSES: Final = 100
"""Of one passage; what is behind them is read as one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters [start, end) of the text; `cut` is what parts it from the clause before, "" at a passage's start."""

    start: int
    end: int
    passage: int
    cut: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Letters of the note named at characters [start, end)."""

    start: int
    end: int
    letters: tuple[str, ...]
    whole: bool


Placed = TypeVar("Placed", Reference, TitleMatch)


def _begins_in(items: Sequence[Placed], start: int, end: int) -> Sequence[Placed]:
    """Those of `items`, in their order, that begin within [start, end)."""
    low = bisect_left(items, start, key=lambda item: item.start)
    return items[low : bisect_left(items, end, low, key=lambda item: item.start)]


@dataclass(frozen=True)
class Outline:
    """A stretch of a text cut into passages and clauses, with the letters and titles in it."""

    text: str
    passages: Sequence[Passage]
    languages: Sequence[str]
    """Of each passage."""
    references: Sequence[Reference]
    titles: Sequence[TitleMatch]
    clauses: Sequence[Clause]

    def words(self, piece: Passage | Clause) -> str:
        return self.text[piece.start : piece.end]

    def references_in(self, start: int, end: int) -> list[Reference]:
        return list(_begins_in(self.references, start, end))

    def titles_in(self, start: int, end: int) -> list[TitleMatch]:
        """Each area's first title within [start, end)."""
        inside = [item for item in _begins_in(self.titles, start, end) if item.end <= end]
        first = {item.area: item for item in reversed(inside)}
        return [first[area] for area in dict.fromkeys(item.area for item in inside)]

    @cached_property
    def leads(self) -> frozenset[int]:
        """Passages that introduce a list."""
        return frozenset(passage.lead for passage in self.passages if passage.lead is not None)


def outline_of(pipelines: Mapping[str, Language], text: str, start: int, end: int, default_language: str) -> Outline:
    """text[start:end], cut; nothing here needs a trained classifier."""
    text = text[: start + MOST_CHARACTERS]
    passages = passages_of(text, start, min(end, len(text)))[:MOST_PASSAGES]
    languages = _languages(text, passages, default_language, tuple(pipelines))
    references, titles = _named(pipelines, text, passages, languages)
    kept_whole = sorted({(item.start, item.end) for found in (references, titles) for item in found})
    clauses = [
        clause
        for number, (passage, language) in enumerate(zip(passages, languages, strict=True))
        for clause in _clauses(text, number, passage, language, _within(kept_whole, passage))
    ]
    return Outline(text, passages, languages, references, titles, clauses)


def _named(
    pipelines: Mapping[str, Language], text: str, passages: Sequence[Passage], languages: Sequence[str]
) -> tuple[list[Reference], list[TitleMatch]]:
    """What spaCy finds."""
    with ExitStack() as zones:
        docs: dict[str, Doc] = {}
        for code in dict.fromkeys(languages):
            zones.enter_context(passing_words(pipelines[code]))
            docs[code] = pipelines[code](text)
        return _references(docs, passages, languages), _titles(docs, passages, languages)


def _within(places: Sequence[tuple[int, int]], passage: Passage) -> Sequence[tuple[int, int]]:
    return places[bisect_left(places, (passage.start, 0)) : bisect_left(places, (passage.end, 0))]


def _clauses(
    text: str, number: int, passage: Passage, language: str, kept_whole: Sequence[tuple[int, int]]
) -> list[Clause]:
    """The clauses of a passage; no cut goes through a title or through "(b), (d) and (f)", or leaves a scrap."""
    pieces = clauses_of(text, passage.start, passage.end, language)
    pieces = [place for place in pieces if not _aside(text[slice(*place)], language)] or [(passage.start, passage.end)]
    if len(pieces) > MOST_CLAUSES:
        pieces = [*pieces[: MOST_CLAUSES - 1], (pieces[MOST_CLAUSES - 1][0], pieces[-1][1])]
    clauses: list[Clause] = []
    opened: tuple[int, str] | None = None
    for at, (start, end) in enumerate(pieces):
        cut = text[pieces[at - 1][1] : start].strip().lower() if at else ""
        low, mark = opened or (start, cut)
        behind = pieces[at + 1][0] if at + 1 < len(pieces) else end
        last = at + 1 == len(pieces)
        parted = not any(first < behind and end < stop for first, stop in kept_whole)
        if last or (parted and _enough(text[low:end], kept_whole, low, end)):
            if last and clauses and not _enough(text[low:end], kept_whole, low, end):
                before = clauses.pop()
                low, mark = before.start, before.cut
            clauses.append(Clause(low, end, number, mark))
            opened = None
        else:
            opened = (low, mark)
    return clauses


def _aside(words: str, language: str) -> bool:
    """ "In the first place": it parts two clauses, and is none."""
    return re.fullmatch(ASIDE[language], fold(" ".join(words.split())).strip(" .:;-–")) is not None


def _enough(words: str, kept_whole: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    if any(start <= first < end for first, _ in kept_whole):
        return True
    return len(re.findall(r"[^\W\d_]{2,}", words)) >= MIN_WORDS or len(re.findall(r"[\u3400-\u9fff]", words)) >= MIN_HAN


def _references(docs: Mapping[str, Doc], passages: Sequence[Passage], languages: Sequence[str]) -> list[Reference]:
    places = {
        code: [
            Reference(span.start_char, span.start_char + len(span.text.rstrip(".")), item.letters, item.whole)
            for item in doc._.letters
            if (span := doc[item.start : item.end])
        ]
        for code, doc in docs.items()
    }
    return [
        item
        for passage, language in zip(passages, languages, strict=True)
        for item in _begins_in(places[language], passage.start, passage.end)
    ]


def _titles(docs: Mapping[str, Doc], passages: Sequence[Passage], languages: Sequence[str]) -> list[TitleMatch]:
    places = {code: sorted(doc._.titles, key=lambda item: item.start) for code, doc in docs.items()}
    return [
        item
        for passage, language in zip(passages, languages, strict=True)
        for item in _begins_in(places[language], passage.start, passage.end)
        if item.end <= passage.end
    ]


def _languages(text: str, passages: Sequence[Passage], default: str, known: Sequence[str]) -> list[str]:
    """Each passage's language: its block's, when the block is long enough to tell."""
    blocks: dict[int, str] = {}
    for number, group in groupby(passages, key=lambda passage: passage.block):
        own = list(group)
        words = text[own[0].start : own[-1].end]
        found = language_of(words, default)
        # Among languages of one script, a few words cannot tell.
        if {found, default} <= set(LATIN) and len(words.split()) < MIN_LANGUAGE_WORDS:
            found = default
        blocks[number] = found if found in known else default
    return [blocks[passage.block] for passage in passages]
