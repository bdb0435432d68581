"""`intake evaluate`: read replies whose right answers are known, through the same desk as live mail, and compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from classify.evaluate import Counts, Evaluation, RightAnswer, Share, evaluate
from core.errors import SourceError
from core.model import HeldBack, Outcome, RawMessage
from ingest.parse import parse
from ingest.sources import read_mail
from worker.pool import ReaderPool

GOLD = "gold.jsonl"


def load_answers(path: Path) -> dict[str, RightAnswer]:
    """Right answers by Message-ID. Raises SourceError with the line that is wrong."""
    answers: dict[str, RightAnswer] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror})", "Give a folder with gold.jsonl and replies/, or a gold.jsonl"
        ) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = RightAnswer.from_json(json.loads(line))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise SourceError(
                f"{path}:{number}: {type(error).__name__}: {error}", "Mend that line (docs/classifier.md)"
            ) from None
        answers[answer.message_id] = answer
    return answers


def evaluate_folder(path: Path, readers: ReaderPool, advance: Callable[[int], None] = lambda _: None) -> Evaluation:
    """Evaluate a folder (gold.jsonl and replies/ in it), or a gold.jsonl with replies/ beside it."""
    gold = path / GOLD if path.is_dir() else path
    answers = load_answers(gold)
    return evaluate(_pairs(gold.parent / "replies", answers, readers, advance))


def _pairs(
    folder: Path, answers: dict[str, RightAnswer], readers: ReaderPool, advance: Callable[[int], None]
) -> Iterator[tuple[RightAnswer, Outcome]]:
    waiting: list[tuple[RightAnswer, RawMessage]] = []
    for raw in read_mail(folder):
        if isinstance(raw, RawMessage) and (answer := answers.get(parse(raw.content).message_id)):
            waiting.append((answer, raw))
    if not waiting:
        raise SourceError(
            f"{folder} holds no reply that gold.jsonl names", "Put the .eml files beside gold.jsonl, in replies/"
        )
    for first in range(0, len(waiting), 10):
        group = waiting[first : first + 10]
        for (answer, _), reading in zip(group, readers.read([raw for _, raw in group]), strict=True):
            if isinstance(reading, HeldBack):
                raise SourceError(f"{answer.message_id} cannot be read: {reading.reason}", "Take it out of gold.jsonl")
            yield answer, reading.outcome
        advance(len(group))


def show(evaluation: Evaluation, console: Console) -> None:
    """The figures as tables, then each error."""
    table = Table(
        "", "precision", "recall", "F1", title=f"Areas, over {evaluation.replies} replies", title_justify="left"
    )
    _row(table, "all (micro)", evaluation.areas)
    for area, counts in sorted(evaluation.by_area.items()):
        _row(table, f"({area})" if len(area) == 1 else area, counts)
    for code, counts in sorted(evaluation.by_language.items()):
        _row(table, code, counts)
    console.print(table)
    console.print(f"area macro-F1            {evaluation.macro_f1:.3f}")
    for name, share in (
        ("kinds right", evaluation.kinds),
        ("States right", evaluation.states),
        ("groups right", evaluation.groups),
        ("new topics found", evaluation.new_topics),
        ("topic spans found", evaluation.spans),
    ):
        console.print(f"{name:<24} {_share(share)}")
    coverage = Share(evaluation.unreviewed.total, evaluation.replies)
    console.print(f"{'need no review':<24} {_share(coverage)}")
    console.print(f"{'right among these':<24} {_share(evaluation.unreviewed)}")
    for error in evaluation.errors:
        console.print(f"  {error}", markup=False)


def _row(table: Table, name: str, counts: Counts) -> None:
    table.add_row(name, f"{counts.precision:.3f}", f"{counts.recall:.3f}", f"{counts.f1:.3f}")


def _share(share: Share) -> str:
    return f"{share.value:.3f}  ({share.right} of {share.total})"
