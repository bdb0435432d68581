from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parse import looks_like_mail, parse, received_date
from tests.make import make_email


def codes(content: bytes) -> set[str]:
    return {problem.code for problem in parse(content).problems}


def test_plain_mail() -> None:
    message = parse(make_email("Hello"))
    assert message.message_id == "<one@test.example>"
    assert (message.from_name, message.from_address) == ("Permanent Mission of Kenya", "mission@kenya.example")
    assert message.sent_at == datetime(2009, 7, 20, 12, tzinfo=UTC)
    assert message.body.strip() == "Hello"
    assert message.problems == ()


def test_html_alternative_is_kept_for_a_stub_of_plain_text() -> None:
    message = parse(make_email("View in HTML", html="<p>" + "A real reply with many words. " * 5 + "</p>"))
    assert message.body_origin == "html"
    assert "real reply" in message.body


def test_attachments_keep_bytes_and_place() -> None:
    message = parse(make_email(attachments=[("a.pdf", "application/pdf", b"%PDF-1.4"), ("b.txt", "text/plain", b"x")]))
    assert [(item.name, item.content, item.part) for item in message.attachments] == [
        ("a.pdf", b"%PDF-1.4", "2"),
        ("b.txt", b"x", "3"),
    ]


def test_attached_part_without_a_name_is_not_lost() -> None:
    content = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nbody\n"
        b"--x\nContent-Type: application/pdf\n\n%PDF-\n--x--\n"
    )
    assert [item.name for item in parse(content).attachments] == ["part-2.pdf"]


def test_forwarded_message_stays_a_message() -> None:
    inner = make_email("inner words", message_id="<inner@test.example>")
    content = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee below\n"
        b"--x\nContent-Type: message/rfc822\n\n" + inner + b"\n--x--\n"
    )
    message = parse(content)
    assert message.body.strip() == "see below"
    [attachment] = message.attachments
    assert attachment.content_type == "message/rfc822"
    assert parse(attachment.content).body.strip() == "inner words"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("koi8-r", "Предлагаем тему"),
        ("windows-1251", "Предлагаем тему"),
        ("windows-1256", "نقترح الموضوع"),
        ("iso-8859-6", "نقترح الموضوع"),
        ("gb18030", "我们建议议题"),
        ("big5", "我們建議議題"),
        ("iso-2022-cn", "x"),
        ("hz", "我们建议议题"),
        ("utf-16", "Nous proposons"),
    ],
)
def test_body_in_charsets_of_six_languages(charset: str, text: str) -> None:
    data = text.encode(charset) if charset != "iso-2022-cn" else b"x"
    content = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\n".encode() + data
    assert parse(content).body == text


def test_gb2312_is_read_as_gb18030() -> None:
    content = b"From: a@b.example\nContent-Type: text/plain; charset=gb2312\n\n" + "朱镕基".encode("gb18030")
    assert parse(content).body == "朱镕基"


def test_wrongly_labelled_body_is_a_problem_and_is_read() -> None:
    content = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n" + (
        "Постоянное представительство свидетельствует свое уважение".encode("koi8-r")
    )
    message = parse(content)
    assert "charset-wrong" in {problem.code for problem in message.problems}
    assert "представительство" in message.body


def test_raw_8_bit_subject() -> None:
    content = b"From: a@b.example\nSubject: " + "Предложения Республики Армения".encode() + b"\n\nx"
    message = parse(content)
    assert message.subject == "Предложения Республики Армения"
    assert "header-8bit" in {problem.code for problem in message.problems}


def test_encoded_word_cut_inside_a_character() -> None:
    content = b"From: a@b.example\nSubject: =?utf-8?b?0J/RgNC10LTQ?= =?utf-8?b?u9C+0LbQtdC90LjQtQ==?=\n\nx"
    assert parse(content).subject == "Предложение"


def test_missing_headers_become_problems() -> None:
    content = b"Subject: x\n\nbody"
    assert {"message-id-missing", "from-missing", "date-missing"} <= codes(content)
    assert parse(content).message_id == parse(content).message_id
    assert parse(content).message_id.endswith("@missing-message-id.invalid>")


def test_broken_date_falls_back_to_received() -> None:
    content = b"Received: from x by y; Mon, 20 Jul 2009 10:00:00 +0200\nFrom: a@b.example\nDate: soon\n\nx"
    assert parse(content).sent_at == datetime(2009, 7, 20, 8, tzinfo=UTC)
    assert "date-broken" in codes(content)


def test_arrival_of_a_file_is_its_newest_received_header() -> None:
    content = (
        b"Received: from b by c; Mon, 20 Jul 2009 12:00:00 +0200\nReceived: from a by b; Mon, 20 Jul 2009 10:00:00 +0200\n"
        b"Date: Sun, 19 Jul 2009 10:00:00 +0200\n\nx"
    )
    assert received_date(content) == datetime(2009, 7, 20, 10, tzinfo=UTC)
    assert received_date(b"Date: Sun, 19 Jul 2009 10:00:00 +0200\n\nx") == datetime(2009, 7, 19, 8, tzinfo=UTC)


def test_deep_nesting_is_bounded() -> None:
    content = b"From: a@b.example\n"
    for level in range(60):
        content += f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n".encode()
    assert "mime-too-large" in codes(content + b"\nx")


@given(st.binary(max_size=400))
def test_never_raises(content: bytes) -> None:
    message = parse(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n" + content)
    message.body.encode("utf-8", "surrogatepass")
    message.subject.encode()


@pytest.mark.parametrize(
    ("content", "is_mail"),
    [(make_email(), True), (b"\x89PNG\r\n", False), (b"Dear all,\n\nhello", False), (b"", False), (b"a: b\n\n", False)],
)
def test_what_is_mail(content: bytes, is_mail: bool) -> None:
    assert looks_like_mail(content) is is_mail
