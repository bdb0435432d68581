"""Words brought to a common form, so that a title is known when it is inflected, accented or typed in capitals."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from pymorphy3 import MorphAnalyzer

ARABIC_MARKS: Final = re.compile(r"[\u064b-\u065f\u0670\u0640\u200c-\u200f\u202a-\u202e]")
ARABIC_FORMS: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})
ARABIC_CLITICS: Final = ("وبال", "وال", "فال", "بال", "كال", "لل", "ال", "و", "ب", "ل")
CACHED_LENGTH: Final = 24
"""Words come again and again; whole texts do not."""
KEPT_WORDS: Final = 20_000
"""As many as are common in six languages; memory is to be full after some hundred messages, and stay so."""
LONGEST_WORD: Final = 60
"""Letters; what is longer is no word of any language, and not remembered."""
STEM: Final = 6
"""Letters kept of a Latin word: enough to tell words apart, few enough to lose most endings."""


def fold(text: str) -> str:
    """Lower case, without accents, Arabic letter variants and vowel signs unified. Length may change."""
    return _fold_word(text) if len(text) <= CACHED_LENGTH else _fold(text)


@lru_cache(maxsize=KEPT_WORDS)
def _fold_word(word: str) -> str:
    return _fold(word)


def _fold(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).casefold()
    if any("\u0600" <= char <= "\u06ff" for char in lowered):
        lowered = ARABIC_MARKS.sub("", lowered).translate(ARABIC_FORMS)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered.replace("ё", "е"))
    return "".join(char for char in decomposed if not unicodedata.combining(char) or char == "\u0306")


def stem(word: str, language: str) -> str:
    """What stays the same over a word's forms: a lemma in Russian, the word without clitics in Arabic, a prefix else."""
    folded = unicodedata.normalize("NFC", fold(word))
    if language == "ru":
        return _russian_lemma(folded) if len(folded) <= LONGEST_WORD else folded
    if language == "ar":
        return _arabic_stem(folded)
    if language == "zh":
        return folded
    return folded[:STEM]


@lru_cache(maxsize=1)
def russian_analyzer() -> MorphAnalyzer:
    """pymorphy3 with its dictionary, once a process."""
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=KEPT_WORDS)
def _russian_lemma(word: str) -> str:
    if not re.fullmatch(r"[а-яй-]+", word):
        return word
    lemma: str = russian_analyzer().parse(word)[0].normal_form
    return lemma.replace("ё", "е")


def _arabic_stem(word: str) -> str:
    for clitic in ARABIC_CLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) >= 3:
            return word[len(clitic) :]
    return word


def listed(words: str) -> frozenset[str]:
    """The words of a table that is written as one string."""
    return frozenset(words.split())
