"""One pipeline for one language, made of our factories; train.py teaches its trained parts."""

from __future__ import annotations

from typing import Any

from spacy.language import Language

# Importing a module registers its factories with spaCy.
from classify import letters, linear, spans, titles
from classify.forms import blank
from classify.linear import AREAS, CLAUSES, KIND, STANCE
from classify.spans import SPANS
from core.consultation import Consultation

__all__ = ["build", "letters", "linear", "spans", "titles"]


def build(language: str, consultation: Consultation) -> Language:
    """An untrained pipeline that knows the consultation's letters and titles."""
    nlp = blank(language)
    nlp.add_pipe("intake_forms")
    nlp.add_pipe("intake_letters", config={"letters": "".join(consultation.letters)})
    nlp.add_pipe("intake_titles", config=_titles(language, consultation))
    for name in (STANCE, AREAS, KIND, CLAUSES, SPANS):
        nlp.add_pipe(name)
    return nlp


def _titles(language: str, consultation: Consultation) -> dict[str, Any]:
    wordings = {
        area.letter: [title for title in (area.title.get(language), *area.variants.get(language, ())) if title]
        for area in consultation.areas
    }
    full = {area.letter: area.title[language] for area in consultation.areas if language in area.title}
    return {"titles": wordings, "full": full}
