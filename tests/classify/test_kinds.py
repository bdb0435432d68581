from __future__ import annotations

import pytest

from classify.kinds import kind_by_headers, names_reference, other_reference, says_correction
from classify.pipeline import Classifier
from core.model import BODY, Attachment, Message, Span, Text
from tests.classify.kind_cases import CASES


@pytest.mark.parametrize(
    ("headers", "subject", "sender", "kind"),
    [
        ([("auto-submitted", "auto-replied")], "x", "a@b.example", "auto_reply"),
        ([("auto-submitted", "no")], "x", "a@b.example", None),
        ([], "Automatic reply: CU", "a@b.example", "auto_reply"),
        ([], "Réponse automatique : CU", "a@b.example", "auto_reply"),
        ([], "Respuesta automática", "a@b.example", "auto_reply"),
        ([], "Автоответ: нет на месте", "a@b.example", "auto_reply"),
        ([], "رد تلقائي: المذكرة", "a@b.example", "auto_reply"),
        ([], "自动回复：照会", "a@b.example", "auto_reply"),
        ([("content-type", "multipart/report; report-type=delivery-status")], "x", "a@b.example", "bounce"),
        ([], "Undelivered Mail Returned to Sender", "mailer-daemon@b.example", "bounce"),
        ([("x-spam-flag", "YES")], "x", "a@b.example", None),
        ([("x-failed-recipients", "a@b.example")], "x", "a@b.example", "bounce"),
        ([("return-path", "<>")], "Undeliverable: CU 2009/92", "a@b.example", "bounce"),
        ([], "失败：退信", "postmaster@b.example", "bounce"),
        ([("auto-submitted", "auto-generated")], "x", "a@b.example", "auto_reply"),
        (
            [("content-type", "multipart/report; report-type=disposition-notification")],
            "x",
            "a@b.example",
            "auto_reply",
        ),
        ([("precedence", "bulk")], "x", "a@b.example", None),
    ],
)
def test_headers_first(headers: list[tuple[str, str]], subject: str, sender: str, kind: str | None) -> None:
    message = Message("<x@y>", subject=subject, from_address=sender, headers=tuple(headers))
    assert kind_by_headers(message) == kind


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "This note replaces our earlier note of 3 July."),
        ("fr", "La présente réponse annule et remplace la précédente note."),
        ("es", "La presente nota sustituye a la nota anterior."),
        ("ru", "Настоящая нота направляется взамен предыдущей."),
        ("ar", "تصويب: تحل هذه المذكرة محل السابقة"),
        ("zh", "请以本邮件为准，此前答复作废。"),
    ],
)
def test_correction_in_six_languages(language: str, words: str) -> None:
    assert says_correction("", words), language
    assert not says_correction("CU 2009/92 (A)", "Kenya")


def test_another_notes_number() -> None:
    assert other_reference("with reference to CU 2009/41 (B)", "CU 2009/92 (A)") == "CU 2009/41 (B)"
    assert other_reference("CU 2009/41 and CU 2009/92", "CU 2009/92 (A)") is None
    assert other_reference("no number", "CU 2009/92 (A)") is None


def test_each_kind_by_its_words(classifier: Classifier) -> None:
    """What is read wrongly must at least be seen by a person."""
    wrong = []
    for language, kind, subject, words in CASES:
        message = Message("<x@test.example>", subject=subject, from_address="a@mail.example", body=words)
        outcome = classifier.classify(message, (Text(BODY, words, spans=(Span(0, len(words), "reply"),)),))
        if outcome.kind != kind:
            wrong.append((language, kind, outcome.kind))
            assert outcome.review, wrong
    assert len(wrong) <= 2, wrong


def test_a_scanners_mail_is_no_automatic_reply() -> None:
    scan = Attachment("scan0001.pdf", "application/pdf", b"%PDF", "2")
    headers = (("auto-submitted", "auto-generated"),)
    assert kind_by_headers(Message("<x@y>", headers=headers, attachments=(scan,))) is None
    assert kind_by_headers(Message("<x@y>", headers=headers)) == "auto_reply"


def test_an_old_bounce_is_known_by_sender_and_words() -> None:
    body = "Hi. This is the qmail-send program.\nI'm afraid I wasn't able to deliver your message."
    assert (
        kind_by_headers(
            Message("<x@y>", subject="failure notice", from_address="MAILER-DAEMON@b.example".lower(), body=body)
        )
        == "bounce"
    )
    assert (
        kind_by_headers(
            Message(
                "<x@y>", subject="hello", from_name="Mail Delivery Subsystem", from_address="x@b.example", body=body
            )
        )
        == "bounce"
    )
    assert kind_by_headers(Message("<x@y>", subject="hello", from_address="a@b.example", body=body)) is None


def test_a_spam_mark_does_not_hide_a_government(classifier: Classifier) -> None:
    words = "The Permanent Mission of Malta presents its compliments and proposes topic (e)."
    message = Message("<x@t.example>", subject="CU 2009/92", headers=(("x-spam-flag", "YES"),), body=words)
    outcome = classifier.classify(message, (Text(BODY, words, spans=(Span(0, len(words), "reply"),)),))
    assert (outcome.kind, outcome.state) == ("proposal", "MLT")


@pytest.mark.parametrize("text", ["CU 2009/92", "CU 2009/92 (A)", "cu-2009-92", "note 2009/92(A)"])
def test_our_note_by_its_number(text: str) -> None:
    assert names_reference(text, "CU 2009/92 (A)")
    assert not names_reference(text.replace("92", "921"), "CU 2009/92 (A)")
