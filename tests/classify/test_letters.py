from __future__ import annotations

import pytest

from classify.pipeline import Classifier

CASES = [
    ("en", "We propose topics (b), (d) and (f).", "bdf"),
    ("en", "Topics b, c and h please.", "bch"),
    ("en", "Our choice: items (b)-(d).", "bcd"),
    ("en", "We support topics (a) to (c) and (h).", "abch"),
    ("en", "all topics except (g)", "abcdefh"),
    ("en", "It refers to article 9 (e) of the Protocol.", ""),
    ("en", "In reply to CU 2009/92 (A) we thank you for a note.", ""),
    ("en", "We regard a discussion as useful.", ""),
    ("fr", "Le Gouvernement propose les thèmes c) et e).", "ce"),
    ("fr", "tous les thèmes sauf a) et g)", "bcdefh"),
    ("es", "Uruguay propone los temas d), e) y h).", "deh"),
    ("es", "los temas b) a d)", "bcd"),
    ("ru", "предлагает темы в), д) и е)", "cef"),
    ("ru", "пункты (b) и (d)", "bd"),
    ("ar", "تقترح مصر المواضيع (أ) و(هـ) و(و).", "aef"),
    ("ar", "البندان (ب) و(د)", "bd"),
    ("zh", "建议第（二）、（七）和（八）项议题。", "bgh"),
    ("zh", "我国建议议题(b)和(d)。", "bd"),
]


@pytest.mark.parametrize(("language", "text", "letters"), CASES)
def test_references(classifier: Classifier, language: str, text: str, letters: str) -> None:
    doc = classifier.pipelines[language](text)
    assert "".join(letter for mention in doc._.letters for letter in mention.letters) == letters


def test_a_marker_with_words_behind_it_is_no_reference(classifier: Classifier) -> None:
    doc = classifier.pipelines["en"]("We propose:\n(c) Compensation of victims\n(d) Training of police")
    assert doc._.letters == ()
