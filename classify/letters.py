"""References to the note's areas by letter: "topics (b), (d) and (f)", "пункты а) и в)", "البندان (ب) و(د)", "第（二）项".

A spaCy Matcher finds single mentions; mentions joined by "and", commas or a range become one reference. What begins
a line and has words behind it is the marker of a list item and no reference: there the words decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from classify.lexicon import (
    ALL,
    ARTICLES,
    BOTH,
    CHOOSE,
    EXCEPT,
    JOINERS,
    LESS,
    LETTER_NAMES,
    LETTER_NOUNS,
    PROPOSE,
    RANGERS,
    REPLACED,
    REPLACED_BY,
    words_of,
)
from classify.normal import fold, stem
from classify.passages import MARKER

WORDLIKE: Final = {"en": "a", "fr": "a", "es": "ae", "ru": "авж", "ar": "وبه"}
"""Letters that are words or parts of words by themselves."""
BARE: Final = "bare"
SEMICOLONS: Final = (";", "；", "؛")
OPENING: Final = ["(", "（", "[", "«", "“", '"', "'", "‘", "「"]
CLOSING: Final = [")", "）", "]", "»", "”", '"', "'", "’", "」"]
MISREAD: Final = {"ru": {"6": "б", "3": "з"}}
"""Digits that a scan gives for letters; believed where they are joined to letters."""
LESS_TOKENS: Final = 7
"""How far behind a reference "without (d)" is looked for."""
WINDOW: Final = 60
"""How many characters before a reference "all … except" is looked for."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One reference: tokens [start, end) and the letters it stands for, in their order; none where others take their place."""

    start: int
    end: int
    letters: tuple[str, ...]
    whole: bool = False
    """True for "all except …": the letters are what remains."""


@Language.factory("intake_letters", assigns=["doc._.letters", "doc.spans"], default_config={"letters": "abcdefgh"})
class LetterFinder:
    """Sets `doc._.letters` (Mentions) and doc.spans["letters"]."""

    def __init__(self, nlp: Language, name: str, letters: str) -> None:
        self.language = nlp.lang
        self.letters = letters
        self.names = _names(nlp.lang, letters)
        self.joiners = words_of(JOINERS, nlp.lang)
        self.rangers = words_of(RANGERS, nlp.lang)
        self.articles = words_of(ARTICLES, nlp.lang)
        self.between = self.joiners | words_of(LETTER_NOUNS, nlp.lang) | self.articles
        named = sorted(map(re.escape, self.articles | words_of(LETTER_NOUNS, nlp.lang)))
        led = "|".join([*named, r"our", r"notre|nos", r"nuestr\w+", r"наш\w*", r"тем\w+|пункт\w*|букв\w+"])
        self.replaced = re.compile(rf"(?:{REPLACED[nlp.lang]})[^\w.:;]*(?:(?:{led})[^\w.:;]*)*$")
        self.replaced_by = re.compile(rf"[^\w.;]*(?:{REPLACED_BY[nlp.lang]})")
        self.joining_names = (self.joiners | self.rangers) & set(self.names)
        self.matcher = self._matcher(nlp)
        if not Doc.has_extension("letters"):
            Doc.set_extension("letters", default=())

    def _matcher(self, nlp: Language) -> Matcher:
        """Bracketed, half-bracketed, or named by a noun: a bare letter alone is a word in most languages."""
        letter = {"LOWER": {"IN": sorted(_lower_forms(self.names))}}
        # "F." may end a sentence.
        bare = sorted(name for name in _lower_forms(self.names) if name not in LETTER_NAMES["zh"])
        latin = {"LOWER": {"IN": [*bare, *(f"{name}." for name in bare)]}}
        noun = {"LEMMA": {"IN": sorted(words_of(LETTER_NOUNS, nlp.lang) | _stems(nlp.lang))}}
        number = {"ORTH": {"IN": ["№", ":", "：", "no", "n°"]}, "OP": "?"}
        matcher = Matcher(nlp.vocab)
        matcher.add("bracketed", [[{"ORTH": {"IN": OPENING}}, letter, {"ORTH": {"IN": CLOSING}}]])
        matcher.add("half", [[{"LOWER": {"IN": bare}}, {"ORTH": {"IN": [")", "）"]}}]])
        matcher.add("named", [[noun, number, latin]])
        matcher.add(BARE, [[latin]])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        found = filter_spans([Span(doc, start, end, label=key) for key, start, end in self.matcher(doc)])
        mentions: list[Mention] = []
        position, text = 0, doc.text
        for span in found:
            if span.start < position or self._is_marker(doc, text, span) or self._in_word(text, span):
                continue
            mention = self._extended(doc, span)
            if span.label_ == BARE and not self._stand_alone(doc, text, mention):
                continue
            if self._is_word(doc, span):
                continue
            mention = self._less(doc, self._whole(doc, text, self._with_misread(doc, mention)))
            mentions.append(self._kept(doc, text, mention))
            position = mention.end
        mentions = [item for item in mentions if len(mentions) == 1 or not self._is_all(item)]
        doc._.letters = tuple(mentions)
        doc.spans["letters"] = [Span(doc, item.start, item.end, label="LETTERS") for item in mentions]
        return doc

    def _extended(self, doc: Doc, span: Span) -> Mention:
        """The mention with all that is joined to it: ", (d) and (f)", "-d"."""
        named = [(self._letter(doc, span), False)]
        end = _behind_bracket(doc, span.end)
        while True:
            at, ranged = self._connector(doc, end)
            step = self._single(doc, at) if at > end else None
            if step is None or self._begins_anew(doc, end, at, step[1]):
                return Mention(span.start, end, self._spelt_out(named))
            named.append((step[0], ranged))
            end = step[1]

    def _spelt_out(self, named: Sequence[tuple[str, bool]]) -> tuple[str, ...]:
        """The letters of [(letter, whether a range ends in it)]; "d - f - g" is no range but a list."""
        letters: list[str] = []
        for at, (letter, ranged) in enumerate(named):
            alone = not ranged or named[at - 1][1] or (at + 1 < len(named) and named[at + 1][1])
            letters.extend([letter] if alone else self._between(letters[-1], letter))
        return tuple(dict.fromkeys(letters))

    def _begins_anew(self, doc: Doc, end: int, at: int, behind: int) -> bool:
        """ "we take (d); (e) may wait": behind a semicolon a letter with words of its own is another matter."""
        parted = any(doc[place].text in SEMICOLONS for place in range(end, at))
        return parted and behind < len(doc) and doc[behind].is_alpha and fold(doc[behind].text) not in self.joiners

    def _is_all(self, mention: Mention) -> bool:
        """ "of (a) to (h) we choose (b)": the note's whole list, which others are taken from."""
        return not mention.whole and len(mention.letters) == len(self.letters)

    def _kept(self, doc: Doc, text: str, mention: Mention) -> Mention:
        """Without the letters that others take the place of: "instead of (g)", "(g) should read (f)", "change (g) to (f)"."""
        start, end = doc[mention.start].idx, doc[mention.start : mention.end].end_char
        before, behind = fold(text[max(0, start - WINDOW) : start]), fold(text[end : end + WINDOW])
        out = self.replaced.search(before)
        if out is None and not self.replaced_by.match(behind):
            return mention
        written = [token for token in doc[mention.start : mention.end] if fold(token.text).rstrip(".") in self.names]
        joint = fold(doc[mention.start : mention.end].text)
        new = out is not None and len(written) == 2 and not re.search(rf"(?:{BOTH[self.language]})", joint)
        return replace(mention, letters=mention.letters[-1:] if new else ())

    def _stand_alone(self, doc: Doc, text: str, mention: Mention) -> bool:
        """Whether bare letters are meant as letters: "Topics we support: C, E and F", "we propose b, d and f", "b + h";
        one alone only where it is chosen and nothing follows it: "we take H."."""
        start = doc[mention.start].idx
        end = start + len(doc[mention.start : mention.end].text.rstrip("."))
        before, behind = text[:start].rstrip(" \t*"), text[end:].lstrip(" \t*")
        ends = not behind or behind[0] in ".,;\n。；，"
        if len(mention.letters) < 2:
            wordlike = text[start:end] in WORDLIKE.get(self.language, "")
            return ends and not wordlike and self._chosen(before)
        if re.search(r"\w\s*[+&]\s*\w", text[start:end]):
            return True
        opens = not before or before[-1] in ":：-–—\n"
        return (opens and ends) or self._chosen(before)

    def _chosen(self, before: str) -> bool:
        words = fold(before[-WINDOW:])
        return any(re.search(rf"{verbs[self.language]}\W*$", words) for verbs in (PROPOSE, CHOOSE))

    def _is_word(self, doc: Doc, span: Span) -> bool:
        """ "prioridad a la formación": a letter that is a word too, and has another word behind it."""
        last = doc[span.end - 1]
        wordlike = last.text in WORDLIKE.get(self.language, "") and span.end < len(doc)
        return wordlike and doc[span.end].is_alpha and fold(doc[span.end].text) not in self.joiners | self.rangers

    def _with_misread(self, doc: Doc, mention: Mention) -> Mention:
        """With a digit before it that stands for a letter: "6), в) и з)"."""
        misread = MISREAD.get(self.language, {})
        for at in range(max(0, mention.start - 4), mention.start - 1):
            letter = misread.get(doc[at].text)
            if letter and doc[at + 1].text in CLOSING and self._connector(doc, at + 2)[0] == mention.start > at + 2:
                return Mention(at, mention.end, (self.names[letter], *mention.letters))
        return mention

    def _connector(self, doc: Doc, at: int) -> tuple[int, bool]:
        """Behind the joining words from `at` on, and whether they span a range."""
        ranged = False
        start = at
        while at < len(doc) and at - start < 4:
            word = fold(doc[at].text)
            if word in self.joining_names and self._names_itself(doc, at):
                break
            if word in self.rangers and not ranged:
                ranged = True
            elif word not in self.between:
                break
            at += 1
        return at, ranged

    def _names_itself(self, doc: Doc, at: int) -> bool:
        """Whether what may join ("e" in Spanish, "а" in Russian, "و" in Arabic) is a letter here: none stands behind it.
        "а" joins only in "а также"."""
        place = at + 1
        while place + 1 < len(doc) and fold(doc[place].text) in self.articles:
            place += 1
        behind = doc[place].text if place < len(doc) else ""
        if self.language == "ru":
            return fold(behind) != "также"
        return behind in CLOSING or not (behind in OPENING or fold(behind) in self.names)

    def _single(self, doc: Doc, at: int) -> tuple[str, int] | None:
        """A letter at `at`, with or without brackets: (letter, behind it)."""
        opened = at < len(doc) and doc[at].text in OPENING
        place = at + 1 if opened else at
        if place >= len(doc):
            return None
        written = fold(doc[place].text).rstrip(".")  # "F." may end a sentence
        closed = place + 1 < len(doc) and doc[place + 1].text in CLOSING
        letter = self.names.get(MISREAD.get(self.language, {}).get(written, written) if closed else written)
        if letter is None or (doc[place].text in LETTER_NAMES["zh"] and not opened):
            return None
        end = place + 1
        if end < len(doc) and doc[end].text in CLOSING:
            return letter, end + 1
        # A bare letter that is a word too must end there: "b and a discussion" names b alone.
        wordlike = fold(doc[place].text) in WORDLIKE.get(self.language, "")
        bare_word = wordlike and end < len(doc) and doc[end].is_alpha and fold(doc[end].text) not in self.joiners
        return None if opened or bare_word else (letter, end)

    def _letter(self, doc: Doc, span: Span) -> str:
        for token in reversed(list(span)):
            if letter := self.names.get(fold(token.text).rstrip(".")):
                return letter
        raise ValueError(f"no letter in {span.text!r}")

    def _between(self, first: str, last: str) -> list[str]:
        low, high = self.letters.index(first), self.letters.index(last)
        return list(self.letters[low + 1 : high + 1]) if low < high else [last]

    def _less(self, doc: Doc, mention: Mention) -> Mention:
        """ "(b) to (e) without (d)" stands for what remains."""
        between = doc[mention.end : mention.end + LESS_TOKENS]
        for at in range(len(between)):
            words = fold(between[: at + 1].text).strip(" ,(،，")
            step = self._single(doc, mention.end + at + 1)
            if step and re.fullmatch(rf"(?:{LESS[self.language]})", words):
                out = self._extended(doc, Span(doc, mention.end + at + 1, step[1]))
                rest = tuple(letter for letter in mention.letters if letter not in out.letters)
                return Mention(mention.start, out.end, rest) if rest else mention
        return mention

    def _whole(self, doc: Doc, text: str, mention: Mention) -> Mention:
        """ "all except (g)" stands for the other letters."""
        start = doc[mention.start].idx
        before = fold(text[max(0, start - WINDOW) : start]).replace("\n", " ")
        sentence = re.split(r"[.!?。！？؟]", before)[-1]
        excepted = list(re.finditer(EXCEPT[self.language], sentence))
        if not excepted:
            return mention
        opens, end = re.search(ALL[self.language], sentence), mention.end
        if opens is None:
            around = self._all_behind(doc, mention)
            if around is None:
                return mention
            opens, end = excepted[-1], around
        first = _token_before(doc, mention.start, start - len(sentence) + opens.start())
        rest = tuple(letter for letter in self.letters if letter not in mention.letters)
        return Mention(first, end, rest, whole=True)

    def _all_behind(self, doc: Doc, mention: Mention) -> int | None:
        """Behind "all", which Chinese puts after the exception: 除（七）外的所有议题."""
        found = re.search(ALL["zh"], fold(doc[mention.end : mention.end + 12].text)) if self.language == "zh" else None
        if found is None:
            return None
        last = doc[mention.end - 1]
        stop = last.idx + len(last) + found.end()
        return next((at for at in range(mention.end, len(doc)) if doc[at].idx + len(doc[at]) >= stop), mention.end) + 1

    def _is_marker(self, doc: Doc, text: str, span: Span) -> bool:
        """At the beginning of a line, or of a list's item, with words of its own behind it."""
        line_start = text.rfind("\n", 0, span.start_char) + 1
        before = MARKER.fullmatch(text, line_start, span.start_char)
        if text[line_start : span.start_char].strip() and not (before and before.lastgroup in ("bullet", "number")):
            return False
        line_end = text.find("\n", span.end_char)
        behind = text[span.end_char : line_end if line_end >= 0 else len(text)]
        end = _behind_bracket(doc, span.end)
        at = self._connector(doc, end)[0]
        joined = at > end and self._single(doc, at)
        return bool(re.search(r"\w{2}|[\u4e00-\u9fff]", behind)) and not joined

    def _in_word(self, text: str, span: Span) -> bool:
        """ "art. 9 (b)" and "resolution 4/4 (a)" refer to a text, not to the note; "CU 2009/92 (A)" is the note's number."""
        before = text[max(0, span.start_char - 24) : span.start_char]
        return bool(
            re.search(
                r"(?:\d|/\d+|[Aa]rt(?:icle|ículo|\.)?\s*\d+|стать\w+\s*\d+|المادة\s*\d+|第\s*[\d一二三四五六七八九十]+\s*条[第]?)\s*[,(]?\s*$",
                before,
            )
        )


def _behind_bracket(doc: Doc, end: int) -> int:
    return end + (end < len(doc) and doc[end - 1].text not in CLOSING and doc[end].text in CLOSING)


def _token_before(doc: Doc, at: int, character: int) -> int:
    """The last token from `at` back that begins at or before that character; `at` where none does."""
    return next((place for place in range(at, -1, -1) if doc[place].idx <= character), at)


def _names(language: str, letters: str) -> dict[str, str]:
    """Folded written form -> the area's letter."""
    names = {letter: letter for letter in letters}
    for own, letter in zip(LETTER_NAMES.get(language, ""), letters, strict=False):
        names[fold(own)] = letter
    if language == "ar":
        names["هـ"] = names["ه"]
    return names


def _lower_forms(names: dict[str, str]) -> set[str]:
    extra = {"أ", "هـ", "إ"} if "ا" in names else set()
    return set(names) | extra


def _stems(language: str) -> set[str]:
    return {stem(word, language) for word in words_of(LETTER_NOUNS, language)}
