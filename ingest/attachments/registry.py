"""Which module reads which family. Modules are imported when first needed: each brings a library of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Reader
from ingest.attachments.detect import family_of

READERS: Final = {
    "text": "ingest.attachments.text:read",
    "html": "ingest.attachments.markup:read",
    "pdf": "ingest.attachments.pdf:read",
    "docx": "ingest.attachments.docx:read",
    "odt": "ingest.attachments.odt:read",
    "rtf": "ingest.attachments.rtf:read",
    "image": "ingest.attachments.image:read",
    "message": "ingest.attachments.message:read",
}


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The text of one file. Never raises: a broken or unknown file gives a Problem."""
    if not attachment.content:
        return Extracted(problems=(Problem("attachment-empty", attachment.name),))
    if len(attachment.content) > limits.max_mib * 1024 * 1024:
        return Extracted(problems=(Problem("attachment-too-large", attachment.name, f"over {limits.max_mib} MiB"),))
    family = family_of(attachment)
    if family is None:
        return Extracted(problems=(Problem("attachment-unknown", attachment.name, attachment.content_type),))
    try:
        return _bounded(_reader(family)(attachment, limits), attachment, limits)
    except Exception as error:  # noqa: BLE001 - third-party readers over hostile files; the file is kept and flagged
        detail = f"{family}: {type(error).__name__}: {error}"[:500]
        return Extracted(problems=(Problem("attachment-unreadable", attachment.name, detail),))


def _reader(family: str) -> Reader:
    module, _, name = READERS[family].partition(":")
    return cast(Reader, getattr(import_module(module), name))


def _bounded(found: Extracted, attachment: Attachment, limits: Limits) -> Extracted:
    if len(found.text) <= limits.max_text:
        return found
    problem = Problem("text-too-long", attachment.name, f"cut at {limits.max_text} characters")
    return Extracted(
        text=found.text[: limits.max_text],
        origin=found.origin,
        confidence=found.confidence,
        mail=found.mail,
        problems=(*found.problems, problem),
        children=found.children,
    )
