"""Word 97 to 2003 documents ([MS-DOC]): the piece table tells where each stretch of text lies in the stream."""

from __future__ import annotations

import bisect
import io
import re
import struct
from collections.abc import Iterator
from typing import Final

import olefile

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Unreadable

WORD: Final = 0xA5EC
ENCRYPTED: Final = 0x0100
TABLE_1: Final = 0x0200
CLX: Final = 0x01A2
"""Offset of fcClx in the FIB ([MS-DOC] 2.5.6); fcPlcfBteChpx stands at 0x00FA."""
CHARACTER_RUNS: Final = 0x00FA
DELETED: Final = 0x0800
"""sprmCFRMarkDel ([MS-DOC] 2.6.1): deleted while changes were tracked."""
OPERAND_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
REPLACED: Final = {0x07: "\n", 0x0B: "\n", 0x0C: "\n\n", 0x0D: "\n", 0x1E: "-", 0x09: "\t", 0xA0: " "}


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """Main text, footnotes, headers, text boxes, in the order of the file; what was deleted under revision is left out.

    Raises Unreadable for encrypted documents and for formats older than Word 97.
    """
    with olefile.OleFileIO(io.BytesIO(attachment.content)) as ole:
        stream = ole.openstream("WordDocument").read()
        identity, _, _, _, _, flags = struct.unpack_from("<6H", stream)
        if identity != WORD:
            raise Unreadable("attachment-unknown", "older than Word 97")
        if flags & ENCRYPTED:
            raise Unreadable("attachment-encrypted", "Word document with a password")
        table = ole.openstream("1Table" if flags & TABLE_1 else "0Table").read()
    deleted = _deleted(stream, table)
    characters = "".join(_pieces(stream, table, deleted))
    return Extracted(_plain(characters), problems=_about(deleted, attachment))


def _about(deleted: list[tuple[int, int]], attachment: Attachment) -> tuple[Problem, ...]:
    return (Problem("tracked-changes", attachment.name, "deleted text left out"),) if deleted else ()


def _pieces(stream: bytes, table: bytes, deleted: list[tuple[int, int]]) -> Iterator[str]:
    """Each piece's text ([MS-DOC] 2.9.177): 16-bit, or 8-bit where `fc` says that it is compressed."""
    start, length = struct.unpack_from("<II", stream, CLX)
    pieces = _piece_table(table[start : start + length])
    count = (len(pieces) - 4) // 12
    positions = struct.unpack_from(f"<{count + 1}I", pieces)
    for index in range(count):
        (where,) = struct.unpack_from("<I", pieces, (count + 1) * 4 + index * 8 + 2)
        characters = positions[index + 1] - positions[index]
        if where & 0x40000000:
            offset, size, codec = (where & 0x3FFFFFFF) // 2, 1, "cp1252"
        else:
            offset, size, codec = where & 0x3FFFFFFF, 2, "utf-16-le"
        for begin, end in _kept(offset, offset + characters * size, deleted):
            yield stream[begin:end].decode(codec, "replace")


def _piece_table(clx: bytes) -> bytes:
    """The PlcPcd within a Clx ([MS-DOC] 2.9.38), behind any number of property records."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    if at >= len(clx) or clx[at] != 2:
        raise Unreadable("attachment-unreadable", "no piece table")
    (length,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + length]


def _deleted(stream: bytes, table: bytes) -> list[tuple[int, int]]:
    """Stretches of the stream that tracked changes have deleted, in order ([MS-DOC] 2.8.5, 2.9.33)."""
    start, length = struct.unpack_from("<II", stream, CHARACTER_RUNS)
    count = max(0, (length - 4) // 8)
    found = []
    for (page,) in struct.iter_unpack("<I", table[start + (count + 1) * 4 : start + (count + 1) * 4 + count * 4]):
        block = stream[(page & 0x3FFFFF) * 512 :][:512]
        runs = block[511] if len(block) == 512 else 0
        bounds = struct.unpack_from(f"<{runs + 1}I", block) if runs else ()
        for index in range(runs):
            at = block[(runs + 1) * 4 + index] * 2
            if at and _marks_deleted(block[at + 1 : at + 1 + block[at]]):
                found.append((bounds[index], bounds[index + 1]))
    return sorted(found)


def _marks_deleted(properties: bytes) -> bool:
    at = 0
    while at + 2 < len(properties):
        (code,) = struct.unpack_from("<H", properties, at)
        if code == DELETED:
            return properties[at + 2] == 1
        size = OPERAND_SIZES.get(code >> 13, 0) or 1 + properties[at + 2]
        at += 2 + size
    return False


def _kept(start: int, end: int, deleted: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    index = bisect.bisect_left(deleted, (start, start)) - 1
    for begin, finish in deleted[max(0, index) :]:
        if begin >= end:
            break
        if finish <= start:
            continue
        if begin > start:
            yield start, begin
        start = max(start, finish)
    if start < end:
        yield start, end


def _plain(characters: str) -> str:
    """Without field codes (what stands between 0x13 and 0x14; the result up to 0x15 stays) and without marks."""
    while (shorter := re.sub(r"\x13[^\x13\x14\x15]*(?:\x14([^\x13\x15]*))?\x15", r"\1", characters)) != characters:
        characters = shorter
    text = characters.translate(REPLACED)
    text = re.sub(r"[\x00-\x08\x0e-\x1f]", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
