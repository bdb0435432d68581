"""`intake evaluate`: read replies whose right answers are known, through the same desk as live mail, and compare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from classify.evaluate import Counts, Evaluation, RightAnswer, Share, evaluate
from classify.states import load_states
from core.errors import SourceError
from core.model import HeldBack, Outcome, RawMessage, Reading
from ingest.parse import parse
from ingest.sources import read_mail
from store.write import Writer
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
    read: list[Reading] = []
    total = evaluate(_pairs(gold.parent / "replies", answers, readers, advance, read))
    _compare_links(total, answers, read)
    return total


def _compare_links(total: Evaluation, answers: dict[str, RightAnswer], read: Sequence[Reading]) -> None:
    """Store all replies as live mail is stored, and see which were taken for copies and corrections of which."""
    told = [answer for answer in answers.values() if answer.copy_of or answer.replaces]
    if not told:
        return
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder) / "links.db")
        states = [
            {"code": s.code, "name": s.short["en"], "names": s.short, "region": s.group} for s in load_states().states
        ]
        areas = {item.area for reading in read for topic in reading.outcome.topics for item in topic.assignments}
        writer.set_up([{"letter": area, "titles": {}} for area in sorted(areas - {None})], states, {})  # type: ignore[type-var]
        writer.save(read)
        rows = list(writer.db.query("SELECT message_id, duplicate_of, replaced_by FROM replies"))
        writer.close()
    copies = {row["message_id"]: row["duplicate_of"] for row in rows}
    replaced = {row["message_id"]: row["replaced_by"] for row in rows}
    for answer in told:
        own = {earlier for earlier, later in replaced.items() if later == answer.message_id and not copies[earlier]}
        right = copies.get(answer.message_id) == answer.copy_of and own == set(answer.replaces)
        total.links.add(right)
        if not right:
            found = copies.get(answer.message_id) or sorted(own)
            total.errors.append(
                f"{answer.message_id}: linked to {found}, not {answer.copy_of or list(answer.replaces)}"
            )


def _pairs(
    folder: Path,
    answers: dict[str, RightAnswer],
    readers: ReaderPool,
    advance: Callable[[int], None],
    read: list[Reading],
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
            read.append(reading)
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
    console.print(f"kind macro-F1            {evaluation.kind_macro_f1:.3f}")
    console.print(f"States wrong, unseen     {evaluation.wrong_states_unseen}")
    for name, share in (
        ("kinds right", evaluation.kinds),
        ("States right", evaluation.states),
        ("groups right", evaluation.groups),
        ("copies, corrections", evaluation.links),
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
