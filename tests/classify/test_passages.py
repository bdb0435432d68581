from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.headings import is_heading
from classify.passages import core_start, passages_of
from classify.stance import cues_of


def words(text: str) -> list[str]:
    return [text[item.start : item.end] for item in passages_of(text)]


def test_sentences_and_list_items() -> None:
    text = "Dear all,\n\nWe propose:\n1. Compensation of victims. It matters\nto us.\n2. Training\n\nThank you."
    assert words(text) == [
        "Dear all,",
        "We propose:",
        "Compensation of victims.",
        "It matters\nto us.",
        "Training",
        "Thank you.",
    ]


def test_items_know_their_lead() -> None:
    passages = passages_of("We propose:\n(a) One thing\n(b) Another thing")
    assert [item.lead for item in passages] == [None, 0, 0]
    assert [item.marker for item in passages] == ["", "(a)", "(b)"]
    assert [item.marker for item in passages_of("Thèmes :\n1/ La demande\n2/ Les fausses adoptions")] == [
        "",
        "1/",
        "2/",
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我国政府建议讨论赔偿问题。我们认为这很重要。", 2),
        ("تقترح الحكومة موضوع التعويض. وهو مهم لنا.", 2),
        ("Предлагаем тему компенсации. Она важна, см. ст. 6 п. 6 Протокола.", 2),
        ("Ref. No. 118/2009 of the Ministry.", 1),
        ("LOME PROPOSE THEMES STOP PRIMO EVALUATION STOP FIN", 3),
    ],
)
def test_sentences_of_six_languages(text: str, count: int) -> None:
    assert len(words(text)) == count


@given(st.text(max_size=300))
def test_passages_lie_in_the_text_in_order(text: str) -> None:
    at = 0
    for item in passages_of(text):
        assert at <= item.start < item.end <= len(text)
        at = item.end


@pytest.mark.parametrize(
    ("language", "text", "core"),
    [
        ("en", "We propose that the Working Group discuss compensation of victims.", "compensation of victims."),
        ("fr", "Nous souhaitons que le Groupe examine la demande de services.", "la demande de services."),
        ("es", "El Gobierno propone que se aborde la gestión de casos.", "la gestión de casos."),
        ("ru", "Предлагаем обсудить компенсацию жертвам.", "компенсацию жертвам."),
        ("zh", "我国政府建议讨论赔偿被害人问题。", "赔偿被害人问题。"),
        ("en", "Compensation of victims", "Compensation of victims"),
    ],
)
def test_a_topics_own_words(language: str, text: str, core: str) -> None:
    assert text[core_start(text, 0, len(text), language) :] == core


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We do not regard risk assessment as a priority."),
        ("fr", "Nous ne considérons pas cette question comme une priorité."),
        ("es", "No consideramos prioritaria la gestión de casos."),
        ("ru", "Не считаем оценку рисков приоритетной."),
        ("ar", "لا نعتبر تقييم المخاطر أولوية."),
        ("zh", "我们不认为风险评估是优先事项。"),
    ],
)
def test_rejection_is_seen(language: str, text: str) -> None:
    assert cues_of(text, language).rejects


@pytest.mark.parametrize(
    "text",
    [
        "PERMANENT MISSION OF KENYA",
        "Ministère de la justice",
        "Вена, 22 июля 2009 года",
        "وزارة الداخلية",
        "外交部国际司",
        "Le 30 juillet 2009",
    ],
)
def test_headings(text: str) -> None:
    assert is_heading(text)


@pytest.mark.parametrize(
    "text", ["Compensation of victims", "إدارة القضايا", "案件管理", "Ministry of Justice proposes training"]
)
def test_topics_are_no_headings(text: str) -> None:
    assert not is_heading(text)


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("1º) c) Buenas prácticas\n2º) b) Definición de conceptos", ["c)", "b)"]),
        ("1. Оценка рисков.\n2. Подходы.\n3, Трудовая миграция", ["1.", "2.", "3,"]),
        ("Primero.- Campaña en los estadios\nTercero.- Peligro", ["Primero.-", "Tercero.-"]),
        ("a/ convaincre les entreprises\nb/ prévoir les menaces", ["a/", "b/"]),
        ("第一，讨论风险\n一是加强合作机制\n其二，培训", ["第一，", "一是", "其二，"]),
        ("- (b) and (d)\n- (c) Demand", ["-", "(c)"]),
    ],
)
def test_markers(text: str, markers: list[str]) -> None:
    assert [item.marker for item in passages_of(text)] == markers


def test_lines_below_a_colon_that_were_broken_on_purpose_are_items() -> None:
    listed = (
        "The authorities of the Republic have asked us to put forward these:\n"
        "clear orders for patrols\nexchange of files\nbegging by families"
    )
    assert [item.item for item in passages_of(listed)] == [False, True, True, True]
    wrapped = "We would like the following to be looked at:\nthe situation of children who are sent to the\ncapital city alone"
    assert len(passages_of(wrapped)) == 2
