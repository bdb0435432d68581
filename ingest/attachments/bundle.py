"""Files in one: zip, 7z, tar and gzip, through libarchive. What they inflate to is counted while it inflates."""

from __future__ import annotations

import gzip
import io
from typing import Final

import libarchive
from libarchive.exception import ArchiveError

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Unreadable
from ingest.mime import safe_name

BLOCK: Final = 65536


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The files within, to be read in their turn. Raises Unreadable behind a password."""
    children: list[Attachment] = []
    problems: list[Problem] = []
    left = limits.unpacked_mib * 1024 * 1024
    try:
        with libarchive.memory_reader(attachment.content) as archive:
            for number, entry in enumerate(archive, 1):
                if number > limits.max_files:
                    problems.append(Problem("files-skipped", attachment.name, f"first {limits.max_files} read"))
                    break
                if not entry.isfile:
                    continue
                content = _inflated(entry.get_blocks(BLOCK), left)
                if content is None:
                    detail = f"more than {limits.unpacked_mib} MiB when unpacked"
                    problems.append(Problem("unpacked-too-large", attachment.name, detail))
                    break
                left -= len(content)
                name = safe_name(entry.pathname or "") or f"file-{number}"
                children.append(Attachment(name, "application/octet-stream", content, f"{attachment.part}.{number}"))
    except ArchiveError as error:
        if "assphrase" in str(error) or "ncrypt" in str(error):
            raise Unreadable("attachment-encrypted", "an archive with a password") from None
        problems.append(Problem("attachment-unreadable", attachment.name, str(error)[:200]))
    return Extracted(problems=tuple(problems), children=tuple(children))


def read_gzip(attachment: Attachment, limits: Limits) -> Extracted:
    """A gzip file (RFC 1952): a tar archive, or one file without its ending."""
    most = limits.unpacked_mib * 1024 * 1024
    with gzip.GzipFile(fileobj=io.BytesIO(attachment.content)) as stream:
        content = _inflated(iter(lambda: stream.read(BLOCK), b""), most)
    if content is None:
        raise Unreadable("unpacked-too-large", f"more than {limits.unpacked_mib} MiB when unpacked")
    name = attachment.name.removesuffix(".gz").removesuffix(".tgz") or "file"
    return Extracted(children=(Attachment(name, "application/octet-stream", content, f"{attachment.part}.1"),))


def _inflated(blocks: object, most: int) -> bytes | None:
    content = bytearray()
    for block in blocks:  # type: ignore[attr-defined]
        content += block
        if len(content) > most:
            return None
    return bytes(content)
