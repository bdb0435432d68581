"""Messages saved by Outlook ([MS-OXMSG]), through python-oxmsg: read as a forwarded mail."""

from __future__ import annotations

from typing import Any, Final

from oxmsg import Message

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits
from ingest.html import html_to_text

ADDRESS: Final = 0x0C1F
"""PidTagSenderEmailAddress ([MS-OXPROPS] 2.1006)."""


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The message as a mail client shows it; its attachments are files to be read in turn."""
    message = Message.load(attachment.content)
    body = message.body or (html_to_text(message.html_body) if message.html_body else "")
    head = [
        f"{name}: {value}"
        for name, value in (
            ("From", _sender(message)),
            ("Date", message.sent_date),
            ("To", "; ".join(recipient.email_address or recipient.name for recipient in message.recipients)),
            ("Subject", message.subject),
        )
        if value
    ]
    children = tuple(
        Attachment(
            item.file_name or f"part-{number}.bin",
            item.mime_type or "application/octet-stream",
            item.file_bytes,
            f"{attachment.part}.{number}",
        )
        for number, item in enumerate(message.attachments, 1)
        if item.attached_by_value and item.file_bytes
    )
    text = "\n".join([*head, "", body.replace("\r\n", "\n").strip()])
    return Extracted(text, mail=True, children=children)


def _sender(message: Any) -> str:
    return str(message.sender or message.properties.str_prop_value(ADDRESS) or "")
