"""Rich Text Format, read through striprtf."""

from __future__ import annotations

from striprtf.striprtf import rtf_to_text

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """RTF is seven-bit by its specification (1.9.1, "Unicode RTF"); raw 8-bit bytes are read as Latin-1 code units."""
    return Extracted(rtf_text(attachment.content))


def rtf_text(content: bytes) -> str:
    return rtf_to_text(content.decode("latin-1"), errors="replace").strip()
