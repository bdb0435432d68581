"""What is seen of a clause to tell whether a topic begins there: its stems, and those of the clauses around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from classify.features import Hashed, hashed_weights, stems_of, united
from classify.normal import fold
from classify.outline import Clause, Outline


def clause_features(outline: Outline) -> list[Hashed]:
    """Of each clause: its stems and those of the clauses around it, each by where it stands. Letters and titles of the
    note stand under one name each, so that what is learned beside one holds beside all."""
    stems = [_masked_stems(outline, clause) for clause in outline.clauses]
    by_passage: dict[int, list[int]] = {}
    for at, clause in enumerate(outline.clauses):
        by_passage.setdefault(clause.passage, []).append(at)
    return [hashed_weights(_around(outline, at, stems, by_passage)) for at in range(len(outline.clauses))]


def _masked_stems(outline: Outline, clause: Clause) -> list[str]:
    words, behind = "", clause.start
    names = [(item.start, item.end, "lettername") for item in outline.references_in(clause.start, clause.end)]
    names += [(item.start, item.end, "titlename") for item in outline.titles_in(clause.start, clause.end)]
    for start, end, name in sorted(names):
        if start >= behind:
            words += f"{outline.text[behind:start]} {name} "
            behind = end
    words += outline.text[behind : clause.end]
    return stems_of(re.sub(r"\d+", " numeral ", words), outline.languages[clause.passage])


def _around(
    outline: Outline, at: int, stems: Sequence[Sequence[str]], by_passage: Mapping[int, Sequence[int]]
) -> dict[str, float]:
    clause = outline.clauses[at]
    passage = outline.passages[clause.passage]
    families = [_family("own", stems[at])]
    if at > 0:
        same = outline.clauses[at - 1].passage == clause.passage
        families.append(_family("before" if same else "passage before", stems[at - 1]))
    if at + 1 < len(stems):
        same = outline.clauses[at + 1].passage == clause.passage
        families.append(_family("behind" if same else "passage behind", stems[at + 1]))
    if passage.lead is not None:
        families.append(_family("lead", [word for other in by_passage[passage.lead] for word in stems[other]]))
    else:
        others = by_passage.get(clause.passage - 1, ())
        families.append(Counter(f"last {word}" for other in others for word in stems[other]))
    run = [other for other in by_passage[clause.passage] if other < at - 1]
    families.append(Counter(f"run {word}" for other in run for word in stems[other]))
    weights = united(families)
    weights[f"cut {fold(clause.cut)}"] = 1.0
    if passage.item:
        weights["item"] = 1.0
    return weights


def _family(name: str, stems: Sequence[str]) -> Counter[str]:
    pairs = (f"{name} {first} {second}" for first, second in pairwise(["^", *stems, "$"]))
    return Counter([*(f"{name} {word}" for word in stems), *pairs])
