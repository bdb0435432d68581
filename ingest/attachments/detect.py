"""What family a file belongs to: by its content, and only then by its name or label."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from core.model import Attachment

MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"BM", "image"),
)
OPEN_DOCUMENT: Final = {b"application/vnd.oasis.opendocument.text": "odt"}
NAMES: Final = {
    "txt": "text",
    "text": "text",
    "csv": "text",
    "md": "text",
    "html": "html",
    "htm": "html",
    "eml": "message",
}
PDF_WINDOW: Final = 1024
"""Readers accept "%PDF-" anywhere in the first kilobyte (ISO 32000-1, annex H, note 13)."""


def family_of(attachment: Attachment) -> str | None:
    """The reader's family for that file, or None when nothing here can read it."""
    content = attachment.content
    if attachment.content_type in ("message/rfc822", "message/global"):
        return "message"
    for magic, family in MAGIC:
        if content.startswith(magic):
            return family
    if b"%PDF-" in content[:PDF_WINDOW]:
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return _in_zip(content)
    return _by_text(attachment)


def _in_zip(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                return "docx"
            if "mimetype" in names:
                return OPEN_DOCUMENT.get(archive.read("mimetype")[:100].strip())
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return None
    return None


def _by_text(attachment: Attachment) -> str | None:
    head = attachment.content[:4096]
    suffix = attachment.name.rpartition(".")[2].lower()
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or attachment.content_type == "text/html":
        return "html"
    if suffix in NAMES:
        return NAMES[suffix]
    return "text" if attachment.content_type.startswith("text/") else None
