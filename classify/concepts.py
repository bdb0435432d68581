"""The concepts behind words, the same in six languages (classify/data/concepts/): "wages owed" in one is «невыплаченная
зарплата» in another. What is learned of a concept in one language holds in all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from classify.normal import ARABIC_CLITICS, fold

DATA: Final = Path(__file__).with_name("data") / "concepts"
MANNER: Final = "m_"
"""What the names of concepts begin with that tell how something is said, and not what."""
WORD_START: Final = re.compile(r"(?<!\w)(?=\w)")


@lru_cache(maxsize=8)
def load_concepts(language: str) -> dict[str, str]:
    """Each beginning of a word or phrase, folded, and its concept; one that ends in a space is a whole word.

    A line of data/concepts/<language>.txt is "concept: beginning | beginning | =whole word".
    """
    table: dict[str, str] = {}
    for line in (DATA / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition(":")
        if not line.startswith("#"):
            table.update((_stem(word), name) for word in words.split("|") if word.strip())
    return table


def _stem(written: str) -> str:
    word = written.strip()
    return f"{word[1:]} " if word.startswith("=") else word


def concepts_in(text: str, language: str) -> list[str]:
    """The concepts of a text in the order of its words; one that comes twice stands twice."""
    table, lengths = load_concepts(language), _lengths(language)
    folded = " ".join(fold(text).split()) + " "
    found: list[str] = []
    behind = 0
    for start in _starts(folded, language):
        if start < behind:
            continue
        for length in lengths.get(folded[start : start + 2], ()):
            if (name := table.get(folded[start : start + length])) is not None:
                found.append(name)
                behind = start + length
                break
    return found


def matters_in(text: str, language: str) -> list[str]:
    """The concepts of what a text is about, without those of how it is said."""
    return [name for name in concepts_in(text, language) if not name.startswith(MANNER)]


def _starts(folded: str, language: str) -> Iterator[int]:
    """Where a concept may begin: at a word, in Arabic also behind its clitics, in Chinese anywhere."""
    if language == "zh":
        yield from range(len(folded))
        return
    for match in WORD_START.finditer(folded):
        yield match.start()
        if language == "ar":
            for clitic in ARABIC_CLITICS:
                if folded.startswith(clitic, match.start()):
                    yield match.start() + len(clitic)
                    break


@lru_cache(maxsize=8)
def _lengths(language: str) -> dict[str, tuple[int, ...]]:
    """How long the stems are that begin with each two characters, the longest first."""
    lengths: dict[str, set[int]] = {}
    for stem in load_concepts(language):
        lengths.setdefault(stem[:2], set()).add(len(stem))
    return {opening: tuple(sorted(found, reverse=True)) for opening, found in lengths.items()}
