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
    # what is taken out of a range
    ("en", "We support b to e without d.", "bce"),
    ("en", "(c) and (h), not (d)", "ch"),
    ("fr", "les points b) à e), sauf d)", "bce"),
    ("es", "todos los temas de la lista, menos a), d) y e).", "bcfgh"),
    ("ru", "Темы с б) по е), кроме в)", "bdef"),
    ("ru", "пункты б) – е)", "bcdef"),
    ("ar", "البنود (ب) إلى (هـ) عدا (د)", "bce"),
    ("zh", "(b)至(e)，不包括(d)", "bce"),
    ("es", "apoya de la letra d a la g, excepto la e.", "dfg"),
    ("zh", "除(c)、(f)、(g)三项外，照会所列其余各项均请列入议程。", "abdeh"),
    ("ar", "المواضيع د - و - ز", "dfg"),
    ("es", "dar prioridad a la formación", ""),
    ("es", "interés por la letra d) y la letra f) de su nota", "df"),
    # letters without brackets
    ("en", "Topics: C, E and F", "cef"),
    ("en", "For Iceland b + h please", "bh"),
    ("en", "We propose b, d and f for January", "bdf"),
    ("es", "TEMAS: C, E Y F.", "cef"),
    ("es", "temas c e f", "cf"),
    ("ru", "Финляндия: d, e и g.", "deg"),
    ("ar", "المواضيع ب، د، و", "bdf"),
    ("en", "a working group and a meeting", ""),
    ("en", "Annexes A and B are attached.", ""),
    # digits that a scan gives for letters
    ("ru", "темы под буквами 6), в) и 3).", "bch"),
    ("ru", "3) Подготовка кадров", ""),
]


@pytest.mark.parametrize(("language", "text", "letters"), CASES)
def test_references(classifier: Classifier, language: str, text: str, letters: str) -> None:
    doc = classifier.pipelines[language](text)
    assert "".join(letter for mention in doc._.letters for letter in mention.letters) == letters


def test_a_marker_with_words_behind_it_is_no_reference(classifier: Classifier) -> None:
    doc = classifier.pipelines["en"]("We propose:\n(c) Compensation of victims\n(d) Training of police")
    assert doc._.letters == ()
