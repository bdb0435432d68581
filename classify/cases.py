"""The forms of a Russian word over its cases: by rule, and by pymorphy3's dictionary for the words that it knows."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from unicodedata import normalize

from classify.normal import fold, russian_analyzer

NOUN_ENDINGS: Final = (
    ("ия", ("ии", "ию", "ией", "иею")),
    ("ья", ("ьи", "ью", "ьей")),
    ("я", ("и", "е", "ю", "ей", "ею")),
    ("а", ("ы", "и", "е", "у", "ой", "ей", "ою", "")),
    ("ий", ("ия", "ию", "ием", "ии")),
    ("й", ("я", "ю", "ем", "е", "и")),
    ("ь", ("я", "ю", "ем", "е", "и", "ью")),
    ("ы", ("", "ов", "ам", "ами", "ах")),
)
ADJECTIVE_ENDINGS: Final = (
    ("ая", ("ой", "ую", "ою", "ые")),
    ("яя", ("ей", "юю", "ие")),
    ("ский", ("ского", "скому", "ским", "ском", "ская", "ской", "скую", "ское", "ские", "ских", "скими")),
    ("цкий", ("цкого", "цкому", "цким", "цком", "цкая", "цкой", "цкую", "цкое", "цкие", "цких", "цкими")),
    ("ый", ("ого", "ому", "ым", "ом", "ая", "ой", "ую", "ое", "ые", "ых", "ыми")),
    ("ое", ("ого", "ому", "ым", "ом")),
    ("ее", ("его", "ему", "им", "ем")),
    ("ые", ("ых", "ым", "ыми")),
    ("ие", ("их", "им", "ими")),
    ("ой", ("ого", "ому", "ым", "ом")),
    ("ские", ("ских", "ским", "скими")),
    ("вы", ("вых", "вым", "выми")),
)
CONSONANT_ENDINGS: Final = ("а", "у", "ом", "ем", "е")
FLEETING: Final = {"египет": "египт"}
"""Nouns that lose a vowel."""
NEVER_DECLINED: Final = "иуоеэ"
VOWELS: Final = "аеиоуыэюя"


@lru_cache(maxsize=4000)
def russian_forms(word: str) -> frozenset[str]:
    """Every form that the word may stand in, itself among them; small letters, ё as е."""
    if len(word) < 3:
        return frozenset({word})
    return frozenset({word, *_by_rule(word), *_by_dictionary(word)})


def _by_rule(word: str) -> set[str]:
    forms: set[str] = set()
    for ending, others in (*NOUN_ENDINGS, *ADJECTIVE_ENDINGS):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            forms.update(word[: -len(ending)] + other for other in others)
    if word[-1] not in VOWELS + "йь":
        forms.update(FLEETING.get(word, word) + ending for ending in CONSONANT_ENDINGS)
    return forms


def _by_dictionary(word: str) -> set[str]:
    """Forms of nouns and adjectives that pymorphy3 knows. A place name in -и, -у, -о, -е has one form only."""
    forms: set[str] = set()
    for parse in russian_analyzer().parse(word):
        tag = parse.tag
        if not parse.is_known or tag.POS not in ("NOUN", "ADJF") or "nomn" not in tag:
            continue
        if word[-1] in NEVER_DECLINED and "Geox" in tag:
            continue
        forms.update(_same_number(parse))
    return forms


def _same_number(parse: object) -> set[str]:
    tag = parse.tag  # type: ignore[attr-defined]
    return {
        normalize("NFC", fold(form.word))
        for form in parse.lexeme  # type: ignore[attr-defined]
        if form.tag.number == tag.number and (tag.gender is None or form.tag.gender in (None, tag.gender))
    }
