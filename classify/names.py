"""Finding the names of States and groups in a text of any of the six languages, whatever form they stand in.

A name is a run of words, each known by all its forms: Russian words in every case, Arabic ones with article and prefixes,
Latin ones without accents, in capitals, in spaced letters, with the digits that a scan puts for letters. The longest name
wins, so that Guinea-Bissau is not Guinea; and a name that lacks only a badly read word of a longer one is that one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Final, Literal

from classify.cases import russian_forms
from classify.normal import KEPT_WORDS, LONGEST_WORD, fold, listed
from classify.states import States, load_states
from core.model import LANGUAGES

What = Literal["name", "adjective", "group", "elsewhere"]

WORD: Final = re.compile(r"[\u3400-\u9fff&]|(?:[^\W_\u3400-\u9fff]|[\u0300-\u036f\u064b-\u0652|](?=[^\W_]))+")
GAP: Final = re.compile(r"[\s\-–—‑.,'’‘`´()\uff08\uff09«»\"“”_/·・\u0640]{0,6}")
"""What may stand between the words of a name: a line's end, a hyphen, brackets."""
LONG_GAP: Final = 7
ARTICLES: Final = frozenset({"the", "la", "le", "les", "el", "los", "las", "l", "lo"})
"""Words within a name that may stand there or not."""
SAME: Final = {"du": "de", "des": "de", "del": "de", "d": "de", "et": "&", "and": "&", "y": "&"}
PREFIXES: Final = ("وبال", "ولل", "وال", "فال", "بال", "كال", "لل", "ال", "وب", "ول", "و", "ب", "ل", "ك", "ف")
OCR: Final = str.maketrans("i1|!0568", "llllossb")
LOOKS_CYRILLIC: Final = str.maketrans("aeopcxyhkmtbAEOPCXYHKMTB", "аеорсхункмтвАЕОРСХУНКМТВ")
LOOKS_LATIN: Final = str.maketrans("аеорсхуіАЕОРСХУНКМТВІ", "aeopcxyiAEOPCXYHKMTBI")
COMMON_WORDS: Final = listed(
    "turkey chad china chile jordan guinea georgia mali niger togo oman cuba salvador granada dominique maurice mauricio "
    "israel france grenade congo iran malta того перу мали чад куба конго"
)
"""Small letters make these another word."""
ONE_LANGUAGE: Final = {
    "dominique": "fr", "maurice": "fr", "grenade": "fr", "salvador": "fr", "granada": "es", "mauricio": "es",
    "santa lucia": "es", "polonia": "es", "dominicana": "es", "argentine": "fr", "inde": "fr",
}  # fmt: skip
"""Names that in the other languages are a person's, a city's or another word."""
NO_FORMS: Final[tuple[frozenset[str], frozenset[str], bool]] = (frozenset(), frozenset(), False)
"""Of what is too long for a name's word."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: `text[start:end]`; `code` is alpha-3, or a group's."""

    start: int
    end: int
    code: str
    what: What
    surface: str
    small: bool = False
    """Written without a capital."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    forms: frozenset[str]
    """What the word may be: itself, or without its prefixes, or as a scan may have misread it."""
    later: frozenset[str]
    """The same where it is not the first word of a name."""
    article: bool
    next: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    code: str
    what: What
    language: str
    words: tuple[str, ...]
    shown: str


def find_names(text: str, language: str) -> list[Name]:
    """Names of States and groups, from left to right, none within another."""
    return list(_finder().find(text, language))


class _Finder:
    """All names of all languages as one tree of words."""

    def __init__(self, states: States) -> None:
        self.tree: dict[Any, Any] = {}
        self.surfaces: dict[str, set[str]] = defaultdict(set)
        """A word as written -> the words of names that it may be a form of."""
        self.misread: dict[str, set[str]] = defaultdict(set)
        self.entries: list[_Entry] = []
        for entry, name in _all_names(states):
            self._add(entry, name)
        self.longer = _longer_names(self.entries)

    def _add(self, entry: _Entry, name: str) -> None:
        words = name_words(name, entry.language)
        if not words:
            return
        kept = _Entry(entry.code, entry.what, entry.language, tuple(words), name)
        self.entries.append(kept)
        for word in words:
            for form in _word_forms(word, entry.language, entry.what):
                self.surfaces[form].add(word)
            if len(word) >= 4 and word.isascii():
                self.misread[word.replace("rn", "m").translate(OCR)].add(word)
        node = self.tree
        for word in words:
            node = node.setdefault(word, {})
        node.setdefault(None, []).append(kept)

    def find(self, text: str, language: str) -> Iterator[Name]:
        tokens = self._tokens(text)
        at = 0
        while at < len(tokens):
            found = self._longest(text, tokens, at, language)
            if found is None:
                at += 1
                continue
            entry, first, end = found
            if entry.what != "elsewhere":
                yield self._name(text, tokens, entry, (first, end), language)
            at = end

    def _name(self, text: str, tokens: Sequence[_Token], entry: Any, span: tuple[int, int], language: str) -> Name:
        start, end = tokens[span[0]].start, tokens[span[1] - 1].end
        words = text[start:end]
        code = self._of_longer(text, tokens, entry, span) or entry.code
        return Name(start, end, code, entry.what, words, words.islower())

    def _of_longer(self, text: str, tokens: Sequence[_Token], entry: _Entry, span: tuple[int, int]) -> str | None:
        """The State whose longer name this is a part of, when the words around it are near those of the longer name."""
        best, code = 0.8, None
        for before, after, other in self.longer.get(entry.words, ()):
            if span[0] < len(before) or span[1] + len(after) > len(tokens):
                continue
            around = [tokens[at] for at in range(span[0] - len(before), span[0])]
            around += [tokens[at] for at in range(span[1], span[1] + len(after))]
            read = " ".join(fold(text[token.start : token.end]) for token in around)
            near = SequenceMatcher(None, " ".join((*before, *after)), read).ratio()
            if near > best and read and around[0].end - around[0].start > 3:
                best, code = near, other
        return code

    def _longest(
        self, text: str, tokens: Sequence[_Token], first: int, language: str
    ) -> tuple[_Entry, int, int] | None:
        best: tuple[_Entry, int, int] | None = None
        stack = [(self.tree, first, first)]
        while stack:
            node, at, end = stack.pop()
            if None in node and (best is None or end >= best[2]):
                entry = self._fitting(text, tokens, node[None], (first, end), language)
                if entry and (best is None or end > best[2] or best[0].what == "adjective"):
                    best = (entry, first, end)
            if at >= len(tokens) or (at > first and not _adjoins(text, tokens, at)):
                continue
            token = tokens[at]
            for form in token.forms if at == first else token.later:
                if form in node:
                    stack.append((node[form], at + 1, at + 1))
            if at > first and token.article:
                stack.append((node, at + 1, end))
        return best

    def _fitting(
        self, text: str, tokens: Sequence[_Token], entries: Sequence[_Entry], span: tuple[int, int], language: str
    ) -> _Entry | None:
        words = text[tokens[span[0]].start : tokens[span[1] - 1].end]
        return next((entry for entry in entries if _fits(entry, words, language)), None)

    def _tokens(self, text: str) -> list[_Token]:
        return [self._token(text, start, end) for start, end in _words_of(text)]

    def _token(self, text: str, start: int, end: int) -> _Token:
        written = text[start:end]
        forms, later, article = self._forms(written) if len(written) <= LONGEST_WORD else NO_FORMS
        return _Token(start, end, forms, later, article)

    @lru_cache(maxsize=KEPT_WORDS)  # noqa: B019 - one finder a process
    def _forms(self, written: str) -> tuple[frozenset[str], frozenset[str], bool]:
        word = _plain(written)
        if re.search(r"[\u0600-\u06ff]", word):
            return _arabic(word, PREFIXES), _arabic(word, ("ال",)), False
        forms = set(self.surfaces.get(SAME.get(word, word), ()))
        if not forms and _may_be_misread(written):
            forms = self.misread.get(word.replace("rn", "m").translate(OCR), set())
        return frozenset(forms), frozenset(forms), word in ARTICLES


@lru_cache(maxsize=1)
def _finder() -> _Finder:
    return _Finder(load_states())


def _all_names(states: States) -> Iterator[tuple[Any, str]]:
    for language in LANGUAGES:
        for state in states.states:
            for name in state.names[language]:
                yield _Entry(state.code, "name", language, (), name), name
            for word in state.adjectives.get(language, ()):
                yield _Entry(state.code, "adjective", language, (), word), word
        for group in states.groups:
            for name in group.names.get(language, ()):
                yield _Entry(group.code, "group", language, (), name), name
        for name in states.elsewhere.get(language, ()):
            yield _Entry("", "elsewhere", language, (), name), name


def name_words(name: str, language: str) -> list[str]:
    """The words of a name in their plain form, inner articles left out."""
    written = [name[start:end] for start, end in _words_of(name)]
    words = [_plain(word) for word in written]
    if language == "ar":  # the article is "ال"; in "ألبانيا" these letters are the name's own
        return [_plain(word.removeprefix("ال")) if len(word) > 4 else _plain(word) for word in written]
    kept = [word for at, word in enumerate(words) if at == 0 or word not in ARTICLES or len(words) == 1]
    return [SAME.get(word, word) for word in kept]


def _word_forms(word: str, language: str, what: str) -> Iterable[str]:
    if language == "ru":
        return russian_forms(word)
    return (word, f"{word}s", f"{word}es") if what == "adjective" and language in ("fr", "es", "en") else (word,)


def _words_of(text: str) -> Iterator[tuple[int, int]]:
    """Words, each Chinese character by itself, letters that are spaced out ("K E N Y A") as the word that they make."""
    found = [match.span() for match in WORD.finditer(text)]
    at = 0
    while at < len(found):
        last = _spaced_out(text, found, at)
        yield found[at][0], found[last][1]
        at = last + 1


def _spaced_out(text: str, found: Sequence[tuple[int, int]], at: int) -> int:
    last = at
    while (
        last + 1 < len(found)
        and all(end - start == 1 and text[start].isupper() for start, end in found[last : last + 2])
        and text[found[last][1] : found[last + 1][0]] == " "
    ):
        last += 1
    return last


def _plain(written: str) -> str:
    word = "".join(written.split()) if " " in written else written
    latin = sum("a" <= char.lower() <= "z" for char in word)
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in word)
    if latin and cyrillic:
        word = word.translate(LOOKS_CYRILLIC) if cyrillic >= latin else word.translate(LOOKS_LATIN)
    return unicodedata.normalize("NFC", fold(word))


def _arabic(word: str, prefixes: Sequence[str]) -> frozenset[str]:
    """The word, and what is left when prefixes are taken off; "لل" stands for ل and the article."""
    forms = {word}
    for prefix in prefixes:
        if word.startswith(prefix) and len(word) - len(prefix) >= 2:
            forms.add(word[len(prefix) :])
    return frozenset(forms)


def _may_be_misread(written: str) -> bool:
    """Digits or strokes among letters, a small l among capitals or in front, "rn" for m."""
    if len(written) < 4:
        return False
    if re.search(r"[01568|!]", written) and re.search(r"[^\W\d_]", written):
        return True
    return bool(re.search(r"[A-Z]l[A-Z]|^l[a-z]{3}|^l[A-Z]{2}|[A-Z]{2}l$|rn", written))


def _adjoins(text: str, tokens: Sequence[_Token], at: int) -> bool:
    gap = text[tokens[at - 1].end : tokens[at].start]
    return len(gap) < LONG_GAP and GAP.fullmatch(gap) is not None and gap.count("\n") < 3


def _fits(entry: _Entry, words: str, language: str) -> bool:
    """Whether these words, as they are written, are that name and not a common word."""
    plain = fold(words)
    if entry.shown.isupper() and len(entry.shown.replace(".", "")) <= 5 and words.upper() != words:
        return False  # "us", "car": an abbreviation is written in capitals
    only = ONE_LANGUAGE.get(plain)
    if only is not None and only != language and entry.language == only:
        return False
    if entry.what == "adjective":
        return entry.language == language
    if entry.language == "ar" and entry.what == "name" and _article_added(entry, words):
        return False
    if words[:1].islower() and words[:1] not in "د":
        return plain not in COMMON_WORDS or entry.what != "name"
    return True


def _article_added(entry: _Entry, words: str) -> bool:
    """Whether a single word has an article that the name never has: "المالي" is "financial" and not Mali."""
    shown = fold(entry.shown)
    bare = re.sub(r"^(?:[وفبك]|وب|ول)?ال|^و?لل", "", fold(words))
    return bare == shown and fold(words) != shown


def _longer_names(
    entries: Sequence[_Entry],
) -> dict[tuple[str, ...], list[tuple[tuple[str, ...], tuple[str, ...], str]]]:
    """A name's words -> the longer names of other States that hold them: what stands before, after, and whose they are."""
    names = {entry.words: entry for entry in entries if entry.what == "name"}
    longer: dict[tuple[str, ...], list[tuple[tuple[str, ...], tuple[str, ...], str]]] = defaultdict(list)
    for words, entry in names.items():
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                inner = names.get(words[first:last])
                if inner is not None and inner.code != entry.code and last - first < len(words):
                    longer[words[first:last]].append((words[:first], words[last:], entry.code))
    return dict(longer)
