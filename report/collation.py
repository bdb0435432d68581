"""Alphabetical order in six languages, after CLDR's root collation and its tailorings, without ICU's tables.

Latin: accents and case do not count, but Spanish n and ñ are two letters. Cyrillic: ё as е, й after и. Arabic: forms of alif
with and without hamza are one letter, ta marbuta as ha, vowel signs and tatweel do not count. Chinese: by pinyin, which is the
order of GB 2312's first level (rows 16 to 55); the few characters of its second level that stand in States' names are given
by a first-level character of the same sound.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_SAME_SOUND: Final = str.maketrans({"斐": "匪", "瑙": "恼", "梵": "饭", "汶": "问"})
"""Characters of the second level, which is sorted by radical: each with one of the first level that sounds the same."""

_ARABIC: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه", "ـ": None}
)
_CYRILLIC: Final = str.maketrans({"ё": "е"})


def sort_key(text: str, language: str) -> tuple[bytes, str]:
    """A key for sorted(): what counts in that language, then the words themselves."""
    counted = _KEYS[language](text) if language in _KEYS else _latin(text)
    return text.translate(_SAME_SOUND).encode("gb18030") if language == "zh" else counted.encode(), text


def _latin(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(char for char in decomposed if char.isalnum() or char == " ")


def _spanish(text: str) -> str:
    # The last code point of the private area sorts behind every letter: "ñ" is n with it, so it comes behind "nz".
    return "n\uf8ff".join(_latin(piece) for piece in text.casefold().split("ñ"))


def _russian(text: str) -> str:
    return "".join(char for char in text.casefold().translate(_CYRILLIC) if char.isalnum() or char == " ")


def _arabic(text: str) -> str:
    return "".join(char for char in text.translate(_ARABIC) if char.isalnum() or char == " ")


_KEYS: Final = {"es": _spanish, "ru": _russian, "ar": _arabic}
