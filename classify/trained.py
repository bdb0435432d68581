"""The three trained components, each a spaCy text classifier with our architecture underneath.

`intake_stance` (exclusive) and `intake_areas` (multi-label) look at passages; `intake_kind` (exclusive) at a whole
reply. They are trained on short Docs as spaCy's own are, and asked through `scores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy
from spacy.language import Language
from spacy.pipeline import TextCategorizer
from spacy.pipeline.textcat_multilabel import MultiLabel_TextCategorizer
from spacy.tokens import Doc

STANCES: Final = ("propose", "report", "reject", "ask", "courtesy", "quote", "logistics")
NEW: Final = "new"
"""The label of a topic outside the areas."""
AREA_WEIGHTS: Final = 2**15
OTHER_WEIGHTS: Final = 2**15


def _architecture(language: str, exclusive: bool) -> dict[str, Any]:
    return {
        "@architectures": "intake.HashedLinear.v1",
        "language": language,
        "length": OTHER_WEIGHTS if exclusive else AREA_WEIGHTS,
        "exclusive": exclusive,
    }


class _Asked:
    """A trained component that leaves a Doc as it is and answers when it is asked.

    Its probabilities are sharpened or softened by one number, the temperature, fitted on examples it had not seen
    (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2). spaCy stores it in `cfg`.
    """

    exclusive = True
    cfg: dict[str, Any]

    def __call__(self, doc: Doc) -> Doc:
        return doc

    @property
    def temperature(self) -> float:
        return float(self.cfg.get("temperature", 1.0))

    def scores(self, docs: Sequence[Doc]) -> list[dict[str, float]]:
        """For each Doc the probability of each label."""
        if not docs:
            return []
        rows = self.predict(list(docs))  # type: ignore[attr-defined]
        labels = self.labels  # type: ignore[attr-defined]
        rows = tempered(numpy.asarray(rows), self.temperature, self.exclusive)
        return [{label: float(value) for label, value in zip(labels, row, strict=True)} for row in rows]


def tempered(rows: Any, temperature: float, exclusive: bool) -> Any:
    """Probabilities (documents x labels) after dividing their logits by the temperature."""
    safe = numpy.clip(rows, 1e-7, 1 - 1e-7)
    if exclusive:
        powered = safe ** (1 / temperature)
        return powered / powered.sum(axis=1, keepdims=True)
    return 1 / (1 + ((1 - safe) / safe) ** (1 / temperature))


class PassageStance(_Asked, TextCategorizer):  # type: ignore[misc]
    """What the sender does in a passage: proposes, reports, rejects, asks, greets, quotes, transmits."""


class PassageAreas(_Asked, MultiLabel_TextCategorizer):  # type: ignore[misc]
    """Which areas a passage is about, or that it is about a new topic."""

    exclusive = False


class ReplyKind(_Asked, TextCategorizer):  # type: ignore[misc]
    """What kind of message a reply is, by its words."""


@Language.factory("intake_stance", default_config={"model": _architecture("en", True)})
def make_stance(nlp: Language, name: str, model: Any) -> PassageStance:
    return PassageStance(nlp.vocab, model, name, threshold=0.0, scorer=None)


@Language.factory("intake_areas", default_config={"model": _architecture("en", False)})
def make_areas(nlp: Language, name: str, model: Any) -> PassageAreas:
    return PassageAreas(nlp.vocab, model, name, threshold=0.5, scorer=None)


@Language.factory("intake_kind", default_config={"model": _architecture("en", True)})
def make_kind(nlp: Language, name: str, model: Any) -> ReplyKind:
    return ReplyKind(nlp.vocab, model, name, threshold=0.0, scorer=None)


def configured(language: str, exclusive: bool) -> dict[str, Any]:
    """The component's configuration for a language."""
    return {"model": _architecture(language, exclusive)}
