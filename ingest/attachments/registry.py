"""Which module reads which family. Modules are imported when first needed: each brings a library of its own.

docs/formats.md says the same in words; a test holds them together.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from importlib import import_module
from typing import Final, cast

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Reader, Unreadable
from ingest.attachments.detect import family_of

READERS: Final = {
    "text": "ingest.attachments.text:read",
    "html": "ingest.attachments.markup:read",
    "pdf": "ingest.attachments.pdf:read",
    "doc": "ingest.attachments.doc:read",
    "docx": "ingest.attachments.docx:read",
    "odt": "ingest.attachments.odt:read",
    "rtf": "ingest.attachments.rtf:read",
    "sheet": "ingest.attachments.sheet:read",
    "pptx": "ingest.attachments.pptx:read",
    "calendar": "ingest.attachments.calendar:read",
    "image": "ingest.attachments.image:read",
    "heic": "ingest.attachments.image:read_heic",
    "message": "ingest.attachments.message:read",
    "msg": "ingest.attachments.msg:read",
    "tnef": "ingest.attachments.tnef:read",
    "bundle": "ingest.attachments.bundle:read",
    "gzip": "ingest.attachments.bundle:read_gzip",
}
ZIPPED: Final = frozenset({"docx", "odt", "pptx", "sheet"})
"""Families that are zip files within: what they inflate to is counted before a library opens them."""


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The text of one file. Never raises: a broken or unknown file gives a Problem."""
    if not attachment.content:
        return _only(Problem("attachment-empty", attachment.name))
    if len(attachment.content) > limits.max_mib * 1024 * 1024:
        return _only(Problem("attachment-too-large", attachment.name, f"over {limits.max_mib} MiB"))
    family: str | None = None
    try:
        family = family_of(attachment)
        if family is None:
            return _only(Problem("attachment-unknown", attachment.name, attachment.content_type))
        if family in ZIPPED:
            _count_unpacked(attachment.content, limits)
        return _bounded(_reader(family)(attachment, limits), attachment, limits)
    except Unreadable as error:
        return _only(Problem(error.code, attachment.name, str(error)))
    except MemoryError:
        return _only(Problem("attachment-memory", attachment.name, f"more than {limits.memory_mib} MiB"))
    except Exception as error:  # noqa: BLE001 - third-party readers over hostile files; the file is kept and flagged
        detail = f"{family}: {type(error).__name__}: {error}"[:500]
        return _only(Problem("attachment-unreadable", attachment.name, detail))


def _only(problem: Problem) -> Extracted:
    return Extracted(problems=(problem,))


def _reader(family: str) -> Reader:
    module, _, name = READERS[family].partition(":")
    return cast(Reader, getattr(import_module(module), name))


def _count_unpacked(content: bytes, limits: Limits) -> None:
    """Inflate every member once, in blocks, without trusting the sizes that its directory claims."""
    if not content.startswith(b"PK"):
        return  # xls
    left = limits.unpacked_mib * 1024 * 1024
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                while block := stream.read(65536):
                    left -= len(block)
                    if left < 0:
                        raise Unreadable("unpacked-too-large", f"more than {limits.unpacked_mib} MiB when unpacked")


def _bounded(found: Extracted, attachment: Attachment, limits: Limits) -> Extracted:
    if len(found.text) <= limits.max_text:
        return found
    problem = Problem("text-too-long", attachment.name, f"cut at {limits.max_text} characters")
    return replace(found, text=found.text[: limits.max_text], problems=(*found.problems, problem))
