"""What family a file belongs to: by its content, and only then by its name or label."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

import olefile

from core.model import Attachment
from ingest.attachments.base import Unreadable

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
    (b"7z\xbc\xaf\x27\x1c", "bundle"),
    (b"\x1f\x8b", "gzip"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"BEGIN:VCALENDAR", "calendar"),
)
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS: Final = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "sheet"),
    ("Book", "sheet"),
    ("__properties_version1.0", "msg"),
)
ZIP_MEMBERS: Final = (("word/document.xml", "docx"), ("ppt/presentation.xml", "pptx"), ("xl/workbook.xml", "sheet"))
OPEN_DOCUMENT: Final = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.text-template": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "sheet",
}
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"})
NAMES: Final = {
    "txt": "text",
    "text": "text",
    "csv": "text",
    "tsv": "text",
    "md": "text",
    "html": "html",
    "htm": "html",
    "eml": "message",
    "ics": "calendar",
}
PDF_WINDOW: Final = 1024
"""Readers accept "%PDF-" anywhere in the first kilobyte (ISO 32000-1, annex H, note 13)."""
TAR_MAGIC: Final = slice(257, 262)


def family_of(attachment: Attachment) -> str | None:
    """The reader's family for that file, or None when nothing here can read it.

    Raises Unreadable for a file that says of itself that it is encrypted.
    """
    content = attachment.content
    if attachment.content_type in ("message/rfc822", "message/global", "message/news"):
        return "message"
    for magic, family in MAGIC:
        if content.startswith(magic):
            return family
    if content.startswith(OLE):
        return _in_ole(content)
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return "heic"
    if b"%PDF-" in content[:PDF_WINDOW]:
        return "pdf"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(content)
    if content[TAR_MAGIC] == b"ustar":
        return "bundle"
    return _by_text(attachment)


def _in_ole(content: bytes) -> str | None:
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            family = next((family for name, family in OLE_STREAMS if ole.exists(name)), None)
    except OSError:
        return None
    if family == "encrypted":
        raise Unreadable("attachment-encrypted", "an Office file with a password")
    return family


def _in_zip(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            for member, family in ZIP_MEMBERS:
                if member in names:
                    return family
            if "mimetype" in names:
                return _open_document(archive)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return "bundle"  # libarchive reads on where the directory at the end is missing
    return "bundle"


def _open_document(archive: zipfile.ZipFile) -> str | None:
    with archive.open("mimetype") as member:
        family = OPEN_DOCUMENT.get(member.read(100).strip())
    if family is not None and "META-INF/manifest.xml" in archive.namelist():
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(1_000_000):
                raise Unreadable("attachment-encrypted", "an OpenDocument file with a password")
    return family


def _by_text(attachment: Attachment) -> str | None:
    head = attachment.content[:4096]
    suffix = attachment.name.rpartition(".")[2].lower()
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<!--")) and b"<html" in head.lower():
        return "html"
    if start.startswith((b"<!doctype html", b"<html")) or attachment.content_type == "text/html":
        return "html"
    if suffix in NAMES:
        return NAMES[suffix]
    if attachment.content_type == "text/calendar":
        return "calendar"
    if attachment.content_type.startswith("text/") or attachment.content_type == "message/delivery-status":
        return "text"
    return "text" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """A file without any name or label that says what it is, of UTF-8 or ASCII words."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text.strip()) and not re.search(r"[\x00-\x08\x0e-\x1f]", text) and " " in text
