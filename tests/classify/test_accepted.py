"""Areas that people accepted: what they are made of in two languages is known again in the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from classify.accepted import KEPT, AcceptedAreas, load_accepted, teach_accepted
from classify.examples import ACCEPTED
from classify.pipeline import Classifier, Thresholds
from core.consultation import Consultation
from core.model import BODY, LANGUAGES, Message, Span, Text
from worker.learning import write_accepted, write_examples

EXAMPLES = {
    "en": ("Removal of kidneys from the poor", "Trafficking for organ removal", "Hospitals that buy kidneys"),
    "fr": ("Le prélèvement d'organes", "Le trafic de reins et les cliniques"),
}
TITLES = {"i": {"en": "Organ removal"}}


@pytest.fixture(scope="module")
def accepted(consultation: Consultation, tmp_path_factory: pytest.TempPathFactory) -> AcceptedAreas:
    folder = tmp_path_factory.mktemp("accepted")
    decided = folder / "decided"
    decided.mkdir()
    write_accepted(decided, TITLES)
    rows = {
        language: [{"text": text, "stance": "propose", "areas": ["i"], "subject": ""} for text in texts]
        for language, texts in EXAMPLES.items()
    }
    write_examples(decided, rows)
    teach_accepted(consultation, decided, LANGUAGES, folder)
    return load_accepted(folder)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Illicit transplants of kidneys"),
        ("fr", "Le commerce d'organes humains"),
        ("es", "El tráfico de órganos"),
        ("ru", "Изъятие органов у потерпевших"),
        ("ar", "نزع الأعضاء البشرية"),
        ("zh", "摘取人体器官"),
    ],
)
def test_it_is_known_in_six_languages(accepted: AcceptedAreas, language: str, words: str) -> None:
    found = accepted.nearest(words, language)
    assert found is not None
    assert found[0] == "i"
    assert 0.6 < found[1] <= 0.9


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Children exploited in begging"), ("ru", "Коррупция среди пограничников"), ("zh", "护照"), ("en", "")],
)
def test_another_new_topic_stays_new(accepted: AcceptedAreas, language: str, words: str) -> None:
    assert accepted.nearest(words, language) is None


def test_the_model_keeps_no_words(accepted: AcceptedAreas) -> None:
    assert set(accepted.areas) == {"i"}
    assert not any("kidneys" in name for name in accepted.areas["i"])


def test_without_accepted_areas_nothing_is_kept(consultation: Consultation, tmp_path: Path) -> None:
    teach_accepted(consultation, tmp_path, LANGUAGES, tmp_path)
    teach_accepted(consultation, None, LANGUAGES, tmp_path)
    assert not (tmp_path / KEPT).exists()
    assert load_accepted(tmp_path).nearest("Organ removal", "en") is None
    write_accepted(tmp_path, TITLES)
    write_accepted(tmp_path, {})
    assert not (tmp_path / ACCEPTED).exists()


def test_a_reply_is_read_with_it(classifier: Classifier, accepted: AcceptedAreas, consultation: Consultation) -> None:
    words = "Dear Secretariat,\n\nKenya proposes the following topic:\n\n1. Removal of organs from migrants\n"
    texts = (Text(BODY, words, spans=(Span(0, len(words), "reply"),)),)
    message = Message(message_id="<one@test>", subject="Topics", from_name="Kenya", from_address="a@kenya.example")
    knowing = Classifier(classifier.pipelines, consultation, Thresholds(), accepted=accepted)
    for reader, area in ((classifier, None), (knowing, "i")):
        outcome = reader.classify(message, texts)
        assert [[item.area for item in topic.assignments] for topic in outcome.topics] == [[area]]
    assert any(reason.code == "area-uncertain" for reason in outcome.review), "a person looks at each"
