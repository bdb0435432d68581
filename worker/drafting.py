"""Writes drafts: acknowledgements of replies and reminders to silent States, as .eml files or in the mailbox's Drafts folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from core.clock import now
from core.errors import ArchiveError, ConsultationError
from core.model import LANGUAGES
from ingest.drafts import append_drafts
from report.drafts import (
    ANSWERED_KINDS,
    Answered,
    Kind,
    Purpose,
    acknowledgement_fields,
    draft,
    fields_of,
    load_template,
    wants_no_answer,
)
from report.names import Names
from report.weekly import weekly_summary
from report.weekly_page import shortened
from report.weeks import Week, office_day
from store.drafts import last_address, note_written, proposed_in, replies_to_acknowledge, written
from store.read import Reader, Row
from worker.office import Office
from worker.reporting import write_whole

CONTACTS: Final = "contacts.csv"
"""In the consultation's folder, where there is one: state, address, language."""


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str
    """The reply's digest, or the State's code."""
    name: str
    """Of its file."""
    mail: EmailMessage


@dataclass(frozen=True, slots=True)
class Passed:
    """A reply that gets no acknowledgement, and why."""

    message_id: str
    why: str


def acknowledgements(office: Office, reader: Reader) -> Iterator[Draft | Passed]:
    """One for each reply that has none yet; Passed for mail that no answer may go to."""
    done = written(reader, "acknowledgement")
    names = _names(office, reader)
    for row in replies_to_acknowledge(reader, ANSWERED_KINDS):
        if row["sha256"] not in done:
            yield _acknowledgement(office, reader, row, names)


def _acknowledgement(office: Office, reader: Reader, row: Row, names: Callable[[str], Names]) -> Draft | Passed:
    try:
        headers = BytesHeaderParser().parsebytes(office.archive.get(row["sha256"]))
    except ArchiveError as error:
        return Passed(row["message_id"], error.what)
    if row["channel"] == "mail" and (
        why := wants_no_answer(lambda name: str(headers.get(name, "")), row["from_address"])
    ):
        return Passed(row["message_id"], why)
    address = parseaddr(str(headers.get("Reply-To", "")))[1] or row["from_address"]
    posted = row["channel"] != "mail"
    answered = Answered(
        message_id="" if posted else row["message_id"],
        address="" if posted or not _is_address(address) else address,
        subject=row["subject"],
        received_on=office_day(row["received_at"], office.consultation),
        references="" if posted else " ".join(str(headers.get("References", "")).split()),
    )
    own = names(row["language"] or "en")
    topics = [_topic(own, topic) for topic in proposed_in(reader, row["reply_id"])]
    fields = acknowledgement_fields(own, row["state"], answered, topics)
    mail = _mail(office, Purpose("acknowledgement", row["sha256"], answered.address, answered), own, fields)
    return Draft(row["sha256"], f"acknowledgement-{row['state'] or 'unknown'}-{row['sha256'][:12]}.eml", mail)


def reminders(office: Office, reader: Reader) -> Iterator[Draft]:
    """One for each silent State that has none yet, to its known address if there is one."""
    done = written(reader, "reminder")
    names = _names(office, reader)
    contacts = read_contacts(office.consultation.folder / CONTACTS)
    today = now().astimezone(office.consultation.zone).date()
    summary = weekly_summary(reader, office.consultation, Week.of(today))
    for state in (code for row in summary.statuses for code in row.silent):
        if state in done:
            continue
        seen = last_address(reader, state) or {"from_address": "", "language": None}
        address, language = contacts.get(state) or (seen["from_address"], seen["language"] or "en")
        own = names(language)
        to = address if _is_address(address) else ""
        mail = _mail(office, Purpose("reminder", state, to), own, fields_of(own, state))
        yield Draft(state, f"reminder-{state}.eml", mail)


def read_contacts(file: Path) -> dict[str, tuple[str, str]]:
    """State -> (address, language). Raises ConsultationError for a row that is not so."""
    if not file.is_file():
        return {}
    contacts = {}
    with file.open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            state, address, language = (str(row.get(key) or "").strip() for key in ("state", "address", "language"))
            if len(state) != 3 or not _is_address(address) or language not in LANGUAGES:
                raise ConsultationError(
                    f"{file}: not a contact: {row}",
                    "Give columns state (alpha-3), address, language (ar zh en fr ru es)",
                )
            contacts[state] = (address, language)
    return contacts


def put(office: Office, kind: Kind, drafts: list[Draft], to_mailbox: bool) -> str:
    """Put drafts where they are wanted, and note that. Returns the place."""
    if to_mailbox:
        account = office.accounts()[0]
        place = f"{account.where} {office.config.drafts.folder}"
        append_drafts(
            account, office.config.drafts.folder, [(each.mail["Message-ID"], each.mail.as_bytes()) for each in drafts]
        )
    else:
        folder = office.config.data_dir / "drafts"
        place = str(folder)
        for each in drafts:
            write_whole(folder / each.name, each.mail.as_bytes())
    note_written(office.config.database, kind, [each.subject for each in drafts], place, now())
    return place


def _mail(office: Office, purpose: Purpose, names: Names, fields: dict[str, str]) -> EmailMessage:
    template = load_template(office.consultation.folder, purpose.kind, names.language)
    sender = parseaddr(office.config.drafts.sender)[1] or office.consultation.mailbox
    return draft(template, fields, purpose, sender, now())


def _topic(names: Names, topic: Row) -> str:
    return names.area(topic["area"]) if topic["area"] else f"“{shortened(topic['quote'], 200)}”"


def _names(office: Office, reader: Reader) -> Callable[[str], Names]:
    known: dict[str, Names] = {}

    def of(language: str) -> Names:
        code = language if language in LANGUAGES else "en"
        return known.setdefault(code, Names(reader, office.consultation, code))

    return of


def _is_address(address: str) -> bool:
    user, _, domain = address.rpartition("@")
    return bool(user and domain) and address.isascii() and not any(char.isspace() or char in "<>,;" for char in address)
