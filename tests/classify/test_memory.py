"""What a message leaves behind in the process that read it: nothing that grows with the next one."""

from __future__ import annotations

import random
import weakref

import pytest

from classify import vocabulary
from classify.features import CACHED_LENGTH, hashed
from classify.names import find_names
from classify.normal import LONGEST_WORD, stem
from tests.make import make_email, make_raw
from worker.pipeline import Desk


def test_spacy_keeps_no_word_of_a_message(desk: Desk) -> None:
    before = kept_strings(desk)
    for number in range(3):
        words = f"Kenya proposes topic (b). With compliments from neverheardof{number}."
        outcome = desk.read(make_raw(make_email(words))).outcome
        assert [topic.assignments[0].area for topic in outcome.topics] == ["b"]
    assert kept_strings(desk) == before


def kept_strings(desk: Desk) -> dict[str, int]:
    return {code: len(nlp.vocab.strings) for code, nlp in desk.classifier.pipelines.items()}


def test_spacy_forgets_that_there_were_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = make_raw(make_email("Kenya proposes topic (b), and the protection of witnesses. With compliments."))
    first = desk.read(mail).outcome
    monkeypatch.setattr(vocabulary, "MOST_PASSED", 5)
    assert [desk.read(mail).outcome for _ in range(3)] == [first] * 3
    assert len(desk.classifier.pipelines["en"].vocab) == 0


def test_features_of_long_texts_are_not_kept() -> None:
    chance = random.Random(1)
    words = ["protection", "witnesses", "smuggling", "training", "victims", "firearms"]
    made = []
    for number in range(40):
        text = f"{' '.join(chance.choices(words, k=CACHED_LENGTH // 5))} {number}"
        made.append(weakref.ref(hashed(text, "en").keys))
        assert made[-1]() is hashed(text, "en").keys, "within a message they are made once"
    assert sum(each() is not None for each in made) <= 8


def test_no_sender_fills_memory_with_long_words() -> None:
    import classify.names  # noqa: PLC0415
    import classify.normal  # noqa: PLC0415

    finder = classify.names._finder()
    before = classify.normal._russian_lemma.cache_info().currsize, finder._forms.cache_info().currsize
    long = "п" * (LONGEST_WORD + 1)
    assert stem(long, "ru") == long
    assert next(iter(find_names(f"{long} Кения", "ru"))).code == "KEN"
    after = classify.normal._russian_lemma.cache_info().currsize, finder._forms.cache_info().currsize
    assert after[0] == before[0]
    assert after[1] <= before[1] + 1
