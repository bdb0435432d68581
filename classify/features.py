"""What the trained parts see of a passage: stems, pairs of stems, and runs of letters, hashed.

Registered as a spaCy architecture, so that textcat and textcat_multilabel train and store it like their own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import jieba
import numpy
from murmurhash import hash as murmurhash
from spacy import registry
from spacy.tokens import Doc
from thinc.api import Model, chain, softmax_activation
from thinc.layers import Logistic, SparseLinear_v2

from classify.normal import fold, stem

WORD: Final = re.compile(r"[^\W\d_]+")
GRAMS: Final = {"zh": (1, 2, 3)}
DEFAULT_GRAMS: Final = (3, 4, 5)
Ragged = tuple[Any, Any, Any]


def features_of(text: str, language: str) -> dict[str, float]:
    """Weights by feature; each of the three families has length 1, so that none drowns the others."""
    words = _words(text, language)
    stems = [stem(word, language) for word in words]
    families = (
        Counter(f"w {word}" for word in stems),
        Counter(f"b {first} {second}" for first, second in zip(["^", *stems], [*stems, "$"], strict=True)),
        Counter(_grams(words, language)),
    )
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


@registry.architectures("intake.HashedLinear.v1")
def hashed_linear(language: str, length: int, exclusive: bool, nO: int | None = None) -> Model[list[Doc], Any]:  # noqa: N803 - spaCy's name
    """A linear model over hashed features; `length` is the number of hashed weights a class (a power of two)."""
    sparse = SparseLinear_v2(nO=nO, length=length)
    last = softmax_activation() if exclusive else Logistic()
    model: Model[list[Doc], Any] = chain(extract_features(language), sparse, last)
    model.set_ref("output_layer", sparse)
    model.attrs["multi_label"] = not exclusive
    return model


def extract_features(language: str) -> Model[list[Doc], Ragged]:
    return Model("intake_features", _forward, attrs={"language": language})


def _forward(
    model: Model[list[Doc], Ragged], docs: list[Doc], is_train: bool
) -> tuple[Ragged, Callable[..., list[Doc]]]:
    rows = [_hashed(doc.text, model.attrs["language"]) for doc in docs]
    keys = numpy.concatenate([row[0] for row in rows]) if rows else numpy.zeros(0, "uint64")
    values = numpy.concatenate([row[1] for row in rows]) if rows else numpy.zeros(0, "float32")
    lengths = numpy.asarray([len(row[0]) for row in rows], dtype="int32")
    return (keys, values, lengths), lambda _: []


@lru_cache(maxsize=20_000)
def _hashed(text: str, language: str) -> tuple[Any, Any]:
    """Kept between epochs: finding the features of a passage costs more than learning from it."""
    weights = features_of(text, language)
    if not weights:
        weights = {"empty": 1.0}
    keys = numpy.asarray([murmurhash(name, 1) & 0xFFFFFFFF for name in weights], dtype="uint64")
    return keys, numpy.asarray(list(weights.values()), dtype="float32")
