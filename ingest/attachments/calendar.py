"""Calendar entries (iCalendar, RFC 5545): what the meeting is, when, where, and what is written about it."""

from __future__ import annotations

from typing import Final

from icalendar import Calendar

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits

SHOWN: Final = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "ORGANIZER", "DESCRIPTION", "COMMENT")
KINDS: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL"})


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """A block of lines for each entry, an empty line between them."""
    calendar = Calendar.from_ical(attachment.content)
    entries = [entry for entry in calendar.walk() if entry.name in KINDS][: limits.max_files]
    blocks = ["\n".join(_line(entry, name) for name in SHOWN if name in entry) for entry in entries]
    return Extracted("\n\n".join(blocks))


def _line(entry: object, name: str) -> str:
    value = entry.get(name)  # type: ignore[attr-defined]
    shown = value.dt.isoformat() if hasattr(value, "dt") else str(value)
    return shown if name in ("DESCRIPTION", "COMMENT") else f"{name.title()}: {shown}"
