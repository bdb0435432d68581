"""New topics that say nearly the same, gathered: for reports and the desk. Within a language runs of letters are compared,
and across languages the concepts behind the words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from classify.concepts import matters_in
from classify.vectors import cosine, rarity_of, weighed

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
        same = cosine(self.runs, runs) / ALIKE if self.language == language else 0.0
        return max(same, cosine(self.concepts, concepts) / SAME_MATTER)


def _alike(wordings: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Greedy: each joins the group whose first wording is most like it, if it is like enough."""
    runs = _all_weighed([_runs(quote, language) for quote, language in wordings])
    concepts = _all_weighed([Counter(matters_in(quote, language)) for quote, language in wordings])
    groups: list[_Group] = []
    for wording, run, concept in zip(wordings, runs, concepts, strict=True):
        likeness = [group.likeness(wording[1], run, concept) for group in groups]
        best = max(range(len(groups)), key=likeness.__getitem__, default=None)
        if best is not None and likeness[best] >= 1:
            groups[best].members.append(wording)
        else:
            groups.append(_Group(wording[1], run, concept, [wording]))
    return [group.members for group in groups]


def _all_weighed(counters: Sequence[Counter[str]]) -> list[dict[str, float]]:
    rarity = rarity_of(counters)
    return [weighed(counter, rarity) for counter in counters]


def _runs(text: str, language: str) -> Counter[str]:
    size = 2 if language == "zh" else RUN
    words = re.sub(r"[\W\d_]+", " ", text.casefold()).strip()
    padded = words if language == "zh" else f" {words} "
    return Counter(padded[i : i + size] for i in range(max(0, len(padded) - size + 1)))
