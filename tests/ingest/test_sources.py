from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from core.errors import SourceError
from core.model import RawMessage
from ingest.parse import parse
from ingest.sources import Refused, read_letter, read_mail
from tests.make import NOON, make_email


def test_eml_and_folder(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(make_email("a"))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.eml").write_bytes(make_email("b"))
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = list(read_mail(tmp_path))
    assert [parse(item.content).body.strip() for item in found if isinstance(item, RawMessage)] == ["a", "b"]
    assert [item.path.name for item in found if isinstance(item, Refused)] == ["photo.png"]


def test_mbox_with_quoted_from_lines(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    box.add(mailbox.mboxMessage(make_email("first\nFrom here on")))
    box.add(mailbox.mboxMessage(make_email("second")))
    box.close()
    bodies = [parse(item.content).body for item in read_mail(tmp_path / "box") if isinstance(item, RawMessage)]
    assert bodies[0].splitlines()[:2] == ["first", "From here on"]
    assert len(bodies) == 2


def test_maildir(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(make_email("one"))
    box.add(make_email("two"))
    assert len(list(read_mail(tmp_path / "box"))) == 2


def test_a_file_that_is_no_mail_is_refused_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.4 ...")
    with pytest.raises(SourceError, match=r"is no mail.*--via post"):
        list(read_mail(path))
    with pytest.raises(SourceError, match="no such file"):
        list(read_mail(tmp_path / "nothing.eml"))


def test_arrival_comes_from_the_mail(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(make_email())
    [raw] = read_mail(tmp_path / "a.eml")
    assert isinstance(raw, RawMessage)
    assert raw.received_at == NOON


def test_letter_becomes_a_message_and_the_same_one_twice(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.4 scan")
    first = read_letter(path, "post", NOON, "JPN")
    again = read_letter(path, "post", NOON, "JPN")
    assert first.digest == again.digest
    assert (first.channel, first.stated_state, first.received_at) == ("post", "JPN", NOON)
    [attachment] = parse(first.content).attachments
    assert (attachment.name, attachment.content) == ("letter.pdf", b"%PDF-1.4 scan")


def test_letter_of_an_unknown_form(tmp_path: Path) -> None:
    path = tmp_path / "letter.exe"
    path.write_bytes(b"MZ")
    with pytest.raises(SourceError, match="Scan it to PDF"):
        read_letter(path, "fax", NOON, None)
