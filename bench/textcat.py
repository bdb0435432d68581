"""`make bench`: our area classifier beside spaCy's own text classifier, taught with the same English topics in the same run.

Every fourth topic is held back, and both say its area. What counts are the ratios of time and the share that is right.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import spacy
from spacy.training import Example
from spacy.util import fix_random_seed, minibatch

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from classify.features import hashed  # noqa: E402 - the repository's own modules, once they can be found
from classify.linear import LinearClassifier  # noqa: E402
from classify.teaching import Examples, area_rows  # noqa: E402
from core.consultation import find_consultation, load_consultation  # noqa: E402

LANGUAGE: Final = "en"
EPOCHS: Final = 10
SEED: Final = 2009

ARCHITECTURE: Final = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": True,
    "ngram_size": 2,
    "no_output_layer": False,
}

Row = tuple[str, str]
Decide = Callable[[Sequence[str]], list[str]]


def main() -> None:
    consultation = load_consultation(find_consultation("cu-2009-92", REPOSITORY))
    found = area_rows(consultation, Examples.of(consultation, LANGUAGE))
    rows = [(text, max(labels, key=lambda name: labels[name])) for text, labels in found if sum(labels.values()) == 1]
    random.Random(SEED).shuffle(rows)
    held, taught = rows[::4], [row for at, row in enumerate(rows) if at % 4]
    print(f"{len(taught)} topics taught, {len(held)} held back\n")
    print(f"{'':<34}{'training s':>11}{'topics a second':>17}{'right':>8}")
    ours, theirs = measured("ours", our_classifier, taught, held), measured("spaCy textcat", textcat, taught, held)
    print(f"{'ratio':<34}{ours[0] / theirs[0]:>11.2f}{ours[1] / theirs[1]:>17.2f}{ours[2] / theirs[2]:>8.2f}")


def measured(
    name: str, learn: Callable[[Sequence[Row]], Decide], taught: Sequence[Row], held: Sequence[Row]
) -> tuple[float, float, float]:
    """Seconds of training, topics read a second, share right."""
    begun = time.perf_counter()
    decide = learn(taught)
    trained = time.perf_counter()
    read = decide([text for text, _ in held])
    done = time.perf_counter()
    right = sum(area == known for area, (_, known) in zip(read, held, strict=True)) / len(held)
    figures = (trained - begun, len(held) / (done - trained), right)
    print(f"{name:<34}{figures[0]:>11.1f}{figures[1]:>17.0f}{figures[2]:>8.3f}")
    return figures


def our_classifier(taught: Sequence[Row]) -> Decide:
    labels = sorted({area for _, area in taught})
    classifier = LinearClassifier(LANGUAGE, "bench")
    shares = [[float(area == label) for label in labels] for _, area in taught]
    classifier.learn([hashed(text, LANGUAGE) for text, _ in taught], shares, labels)
    return lambda texts: [labels[int(row.argmax())] for row in classifier.margins(texts)]


def textcat(taught: Sequence[Row]) -> Decide:
    """The bag-of-words architecture that spaCy recommends for speed, with its own settings."""
    fix_random_seed(SEED)
    labels = sorted({area for _, area in taught})
    nlp = spacy.blank(LANGUAGE)
    nlp.add_pipe("textcat", config={"model": ARCHITECTURE})
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {label: float(label == area) for label in labels}})
        for text, area in taught
    ]
    optimizer = nlp.initialize(lambda: examples)
    order = random.Random(SEED)
    for _ in range(EPOCHS):
        order.shuffle(examples)
        for batch in minibatch(examples, 32):
            nlp.update(batch, sgd=optimizer)
    return lambda texts: [max(doc.cats, key=lambda name: doc.cats[name]) for doc in nlp.pipe(texts)]


if __name__ == "__main__":
    main()
