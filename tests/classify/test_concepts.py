"""The lexicon: one concept a line, the same ones in six languages, written as texts are folded."""

from __future__ import annotations

import pytest

from classify.concepts import DATA, concepts_in, load_concepts
from classify.normal import fold
from core.model import LANGUAGES


def lines(language: str) -> list[tuple[str, list[str]]]:
    text = (DATA / f"{language}.txt").read_text(encoding="utf-8")
    named = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    return [(name, [word.strip() for word in words.split("|")]) for name, _, words in named]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_stands_once_and_folded(language: str) -> None:
    words = [word.removeprefix("=") for _, entries in lines(language) for word in entries]
    assert "" not in words
    assert [word for word in words if fold(word) != word] == []
    assert len(load_concepts(language)) == sum(len(entries) for _, entries in lines(language))


def test_all_languages_have_the_same_concepts() -> None:
    names = [[name for name, _ in lines(language)] for language in LANGUAGES]
    assert all(found == names[0] for found in names)
    assert len(set(names[0])) == len(names[0]) > 450


@pytest.mark.parametrize(
    ("language", "words", "concept"),
    [
        ("en", "Organs taken from the poor", "organs"),
        ("fr", "le prélèvement d'organes", "organs"),
        ("ru", "изъятие органов", "organs"),
        ("ar", "نزع الأعضاء البشرية", "organs"),
        ("zh", "摘取人体器官", "organs"),
        ("en", "Disorganised", ""),
    ],
)
def test_concepts_of_words(language: str, words: str, concept: str) -> None:
    assert (concept in concepts_in(words, language)) if concept else "organs" not in concepts_in(words, language)


def test_the_longest_phrase_counts() -> None:
    assert concepts_in("mutual legal assistance", "en") == ["mutual_legal_assistance"]
