"""What the trained parts see of a text: stems, pairs of stems, runs of letters, and the concepts behind its words.

Concepts (concepts.py) bring words together that mean the same, also those that no example has.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import jieba
import numpy
from murmurhash import hash as murmurhash

from classify.concepts import concepts_in
from classify.normal import fold, stem

WORD: Final = re.compile(r"[^\W\d_]+")
GRAMS: Final = {"zh": (1, 2, 3)}
DEFAULT_GRAMS: Final = (3, 4, 5)


class Hashed(NamedTuple):
    """A text's features: sorted hashes of their names (uint32), and their weights."""

    keys: Any
    values: Any


def features_of(text: str, language: str) -> dict[str, float]:
    """Weights by feature; each of the families has length 1, so that none drowns the others."""
    words = _words(text, language)
    stems = [stem(word, language) for word in words]
    families = (
        Counter(f"w {word}" for word in stems),
        Counter(f"b {first} {second}" for first, second in pairwise(["^", *stems, "$"])),
        Counter(_grams(words, language)),
        concept_features(text, language),
    )
    return _united(families)


def concept_features(text: str, language: str) -> Counter[str]:
    """The concepts of a text, and which stand beside each other."""
    found = concepts_in(text, language)
    return Counter([*(f"k {name}" for name in found), *(f"kk {' '.join(sorted(two))}" for two in pairwise(found))])


def _united(families: tuple[Counter[str], ...]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for family in families:
        logged = {name: 1 + math.log(count) for name, count in family.items()}
        length = math.sqrt(sum(value * value for value in logged.values())) or 1.0
        weights.update({name: value / length for name, value in logged.items()})
    return weights


def _words(text: str, language: str) -> list[str]:
    folded = fold(text)
    if language == "zh":
        return [word for word in _segmenter().cut(folded) if WORD.match(word)]
    return WORD.findall(folded)


def _grams(words: list[str], language: str) -> Iterator[str]:
    sizes = GRAMS.get(language, DEFAULT_GRAMS)
    run = "".join(words) if language == "zh" else " " + " ".join(words) + " "
    for size in sizes:
        for at in range(len(run) - size + 1):
            yield f"{size} {run[at : at + size]}"


@lru_cache(maxsize=1)
def _segmenter() -> jieba.Tokenizer:
    jieba.setLogLevel("ERROR")
    return jieba.Tokenizer()


@lru_cache(maxsize=20_000)
def hashed(text: str, language: str) -> Hashed:
    """The features of a text, under the hashes of their names."""
    weights = features_of(text, language)
    summed: dict[int, float] = {}
    for name, value in (weights or {"empty": 1.0}).items():
        key = murmurhash(name, 1) & 0xFFFFFFFF
        summed[key] = summed.get(key, 0.0) + value
    keys = sorted(summed)
    return Hashed(numpy.asarray(keys, dtype="uint32"), numpy.asarray([summed[key] for key in keys], dtype="float32"))
