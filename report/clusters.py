"""New topics that say nearly the same, put together so that a page shows them once.

Words are compared by their first letters, which bears inflection in five languages; Chinese by pairs of characters. Topics in
different languages stay apart here: a person sees them side by side.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

STEM: Final = 5
SHARED: Final = 0.6
"""Share of the shorter topic's telling stems that two topics have in common."""
COMMON: Final = 0.25
"""Stems that more than this share of all topics have say little ("persons", "trafficking")."""


def clusters(quotes: Sequence[str]) -> list[list[int]]:
    """Indices of quotes that belong together, in order of first appearance."""
    stems = _telling([_stems(quote) for quote in quotes])
    home: dict[int, int] = {}
    for number, own in enumerate(stems):
        home[number] = next((home[other] for other in range(number) if _alike(own, stems[other])), number)
    groups: dict[int, list[int]] = {}
    for number, first in home.items():
        groups.setdefault(first, []).append(number)
    return list(groups.values())


def _stems(quote: str) -> frozenset[Hashable]:
    folded = unicodedata.normalize("NFKD", quote.casefold())
    letters = "".join(char if char.isalpha() else " " for char in folded if not unicodedata.combining(char))
    stems: set[Hashable] = set()
    for word in letters.split():
        if "\u4e00" <= word[0] <= "\u9fff":
            stems.update(word[place : place + 2] for place in range(len(word) - 1))
        elif len(word) > 3:
            stems.add(word[:STEM])
    return frozenset(stems)


def _telling(stems: list[frozenset[Hashable]]) -> list[frozenset[Hashable]]:
    distinct = set(stems)
    counts = Counter(stem for own in distinct for stem in own)
    limit = max(2.0, COMMON * len(distinct))
    return [frozenset(stem for stem in own if counts[stem] <= limit) or own for own in stems]


def _alike(one: frozenset[Hashable], other: frozenset[Hashable]) -> bool:
    if one == other:
        return True
    shared = len(one & other)
    return shared >= 2 and shared >= SHARED * min(len(one), len(other))
