"""Builders with a default for everything, so that a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from core.model import (
    Assignment,
    Evidence,
    Message,
    Outcome,
    RawMessage,
    Reading,
    ReviewReason,
    Span,
    Text,
    Topic,
)
from store.write import Writer

NOON = datetime(2009, 7, 20, 12, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "samples"

AREAS = [{"letter": letter, "titles": {"en": f"Title of {letter}"}} for letter in "abcdefgh"]
STATES = [
    {"code": "KEN", "name": "Kenya", "names": {"en": "Kenya"}, "region": "African"},
    {"code": "PHL", "name": "Philippines", "names": {"en": "Philippines"}, "region": "Asian"},
    {"code": "SEN", "name": "Senegal", "names": {"en": "Senegal"}, "region": "African"},
]


def make_email(
    body: str = "Kenya proposes topic (b).",
    *,
    subject: str = "CU 2009/92 (A)",
    sender: str = "Permanent Mission of Kenya <mission@kenya.example>",
    date: datetime | None = NOON,
    message_id: str | None = "<one@test.example>",
    html: str | None = None,
    attachments: list[tuple[str, str, bytes]] | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A mail as bytes. `attachments` are (name, content type, content)."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "untoc.cop@unodc.org"
    mail["Subject"] = subject
    if date is not None:
        mail["Date"] = format_datetime(date)
    if message_id is not None:
        mail["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(body)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    for name, kind, content in attachments or []:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def make_raw(content: bytes | None = None, *, received_at: datetime = NOON, **fields: Any) -> RawMessage:
    return RawMessage(make_email() if content is None else content, received_at, **fields)


def make_topic(area: str | None = "b", quote: str = "Definition of key concepts", **fields: Any) -> Topic:
    evidence = Evidence("body", 0, len(quote), quote)
    assignments = (Assignment(area, fields.pop("confidence", 0.9), fields.pop("method", "model"), (evidence,)),)
    return Topic(quote, "body", 0, len(quote), assignments, "en", **fields)


def make_reading(
    message_id: str = "<one@test.example>",
    *,
    kind: str = "proposal",
    state: str | None = "KEN",
    topics: tuple[Topic, ...] | None = None,
    received_at: datetime = NOON,
    review: tuple[ReviewReason, ...] = (),
    text: str = "Definition of key concepts",
    late: bool = False,
    raw: RawMessage | None = None,
    **outcome: Any,
) -> Reading:
    """A reply as a worker hands it to the store."""
    given = raw or make_raw(make_email(text, message_id=message_id), received_at=received_at)
    proposing = kind in ("proposal", "correction")
    return Reading(
        raw=given,
        message=Message(message_id, subject="CU 2009/92 (A)", from_address="mission@kenya.example", body=text),
        texts=(Text("body", text, spans=(Span(0, len(text), "reply"),)),),
        outcome=Outcome(
            kind=kind,
            state=state,
            state_confidence=0.9,
            language="en",
            topics=(make_topic(),) if topics is None and proposing else topics or (),
            review=review,
            model="test",
            **outcome,
        ),
        late=late,
    )


def fresh_db(folder: Path) -> Writer:
    """An empty database with eight areas and three States."""
    writer = Writer(folder / "intake.db")
    writer.set_up(AREAS, STATES, {"reference": "CU 2009/92 (A)"})
    return writer
