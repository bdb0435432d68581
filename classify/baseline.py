"""What little would do: character TF-IDF and logistic regression, taught with the same examples, beside our own reading.

The comparison leaves out all but one question, and asks both the same: in which area is a topic with these words?
Topics named by letters of the note alone ("topic (b)", "all except (a)") have no words to tell, and are left out for both.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from classify.evaluate import NEW, Counts, RightAnswer, Share, macro_f1
from classify.teaching import Examples, area_rows
from core.consultation import Consultation

COST: Final = 10.0
"""C of the logistic regression: 1, 10 and 30 gave macro-F1 0.780, 0.800 and 0.800 on held-back English examples."""
LEAST_WORDS: Final = 2
LEAST_HAN: Final = 4

Decide = Callable[[str, str], str]
"""From a topic's words and its language to an area's letter, or NEW."""


class Baseline:
    """One TF-IDF (char_wb, 2 to 5 characters) and logistic regression a language."""

    def __init__(self) -> None:
        self._machines: dict[str, Any] = {}

    def learn(self, language: str, rows: Sequence[tuple[str, str]]) -> None:
        """From texts and their areas (NEW for none); a text in two areas stands twice."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - only this comparison needs it
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415

        machine = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            LogisticRegression(C=COST, class_weight="balanced", max_iter=500),
        )
        self._machines[language] = machine.fit([text for text, _ in rows], [area for _, area in rows])

    def area_of(self, words: str, language: str) -> str:
        """The likeliest area, or NEW."""
        return str(self._machines[language].predict([words])[0])

    @classmethod
    def taught(cls, consultation: Consultation, languages: Iterable[str]) -> Baseline:
        """With all that our own area model learns from in each language; of other languages it could make nothing."""
        made = cls()
        for language in languages:
            rows = area_rows(consultation, Examples.of(consultation, language))
            made.learn(
                language,
                [(text, area) for text, of in rows for area, share in of.items() if share],
            )
        return made


@dataclass(slots=True)
class Decisions:
    """One reader's areas of topics given their words, against the right ones."""

    all: Share = field(default_factory=Share)
    by_area: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    by_language: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    by_language_and_area: dict[str, dict[str, Counts]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counts))
    )

    def add(self, language: str, right: frozenset[str], area: str) -> None:
        """One decision. Of a topic in two areas, either is right."""
        is_right = area in right
        self.all.add(is_right)
        self.by_language[language].add(is_right)
        wanted = frozenset({area}) if is_right else right
        for name in wanted | {area}:
            for counts in (self.by_area[name], self.by_language_and_area[language][name]):
                counts.add(wanted & {name}, frozenset({area}) & {name})

    @property
    def macro_f1(self) -> float:
        return macro_f1(self.by_area)

    def macro_f1_in(self, language: str) -> float:
        return macro_f1(self.by_language_and_area[language])

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "accuracy": round(self.all.value, 4),
            "macro_f1": round(self.macro_f1, 4),
            "by_area": {area: counts.as_row() for area, counts in sorted(self.by_area.items())},
            "by_language": {
                code: {"accuracy": round(share.value, 4), "macro_f1": round(self.macro_f1_in(code), 4)}
                for code, share in sorted(self.by_language.items())
            },
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both readers over the same topics."""

    ours: Decisions
    baseline: Decisions

    def as_json(self) -> dict[str, Any]:
        return {
            "topics": self.ours.all.total,
            "ours": self.ours.as_json(),
            "tfidf_logistic_regression": self.baseline.as_json(),
        }


def compare(answers: Iterable[RightAnswer], ours: Decide, baseline: Decide) -> Comparison:
    """Ask both for the area of each topic that has words."""
    result = Comparison(Decisions(), Decisions())
    for answer in answers:
        quotes = Counter(topic.quote for topic in answer.topics)
        for topic in answer.topics:
            if has_words(topic.quote) and quotes[topic.quote] == 1:  # "all except (a)" stands once for each area
                right = frozenset(topic.areas or (NEW,))
                result.ours.add(answer.language, right, ours(topic.quote, answer.language))
                result.baseline.add(answer.language, right, baseline(topic.quote, answer.language))
    return result


def has_words(quote: str) -> bool:
    """Whether a quote is more than "(b)" or "topics (b) and (d)": two words of four letters, or four of Chinese."""
    words = re.findall(r"[^\W\d_]{4,}", re.sub(r"[\u3400-\u9fff]", " ", quote))
    return len(words) >= LEAST_WORDS or len(re.findall(r"[\u3400-\u9fff]", quote)) >= LEAST_HAN
