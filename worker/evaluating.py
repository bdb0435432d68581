"""`intake evaluate`: read replies whose right answers are known, through the same desk as live mail, and compare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from classify.assemble import Assembler
from classify.baseline import Baseline, Comparison, Decisions, compare
from classify.evaluate import Counts, Evaluation, RightAnswer, Share, evaluate
from classify.states import load_states
from classify.train import load_pipelines
from core.consultation import Consultation
from core.errors import SourceError
from core.model import HeldBack, Outcome, RawMessage, Reading
from ingest.parse import parse
from ingest.sources import read_mail
from store.write import Writer
from worker.pool import ReaderPool

GOLD = "gold.jsonl"
MOST_CONFUSED = 12
"""Pairs of areas that are shown; --json has all."""


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


def evaluate_folder(
    path: Path, readers: ReaderPool, letters: Collection[str], advance: Callable[[int], None] = lambda _: None
) -> Evaluation:
    """Evaluate a folder (gold.jsonl and replies/ in it), or a gold.jsonl with replies/ beside it.

    Right answers know the note's `letters`: an area that people accepted is new topics to them.
    """
    gold = path / GOLD if path.is_dir() else path
    answers = load_answers(gold)
    read: list[Reading] = []
    pairs = _pairs(gold.parent / "replies", answers, readers, advance, read)
    total = evaluate((answer, _as_in_note(outcome, letters)) for answer, outcome in pairs)
    _compare_links(total, answers, read)
    return total


def _as_in_note(outcome: Outcome, letters: Collection[str]) -> Outcome:
    topics = [
        replace(
            topic,
            assignments=tuple(
                item if item.area is None or item.area in letters else replace(item, area=None)
                for item in topic.assignments
            ),
        )
        for topic in outcome.topics
    ]
    return replace(outcome, topics=tuple(topics))


def compare_with_baseline(path: Path, model: Path, consultation: Consultation) -> Comparison:
    """Our area and the baseline's for each topic of the right answers that has words of its own."""
    answers = list(load_answers(path / GOLD if path.is_dir() else path).values())
    pipelines = load_pipelines(model)
    known = [answer for answer in answers if answer.language in pipelines]
    ours = Assembler(pipelines)
    baseline = Baseline.taught(consultation, dict.fromkeys(answer.language for answer in known))
    return compare(known, ours.area_of, baseline.area_of)


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
    _show_areas(evaluation, console)
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
    _show_certainties(evaluation, console)
    _show_confusion(evaluation, console)
    for error in evaluation.errors:
        console.print(f"  {error}", markup=False)


def _show_areas(evaluation: Evaluation, console: Console) -> None:
    table = _table(f"Areas, over {evaluation.replies} replies", "", "precision", "recall", "F1", "macro-F1")
    _row(table, "all (micro)", evaluation.areas, evaluation.macro_f1)
    for area, counts in sorted(evaluation.by_area.items()):
        _row(table, _named(area), counts)
    for code, counts in sorted(evaluation.by_language.items()):
        _row(table, code, counts, evaluation.macro_f1_in(code))
    console.print(table)


def _show_certainties(evaluation: Evaluation, console: Console) -> None:
    table = _table("Certainty of topics' areas", "from", "below", "areas", "claimed", "right")
    for item in evaluation.reliability.bins():
        table.add_row(
            f"{item.low:.1f}", f"{item.high:.1f}", str(item.count), f"{item.certainty:.3f}", f"{item.right:.3f}"
        )
    console.print(table)
    console.print(f"expected calibration error {evaluation.reliability.error:.3f}")


def _show_confusion(evaluation: Evaluation, console: Console) -> None:
    if not evaluation.confusion:
        return
    table = _table("Topics read otherwise", "right", "read", "topics")
    for (right, read), count in evaluation.confusion.most_common(MOST_CONFUSED):
        table.add_row(_named(right), _named(read), str(count))
    console.print(table)


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Ours and the baseline's figures side by side."""
    ours, other = comparison.ours, comparison.baseline
    table = _table(
        f"Area of a topic given its words, over {ours.all.total} topics: ours, and TF-IDF with logistic regression",
        "",
        "ours",
        "baseline",
    )
    table.add_row("accuracy", f"{ours.all.value:.3f}", f"{other.all.value:.3f}")
    table.add_row("macro-F1", f"{ours.macro_f1:.3f}", f"{other.macro_f1:.3f}")
    for area in sorted(ours.by_area.keys() | other.by_area.keys()):
        table.add_row(f"{_named(area)} F1", f"{ours.by_area[area].f1:.3f}", f"{other.by_area[area].f1:.3f}")
    for code in sorted(ours.by_language):
        table.add_row(f"{code} accuracy, macro-F1", _both(ours, code), _both(other, code))
    console.print(table)


def _both(decisions: Decisions, language: str) -> str:
    return f"{decisions.by_language[language].value:.3f}, {decisions.macro_f1_in(language):.3f}"


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left")


def _row(table: Table, name: str, counts: Counts, macro_f1: float | None = None) -> None:
    last = "" if macro_f1 is None else f"{macro_f1:.3f}"
    table.add_row(name, f"{counts.precision:.3f}", f"{counts.recall:.3f}", f"{counts.f1:.3f}", last)


def _named(area: str) -> str:
    return f"({area})" if len(area) == 1 else area


def _share(share: Share) -> str:
    return f"{share.value:.3f}  ({share.right} of {share.total})"
