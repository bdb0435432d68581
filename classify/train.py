"""Training: from the consultation's examples to one pipeline a language. Deterministic; kept by the hash of its inputs."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import Adam, fix_random_seed

from classify.build import build
from classify.trained import NEW, STANCES, tempered
from core.consultation import Consultation, load_consultation
from core.errors import ModelError
from core.model import KINDS

SEED: Final = 2009
EPOCHS: Final = 12
BATCH: Final = 32
LEARN_RATE: Final = 0.02
L2: Final = 1e-5

FOLDS: Final = 4
TEMPERATURES: Final = tuple(round(0.1 * step, 2) for step in range(2, 31))

Row = tuple[str, dict[str, float]]
"""A text and the probability of each label."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One training example: a passage, what its sender does in it, and the areas it is about."""

    text: str
    stance: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One training example of a whole message."""

    text: str
    kind: str


def load_passages(consultation: Consultation, language: str) -> list[Passage]:
    """training/<lang>.jsonl. Raises ModelError with the line that is wrong."""
    passages = []
    for place, fields in _lines(consultation.folder / "training" / f"{language}.jsonl"):
        unknown = set(fields.get("areas", ())) - set(consultation.letters)
        if fields.get("stance") not in STANCES or unknown or not str(fields.get("text", "")).strip():
            raise ModelError(
                f"{place}: a text, a stance and areas are expected", "Mend that line (docs/classifier.md says how)"
            )
        passages.append(Passage(fields["text"], fields["stance"], tuple(fields["areas"])))
    return passages


def load_replies(consultation: Consultation, language: str) -> list[Reply]:
    """training/kinds/<lang>.jsonl. Raises ModelError with the line that is wrong."""
    replies = []
    for place, fields in _lines(consultation.folder / "training" / "kinds" / f"{language}.jsonl"):
        if fields.get("kind") not in KINDS:
            raise ModelError(f"{place}: a kind among {', '.join(KINDS)} is expected", "Mend that line")
        replies.append(Reply(reply_words(fields.get("subject", ""), fields.get("text", "")), fields["kind"]))
    return replies


def reply_words(subject: str, text: str) -> str:
    """What the kind of a reply is told from: its subject and the beginning of what the sender wrote."""
    return f"{subject}\n{text[:1200]}"


def ensure_model(consultation: Consultation, folder: Path, progress: Progress | None = None) -> Path:
    """The folder of the model for these inputs, trained now unless it is there already."""
    model = folder / model_version(consultation)
    if (model / "meta.json").is_file():
        return model
    return train(consultation, folder, progress)


def model_version(consultation: Consultation) -> str:
    """Twelve hexadecimal digits of all that the model depends on: examples, titles, this code, spaCy's version."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    inputs = [
        consultation.folder / "consultation.toml",
        *sorted((consultation.folder / "training").rglob("*.jsonl")),
        *sorted(here.glob("*.py")),
        *sorted((here / "data").glob("*")),
    ]
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{version('spacy')} {version('thinc')}".encode())
    return digest.hexdigest()[:12]


def train(consultation: Consultation, folder: Path, progress: Progress | None = None) -> Path:
    """Train every language that has examples. Raises ModelError when none has."""
    languages = [
        code for code in consultation.languages if (consultation.folder / "training" / f"{code}.jsonl").is_file()
    ]
    if not languages:
        raise ModelError(
            f"{consultation.folder / 'training'} holds no examples",
            "Add <lang>.jsonl files (docs/classifier.md says how)",
        )
    name = model_version(consultation)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix=".training-"))
    try:
        sizes = _train_all(languages, consultation, scratch, progress)
        meta = {"version": name, "reference": consultation.reference, "examples": sizes, "spacy": version("spacy")}
        (scratch / "meta.json").write_text(json.dumps(meta, indent=2), encoding="utf-8")
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        os.replace(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _train_all(
    languages: Sequence[str], consultation: Consultation, folder: Path, progress: Progress | None
) -> dict[str, int]:
    sizes: dict[str, int] = {}
    workers = min(len(languages), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {code: pool.submit(train_language, code, consultation.folder, folder / code) for code in languages}
        for done, (code, job) in enumerate(jobs.items()):
            if progress:
                progress(f"training {code}", done, len(languages))
            sizes[code] = job.result()
    if progress:
        progress("trained", len(languages), len(languages))
    return sizes


def train_language(language: str, consultation_folder: Path, target: Path) -> int:
    """Train one pipeline and store it. Returns the number of passages it learned from."""
    consultation = load_consultation(consultation_folder)
    passages = load_passages(consultation, language)
    nlp = trained_pipeline(language, consultation, passages, load_replies(consultation, language))
    nlp.to_disk(target)
    return len(passages)


def trained_pipeline(
    language: str, consultation: Consultation, passages: Sequence[Passage], replies: Sequence[Reply]
) -> Language:
    """A pipeline that has learned from these examples; the same examples give the same pipeline."""
    rows = {
        "intake_stance": [(item.text, _one_of(item.stance, STANCES)) for item in passages],
        "intake_areas": [(item.text, _area_labels(item, consultation.letters)) for item in passages if _is_about(item)],
        "intake_kind": [(item.text, _one_of(item.kind, KINDS)) for item in replies],
    }
    nlp = build(language, consultation)
    for name, examples in rows.items():
        temperature = _fitted_temperature(language, consultation, name, examples)
        _teach(nlp, name, examples)
        nlp.get_pipe(name).cfg["temperature"] = temperature  # type: ignore[attr-defined]
    return nlp


def load_pipelines(folder: Path) -> dict[str, Language]:
    """The trained pipelines by language. Raises ModelError when the folder holds none."""
    from classify import build as _registered  # noqa: F401, PLC0415 - factories must be known before loading

    pipelines = {path.parent.name: spacy.load(path.parent) for path in sorted(folder.glob("*/config.cfg"))}
    if not pipelines:
        raise ModelError(f"{folder} holds no model", "Run `intake train`")
    return pipelines


def _is_about(item: Passage) -> bool:
    """Only what says something about areas teaches areas: proposals, and reports or rejections that touch one."""
    return item.stance == "propose" or bool(item.areas)


def _area_labels(item: Passage, letters: Sequence[str]) -> dict[str, float]:
    labels = {letter: float(letter in item.areas) for letter in letters}
    if item.stance == "propose":
        labels[NEW] = float(not item.areas)
    else:
        labels[NEW] = 0.0
    return labels


def _one_of(chosen: str, labels: Sequence[str]) -> dict[str, float]:
    return {label: float(label == chosen) for label in labels}


def _fitted_temperature(language: str, consultation: Consultation, name: str, rows: Sequence[Row]) -> float:
    """The temperature with the smallest log loss on folds held back from training."""
    if len(rows) < 10 * FOLDS:
        return 1.0
    shuffled = list(rows)
    random.Random(SEED).shuffle(shuffled)  # noqa: S311 - an order that is the same each time
    held: list[Any] = []
    right: list[list[float]] = []
    exclusive = True
    for fold in range(FOLDS):
        nlp = build(language, consultation)
        _teach(nlp, name, [row for at, row in enumerate(shuffled) if at % FOLDS != fold])
        component: Any = nlp.get_pipe(name)
        exclusive = component.exclusive
        unseen = [row for at, row in enumerate(shuffled) if at % FOLDS == fold]
        held.append(numpy.asarray(component.predict([Doc(nlp.vocab, words=[text]) for text, _ in unseen])))
        right.extend([cats[label] for label in component.labels] for _, cats in unseen)
    scores, truth = numpy.concatenate(held), numpy.asarray(right)
    return min(TEMPERATURES, key=lambda value: _log_loss(tempered(scores, value, exclusive), truth, exclusive))


def _log_loss(scores: Any, truth: Any, exclusive: bool) -> float:
    safe = numpy.clip(scores, 1e-7, 1 - 1e-7)
    loss = truth * numpy.log(safe)
    if not exclusive:
        loss = loss + (1 - truth) * numpy.log(1 - safe)
    return float(-loss.sum(axis=1).mean())


def _teach(nlp: Language, name: str, rows: Sequence[Row]) -> None:
    fix_random_seed(SEED)
    component: Any = nlp.get_pipe(name)
    examples = [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in rows]
    component.initialize(lambda: examples, nlp=nlp)
    optimizer = Adam(LEARN_RATE, L2=L2, grad_clip=0.0)
    order = random.Random(SEED)  # noqa: S311 - an order that is the same each time
    for _ in range(EPOCHS):
        order.shuffle(examples)
        for batch in minibatch(examples, size=BATCH):
            component.update(batch, sgd=optimizer)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise ModelError(f"{path}:{number} is not JSON ({error})", "Mend that line") from None
        yield f"{path}:{number}", fields
