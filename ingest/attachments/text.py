"""Plain text files."""

from __future__ import annotations

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits
from ingest.charsets import decode

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The file's text, its charset told by a byte order mark or found out."""
    marked = next((codec for mark, codec in BYTE_ORDER_MARKS if attachment.content.startswith(mark)), None)
    text, problems = decode(attachment.content, marked, attachment.name)
    missing_label_only = tuple(problem for problem in problems if problem.code != "charset-missing")
    return Extracted(text.replace("\r\n", "\n").replace("\r", "\n"), problems=missing_label_only)
