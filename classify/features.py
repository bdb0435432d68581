"""What the trained parts see of a text: stems, pairs of stems, runs of letters, and the concepts behind its words.

Concepts (concepts.py) bring words together that mean the same, also those that no example has.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Any, Final, NamedTuple

import jieba
import numpy
from murmurhash import hash as murmurhash

from classify.concepts import concepts_in
from classify.normal import fold, stem

WORD: Final = re.compile(r"[^\W\d_]+")
GRAMS: Final = {"zh": (1, 2, 3)}
DEFAULT_GRAMS: Final = (3, 4, 5)
CACHED_LENGTH: Final = 1000
"""Passages come again and again, longer texts within their message alone; features take some 25 times a text's room."""


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
    return united(families)


def concept_features(text: str, language: str) -> Counter[str]:
    """The concepts of a text, and which stand beside each other."""
    found = concepts_in(text, language)
    return Counter([*(f"k {name}" for name in found), *(f"kk {' '.join(sorted(two))}" for two in pairwise(found))])


def united(families: Iterable[Counter[str]]) -> dict[str, float]:
    """Each family of features brought to length 1, and all put together."""
    weights: dict[str, float] = {}
    for family in families:
        logged = {count: 1 + math.log(count) for count in set(family.values())}
        squared = {count: value * value for count, value in logged.items()}
        length = math.sqrt(sum(map(squared.__getitem__, family.values()))) or 1.0
        scaled = {count: value / length for count, value in logged.items()}
        weights.update(zip(family, map(scaled.__getitem__, family.values()), strict=True))
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
        mark = f"{size} "
        yield from [mark + run[at : at + size] for at in range(len(run) - size + 1)]


@lru_cache(maxsize=1)
def _segmenter() -> jieba.Tokenizer:
    jieba.setLogLevel("ERROR")
    return jieba.Tokenizer()


def hashed(text: str, language: str) -> Hashed:
    """The features of a text, under the hashes of their names."""
    return _hashed_passage(text, language) if len(text) <= CACHED_LENGTH else _hashed_whole(text, language)


@lru_cache(maxsize=1000)
def _hashed_passage(text: str, language: str) -> Hashed:
    return hashed_weights(features_of(text, language))


@lru_cache(maxsize=8)
def _hashed_whole(text: str, language: str) -> Hashed:
    return hashed_weights(features_of(text, language))


def stems_of(text: str, language: str) -> list[str]:
    """The stems of a text's words, in order."""
    return [stem(word, language) for word in _words(text, language)]


def hashed_weights(weights: Mapping[str, float]) -> Hashed:
    """Weights by name, under the hashes of the names."""
    weights = weights or {"empty": 1.0}
    hashes = numpy.fromiter(map(murmurhash, weights, repeat(1)), "int64", len(weights)).astype("uint32")
    keys, places = numpy.unique(hashes, return_inverse=True)
    values = numpy.fromiter(weights.values(), "float64", len(weights))
    return Hashed(keys, numpy.bincount(places, values).astype("float32"))
