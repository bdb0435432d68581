"""The areas' official titles and usual short forms, found inflected, accented or not, truncated or with a word changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from classify.normal import fold, stem

MIN_TITLE_WORDS: Final = 5
"""Shorter titles must stand as they are: with a word changed they say something else."""
MIN_SHARE: Final = 0.75
"""How much of a title's telling words a passage must have, by weight, to be that title."""
WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """Characters [start, end) of the text read as the title of an area."""

    start: int
    end: int
    area: str
    share: float
    """1.0 for a title word by word, less for one with words missing or changed."""


@Language.factory(
    "intake_titles",
    requires=["token.lemma"],
    assigns=["doc.spans", "doc._.titles"],
    default_config={"titles": {}, "full": {}},
)
class TitleFinder:
    """Sets `doc._.titles`. `titles`: area -> wordings; `full`: area -> the official wording, for near matches."""

    def __init__(self, nlp: Language, name: str, titles: dict[str, list[str]], full: dict[str, str]) -> None:
        self.language = nlp.lang
        self.matcher = PhraseMatcher(nlp.vocab, attr="LEMMA")
        for area, wordings in titles.items():
            self.matcher.add(area, [_lemmatised(nlp, wording) for wording in wordings])
        self.vocab = nlp.vocab
        self.near = _NearTitles(full, nlp.lang)
        if not Doc.has_extension("titles"):
            Doc.set_extension("titles", default=())

    def __call__(self, doc: Doc) -> Doc:
        spans = filter_spans([Span(doc, start, end, label=area) for area, start, end in self.matcher(doc)])
        doc.spans["titles"] = spans
        doc._.titles = tuple(TitleMatch(span.start_char, span.end_char, span.label_, 1.0) for span in spans)
        return doc

    def nearest(self, words: str) -> tuple[str, float] | None:
        """The area whose full title `words` nearly are, and how nearly."""
        return self.near.find(words)


class _NearTitles:
    """Titles compared by their telling words: one that all titles share says nothing."""

    def __init__(self, full: dict[str, str], language: str) -> None:
        self.language = language
        self.stems = {area: self._stems(title) for area, title in full.items()}
        spread = Counter(word for stems in self.stems.values() for word in stems)
        self.weights = {word: 1.0 / count for word, count in spread.items()}

    def find(self, words: str) -> tuple[str, float] | None:
        present = self._stems(words)
        best: tuple[str, float] | None = None
        for area, stems in self.stems.items():
            if len(stems) < MIN_TITLE_WORDS:
                continue
            total = sum(self.weights[word] for word in stems)
            share = sum(self.weights[word] for word in stems & present) / total
            if share >= MIN_SHARE and (best is None or share > best[1]):
                best = (area, share)
        return best

    def _stems(self, text: str) -> frozenset[str]:
        if self.language == "zh":
            characters = re.findall(r"[\u3400-\u9fff]", fold(text))
            return frozenset(first + second for first, second in pairwise(characters))
        return frozenset(stem(word, self.language) for word in WORD.findall(fold(text)) if len(word) > 3)


def _lemmatised(nlp: Language, wording: str) -> Doc:
    doc = nlp.make_doc(wording)
    for token in doc:
        token.lemma_ = stem(token.text, nlp.lang)
    return doc
