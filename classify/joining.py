"""What the network found, put right by what a clause is in its sentence and its list: ends of topics, mere explanations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from classify.linear import NEW
from classify.reading import Read, Scores
from classify.spans import BEGINS, JOINS, Proposed

NEAR: Final = 2
"""Clauses from one topic's end to what may still belong to it."""
SURELY_BEGINS: Final = 0.8
"""What the network is as sure of is a topic of its own, whatever it is about."""
TELLING: Final = 0.4
"""How likely it must be that words behind a comma or an "and" begin a topic, times how sure their area is, to make one."""


def joined(read: Read, rows: Any, found: Sequence[Proposed]) -> list[Proposed]:
    """Topics that a mere comma or "and" parts, made one where they are about the same or the second says too little;
    without those in a list item's later sentences, which explain its first. `rows`: the network's (clauses, 3)."""
    kept: list[Proposed] = []
    for proposed in found:
        before = kept[-1] if kept else None
        if before is None:
            kept.append(proposed)
        elif _one_topic(read, float(rows[proposed.first][BEGINS]), before, proposed):
            kept[-1] = Proposed(before.first, proposed.last, max(before.sure, proposed.sure))
        elif not _explains(read, before, proposed):
            kept.append(proposed)
    return kept


def _one_topic(read: Read, begins: float, before: Proposed, proposed: Proposed) -> bool:
    first, clause = read.clauses[before.first], read.clauses[proposed.first]
    apart = proposed.first - before.last > NEAR or clause.passage != first.passage
    if apart or begins > SURELY_BEGINS or not JOINS.match(clause.cut):
        return False
    if read.references_in(first.start, read.clauses[proposed.last].end) or read.titles_in(clause.start, clause.end):
        return False
    here, sure = _best(read.clause_areas[proposed.first])
    there, _ = _best(read.clause_areas[before.last])
    if here == there == NEW:
        return proposed.first - before.last == 1 and bool(re.fullmatch(r"\w+", clause.cut))
    return here == there or begins * sure < TELLING


def _explains(read: Read, before: Proposed, proposed: Proposed) -> bool:
    own = read.passages[read.clauses[proposed.first].passage]
    other = read.passages[read.clauses[before.first].passage]
    if not own.item or own.first or own.block != other.block:
        return False
    named = read.references_in(own.start, own.end) or read.titles_in(own.start, own.end)
    return not named and not read.clause_cues[proposed.first].proposes


def _best(areas: Scores) -> tuple[str, float]:
    name = max(areas, key=lambda name: areas[name])
    return name, areas[name]
