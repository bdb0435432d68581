"""Areas that people accepted out of new topics: what falls in them is told by its concepts, in any of the six languages.

The note's areas are learned from hundreds of examples; an accepted one has the few topics that it was made of. A topic that
is none of the note's is compared with these (`intake_areas` says that it is new), by the concepts of both, weighted by how
rare they are among new topics. Nothing of the topics' words is kept with the model.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classify.concepts import concepts_in
from classify.examples import ACCEPTED, Passage, load_decided, load_marked_replies, load_passages
from core.consultation import Consultation

Vector = Mapping[str, float]

KEPT: Final = "accepted.json"
"""Beside a model's pipelines: rarity of concepts, and a vector of concepts for each accepted area."""
ALIKE: Final = 0.4
"""Cosine from which a new topic falls in an accepted area; of the new topics of the examples that are so like eight of a
subject, half have that very subject, and 1 in 500 of all others are so like it."""
LEAST_SURE: Final = 0.5
SURER: Final = 0.4
"""Certainty of what is `cosine` alike: LEAST_SURE + SURER x cosine. A person is to look at each."""
MANNER: Final = "m_"
"""Concepts about how something is said, and not what."""


@dataclass(frozen=True)
class AcceptedAreas:
    """The accepted areas of one model, by letter."""

    rarity: Vector
    areas: Mapping[str, Vector]

    def nearest(self, words: str, language: str) -> tuple[str, float] | None:
        """The area that a new topic falls in, and how sure that is (0..1); None: in none of them."""
        vector = _vector(Counter(_concepts(words, language)), self.rarity)
        found = max(((cosine(vector, area), letter) for letter, area in self.areas.items()), default=(0.0, ""))
        return (found[1], LEAST_SURE + SURER * found[0]) if found[0] >= ALIKE else None


def teach_accepted(consultation: Consultation, decided: Path | None, languages: Sequence[str], model: Path) -> None:
    """Write what the model knows of accepted areas, where there are any."""
    titles = accepted_titles(decided) if decided else {}
    if decided is None or not titles:
        return
    own = {code: load_decided(decided, consultation, code) for code in languages}
    rarity = _rarity(_new_topics(consultation, languages))
    areas = {
        letter: _centre([_vector(Counter(found), rarity) for found in _examples(letter, named, own) if found])
        for letter, named in titles.items()
    }
    kept = {"rarity": rarity, "areas": {letter: vector for letter, vector in areas.items() if vector}}
    (model / KEPT).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def load_accepted(model: Path) -> AcceptedAreas:
    """What the model knows of accepted areas; none is known to most."""
    path = model / KEPT
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return AcceptedAreas(kept.get("rarity", {}), kept.get("areas", {}))


def accepted_titles(decided: Path) -> dict[str, dict[str, str]]:
    """The letters of accepted areas and their titles by language, from a folder of examples that came from decisions."""
    path = decided / ACCEPTED
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def cosine(one: Vector, other: Vector) -> float:
    """Of two vectors of length 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other.get(name, 0.0) for name, value in one.items())


def _concepts(words: str, language: str) -> list[str]:
    return [name for name in concepts_in(words, language) if not name.startswith(MANNER)]


def _examples(letter: str, titles: Mapping[str, str], decided: Mapping[str, Sequence[Passage]]) -> Iterable[list[str]]:
    for language, title in titles.items():
        yield _concepts(title, language)
    for language, passages in decided.items():
        for passage in passages:
            if letter in passage.areas:
                yield _concepts(passage.text, language)


def _new_topics(consultation: Consultation, languages: Sequence[str]) -> Iterable[list[str]]:
    """The concepts of each new topic of the consultation's examples."""
    for code in languages:
        for passage in load_passages(consultation, code):
            if passage.stance == "propose" and not passage.areas:
                yield _concepts(passage.text, code)
        for reply in load_marked_replies(consultation, code):
            for topic in reply.topics:
                if not topic.areas:
                    yield _concepts(reply.text[topic.start : topic.end], code)


def _rarity(topics: Iterable[list[str]]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    total = 0
    for found in topics:
        counts.update(set(found))
        total += 1
    return {name: round(math.log((total + 1) / (count + 1)) + 0.1, 3) for name, count in counts.items()}


def _vector(found: Counter[str], rarity: Vector) -> dict[str, float]:
    rarest = max(rarity.values(), default=1.0)
    return _unit({name: (1 + math.log(count)) * rarity.get(name, rarest) for name, count in found.items()})


def _centre(vectors: Sequence[Vector]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for vector in vectors:
        total.update(vector)
    return _unit(total)


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {name: round(value / length, 4) for name, value in vector.items()}
