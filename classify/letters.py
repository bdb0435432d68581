"""References to the note's areas by letter: "topics (b), (d) and (f)", "пункты а) и в)", "البندان (ب) و(د)", "第（二）项".

A spaCy Matcher finds single mentions; mentions joined by "and", commas or a range become one reference. What begins
a line and has words behind it is the marker of a list item and no reference: there the words decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from classify.lexicon import ALL, EXCEPT, JOINERS, LETTER_NAMES, LETTER_NOUNS, RANGERS, words_of
from classify.normal import fold, stem

WORDLIKE: Final = {"en": "a", "fr": "a", "es": "ae", "ru": "авж", "ar": "وبه"}
"""Letters that are words or parts of words by themselves."""
OPENING: Final = ["(", "（", "[", "«", "“", '"', "'", "‘", "「"]
CLOSING: Final = [")", "）", "]", "»", "”", '"', "'", "’", "」"]
WINDOW: Final = 60
"""How many characters before a reference "all … except" is looked for."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One reference: tokens [start, end) and the letters it stands for, in their order."""

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
        self.matcher = self._matcher(nlp)
        if not Doc.has_extension("letters"):
            Doc.set_extension("letters", default=())

    def _matcher(self, nlp: Language) -> Matcher:
        """Bracketed, half-bracketed, or named by a noun: a bare letter alone is a word in most languages."""
        letter = {"LOWER": {"IN": sorted(_lower_forms(self.names))}}
        latin = {"LOWER": {"IN": sorted(name for name in _lower_forms(self.names) if name not in LETTER_NAMES["zh"])}}
        noun = {"LEMMA": {"IN": sorted(words_of(LETTER_NOUNS, nlp.lang) | _stems(nlp.lang))}}
        number = {"ORTH": {"IN": ["№", ":", "：", "no", "n°"]}, "OP": "?"}
        matcher = Matcher(nlp.vocab)
        matcher.add("bracketed", [[{"ORTH": {"IN": OPENING}}, letter, {"ORTH": {"IN": CLOSING}}]])
        matcher.add("half", [[latin, {"ORTH": {"IN": [")", "）"]}}]])
        matcher.add("named", [[noun, number, latin]])
        return matcher

    def __call__(self, doc: Doc) -> Doc:
        found = filter_spans([Span(doc, start, end) for _, start, end in self.matcher(doc)])
        mentions: list[Mention] = []
        position, text = 0, doc.text
        for span in found:
            if span.start < position or self._is_marker(doc, text, span) or self._in_word(text, span):
                continue
            mention = self._whole(doc, text, self._extended(doc, span))
            mentions.append(mention)
            position = mention.end
        doc._.letters = tuple(mentions)
        doc.spans["letters"] = [Span(doc, item.start, item.end, label="LETTERS") for item in mentions]
        return doc

    def _extended(self, doc: Doc, span: Span) -> Mention:
        """The mention with all that is joined to it: ", (d) and (f)", "-d"."""
        letters = [self._letter(doc, span)]
        end = span.end
        if end < len(doc) and doc[end - 1].text not in CLOSING and doc[end].text in CLOSING:
            end += 1
        while True:
            at, ranged = self._connector(doc, end)
            step = self._single(doc, at) if at > end else None
            if step is None:
                return Mention(span.start, end, tuple(dict.fromkeys(letters)))
            letter, end = step
            letters.extend(self._between(letters[-1], letter) if ranged else [letter])

    def _connector(self, doc: Doc, at: int) -> tuple[int, bool]:
        """Behind the joining words from `at` on, and whether they span a range."""
        ranged = False
        start = at
        while at < len(doc) and at - start < 4:
            word = fold(doc[at].text)
            if word in self.rangers and not ranged:
                ranged = True
            elif word not in self.joiners and word not in words_of(LETTER_NOUNS, self.language):
                break
            at += 1
        return at, ranged

    def _single(self, doc: Doc, at: int) -> tuple[str, int] | None:
        """A letter at `at`, with or without brackets: (letter, behind it)."""
        opened = at < len(doc) and doc[at].text in OPENING
        place = at + 1 if opened else at
        if place >= len(doc):
            return None
        letter = self.names.get(fold(doc[place].text))
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
            if letter := self.names.get(fold(token.text)):
                return letter
        raise ValueError(f"no letter in {span.text!r}")

    def _between(self, first: str, last: str) -> list[str]:
        low, high = self.letters.index(first), self.letters.index(last)
        return list(self.letters[low + 1 : high + 1]) if low < high else [last]

    def _whole(self, doc: Doc, text: str, mention: Mention) -> Mention:
        """ "all except (g)" stands for the other letters."""
        start = doc[mention.start].idx
        before = fold(text[max(0, start - WINDOW) : start]).replace("\n", " ")
        sentence = re.split(r"[.!?。！？؟]", before)[-1]
        excepted = list(re.finditer(EXCEPT[self.language], sentence))
        everything = re.search(ALL[self.language], sentence)
        if not excepted or not everything:
            behind = fold(doc[mention.end : mention.end + 12].text)
            # Chinese puts it around: 除（七）外的所有议题
            if not (self.language == "zh" and excepted and re.search(ALL["zh"], behind)):
                return mention
        rest = tuple(letter for letter in self.letters if letter not in mention.letters)
        return Mention(mention.start, mention.end, rest, whole=True)

    def _is_marker(self, doc: Doc, text: str, span: Span) -> bool:
        """At the beginning of a line with words of its own behind it."""
        line_start = text.rfind("\n", 0, span.start_char) + 1
        if text[line_start : span.start_char].strip(" \t-•*–·"):
            return False
        line_end = text.find("\n", span.end_char)
        behind = text[span.end_char : line_end if line_end >= 0 else len(text)]
        joined = self._connector(doc, span.end)[0] > span.end and self._single(doc, self._connector(doc, span.end)[0])
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
