"""Training: from the consultation's examples to one pipeline a language. Deterministic; kept by the hash of its inputs.

First each language's text classifiers learn (linear.py), in parallel. Then all languages' marked replies together teach
the network that finds topics (spans.py): each half of them is read by classifiers that learned from the other half,
so that the network sees what it will see of replies that nobody trained on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy
import spacy
from spacy.attrs import LANG  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from classify.build import build
from classify.examples import (
    Marked,
    MarkedReply,
    Message,
    Passage,
    languages_with_examples,
    load_decided,
    load_marked_replies,
    load_messages,
    load_passages,
    reply_words,
)
from classify.linear import AREAS, KIND, NEW, OTHER, STANCE, STANCES, LinearClassifier
from classify.passages import Passage as Piece
from classify.passages import passages_of
from classify.reading import PieceReader
from classify.spans import SPANS, SpanTagger, features, labels_of
from core.clock import now, to_iso
from core.consultation import Consultation, load_consultation
from core.errors import ModelError
from core.model import KINDS

META: Final = "meta.json"
DECIDED: Final = "decided"
"""The folder in a model that holds the examples from decisions which it learned."""
HALVES: Final = 2
SHORTEST: Final = 6
"""Characters of a marked topic below which it is a letter, and teaches nothing about its area."""
MEASURES: Final = frozenset({"evaluate.py", "calibration.py", "baseline.py", "kept.py"})
"""Modules that measure or keep models, and have no part in one."""

Row = tuple[str, str, dict[str, float]]
"""A text, its language, and the probability of each label."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and how many there are."""


def ensure_model(
    consultation: Consultation, folder: Path, progress: Progress | None = None, decided: Path | None = None
) -> Path:
    """The folder of the model for these inputs, trained now unless it is there already.

    `decided` is a folder of examples that came from people's decisions.
    """
    model = folder / model_version(consultation, decided)
    if (model / META).is_file():
        return model
    return train(consultation, folder, progress, decided)


def model_version(consultation: Consultation, decided: Path | None = None) -> str:
    """Twelve hexadecimal digits of all that the model depends on: examples, titles, this code, spaCy's version."""
    examples = [consultation.folder / "consultation.toml", *_training_files(consultation.folder)]
    if consultation.manner_folder:
        examples += _training_files(consultation.manner_folder)
    if decided:
        examples += sorted(path for path in decided.glob("*.jsonl") if path.stat().st_size)
    return _digest([*examples, *_program()])


def program_version() -> str:
    """Twelve hexadecimal digits of the code that reads, and of spaCy's version: a model fits the code that made it."""
    return _digest(_program())


def _program() -> list[Path]:
    here = Path(__file__).parent
    code = sorted(path for path in here.glob("*.py") if path.name not in MEASURES)
    return [*code, *sorted((here / "data").glob("*"))]


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{version('spacy')} {version('thinc')}".encode())
    return digest.hexdigest()[:12]


def _training_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "training").rglob("*") if path.is_file())


def train(
    consultation: Consultation, folder: Path, progress: Progress | None = None, decided: Path | None = None
) -> Path:
    """Train every language that has examples. Raises ModelError when none has.

    Examples from decisions are kept with the model, so that the same one can be trained again.
    """
    languages = languages_with_examples(consultation)
    if not languages:
        raise ModelError(
            f"{consultation.folder / 'training'} holds no examples",
            "Add <lang>.jsonl files (docs/classifier.md says how)",
        )
    name = model_version(consultation, decided)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix=".training-"))
    try:
        own = _copy_decided(decided, scratch / DECIDED)
        sizes = _train_all(languages, consultation, scratch, progress, own)
        meta = {
            "version": name,
            "reference": consultation.reference,
            "examples": sizes,
            "decided": sum(len(load_decided(own, consultation, code)) for code in languages) if own else 0,
            "trained_at": to_iso(now()),
            "program": program_version(),
            "spacy": version("spacy"),
        }
        (scratch / META).write_text(json.dumps(meta, indent=2), encoding="utf-8")
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        os.replace(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _copy_decided(decided: Path | None, target: Path) -> Path | None:
    if decided is None or not any(decided.glob("*.jsonl")):
        return None
    target.mkdir()
    for path in decided.glob("*.jsonl"):
        shutil.copyfile(path, target / path.name)
    return target


def _train_all(
    languages: Sequence[str],
    consultation: Consultation,
    folder: Path,
    progress: Progress | None,
    decided: Path | None = None,
) -> dict[str, int]:
    steps = len(languages) + 1
    lessons: dict[str, Lesson] = {}
    workers = min(len(languages), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {
            code: pool.submit(train_language, code, consultation.folder, folder / code, decided) for code in languages
        }
        for done, (code, job) in enumerate(jobs.items()):
            if progress:
                progress(f"training {code}", done, steps)
            lessons[code] = job.result()
    if progress:
        progress("training the topic finder", steps - 1, steps)
    _teach_spans(list(lessons.values()), [folder / code for code in languages])
    if progress:
        progress("trained", steps, steps)
    return {code: lesson.size for code, lesson in lessons.items()}


def _teach_spans(lessons: Sequence[Lesson], pipelines: Sequence[Path]) -> None:
    """One network from all languages' replies, stored in each pipeline."""
    taught = [lesson for lesson in lessons if len(lesson.labels)]
    if not taught:
        return
    tagger = SpanTagger()
    tagger.learn(
        numpy.concatenate([lesson.features for lesson in taught]),
        numpy.concatenate([lesson.labels for lesson in taught]),
    )
    for folder in pipelines:
        tagger.to_disk(folder / SPANS)


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
    """What one language's marked replies teach the span network: features (clauses x features) and labels."""

    size: int
    features: Any
    labels: Any


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
    return nlp


def _teach(nlp: Language, consultation: Consultation, examples: Examples, factors: Mapping[str, float]) -> None:
    for name, rows in _rows(nlp.lang, consultation, examples).items():
        component: LinearClassifier = nlp.get_pipe(name)  # type: ignore[assignment]
        made = [_example(text, code, labels) for text, code, labels in rows]
        if made:
            component.initialize(lambda made=made: made, nlp=nlp, factor=factors.get(name, 0.0))  # type: ignore[misc]


def lesson_of(nlp: Language, consultation: Consultation, examples: Examples) -> Lesson:
    """The marked replies as the span network will see replies that the classifiers below it do not know.

    The pipeline's text classifiers learn anew for it, from one half of the replies and then from the other.
    """
    factors = {name: nlp.get_pipe(name).factor for name in (STANCE, AREAS, KIND)}  # type: ignore[attr-defined]
    found, labels = [], []
    for half in range(HALVES):
        known = [reply for at, reply in enumerate(examples.replies) if at % HALVES != half]
        _teach(nlp, consultation, replace(examples, replies=known), factors)
        reader = PieceReader({nlp.lang: nlp})
        for reply in examples.replies[half::HALVES]:
            read = reader.read(reply.text, 0, len(reply.text), nlp.lang)
            found.append(features(read, kind_scores(nlp, reply.subject, reply.text)))
            labels.append(labels_of(read, [(topic.start, topic.end) for topic in reply.topics]))
    filled = [rows for rows in found if len(rows)]
    if not filled:
        return Lesson(len(examples.passages), numpy.zeros((0, 0), "float32"), numpy.zeros(0, "int64"))
    return Lesson(len(examples.passages), numpy.concatenate(filled), numpy.concatenate(labels))


def kind_scores(nlp: Language, subject: str, words: str) -> dict[str, float]:
    """How likely a reply with that subject and words is of each kind."""
    component: Any = nlp.get_pipe(KIND)
    scores: dict[str, float] = component.scores([reply_words(subject, words)])[0]
    return scores


def load_pipelines(folder: Path) -> dict[str, Language]:
    """The trained pipelines by language. Raises ModelError when the folder holds none."""
    from classify import build as _registered  # noqa: F401, PLC0415 - factories must be known before loading

    pipelines = {path.parent.name: spacy.load(path.parent) for path in sorted(folder.glob("*/config.cfg"))}
    if not pipelines:
        raise ModelError(f"{folder} holds no model", "Run `intake train`")
    return pipelines


def _rows(language: str, consultation: Consultation, examples: Examples) -> dict[str, list[Row]]:
    stances = [(item.text, item.stance) for item in (*examples.passages, *examples.manner)]
    stances += [pair for reply in examples.replies for pair in _stances_in(reply)]
    kinds = [(item.text, item.kind) for item in examples.messages]
    kinds += [(reply_words(reply.subject, reply.text), reply.kind) for reply in examples.replies]
    return {
        STANCE: [(text, language, _one_of(stance, (*STANCES, OTHER))) for text, stance in stances],
        AREAS: area_rows(language, consultation, examples),
        KIND: [(text, language, _one_of(kind, KINDS)) for text, kind in kinds],
    }


def area_rows(language: str, consultation: Consultation, examples: Examples) -> list[Row]:
    """What the areas are learned from: passages about a topic, and the topics of marked replies."""
    letters = consultation.letters
    rows = [
        (item.text, language, _area_labels(item.areas, letters, item.stance == "propose"))
        for item in examples.passages
        if item.stance == "propose" or item.areas
    ]
    rows += [
        (reply.text[topic.start : topic.end], language, _area_labels(topic.areas, letters, True))
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
