"""What the words of a passage say by themselves: that it proposes, rejects or reports, or turns against what was said."""

from __future__ import annotations

import re
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
