"""Learning from people: what they decided about topics becomes examples; a new model is compared before it is used."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from classify.evaluate import Evaluation
from classify.examples import ACCEPTED
from classify.kept import kept_models, use
from classify.linear import OTHER
from classify.teaching import SHORTEST
from classify.train import DECIDED, Progress, ensure_model
from core.consultation import Consultation
from store.read import Reader
from worker.evaluating import evaluate_folder
from worker.office import Office

Row = dict[str, Any]

TRAINING: Final = "training"
"""Below data_dir: the examples that the last training took from decisions."""
DECIDED_TOPICS: Final = """
    SELECT topic_id, message_id, sha256, quote, language, status = 'rejected' AS rejected, json_group_array(area) AS areas
    FROM proposals GROUP BY topic_id HAVING rejected OR min(method = 'human') ORDER BY topic_id
"""
ACCEPTED_AREAS: Final = "SELECT letter, titles FROM areas WHERE accepted ORDER BY letter"
LIVE_DECISIONS: Final = """
    SELECT decision_id, topic_id, field, after FROM decision_log
    WHERE NOT undone AND field LIKE 'topic_%' ORDER BY decision_id
"""


def decided_examples(reader: Reader, consultation: Consultation, without: Collection[str] = ()) -> dict[str, list[Row]]:
    """By language, what people decided about topics, in the form of training/<lang>.jsonl, with where each came from.

    Replies `without` (Message-IDs) are left out: what a model is judged by must not teach it. So are a bare letter,
    which teaches nothing, and a topic in another language. A topic that a person rejected is no proposal.
    """
    letters = (*consultation.letters, *accepted_areas(reader))
    deciders = _deciders(reader.rows(LIVE_DECISIONS))
    found: dict[str, dict[str, Row]] = {}
    for row in reader.rows(DECIDED_TOPICS):
        decision = deciders.get(row["topic_id"])
        usable = row["language"] in consultation.languages and len(row["quote"].strip()) > SHORTEST
        if decision is not None and usable and row["message_id"] not in without:
            # The same words of two replies are one example, as the later one was decided.
            found.setdefault(row["language"], {})[row["quote"].strip().casefold()] = _example(row, decision, letters)
    return {language: list(rows.values()) for language, rows in sorted(found.items())}


def accepted_areas(reader: Reader) -> dict[str, dict[str, str]]:
    """The areas that people made of new topics: letter -> language -> title."""
    return {row["letter"]: json.loads(row["titles"]) for row in reader.rows(ACCEPTED_AREAS)}


def _example(row: Row, decision: int, letters: Collection[str]) -> Row:
    areas = [] if row["rejected"] else sorted(set(letters) & set(json.loads(row["areas"])))
    return {
        "text": row["quote"].strip(),
        "stance": OTHER if row["rejected"] else "propose",
        "areas": areas,
        "subject": "",
        "from": {"sha256": row["sha256"], "decision": decision},
    }


def _deciders(rows: Iterable[Row]) -> dict[int, int]:
    """The last live decision about each topic."""
    last: dict[int, int] = {}
    for row in rows:
        last.update((topic, row["decision_id"]) for topic in _topics_of(row))
    return last


def _topics_of(row: Row) -> Iterator[int]:
    if row["field"] in ("topic_added", "topic_split", "topic_merged"):
        yield from (topic["number"] for topic in json.loads(row["after"])["come"])
    elif row["topic_id"] is not None:
        yield row["topic_id"]


def write_examples(folder: Path, examples: dict[str, list[Row]]) -> int:
    """Write <lang>.jsonl, each file whole, and take away those of languages without any. Returns how many examples."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for path in folder.glob("*.jsonl"):
        if path.stem not in examples:
            path.unlink()
    for language, rows in examples.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        _write_whole(folder / f"{language}.jsonl", "".join(lines))
    return sum(map(len, examples.values()))


def write_accepted(folder: Path, areas: dict[str, dict[str, str]]) -> None:
    """Write areas.json beside the examples, or take it away where people accepted none."""
    path = folder / ACCEPTED
    if areas:
        _write_whole(path, json.dumps(areas, ensure_ascii=False))
    else:
        path.unlink(missing_ok=True)


def _write_whole(path: Path, content: str) -> None:
    scratch = path.with_name(f".{path.stem}-{os.getpid()}")
    scratch.write_text(content, encoding="utf-8")
    os.replace(scratch, path)


def forget_examples(office: Office, digests: Collection[str]) -> None:
    """Take the words of these messages out of all examples that are kept. Models keep no words, only weights."""
    gone = frozenset(digests)
    for folder in (office.config.data_dir / TRAINING, *office.config.models_dir.glob(f"*/{DECIDED}")):
        kept = {
            path.stem: [
                row for row in map(json.loads, path.open(encoding="utf-8")) if row["from"]["sha256"] not in gone
            ]
            for path in folder.glob("*.jsonl")
        }
        if kept:
            write_examples(folder, kept)


@dataclass(frozen=True, slots=True)
class Trained:
    """The model in use (None: there was none), the new one, and how many of its examples came from decisions."""

    present: Path | None
    new: Path
    decided: int


def train_new(office: Office, without: Collection[str], progress: Progress | None = None) -> Trained:
    """Train a model from the consultation's examples and people's decisions; the one in use stays so.

    It is named in `current` first: nothing that happens on the way can put another one in its place.
    """
    consultation, models = office.consultation, office.config.models_dir
    present = office.model(progress) if kept_models(consultation, models) else None
    if present:
        use(consultation, models, present.name)
    examples: dict[str, list[Row]] = {}
    accepted: dict[str, dict[str, str]] = {}
    if office.config.database.is_file():
        with office.reader() as reader:
            examples, accepted = decided_examples(reader, consultation, without), accepted_areas(reader)
    decided = office.config.data_dir / TRAINING
    count = write_examples(decided, examples)
    write_accepted(decided, accepted)
    return Trained(present, ensure_model(consultation, models, progress, decided), count)


FIGURES: Final[dict[str, Callable[[Evaluation], float]]] = {
    "area micro-F1": lambda total: total.areas.f1,
    "kinds right": lambda total: total.kinds.value,
    "States right": lambda total: total.states.value,
    "new topics found": lambda total: total.new_topics.value,
    "topic spans found": lambda total: total.spans.value,
    "right without review": lambda total: total.unreviewed.value,
}
"""What two models are compared by; each from 0 to 1, more is better."""


@dataclass(frozen=True)
class ModelChange:
    """A new model beside the present one, on the same replies."""

    present: Evaluation
    new: Evaluation

    @property
    def figures(self) -> dict[str, tuple[float, float]]:
        return {name: (figure(self.present), figure(self.new)) for name, figure in FIGURES.items()}

    @property
    def worse(self) -> list[str]:
        """The figures that the new model lowers."""
        return [name for name, (before, after) in self.figures.items() if after < before]

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """By Message-ID, what was wrong before and what is now, where that differs; empty: nothing."""
        before, after = _faults(self.present), _faults(self.new)
        replies = sorted(before.keys() | after.keys())
        pairs = {reply: (before.get(reply, ""), after.get(reply, "")) for reply in replies}
        return {reply: pair for reply, pair in pairs.items() if pair[0] != pair[1]}


def _faults(total: Evaluation) -> dict[str, str]:
    faults: dict[str, str] = {}
    for error in total.errors:
        head, _, what = error.partition(" ")
        reply = head.rstrip(":")
        faults[reply] = f"{faults[reply]}; {what}" if reply in faults else what
    return faults


def compare_models(office: Office, trained: Trained, on: Path, advance: Callable[[int], None]) -> ModelChange | None:
    """Both models on the same replies. None: there is nothing to compare with."""
    if trained.present is None or trained.present == trained.new:
        return None
    totals = []
    for model in (trained.present, trained.new):
        with office.readers(model) as readers:
            totals.append(evaluate_folder(on, readers, office.consultation.letters, advance))
    return ModelChange(*totals)


def show_change(change: ModelChange, out: Console) -> None:
    """Each figure before and after, then each reply that is read otherwise."""
    out.print(f"On {change.new.replies} replies:", markup=False)
    for name, (before, after) in change.figures.items():
        verdict = "better" if after > before else "worse" if after < before else "the same"
        out.print(f"  {name:<22} {before:.3f} -> {after:.3f}  {verdict}", markup=False)
    for reply, (was, now_is) in change.changed.items():
        out.print(f"  {reply}", markup=False)
        out.print(f"    before: {was or 'right'}", markup=False)
        out.print(f"    now:    {now_is or 'right'}", markup=False)
