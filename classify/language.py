"""Which of the six languages a passage is in: by script where the script tells, by py3langid among those that share one."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SCRIPTS: Final = (
    ("ar", re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("zh", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("latin", re.compile(r"[A-Za-z\u00c0-\u024f]")),
)
LATIN: Final = ("en", "fr", "es")
HAN_WEIGHT: Final = 3
"""A Chinese character says about as much as three letters of an alphabet."""
FUNCTION_WORDS: Final = {
    "en": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "for",
            "on",
            "with",
            "that",
            "by",
            "is",
            "are",
            "we",
            "our",
            "be",
            "as",
            "at",
            "this",
            "from",
            "would",
        ]
    ),
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "des",
            "du",
            "de",
            "et",
            "à",
            "au",
            "aux",
            "une",
            "un",
            "en",
            "pour",
            "dans",
            "sur",
            "par",
            "que",
            "qui",
            "est",
            "nous",
            "notre",
            "l",
            "d",
            "ce",
            "sont",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "del",
            "de",
            "y",
            "a",
            "al",
            "una",
            "un",
            "en",
            "para",
            "por",
            "con",
            "que",
            "se",
            "es",
            "su",
            "nuestro",
            "lo",
            "como",
            "sobre",
        ]
    ),
}


def language_of(text: str, default: str = "en") -> str:
    """ISO 639-1 code among ar, zh, en, fr, ru, es; `default` where the text has no letters."""
    counts = {name: len(pattern.findall(text)) for name, pattern in SCRIPTS}
    counts["zh"] *= HAN_WEIGHT
    script = max(counts, key=lambda name: counts[name])
    if counts[script] == 0:
        return default
    return _latin(text, default) if script == "latin" else script


def _latin(text: str, default: str) -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    hits = Counter({code: sum(word in known for word in words) for code, known in FUNCTION_WORDS.items()})
    (best, most), (_, second) = hits.most_common(2)
    if most >= second + 2 and most >= 2:
        return best
    if len(words) < 2:
        return default if default in LATIN else "en"
    return str(_identifier().classify(text)[0])


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LATIN))
    return identifier
