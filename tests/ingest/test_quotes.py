from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.consultation import Consultation
from ingest.quotes import split_text

OWN = ("untoc.cop@unodc.org",)


def parts(text: str, consultation: Consultation | None = None) -> dict[str, str]:
    notes = consultation.notes if consultation else {}
    titles = [title for area in consultation.areas for title in area.title.values()] if consultation else []
    found: dict[str, str] = {}
    for span in split_text(text, notes, titles, OWN):
        found[span.label] = found.get(span.label, "") + text[span.start : span.end]
    return found


FORMS = {
    "gmail en": "On Fri, Jul 10, 2009 at 9:12 AM, UNTOC COP <untoc.cop@unodc.org> wrote:\n> old words\n> more",
    "apple fr": "Le 10 juil. 2009 à 09:12, UNTOC COP <untoc.cop@unodc.org> a écrit :\n\n> old words",
    "gmail es": "El 10 de julio de 2009, 9:12, UNTOC COP<untoc.cop@unodc.org> escribió:\n> old words",
    "mail.ru": "10 июля 2009, 09:12 от UNTOC COP <untoc.cop@unodc.org>:\n> old words",
    "yandex": "10.07.2009, 09:12, UNTOC COP <untoc.cop@unodc.org> пишет:\n> old words",
    "gmail ar": "في 10 يوليو، 2009 9:12 ص، كتب UNTOC COP <untoc.cop@unodc.org>:\n> old words",
    "gmail zh": "UNTOC COP <untoc.cop@unodc.org> 于2009年7月10日周五 上午9:12写道:\n> old words",
    "outlook en": "-----Original Message-----\nFrom: UNTOC COP\nSent: Friday, July 10, 2009\nTo: X\nSubject: CU\n\nold words",
    "outlook block": "From: UNTOC COP <untoc.cop@unodc.org>\nSent: Friday\nTo: X\nSubject: CU\n\nold words",
    "outlook fr": "De : UNTOC COP <untoc.cop@unodc.org>\nEnvoyé : vendredi\nÀ : X\nObjet : CU\n\nold words",
    "outlook es": "De: UNTOC COP <untoc.cop@unodc.org>\nEnviado el: viernes\nPara: X\nAsunto: CU\n\nold words",
    "outlook ru": "От: UNTOC COP <untoc.cop@unodc.org>\nОтправлено: пятница\nКому: X\nТема: CU\n\nold words",
    "outlook zh": "发件人: UNTOC COP <untoc.cop@unodc.org>\n发送时间: 2009年7月10日\n收件人: X\n主题: CU\n\nold words",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "UNTOC"<untoc.cop@unodc.org>;\n发送时间: 2009年7月10日\n收件人: "X";\n主题: CU\n\nold words',
    "outlook ar": "من: UNTOC COP <untoc.cop@unodc.org>\nتم الإرسال: الجمعة\nإلى: X\nالموضوع: CU\n\nold words",
}


@pytest.mark.parametrize("form", FORMS)
def test_quoted_text_is_set_apart(form: str) -> None:
    found = parts(f"We propose topic (b).\n\n{FORMS[form]}\n")
    assert "We propose topic (b)." in found["reply"]
    assert "old words" in found["quoted"]
    assert "old words" not in found["reply"]


def test_answers_between_quoted_lines_are_kept() -> None:
    found = parts("On 10 July 2009, X wrote:\n> Which topics?\nTopic (b).\n> By when?\nBy Friday.\n")
    assert found["reply"] == "Topic (b).\nBy Friday.\n"


@pytest.mark.parametrize(
    "rule",
    [
        "---------- Forwarded message ----------\nFrom: Ministry <m@x.example>\nDate: Mon\nSubject: S\nTo: Y\n",
        "-------- Пересылаемое сообщение --------\nОт: Министерство <m@x.example>\nДата: 1\nТема: S\nКому: Y\n",
        "Début du message réexpédié :\n\nDe : Ministère <m@x.example>\nDate : lundi\nObjet : S\nÀ : Y\n",
        "---------- 转发邮件 ----------\n发件人：外交部 <m@x.example>\n日期：周一\n主题：S\n收件人：Y\n",
    ],
)
def test_forwarded_text_is_told_from_quoted(rule: str) -> None:
    found = parts(f"See below.\n\n{rule}\nWe propose compensation.\n")
    assert "We propose compensation." in found["forwarded"]


@pytest.mark.parametrize(
    ("sender", "label"),
    [
        ("Legal Affairs [mailto:legal@mfa-sample.ke]", "forwarded"),
        ("UNTOC COP [mailto:untoc.cop@unodc.org]", "quoted"),
        ("A colleague [mailto:other@unodc.org]", "quoted"),
        ("UNTOC COP", "quoted"),
        ("Mission [mailto:mission@mission-sample.ke]", "quoted"),
    ],
)
def test_what_outlook_calls_original_is_forwarded_when_it_is_anothers(sender: str, label: str) -> None:
    text = f"From Nairobi, for action.\n\n-----Original Message-----\nFrom: {sender}\nSent: Friday\nTo: x\nSubject: y\n\nWords."
    spans = split_text(text, {}, (), ("untoc.cop@unodc.org", "@unodc.org", "mission@mission-sample.ke"))
    assert [span.label for span in spans if "Words." in text[span.start : span.end]] == [label]


def test_signature_and_disclaimer() -> None:
    text = (
        "Topic (b).\n\nBest regards,\nJane\nDesk Officer\n\n"
        "This e-mail is confidential and intended only for the recipient named above.\n"
    )
    found = parts(text)
    assert found["reply"] == "Topic (b).\n\n"
    assert found["signature"].startswith("Best regards")
    assert "confidential" in found["disclaimer"]


@pytest.mark.parametrize("language", ["ar", "zh", "en", "fr", "ru", "es"])
def test_note_pasted_without_marks_is_recognised(consultation: Consultation, language: str) -> None:
    note = consultation.notes[language].split("]]]", 1)[-1]
    text = "Kenya proposes (b).\n\n" + note
    found = parts(text, consultation)
    assert found["reply"].strip().startswith("Kenya proposes (b).")
    for area in consultation.areas:
        assert area.title[language] not in found["reply"]


@pytest.mark.parametrize("language", ["ar", "zh", "en", "fr", "ru", "es"])
def test_note_with_other_line_breaks_is_recognised(consultation: Consultation, language: str) -> None:
    text = "Kenya proposes (b).\n\n" + " ".join(consultation.notes[language].split())
    found = parts(text, consultation)
    assert len(found["reply"]) < 400


@pytest.mark.parametrize("language", ["ar", "zh", "en", "fr", "ru", "es"])
def test_titles_taken_over_as_proposals_are_no_quotation(consultation: Consultation, language: str) -> None:
    titles = [area.title[language] for area in consultation.areas[1:4]]
    text = "Our topics:\n" + "\n".join(titles)
    assert "note" not in parts(text, consultation)


@given(st.text(alphabet="> \nOnwrote:Fab(Sent)To—-", max_size=200))
def test_spans_cover_the_text(text: str) -> None:
    spans = split_text(text, {})
    assert "".join(text[span.start : span.end] for span in spans) == text
