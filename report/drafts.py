"""Drafts of mail that a person sends: acknowledgements of replies, reminders to States.

The words are templates in the consultation's folder, templates/<kind>.<language>.txt: a line `Subject: …`, an empty line, the
text. They may name {state}, {reference}, {title}, {deadline}, {mailbox}; an acknowledgement also {received}, {subject}, {topics}.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal

from core.errors import ConsultationError
from report.mail import POLICY
from report.names import Names

Kind = Literal["acknowledgement", "reminder"]
ANSWERED_KINDS: Final = ("proposal", "correction", "no_proposal", "enquiry")
"""Kinds of reply that are acknowledged; automatic mail, delivery reports, spam and the rest never are."""

_ROBOTS: Final = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|.*-(request|owner)|owner-.*)$", re.I
)

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]+>")
"""Other words than one visible token in brackets are no header of ours (RFC 5322, section 3.6.4)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply that a draft answers."""

    message_id: str
    address: str
    subject: str
    received_on: date
    references: str = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a draft is for; `key` names the reply or the State."""

    kind: Kind
    key: str
    to: str
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Template:
    subject: str
    text: str


def wants_no_answer(header: Callable[[str], str], address: str) -> str | None:
    """Why no answer may go to that mail (RFC 3834, section 2), or None. `header` gives a header's value or ""."""
    submitted = header("Auto-Submitted").split(";")[0].strip().lower()
    precedence = header("Precedence").strip().lower()
    reasons = {
        f"Auto-Submitted: {submitted}": submitted not in ("", "no"),
        "an empty Return-Path": header("Return-Path").strip() == "<>",
        f"Precedence: {precedence}": precedence in ("bulk", "junk", "list"),
        "a mailing list": bool(header("List-Id") or header("List-Unsubscribe")),
        "X-Auto-Response-Suppress": header("X-Auto-Response-Suppress").strip().lower() in ("all", "autoreply"),
        f"a sender that no person reads, {address}": bool(_ROBOTS.match(address.rpartition("@")[0])),
    }
    return next((why for why, holds in reasons.items() if holds), None)


def load_template(folder: Path, kind: Kind, language: str) -> Template:
    """The template in that language, else in English. Raises ConsultationError: none, or one without a subject."""
    for code in (language, "en"):
        file = folder / "templates" / f"{kind}.{code}.txt"
        if file.is_file():
            head, _, text = file.read_text(encoding="utf-8").partition("\n\n")
            if not head.startswith("Subject:"):
                raise ConsultationError(f"{file} does not begin with 'Subject:'", "Begin it with a line 'Subject: …'")
            return Template(head.removeprefix("Subject:").strip(), text)
    raise ConsultationError(
        f"no template {kind}.{language}.txt in {folder / 'templates'}", f"Put one there, or {kind}.en.txt"
    )


def fields_of(names: Names, state: str | None) -> dict[str, str]:
    """What every template may name."""
    consultation, words = names.consultation, names.words
    return {
        "state": names.state(state),
        "reference": consultation.reference,
        "title": consultation.title.get(words.language) or consultation.title.get("en", ""),
        "deadline": words.day(consultation.deadline),
        "mailbox": consultation.mailbox,
    }


def acknowledgement_fields(names: Names, state: str | None, answered: Answered, topics: list[str]) -> dict[str, str]:
    return {
        **fields_of(names, state),
        "received": names.words.day(answered.received_on),
        "subject": answered.subject,
        "topics": names.words.joined(topics) or "–",
    }


def draft(template: Template, fields: Mapping[str, str], purpose: Purpose, sender: str, at: datetime) -> EmailMessage:
    """The mail, marked as not sent. The same purpose gives the same Message-ID: a mailbox holds it once."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(addr_spec=sender)
    if purpose.to:
        mail["To"] = Address(addr_spec=purpose.to)
    mail["Subject"] = _filled(template.subject, fields)
    mail["Date"] = format_datetime(at)
    mark = hashlib.sha256(f"{purpose.kind} {purpose.key}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<draft.{mark}@{sender.rpartition('@')[2]}>"
    if purpose.answered is not None and _MESSAGE_ID.fullmatch(purpose.answered.message_id):
        mail["In-Reply-To"] = purpose.answered.message_id
        known = [*_MESSAGE_ID.findall(purpose.answered.references)[-9:], purpose.answered.message_id]
        mail["References"] = " ".join(known)
    mail["X-Unsent"] = "1"  # mail programs open the file for editing
    text = _filled(template.text, fields)
    mail.set_content(text, cte="quoted-printable" if text.isascii() else "base64")
    return mail


def _filled(text: str, fields: Mapping[str, str]) -> str:
    try:
        return (
            " ".join(text.format_map(fields).split(" ")) if "\n" in text else " ".join(text.format_map(fields).split())
        )
    except (KeyError, ValueError, IndexError) as error:
        raise ConsultationError(
            f"a template names {error}, which there is not",
            f"It may name {', '.join('{' + name + '}' for name in fields)}",
        ) from None
