"""Forwarded messages (message/rfc822): their head and body as text, their attachments as files to be read in turn."""

from __future__ import annotations

from typing import Final

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits
from ingest.parse import parse

SHOWN_HEADERS: Final = ("from", "date", "to", "subject")


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The forwarded mail as a mail client shows it: From, Date, To, Subject, an empty line, the body."""
    message = parse(attachment.content)
    head = [f"{name.title()}: {message.header(name)}" for name in SHOWN_HEADERS if message.header(name)]
    return Extracted(
        text="\n".join([*head, "", message.body]),
        mail=True,
        problems=message.problems,
        children=message.attachments,
    )
