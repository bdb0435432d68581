"""The concepts behind words, the same in six languages (classify/data/concepts.toml): "wages owed" in one is «невыплаченная
зарплата» in another. What is learned of a concept in one language holds in all of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from classify.normal import ARABIC_CLITICS, fold
from core.model import LANGUAGES

DATA: Final = Path(__file__).with_name("data") / "concepts.toml"


WORD_START: Final = re.compile(r"(?<!\w)(?=\w)")


@lru_cache(maxsize=1)
def load_concepts() -> dict[str, dict[str, tuple[str, ...]]]:
    """concept -> language -> beginnings of words or phrases, folded; one that ends in a space is a whole word."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {
        name: {language: tuple(dict.fromkeys(map(fold, words.get(language, ())))) for language in LANGUAGES}
        for name, words in data.items()
    }


def concepts_in(text: str, language: str) -> list[str]:
    """The concepts of a text in the order of its words; one that comes twice stands twice."""
    table, longest = _table(language)
    folded = " ".join(fold(text).split()) + " "
    found: list[str] = []
    behind = 0
    for start in _starts(folded, language):
        if start < behind:
            continue
        for end in range(min(start + longest, len(folded)), start, -1):
            if (name := table.get(folded[start:end])) is not None:
                found.append(name)
                behind = end
                break
    return found


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
def _table(language: str) -> tuple[dict[str, str], int]:
    """Each stem's concept, and the length of the longest stem."""
    table = {stem: name for name, words in load_concepts().items() for stem in words.get(language, ()) if stem}
    return table, max(map(len, table), default=0)
