"""Texts compared by what they have in common: counts weighed by rarity, brought to length 1, and their cosine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

Vector = Mapping[str, float]


def rarity_of(texts: Iterable[Iterable[str]]) -> dict[str, float]:
    """What nearly every text has ("trafficking in persons" in a consultation on it) tells them little apart."""
    total, seen = 0, Counter[str]()
    for found in texts:
        total += 1
        seen.update(set(found))
    return {name: math.log((1 + total) / (1 + count)) + 0.1 for name, count in seen.items()}


def weighed(found: Mapping[str, int], rarity: Vector, unknown: float = 0.0) -> dict[str, float]:
    """A vector of length 1 from counts; `unknown` is the rarity of what `rarity` does not name."""
    return unit({name: (1 + math.log(count)) * rarity.get(name, unknown) for name, count in found.items()})


def unit(vector: Vector) -> dict[str, float]:
    """Brought to length 1."""
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {name: value / length for name, value in vector.items()}


def cosine(one: Vector, other: Vector) -> float:
    """Of two vectors of length 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other.get(name, 0.0) for name, value in one.items())
