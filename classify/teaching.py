"""What one language's pipeline learns from a consultation's examples, and what its marked replies then teach the network
that finds topics.

Of that network's lesson each half is read by classifiers that learned from the other half, so that it sees what it will
see of replies that nobody trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy
from spacy.attrs import LANG  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

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
from classify.linear import AREAS, CLAUSES, KIND, NEW, OTHER, STANCE, STANCES, LinearClassifier
from classify.outline import Outline, outline_of
from classify.passages import Passage as Piece
from classify.passages import passages_of
from classify.reading import PieceReader
from classify.spans import features, labels_of
from core.consultation import Consultation, load_consultation
from core.model import KINDS

HALVES: Final = 2
SHORTEST: Final = 6
"""Characters of a marked topic below which it is a letter, and teaches nothing about its area."""

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
    examples = Examples.of(consultation, language, decided)
    nlp = trained_pipeline(language, consultation, examples)
    nlp.to_disk(target)
    return lesson_of(nlp, consultation, examples)


def trained_pipeline(language: str, consultation: Consultation, examples: Examples) -> Language:
    """A pipeline whose text classifiers have learned from these examples; the same ones give the same pipeline."""
    nlp = build(language, consultation)
    _teach(nlp, consultation, examples, {})
    _teach_clauses(nlp, _outlines(nlp, examples.replies), examples.replies)
    return nlp


def _outlines(nlp: Language, replies: Sequence[MarkedReply]) -> list[Outline]:
    return [outline_of({nlp.lang: nlp}, reply.text, 0, len(reply.text), nlp.lang) for reply in replies]


def _teach_clauses(nlp: Language, outlines: Sequence[Outline], replies: Sequence[MarkedReply]) -> None:
    """What clauses of marked replies look like where a topic begins, goes on, or none is proposed."""
    rows = [row for outline in outlines for row in clause_features(outline)]
    if rows:
        labels = numpy.concatenate([_labels(*pair) for pair in zip(outlines, replies, strict=True)])
        component: LinearClassifier = nlp.get_pipe(CLAUSES)  # type: ignore[assignment]
        component.learn(rows, numpy.eye(3, dtype="float32")[labels], ("outside", "begins", "goes on"), factor=1.0)


def _labels(outline: Outline, reply: MarkedReply) -> Any:
    return labels_of(outline, [(topic.start, topic.end) for topic in reply.topics])


def _teach(nlp: Language, consultation: Consultation, examples: Examples, factors: Mapping[str, float]) -> None:
    for name, rows in _rows(consultation, examples).items():
        component: LinearClassifier = nlp.get_pipe(name)  # type: ignore[assignment]
        made = [_example(text, nlp.lang, labels) for text, labels in rows]
        if made:
            component.initialize(lambda made=made: made, nlp=nlp, factor=factors.get(name, 0.0))  # type: ignore[misc]


def lesson_of(nlp: Language, consultation: Consultation, examples: Examples) -> Lesson:
    """The marked replies as the span network will see replies that the classifiers below it do not know.

    The pipeline's text classifiers learn anew for it, from one half of the replies and then from the other.
    """
    factors = {name: nlp.get_pipe(name).factor for name in (STANCE, AREAS, KIND)}  # type: ignore[attr-defined]
    outlines = _outlines(nlp, examples.replies)
    found, labels = [], []
    for half in range(HALVES):
        known = [at for at in range(len(outlines)) if at % HALVES != half]
        replies = [examples.replies[at] for at in known]
        _teach(nlp, consultation, replace(examples, replies=replies), factors)
        _teach_clauses(nlp, [outlines[at] for at in known], replies)
        reader = PieceReader({nlp.lang: nlp})
        for outline, reply in zip(outlines[half::HALVES], examples.replies[half::HALVES], strict=True):
            if outline.clauses:
                read = reader.scored(outline)
                found.append(features(read, kind_scores(nlp, reply.subject, reply.text)))
                labels.append(_labels(outline, reply))
    return Lesson(len(examples.passages), found, labels)


def kind_scores(nlp: Language, subject: str, words: str) -> dict[str, float]:
    """How likely a reply with that subject and words is of each kind."""
    component: Any = nlp.get_pipe(KIND)
    scores: dict[str, float] = component.scores([reply_words(subject, words)])[0]
    return scores


def _rows(consultation: Consultation, examples: Examples) -> dict[str, list[Row]]:
    stances = [(item.text, item.stance) for item in (*examples.passages, *examples.manner)]
    stances += [pair for reply in examples.replies for pair in _stances_in(reply)]
    kinds = [(item.text, item.kind) for item in examples.messages]
    kinds += [(reply_words(reply.subject, reply.text), reply.kind) for reply in examples.replies]
    return {
        STANCE: [(text, _one_of(stance, (*STANCES, OTHER))) for text, stance in stances],
        AREAS: area_rows(consultation, examples),
        KIND: [(text, _one_of(kind, KINDS)) for text, kind in kinds],
    }


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


def _stances_in(reply: MarkedReply) -> Iterator[tuple[str, str]]:
    """What holds a topic proposes; what names one without proposing it is left out; all else is something else."""
    for passage in passages_of(reply.text):
        words = reply.text[passage.start : passage.end]
        if _holds(passage, reply.topics):
            yield words, "propose"
        elif not _holds(passage, reply.asides):
            yield words, OTHER


def _holds(passage: Piece, marks: Sequence[Marked]) -> bool:
    return any(mark.start < passage.end and passage.start < mark.end for mark in marks)


def _area_labels(areas: Sequence[str], letters: Sequence[str], proposed: bool) -> dict[str, float]:
    labels = {letter: float(letter in areas) for letter in letters}
    return {**labels, NEW: float(proposed and not areas)}


def _one_of(chosen: str, labels: Sequence[str]) -> dict[str, float]:
    return {label: float(label == chosen) for label in labels}


def _example(text: str, language: str, labels: dict[str, float]) -> Example:
    doc = Doc(_bare_vocab(language), words=[text], spaces=[False])
    doc.cats = labels
    return Example(doc, doc)


@lru_cache(maxsize=8)
def _bare_vocab(language: str) -> Vocab:
    """A vocabulary that knows its language and works out nothing else of a text that stands in it as one word."""
    return Vocab(lex_attr_getters={LANG: lambda _: language})
