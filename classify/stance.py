"""Whether a passage proposes: the trained view, corrected by words that leave no doubt, and by the sentence that leads a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from classify.lexicon import PROPOSE, REJECT, REPORT
from classify.normal import fold

TURN: Final = {
    "en": r"\b(?:but|however|rather|instead|whereas)\b",
    "fr": r"\b(?:mais|en revanche|toutefois|plutot)\b",
    "es": r"\b(?:pero|sino|en cambio|sin embargo)\b",
    "ru": r"(?:\bно\b|однако|напротив|\bа\b)",
    "ar": r"(?:لكن|غير ان|بل)",
    "zh": r"(?:但|而是|不过|然而)",
}


@dataclass(frozen=True, slots=True)
class Cues:
    """What the words of a passage say by themselves."""

    proposes: bool
    rejects: bool
    reports: bool


def cues_of(text: str, language: str) -> Cues:
    folded = fold(text).replace("\n", " ")
    return Cues(
        proposes=bool(re.search(PROPOSE[language], folded)),
        rejects=bool(re.search(REJECT[language], folded)),
        reports=bool(re.search(REPORT[language], folded)),
    )


def turns(text: str, language: str) -> bool:
    """Whether the words turn against what was said before: "but", "rather"."""
    return bool(re.search(TURN[language], fold(text)))


def stance_of(scores: Mapping[str, float], cues: Cues) -> tuple[str, float]:
    """The stance and its probability. A passage that rejects in so many words rejects, whatever its subject."""
    best = max(scores, key=lambda name: scores[name])
    if cues.rejects and scores["propose"] < 0.97:
        return "reject", max(scores["reject"], 0.6)
    if cues.proposes and not cues.reports and best in ("report", "logistics", "quote") and scores["propose"] > 0.2:
        return "propose", scores["propose"]
    return best, scores[best]


def under_lead(own: tuple[str, float], lead: tuple[str, float], lead_cues: Cues, cues: Cues) -> tuple[str, float]:
    """A list's item does what the sentence before the list does, unless its own words say otherwise."""
    stance, sure = own
    if cues.rejects:
        return "reject", sure
    if lead[0] == "reject" or lead_cues.rejects:
        return "reject", max(lead[1], 0.6)
    if lead[0] == "propose" or (lead_cues.proposes and not lead_cues.reports):
        return "propose", max(sure if stance == "propose" else 0.0, lead[1] if lead[0] == "propose" else 0.6)
    if lead[0] == "report" and lead[1] > 0.7 and sure < 0.9:
        return "report", lead[1]
    return stance, sure
