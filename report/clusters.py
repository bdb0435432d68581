"""New topics that say nearly the same, gathered: for reports and the desk. Runs of letters are compared, within a language."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

ALIKE: Final = 0.34
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


def _alike(wordings: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Greedy: each joins the group whose first wording is most like it, if it is like enough."""
    runs = [_runs(quote, language) for quote, language in wordings]
    weights = _rarity(runs)
    groups: list[tuple[str, dict[str, float], list[tuple[str, str]]]] = []
    for wording, run in zip(wordings, runs, strict=True):
        vector, language = _weighed(run, weights), wording[1]
        own = [group for group in groups if group[0] == language]
        best = max(own, key=lambda group: _cosine(group[1], vector), default=None)
        if best is not None and _cosine(best[1], vector) >= ALIKE:
            best[2].append(wording)
        else:
            groups.append((language, vector, [wording]))
    return [members for _, _, members in groups]


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
