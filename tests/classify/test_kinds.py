from __future__ import annotations

import pytest

from classify.kinds import kind_by_headers, other_reference, says_correction
from core.model import Message


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
        ([("x-spam-flag", "YES")], "x", "a@b.example", "spam"),
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
    assert says_correction("", words, language)
    assert not says_correction("CU 2009/92 (A)", "Kenya", "en")


def test_another_notes_number() -> None:
    assert other_reference("with reference to CU 2009/41 (B)", "CU 2009/92 (A)") == "CU 2009/41 (B)"
    assert other_reference("CU 2009/41 and CU 2009/92", "CU 2009/92 (A)") is None
    assert other_reference("no number", "CU 2009/92 (A)") is None
