"""A report as a mail: text and HTML with its charts, and the files that go with it.

All of it is 7-bit with lines under 998 octets (RFC 5321, section 4.5.3.1.6), so that no server on the way has a reason to encode
it anew, and a DKIM signature laid on it stays good. It says that a program made it, so that no program answers (RFC 3834).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Final

from report.document import Document
from report.render import RENDERERS
from report.render.html import html_with
from report.render.text import to_text
from report.render.typ import pictures
from report.style import Style

TYPES: Final = {
    "pdf": ("application", "pdf"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends to whom, as `Name <address>`."""

    sender: str
    recipients: tuple[str, ...]
    at: datetime


def report_mail(document: Document, style: Style, envelope: Envelope, name: str, attach: Sequence[str]) -> EmailMessage:
    """The mail of a report; `name` is its files' name without suffix, and gives its Message-ID."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(envelope.sender)
    mail["To"] = [_address(recipient) for recipient in envelope.recipients]
    mail["Subject"] = f"{document.reference}: {document.title}. {document.subtitle}"
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = message_id(name, envelope)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        to_text(document, style), cte="base64" if document.language in ("ar", "zh", "ru") else "quoted-printable"
    )
    _add_page(mail, document, style, name)
    for form in attach:
        main, sub = TYPES[form]
        mail.add_attachment(RENDERERS[form](document, style), maintype=main, subtype=sub, filename=f"{name}.{form}")
    mail["Content-Language"] = document.language  # last: adding parts moves Content- headers into the first of them
    return mail


def message_id(name: str, envelope: Envelope) -> str:
    """The same report to the same recipients has the same Message-ID: a second copy is known as one."""
    domain = parseaddr(envelope.sender)[1].rpartition("@")[2] or "localhost"
    mark = hashlib.sha256("\n".join([name, envelope.sender, *envelope.recipients]).encode()).hexdigest()[:24]
    return f"<{name}.{mark}@{domain}>"


def addresses(recipients: Sequence[str]) -> list[str]:
    """The bare addresses, for the SMTP dialogue."""
    return [address for _, address in getaddresses(list(recipients)) if address]


def _add_page(mail: EmailMessage, document: Document, style: Style, name: str) -> None:
    """The HTML alternative, with its charts beside it (multipart/related, RFC 2387)."""
    domain = mail["Message-ID"].strip("<>").rpartition("@")[2]
    made = pictures(document, style)
    known: Mapping[str, str] = {chart: f"{name}.{chart}@{domain}" for chart in made}
    mail.add_alternative(html_with(document, style, lambda chart: f"cid:{known[chart]}"), subtype="html", cte="base64")
    page = mail.get_payload()[1]  # type: ignore[index]
    for chart, content in made.items():
        page.add_related(  # type: ignore[union-attr]
            content, "image", "png", cid=f"<{known[chart]}>", filename=f"{chart}.png", disposition="inline"
        )


def _address(written: str) -> Address:
    name, address = parseaddr(written)
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain.encode("idna").decode())
