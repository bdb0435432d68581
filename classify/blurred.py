"""Names that a scan has blurred beyond exact finding: what stands behind an office, or in a letterhead, against all names.

Slow, and asked only when no office of any State was read clearly. A blurred name never decides alone: see classify/resolve.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from classify import diplomacy as words
from classify.cases import russian_forms
from classify.names import name_words
from classify.roles import plain
from classify.states import load_states

LOOKED_AT: Final = 900
"""Characters of a text in which letterhead and opening stand."""
NEAR: Final = 0.78
APART: Final = 0.06
"""How much nearer than any other State's name it must be."""
SEGMENT: Final = 80
LINES: Final = 8
ENDS: Final = re.compile(
    r"[,;:.()\n]|\b(?:to the|in|at|aupres|ante|pres|presents?|presente|saluda|has the|a l'honneur|tiene el|при|в|свидетельств\w*|имеет)\b|(?:لدي|تحياتها)|常驻|驻|大使馆|代表团|政府"
)
LINK: Final = re.compile(r"^(?:\s|of|the|de|du|des|del|d'|la|le|l'|les|los|las|el|ل)+\b")


@dataclass(frozen=True, slots=True)
class Blurred:
    """A stretch that is near one State's name: `nearness` 0..1."""

    code: str
    nearness: float
    start: int
    end: int


def blurred_names(text: str, language: str) -> list[Blurred]:
    """One for each stretch that is near a name, and nearer to no other State's."""
    found: list[Blurred] = []
    for start, end in _stretches(text[:LOOKED_AT]):
        item = _nearest(text, start, end, language)
        if item is not None and not any(start < other.end and other.start < end for other in found):
            found.append(item)
    return found


def _stretches(head: str) -> Iterator[tuple[int, int]]:
    """What may be a name: behind an office until something else begins; short lines at the top."""
    for office in re.finditer(words.OFFICE, _same_length(head)):
        yield office.end(), min(len(head), office.end() + SEGMENT)
    start = 0
    for line in head.splitlines(keepends=True)[:LINES]:
        if 3 < len(line.strip()) <= SEGMENT:
            yield start, start + len(line)
        start += len(line)


def _same_length(text: str) -> str:
    """Folded letter by letter, so that offsets stay."""
    return "".join(folded if len(folded := plain(char)) == 1 else char.lower()[:1] for char in text)


def _nearest(text: str, start: int, end: int, language: str) -> Blurred | None:
    written = plain(text[start:end])
    written = LINK.sub("", written.lstrip(" :,-–—\n"))
    if _is_city(written):
        return None
    stop = ENDS.search(written, 3)
    tokens = name_words(written[: stop.start()] if stop else written, language)[:9]
    if not tokens:
        return None
    best: dict[str, float] = {}
    for code, name, count in _names(language):
        near = max(
            (_ratio(name, " ".join(tokens[:size])) for size in (count - 1, count, count + 1) if size > 0), default=0.0
        )
        if near > best.get(code, 0.0):
            best[code] = near
    ranked = sorted(((near, code) for code, near in best.items()), reverse=True)
    (near, code), (second, _) = (*ranked, (0.0, ""), (0.0, ""))[:2]
    return Blurred(code, round(near, 3), start, end) if near >= NEAR and near - second >= APART else None


def _is_city(written: str) -> bool:
    """Whether it begins with a mission's seat, read well or badly: "VIENA" is not Viet Nam."""
    first = re.split(r"[\s,،、]", written.strip(), maxsplit=1)[0]
    return any(SequenceMatcher(None, city, first).ratio() >= NEAR for city in words.SEAT_CITIES)


def _ratio(name: str, read: str) -> float:
    if abs(len(name) - len(read)) > 0.4 * max(len(name), len(read)):
        return 0.0
    matcher = SequenceMatcher(None, name, read, autojunk=False)
    return (
        matcher.ratio() if matcher.real_quick_ratio() > NEAR - APART and matcher.quick_ratio() > NEAR - APART else 0.0
    )


@lru_cache(maxsize=6)
def _names(language: str) -> tuple[tuple[str, str, int], ...]:
    """(code, name in plain words, how many): the language's own and, among Latin letters, the other two's."""
    languages = ("en", "fr", "es") if language in ("en", "fr", "es") else (language,)
    rows = {
        (state.code, " ".join(parts), len(parts))
        for state in load_states().states
        for code in languages
        for name in state.names[code]
        if len(name) > 3
        for parts in _cases(name_words(name, code), code)
    }
    return tuple(sorted(rows))


def _cases(parts: list[str], language: str) -> list[list[str]]:
    """A Russian name as it stands, and in the genitive as far as endings tell it."""
    if language != "ru" or not parts:
        return [parts]
    genitive = [
        next(
            (
                form
                for form in sorted(russian_forms(part), key=len)
                if form.endswith(("ии", "ики", "ой", "ого", "ых", "ана", "а", "ы"))
            ),
            part,
        )
        for part in parts
    ]
    return [parts, genitive]
