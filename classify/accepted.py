"""Areas that people accepted out of new topics: what falls in them is told by its concepts, in any of the six languages.

The note's areas are learned from hundreds of examples; an accepted one has the few topics that it was made of. A topic that
is none of the note's is compared with these (`intake_areas` says that it is new), by the concepts of both, weighted by how
rare they are among new topics. Nothing of the topics' words is kept with the model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classify.concepts import matters_in
from classify.examples import Passage, accepted_titles, load_decided, load_marked_replies, load_passages
from classify.vectors import Vector, cosine, rarity_of, unit, weighed
from core.consultation import Consultation

KEPT: Final = "accepted.json"
"""Beside a model's pipelines: rarity of concepts, and a vector of concepts for each accepted area."""
ALIKE: Final = 0.4
"""Cosine from which a new topic falls in an accepted area; of the new topics of the examples that are so like eight of a
subject, half have that very subject, and 1 in 500 of all others are so like it."""
LEAST_SURE: Final = 0.5
SURER: Final = 0.4
"""Certainty of what is `cosine` alike: LEAST_SURE + SURER x cosine. A person is to look at each."""


@dataclass(frozen=True)
class AcceptedAreas:
    """The accepted areas of one model, by letter."""

    rarity: Vector
    areas: Mapping[str, Vector]

    def nearest(self, words: str, language: str) -> tuple[str, float] | None:
        """The area that a new topic falls in, and how sure that is (0..1); None: in none of them."""
        vector = _vector(matters_in(words, language), self.rarity)
        found = max(((cosine(vector, area), letter) for letter, area in self.areas.items()), default=(0.0, ""))
        return (found[1], LEAST_SURE + SURER * found[0]) if found[0] >= ALIKE else None


def teach_accepted(consultation: Consultation, decided: Path | None, languages: Sequence[str], model: Path) -> None:
    """Write what the model knows of accepted areas, where there are any."""
    if decided is None or not (titles := accepted_titles(decided)):
        return
    own = {code: load_decided(decided, consultation, code) for code in languages}
    rarity = _rounded(rarity_of(_new_topics(consultation, languages)))
    areas = {
        letter: _centre(_vector(found, rarity) for found in _examples(letter, named, own))
        for letter, named in titles.items()
    }
    kept = {"rarity": rarity, "areas": {letter: vector for letter, vector in areas.items() if vector}}
    (model / KEPT).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def load_accepted(model: Path) -> AcceptedAreas:
    """What the model knows of accepted areas; none is known to most."""
    path = model / KEPT
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return AcceptedAreas(kept.get("rarity", {}), kept.get("areas", {}))


def _examples(letter: str, titles: Mapping[str, str], decided: Mapping[str, Sequence[Passage]]) -> Iterable[list[str]]:
    for language, title in titles.items():
        yield matters_in(title, language)
    for language, passages in decided.items():
        for passage in passages:
            if letter in passage.areas:
                yield matters_in(passage.text, language)


def _new_topics(consultation: Consultation, languages: Sequence[str]) -> Iterable[list[str]]:
    """The concepts of each new topic of the consultation's examples."""
    for code in languages:
        for passage in load_passages(consultation, code):
            if passage.stance == "propose" and not passage.areas:
                yield matters_in(passage.text, code)
        for reply in load_marked_replies(consultation, code):
            for topic in reply.topics:
                if not topic.areas:
                    yield matters_in(reply.text[topic.start : topic.end], code)


def _vector(found: Iterable[str], rarity: Vector) -> dict[str, float]:
    return weighed(Counter(found), rarity, max(rarity.values(), default=1.0))


def _centre(vectors: Iterable[Vector]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for vector in vectors:
        total.update(vector)  # type: ignore[arg-type]
    return _rounded(unit(total))


def _rounded(vector: Vector) -> dict[str, float]:
    return {name: round(value, 4) for name, value in vector.items()}
