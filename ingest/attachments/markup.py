"""HTML files."""

from __future__ import annotations

import re

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits
from ingest.charsets import decode
from ingest.html import page_text


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The page's visible text; its charset from a meta element (HTML Living Standard, 4.2.5.4), else found out."""
    declared = re.search(rb"charset\s*=\s*[\"']?([\w.:-]+)", attachment.content[:4096], re.IGNORECASE)
    label = declared.group(1).decode("ascii") if declared else "utf-8"
    text, problems = decode(attachment.content, label, attachment.name)
    shown, cut = page_text(text, attachment.name)
    return Extracted(shown, problems=(*problems, *cut))
