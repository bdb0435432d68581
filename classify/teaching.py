"""What one language's pipeline learns from a consultation's examples, and what its marked replies then teach the network
that finds topics.

Of that network's lesson each half is read by classifiers that learned from the other half, so that it sees what it will
see of replies that nobody trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy
from spacy.language import Language

from classify.build import build
from classify.clauses import clause_features
from classify.examples import (
    Marked,
    MarkedReply,
    Message,
    Passage,
    load_decided,
    load_marked_replies,
    load_messages,
    load_passages,
    reply_words,
)
from classify.features import Hashed, hashed
from classify.linear import AREAS, CLAUSES, KIND, NEW, OTHER, STANCE, STANCES, LinearClassifier
from classify.outline import Outline, outline_of
from classify.passages import Passage as Piece
from classify.reading import PieceReader
from classify.spans import features, labels_of
from core.consultation import Consultation, load_consultation
from core.model import KINDS

HALVES: Final = 2
SHORTEST: Final = 6
"""Characters of a marked topic below which it is a letter, and teaches nothing about its area."""

PLACES: Final = ("outside", "begins", "goes on")
"""What a clause may be to a topic."""
Row = tuple[str, dict[str, float]]
"""A text, and the probability of each label."""


@dataclass(frozen=True)
class Examples:
    """All that one language's classifiers learn from."""

    passages: Sequence[Passage]
    messages: Sequence[Message]
    replies: Sequence[MarkedReply]
    manner: Sequence[Passage] = ()
    """Another consultation's passages, of which only the stance counts."""

    @classmethod
    def of(cls, consultation: Consultation, language: str, decided: Path | None = None) -> Examples:
        learned = load_decided(decided, consultation, language) if decided else []
        own = cls(
            load_passages(consultation, language) + learned,
            load_messages(consultation, language),
            load_marked_replies(consultation, language),
        )
        return own.with_manner(consultation.manner_folder, language) if consultation.manner_folder else own

    def with_manner(self, folder: Path, language: str) -> Examples:
        """With the messages, marked replies and stances of another consultation's examples, and none of its areas."""
        other = load_consultation(folder)
        replies = [replace(reply, borrowed=True) for reply in load_marked_replies(other, language)]
        return replace(
            self,
            messages=[*self.messages, *load_messages(other, language)],
            replies=[*self.replies, *replies],
            manner=load_passages(other, language),
        )


@dataclass(frozen=True)
class Lesson:
    """What one language's marked replies teach the span network: of each, features (clauses x features) and labels."""

    size: int
    features: Sequence[Any] = ()
    labels: Sequence[Any] = ()


def train_language(language: str, consultation_folder: Path, target: Path, decided: Path | None = None) -> Lesson:
    """Train one language's text classifiers and store its pipeline."""
    consultation = load_consultation(consultation_folder)
    teacher = Teacher(language, consultation, Examples.of(consultation, language, decided))
    teacher.taught().to_disk(target)
    return teacher.lesson()


@dataclass(frozen=True)
class Cut:
    """A marked reply cut into clauses, with what the network should say of each."""

    reply: MarkedReply
    outline: Outline
    rows: Sequence[Hashed]
    labels: Any


class Teacher:
    """Teaches one language's pipeline, again and again from parts of the examples; what a text looks like is worked out once."""

    def __init__(self, language: str, consultation: Consultation, examples: Examples) -> None:
        self.nlp = build(language, consultation)
        self.consultation = consultation
        self.examples = examples
        self.cuts = [self._cut(reply) for reply in examples.replies]
        self.factors: dict[str, float] = {}
        self._hashed: dict[str, Hashed] = {}

    def taught(self) -> Language:
        """The pipeline, when its text classifiers have learned from all examples."""
        self._teach(self.cuts)
        self.factors = {name: self._component(name).factor for name in (STANCE, AREAS, KIND)}
        return self.nlp

    def lesson(self) -> Lesson:
        """The marked replies as the span network will see replies that the classifiers below it do not know.

        The pipeline's text classifiers learn anew for it, from one half of the replies and then from the other.
        """
        found, labels = [], []
        reader = PieceReader({self.nlp.lang: self.nlp})
        for half in range(HALVES):
            self._teach([cut for at, cut in enumerate(self.cuts) if at % HALVES != half])
            for cut in self.cuts[half::HALVES]:
                if cut.outline.clauses:
                    read = reader.scored(cut.outline, cut.rows)
                    found.append(features(read, kind_scores(self.nlp, cut.reply.subject, cut.reply.text)))
                    labels.append(cut.labels)
        return Lesson(len(self.examples.passages), found, labels)

    def _cut(self, reply: MarkedReply) -> Cut:
        outline = outline_of({self.nlp.lang: self.nlp}, reply.text, 0, len(reply.text), self.nlp.lang)
        labels = labels_of(outline, [(topic.start, topic.end) for topic in reply.topics])
        return Cut(reply, outline, clause_features(outline), labels)

    def _teach(self, cuts: Sequence[Cut]) -> None:
        for name, rows in _rows(self.nlp.lang, self.consultation, self.examples, cuts).items():
            if rows:
                shares = [list(labels.values()) for _, labels in rows]
                hashes = [self._seen(text) for text, _ in rows]
                self._component(name).learn(hashes, shares, tuple(rows[0][1]), self.factors.get(name, 0.0))
        clauses = [row for cut in cuts for row in cut.rows]
        if clauses:
            labels = numpy.concatenate([cut.labels for cut in cuts])
            self._component(CLAUSES).learn(clauses, numpy.eye(3, dtype="float32")[labels], PLACES, factor=1.0)

    def _component(self, name: str) -> LinearClassifier:
        component: LinearClassifier = self.nlp.get_pipe(name)  # type: ignore[assignment]
        return component

    def _seen(self, text: str) -> Hashed:
        if text not in self._hashed:
            self._hashed[text] = hashed(text, self.nlp.lang)
        return self._hashed[text]


def kind_scores(nlp: Language, subject: str, words: str) -> dict[str, float]:
    """How likely a reply with that subject and words is of each kind."""
    component: Any = nlp.get_pipe(KIND)
    scores: dict[str, float] = component.scores([reply_words(subject, words)])[0]
    return scores


def _rows(language: str, consultation: Consultation, examples: Examples, cuts: Sequence[Cut]) -> dict[str, list[Row]]:
    """What each classifier learns from: all examples, but of the marked replies only `cuts`."""
    replies = [cut.reply for cut in cuts]
    stances = [(item.text, item.stance) for item in (*examples.passages, *examples.manner)]
    stances += [pair for cut in cuts for pair in _stances_in(cut)]
    kinds = [(item.text, item.kind) for item in examples.messages]
    kinds += [(reply_words(reply.subject, reply.text), reply.kind) for reply in replies]
    return {
        STANCE: [(text, _one_of(stance, (*STANCES, OTHER))) for text, stance in stances],
        AREAS: [*_title_rows(language, consultation), *area_rows(consultation, replace(examples, replies=replies))],
        KIND: [(text, _one_of(kind, KINDS)) for text, kind in kinds],
    }


def _title_rows(language: str, consultation: Consultation) -> Iterator[Row]:
    for area in consultation.areas:
        for title in (area.title.get(language), *area.variants.get(language, ())):
            if title:
                yield title, _area_labels((area.letter,), consultation.letters, True)


def area_rows(consultation: Consultation, examples: Examples) -> list[Row]:
    """What the areas are learned from: passages about a topic, and the topics of marked replies."""
    letters = consultation.letters
    rows = [
        (item.text, _area_labels(item.areas, letters, item.stance == "propose"))
        for item in examples.passages
        if item.stance == "propose" or item.areas
    ]
    rows += [
        (reply.text[topic.start : topic.end], _area_labels(topic.areas, letters, True))
        for reply in examples.replies
        if not reply.borrowed
        for topic in (*reply.topics, *reply.asides)
        if topic.end - topic.start > SHORTEST
    ]
    return rows


def _stances_in(cut: Cut) -> Iterator[tuple[str, str]]:
    """What holds a topic proposes; what names one without proposing it is left out; all else is something else."""
    for passage in cut.outline.passages:
        words = cut.outline.words(passage)
        if _holds(passage, cut.reply.topics):
            yield words, "propose"
        elif not _holds(passage, cut.reply.asides):
            yield words, OTHER


def _holds(passage: Piece, marks: Sequence[Marked]) -> bool:
    return any(mark.start < passage.end and passage.start < mark.end for mark in marks)


def _area_labels(areas: Sequence[str], letters: Sequence[str], proposed: bool) -> dict[str, float]:
    """One of an area that people accepted is new here: accepted.py tells them from other new ones."""
    labels = {letter: float(letter in areas) for letter in letters}
    return {**labels, NEW: float(proposed and not any(labels.values()))}


def _one_of(chosen: str, labels: Sequence[str]) -> dict[str, float]:
    return {label: float(label == chosen) for label in labels}
