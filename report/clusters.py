"""New topics that say nearly the same, gathered: for reports and the desk. Within a language runs of letters are compared,
and across languages the concepts behind the words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from classify.concepts import concepts_in

ALIKE: Final = 0.34
SAME_MATTER: Final = 0.6
"""Cosines of runs of letters, and of concepts, from which two wordings are gathered."""
RUN: Final = 4
MAX_COMPARED: Final = 600
"""Wordings compared with each other; where there are more, only equal ones are gathered."""
Row = dict[str, Any]


def gather(proposals: Sequence[Row]) -> list[list[Row]]:
    """Groups of like proposals (rows with quote and language), the largest first."""
    wordings: dict[tuple[str, str], list[Row]] = {}
    for row in proposals:
        wordings.setdefault((" ".join(row["quote"].casefold().split()), row["language"]), []).append(row)
    alike = _alike(list(wordings)) if len(wordings) <= MAX_COMPARED else [[wording] for wording in wordings]
    groups = [[row for wording in group for row in wordings[wording]] for group in alike]
    return sorted(groups, key=lambda members: -len(members))


@dataclass(slots=True)
class _Group:
    """Wordings gathered so far, and what the first of them is like."""

    language: str
    runs: dict[str, float]
    concepts: dict[str, float]
    members: list[tuple[str, str]]

    def likeness(self, language: str, runs: dict[str, float], concepts: dict[str, float]) -> float:
        """1 and more: like enough."""
        same = _cosine(self.runs, runs) / ALIKE if self.language == language else 0.0
        return max(same, _cosine(self.concepts, concepts) / SAME_MATTER)


def _alike(wordings: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Greedy: each joins the group whose first wording is most like it, if it is like enough."""
    runs = _all_weighed([_runs(quote, language) for quote, language in wordings])
    concepts = _all_weighed([_concepts(quote, language) for quote, language in wordings])
    groups: list[_Group] = []
    for wording, run, concept in zip(wordings, runs, concepts, strict=True):
        likeness = [group.likeness(wording[1], run, concept) for group in groups]
        best = max(range(len(groups)), key=likeness.__getitem__, default=None)
        if best is not None and likeness[best] >= 1:
            groups[best].members.append(wording)
        else:
            groups.append(_Group(wording[1], run, concept, [wording]))
    return [group.members for group in groups]


def _concepts(text: str, language: str) -> Counter[str]:
    """What it is about in any language; how it is said ("m_") tells nothing."""
    return Counter(name for name in concepts_in(text, language) if not name.startswith("m_"))


def _all_weighed(counters: Sequence[Counter[str]]) -> list[dict[str, float]]:
    weights = _rarity(counters)
    return [_weighed(counter, weights) for counter in counters]


def _runs(text: str, language: str) -> Counter[str]:
    size = 2 if language == "zh" else RUN
    words = re.sub(r"[\W\d_]+", " ", text.casefold()).strip()
    padded = words if language == "zh" else f" {words} "
    return Counter(padded[i : i + size] for i in range(max(0, len(padded) - size + 1)))


def _rarity(runs: Sequence[Counter[str]]) -> dict[str, float]:
    """What every topic of a consultation on one matter says ("trafficking in persons") tells them little apart."""
    seen = Counter(run for counter in runs for run in counter)
    return {run: math.log((1 + len(runs)) / (1 + count)) + 0.1 for run, count in seen.items()}


def _weighed(runs: Counter[str], weights: dict[str, float]) -> dict[str, float]:
    weighed = {run: (1 + math.log(count)) * weights[run] for run, count in runs.items()}
    length = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
    return {run: value / length for run, value in weighed.items()}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other.get(run, 0.0) for run, value in one.items())
