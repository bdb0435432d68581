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
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import spacy
from spacy.language import Language

from classify.accepted import teach_accepted
from classify.examples import ACCEPTED, languages_with_examples, load_decided
from classify.spans import SPANS, SpanTagger
from classify.teaching import Lesson, train_language
from core.clock import now, to_iso
from core.consultation import Consultation
from core.errors import ModelError

META: Final = "meta.json"
DECIDED: Final = "decided"
"""The folder in a model that holds the examples from decisions which it learned."""
MEASURES: Final = frozenset({"evaluate.py", "calibration.py", "baseline.py", "kept.py"})
"""Modules that measure or keep models, and have no part in one."""

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
        examples += [path for path in _decided_files(decided) if path.stat().st_size]
    return _digest([*examples, *_program()])


def program_version() -> str:
    """Twelve hexadecimal digits of the code that reads, and of spaCy's version: a model fits the code that made it."""
    return _digest(_program())


def _program() -> list[Path]:
    here = Path(__file__).parent
    code = sorted(path for path in here.glob("*.py") if path.name not in MEASURES)
    return [*code, *sorted(path for path in (here / "data").rglob("*") if path.is_file())]


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
        teach_accepted(consultation, own, languages, scratch)
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
    files = _decided_files(decided) if decided else []
    if not files:
        return None
    target.mkdir()
    for path in files:
        shutil.copyfile(path, target / path.name)
    return target


def _decided_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.jsonl"), *folder.glob(ACCEPTED)])


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
        _teach_spans(list(lessons.values()), [folder / code for code in languages], pool)
    if progress:
        progress("trained", steps, steps)
    return {code: lesson.size for code, lesson in lessons.items()}


def _teach_spans(lessons: Sequence[Lesson], pipelines: Sequence[Path], pool: Executor) -> None:
    """One network from all languages' replies, stored in each pipeline."""
    replies = [reply for lesson in lessons for reply in lesson.features]
    if not replies:
        return
    tagger = SpanTagger()
    tagger.learn(replies, [labels for lesson in lessons for labels in lesson.labels], pool)
    for folder in pipelines:
        tagger.to_disk(folder / SPANS)


def load_pipelines(folder: Path) -> dict[str, Language]:
    """The trained pipelines by language. Raises ModelError when the folder holds none."""
    from classify import build as _registered  # noqa: F401, PLC0415 - factories must be known before loading

    pipelines = {path.parent.name: spacy.load(path.parent) for path in sorted(folder.glob("*/config.cfg"))}
    if not pipelines:
        raise ModelError(f"{folder} holds no model", "Run `intake train`")
    return pipelines
