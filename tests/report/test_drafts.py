"""Drafts: who gets one, in which language, and where it lies. None is ever sent."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.config import load_config
from core.consultation import Consultation
from core.errors import ConsultationError
from ingest.drafts import append_drafts
from report.drafts import load_template, wants_no_answer
from tests.make import REPOSITORY, make_email, make_raw, make_reading
from tests.servers import dovecot_program, running_dovecot
from worker.drafting import Draft, Passed, acknowledgements, put, read_contacts, reminders
from worker.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Egypt's reply in Arabic, an automatic one that was taken for a reply, spam, and a letter by post."""
    office = Office(load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(tmp_path / "data")}))
    mails = [
        ("<egy@x>", "EGY", "proposal", {"Reply-To": "note@egypt.example", "References": "<note@un.example>"}, "mail"),
        ("<robot@x>", "KEN", "no_proposal", {"Auto-Submitted": "auto-replied"}, "mail"),
        ("<spam@x>", None, "spam", {}, "mail"),
        ("<post@x>", "JPN", "proposal", {}, "post"),
    ]
    with office.writer() as writer:
        for message_id, state, kind, headers, channel in mails:
            raw = make_raw(make_email(message_id=message_id, headers=headers), channel=channel)
            office.archive.put(raw)
            reading = make_reading(message_id, raw=raw, state=state, kind=kind)
            writer.save([reading])
        writer.db.execute("UPDATE messages SET language = 'ar' WHERE state = 'EGY'")
    return office


def drafts_of(office: Office) -> list[Draft]:
    with office.reader() as reader:
        return [each for each in acknowledgements(office, reader) if isinstance(each, Draft)]


def test_each_reply_is_acknowledged_in_its_language(office: Office) -> None:
    egypt, japan = drafts_of(office)
    assert (egypt.mail["To"], egypt.mail["In-Reply-To"]) == ("note@egypt.example", "<egy@x>")
    assert egypt.mail["References"] == "<note@un.example> <egy@x>"
    assert "استلام" in str(egypt.mail["Subject"])
    assert "مصر" in egypt.mail.get_content()
    assert "(ب)" in egypt.mail.get_content()
    assert (japan.mail["To"], japan.mail["In-Reply-To"]) == (None, None), (
        "a letter by post has no address and no thread"
    )
    assert "Japan" in japan.mail.get_content()


def test_automatic_mail_and_spam_get_none(office: Office) -> None:
    with office.reader() as reader:
        passed = [each for each in acknowledgements(office, reader) if isinstance(each, Passed)]
    assert [(each.message_id, each.why) for each in passed] == [("<robot@x>", "Auto-Submitted: auto-replied")]


def test_drafts_are_written_once(office: Office) -> None:
    folder = Path(put(office, "acknowledgement", drafts_of(office), to_mailbox=False))
    assert len(list(folder.glob("*.eml"))) == 2
    mail = email.message_from_bytes(next(folder.glob("*EGY*")).read_bytes(), policy=email.policy.default)
    assert mail["X-Unsent"] == "1"
    assert drafts_of(office) == []


def test_silent_states_get_reminders(office: Office, tmp_path: Path) -> None:
    with office.reader() as reader:
        made = {each.subject: each.mail for each in reminders(office, reader)}
    assert "EGY" not in made
    assert "FRA" in made
    assert made["FRA"]["To"] is None
    assert "France" in made["FRA"].get_content()


def test_contacts(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("state,address,language\nFRA,mission@france.example,fr\n", encoding="utf-8")
    assert read_contacts(file) == {"FRA": ("mission@france.example", "fr")}
    file.write_text("state,address,language\nFRA,nowhere,fr\n", encoding="utf-8")
    with pytest.raises(ConsultationError, match="not a contact"):
        read_contacts(file)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-generated; x=y"),
        ("Return-Path", "<>"),
        ("Precedence", "Bulk"),
        ("List-Id", "<news.example>"),
        ("X-Auto-Response-Suppress", "All"),
    ],
)
def test_mail_that_no_answer_may_go_to(header: str, value: str) -> None:
    assert wants_no_answer(lambda name: value if name == header else "", "mission@x.example")


@pytest.mark.parametrize("address", ["MAILER-DAEMON@x.example", "no-reply@x.example", "owner-list@x.example"])
def test_senders_that_no_person_reads(address: str) -> None:
    assert wants_no_answer(lambda name: "", address)
    assert not wants_no_answer(lambda name: "no" if name == "Auto-Submitted" else "", "mission@x.example")


@pytest.mark.parametrize("language", ["ar", "zh", "en", "fr", "ru", "es"])
@pytest.mark.parametrize("kind", ["acknowledgement", "reminder"])
def test_there_is_a_template_in_each_language(consultation: Consultation, kind: str, language: str) -> None:
    template = load_template(consultation.folder, kind, language)  # type: ignore[arg-type]
    assert "{reference}" in template.subject
    assert "{state}" in template.text


def test_wrong_templates_say_what_to_do(consultation: Consultation, tmp_path: Path) -> None:
    with pytest.raises(ConsultationError, match=r"no template reminder\.fr\.txt"):
        load_template(tmp_path, "reminder", "fr")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "reminder.fr.txt").write_text("Bonjour")
    with pytest.raises(ConsultationError, match="does not begin with"):
        load_template(tmp_path, "reminder", "fr")


@pytest.mark.skipif(dovecot_program() is None, reason="Dovecot runs as root")
def test_drafts_show_in_the_mailbox(office: Office, tmp_path: Path) -> None:
    mails = [(each.mail["Message-ID"], each.mail.as_bytes()) for each in drafts_of(office)]
    with running_dovecot(tmp_path) as server:
        with server.client() as client:
            client.create_folder("Drafts")
        account = server.account()
        assert append_drafts(account, "Drafts", mails) == 2
        assert append_drafts(account, "Drafts", mails) == 0, "a second run doubles nothing"
        with server.client() as client:
            client.select_folder("Drafts", readonly=True)
            shown = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[]"])
    assert all(b"\\Draft" in fields[b"FLAGS"] for fields in shown.values())
    subjects = [_parsed(fields[b"BODY[]"])["Subject"] for fields in shown.values()]
    assert any("استلام" in subject for subject in subjects)


def _parsed(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail
