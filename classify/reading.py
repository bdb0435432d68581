"""A text read piece by piece: its outline, and all that the classifiers say of each passage and clause.

spans.py decides from what is gathered here which clauses are proposed, and where one topic ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from spacy.language import Language

from classify.clauses import clause_features
from classify.features import Hashed
from classify.linear import AREAS, CLAUSES, STANCE
from classify.outline import Outline, outline_of
from classify.passages import core_start
from classify.stance import Cues, cues_of

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Read(Outline):
    """An outline with what the classifiers say; lists run parallel to `passages` or to `clauses`."""

    cues: Sequence[Cues]
    stances: Sequence[Scores]
    areas: Sequence[Scores]
    """Of each passage's own words, without "we propose that the group discuss"."""
    clause_cues: Sequence[Cues]
    clause_stances: Sequence[Scores]
    clause_areas: Sequence[Scores]
    clause_margins: Any
    """(clauses, outside | begins | goes on): what the words of each clause and of those around it say."""


class PieceReader:
    """Reads with the six pipelines."""

    def __init__(self, pipelines: Mapping[str, Language]) -> None:
        self.pipelines = pipelines

    def read(self, text: str, start: int, end: int, default_language: str) -> Read:
        return self.scored(outline_of(self.pipelines, text, start, end, default_language))

    def scored(self, outline: Outline, rows: Sequence[Hashed] | None = None) -> Read:
        """`rows`: the outline's clause features, where they are known."""
        text = outline.text
        own = [outline.languages[clause.passage] for clause in outline.clauses]
        wholes = [
            (item.start, item.end, language) for item, language in zip(outline.passages, outline.languages, strict=True)
        ]
        cores = [(core_start(text, low, high, language), high, language) for low, high, language in wholes]
        pieces = [(item.start, item.end, language) for item, language in zip(outline.clauses, own, strict=True)]
        return Read(
            text=text,
            passages=outline.passages,
            languages=outline.languages,
            references=outline.references,
            titles=outline.titles,
            clauses=outline.clauses,
            cues=[cues_of(text[low:high], code) for low, high, code in wholes],
            stances=self.scores(STANCE, text, wholes),
            areas=self.scores(AREAS, text, cores),
            clause_cues=[cues_of(text[low:high], code) for low, high, code in pieces],
            clause_stances=self.scores(STANCE, text, pieces),
            clause_areas=self.scores(AREAS, text, pieces),
            clause_margins=self._margins(rows if rows is not None else clause_features(outline), own),
        )

    def _margins(self, features: Sequence[Hashed], languages: Sequence[str]) -> Any:
        rows = numpy.zeros((len(languages), 3), "float32")
        for code in dict.fromkeys(languages):
            component: Any = self.pipelines[code].get_pipe(CLAUSES)
            chosen = [at for at, language in enumerate(languages) if language == code]
            if component.labels:
                rows[chosen] = component.margins_of([features[at] for at in chosen])
        return rows

    def scores(self, name: str, text: str, pieces: Sequence[tuple[int, int, str]]) -> list[Scores]:
        """What a trained component says of text[start:end] in that language, in order."""
        found: dict[int, Scores] = {}
        for code in dict.fromkeys(language for _, _, language in pieces):
            chosen = [at for at, piece in enumerate(pieces) if piece[2] == code]
            component: Any = self.pipelines[code].get_pipe(name)
            words = [text[pieces[at][0] : pieces[at][1]] for at in chosen]
            found.update(zip(chosen, component.scores(words), strict=True))
        return [found[at] for at in range(len(pieces))]
