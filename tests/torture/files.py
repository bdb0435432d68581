"""Makers of the files that the torture cases carry: each format by its library, or byte by byte where none writes it."""

from __future__ import annotations

import binascii
import io
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docx
import libarchive
import openpyxl
import pptx as pptx_library
import pypdf
from docx.oxml import OxmlElement
from PIL import Image
from pptx.util import Inches

ISO_2022_CN = b"\x1b$)A\x0eVP9z\x0f\r\n"
"""The word for China (RFC 1922)."""


def png(width: int, height: int) -> bytes:
    return picture(Image.new("L", (width, height), 200), "PNG")


def picture(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    defaults: dict[str, Any] = {} if form == "PDF" else {"dpi": (200, 200)}
    image.save(buffer, form, **{**defaults, **options})
    return buffer.getvalue()


def heic(image: Image.Image) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.png"), Path(folder, "a.heic")
        image.convert("RGB").save(source)
        subprocess.run(["heif-enc", "-q", "80", str(source), "-o", str(target)], check=True, capture_output=True)
        return target.read_bytes()


def uuencoded(name: str, content: bytes) -> str:
    lines = [binascii.b2a_uu(content[at : at + 45]).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n" + "".join(lines) + "`\nend\n"


def binhex(name: str, content: bytes) -> bytes:
    """RFC 1741, without its check sums, which no reader here looks at."""
    raw = (
        bytes([len(name)])
        + name.encode()
        + b"\x00TEXTttxt\x00\x00"
        + struct.pack(">II", len(content), 0)
        + b"\x00\x00"
        + content
        + b"\x00\x00"
    )
    data = raw.replace(b"\x90", b"\x90\x00")
    alphabet = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 6)
    coded = "".join(alphabet[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    lines = "\r\n".join(coded[at : at + 64] for at in range(0, len(coded), 64))
    return f"(This file must be converted with BinHex 4.0)\r\n:{lines}:\r\n".encode()


def tnef(body: str, name: str, content: bytes) -> bytes:
    """A winmail.dat ([MS-OXTNEF]): version, body, one attachment."""

    def attribute(level: int, code: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, code, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    rendering = struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
        + attribute(1, 0x0002800C, body.encode() + b"\x00")
        + attribute(2, 0x00069002, rendering)
        + attribute(2, 0x00018010, name.encode() + b"\x00")
        + attribute(2, 0x0006800F, content)
    )


def xlsx(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def pptx(text: str) -> bytes:
    slides = pptx_library.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[6])
    slide.shapes.add_textbox(Inches(1), Inches(1), Inches(5), Inches(1)).text_frame.text = text
    slide.notes_slide.notes_text_frame.text = "Notes of the speaker"
    buffer = io.BytesIO()
    slides.save(buffer)
    return buffer.getvalue()


def ics(text: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20090720T081500Z\r\nDTSTART:20090720T081500Z\r\nSUMMARY:Meeting\r\nDESCRIPTION:{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def docx_tracked(kept: str, struck: str, added: str) -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph(kept + " ")
    for tag, inner, words in (("w:del", "w:delText", struck), ("w:ins", "w:t", added)):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


# --- Compound files ([MS-CFB]) -------------------------------------------------------------------

FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
Tree = Mapping[str, "bytes | Tree"]


def ole(tree: Tree) -> bytes:
    """A compound file of the given streams and storages, as Outlook and Word write them."""
    entries: list[list[Any]] = [["Root Entry", 5, b"", NONE]]
    _entries(tree, 0, entries)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini, mini_fat = bytearray(), []
    starts = []
    for _, kind, data, *_ in entries:
        if kind != 2 or not data:
            starts.append(END)
        elif len(data) < 4096:
            starts.append(_chain_mini(data, mini, mini_fat))
        else:
            starts.append(_chain(data, sectors, fat))
    starts[0] = _chain(bytes(mini), sectors, fat) if mini else END
    mini_fat_start = (
        _chain(struct.pack(f"<{len(mini_fat)}I", *mini_fat), sectors, fat, fill=b"\xff") if mini_fat else END
    )
    directory = b"".join(
        _directory_entry(entry, index, entries, starts[index], len(mini) if index == 0 else len(entry[2]))
        for index, entry in enumerate(entries)
    )
    directory_start = _chain(directory, sectors, fat)
    count = 1
    while len(fat) + count > count * 128:
        count += 1
    fat_start = len(sectors)
    fat += [FAT_SECTOR] * count
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(count * 512, b"\xff")
    sectors += [table[at : at + 512] for at in range(0, len(table), 512)]
    difat = list(range(fat_start, fat_start + count)) + [FREE] * (109 - count)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory_start, 0, 4096, mini_fat_start, -(-len(mini_fat) // 128), END, 0
    )  # fmt: skip
    return header + struct.pack("<109I", *difat) + b"".join(sectors)


def _entries(tree: Tree, parent: int, entries: list[list[Any]]) -> None:
    names = sorted(tree, key=lambda name: (len(name), name.upper()))
    first = len(entries)
    entries[parent][3] = first if names else NONE
    for name in names:
        value = tree[name]
        entries.append([name, 2 if isinstance(value, bytes) else 1, value if isinstance(value, bytes) else b"", NONE])
    for offset in range(len(names)):
        entries[first + offset].append(first + offset + 1 if offset + 1 < len(names) else NONE)
    for offset, name in enumerate(names):
        value = tree[name]
        if not isinstance(value, bytes):
            _entries(value, first + offset, entries)


def _directory_entry(entry: list[Any], index: int, entries: list[list[Any]], start: int, size: int) -> bytes:
    name, kind, _, child, *right = entry
    coded = (name + "\0").encode("utf-16-le")
    sibling = right[0] if right else NONE
    return coded.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xIQQIQ", len(coded), kind, 1, NONE, sibling, child, 0, 0, 0, start, size
    )


def _chain(data: bytes, sectors: list[bytes], fat: list[int], fill: bytes = b"\0") -> int:
    first = len(sectors)
    pieces = [data[at : at + 512].ljust(512, fill) for at in range(0, len(data), 512)]
    sectors += pieces
    fat += [*range(first + 1, first + len(pieces)), END]
    return first


def _chain_mini(data: bytes, mini: bytearray, mini_fat: list[int]) -> int:
    first = len(mini) // 64
    count = -(-len(data) // 64)
    mini += data.ljust(count * 64, b"\0")
    mini_fat += [*range(first + 1, first + count), END]
    return first


def msg(subject: str, body: str, name: str, content: bytes) -> bytes:
    """A message saved by Outlook ([MS-OXMSG]), its texts in Unicode."""

    def text(value: str) -> bytes:
        return value.encode("utf-16-le")

    def fixed(code: int, kind: int, value: int) -> bytes:
        return struct.pack("<HHIQ", kind, code, 6, value)

    def variable(code: int, kind: int, size: int) -> bytes:
        return struct.pack("<HHIII", kind, code, 6, size, 0)

    streams = {
        "__substg1.0_001A001F": text("IPM.Note"),
        "__substg1.0_0037001F": text(subject),
        "__substg1.0_1000001F": text(body),
        "__substg1.0_0C1F001F": text("mission@mission.example"),
    }
    properties = (
        bytes(8)
        + struct.pack("<IIII", 0, 1, 0, 1)
        + bytes(8)
        + b"".join(variable(int(key[12:16], 16), 0x1F, len(value) + 2) for key, value in streams.items())
    )
    attachment = {
        "__substg1.0_3707001F": text(name),
        "__substg1.0_37010102": content,
    }
    attachment_properties = (
        bytes(8)
        + fixed(0x3705, 0x0003, 1)
        + variable(0x3707, 0x1F, len(text(name)) + 2)
        + variable(0x3701, 0x0102, len(content))
    )
    return ole(
        {
            **streams,
            "__properties_version1.0": properties,
            "__nameid_version1.0": {
                "__substg1.0_00020102": b"",
                "__substg1.0_00030102": b"",
                "__substg1.0_00040102": b"",
            },
            "__attach_version1.0_#00000000": {**attachment, "__properties_version1.0": attachment_properties},
        }
    )


# --- PDF -----------------------------------------------------------------------------------------


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of the given objects; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s>>\nstream\n" % (len(content), extra) + content + b"\nendstream"


def pdf_form(value: str) -> bytes:
    look = stream(
        b"/Tx BMC BT /F1 12 Tf 2 5 Td (" + value.encode("latin-1") + b") Tj ET EMC",
        b"/Type /XObject /Subtype /Form /BBox [0 0 400 20] /Resources << /Font << /F1 5 0 R >> >> ",
    )
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /DR << /Font << /F1 5 0 R >> >> >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Annots [4 0 R] /Resources << >> >>",
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (topic) /F 4 /V ("
            + value.encode("latin-1")
            + b") /Rect [50 700 450 720] /DA (/F1 12 Tf 0 g) /AP << /N 6 0 R >> >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            look,
        ]
    )


def pdf_locked(content: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt("secret", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def fat_pdf(size: int) -> bytes:
    """A page whose content inflates to `size` bytes of blanks."""
    packed = zlib.compress(b" " * size, 9)
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << >> >>",
            stream(packed, b"/Filter /FlateDecode "),
        ]
    )


def huge_page_pdf() -> bytes:
    """A page of 200 by 200 inches that is one picture of four dots."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 14400] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
            stream(b"14400 0 0 14400 0 0 cm /I Do"),
            stream(
                b"\x00\xff\xff\x00",
                b"/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 ",
            ),
        ]
    )


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R /Resources << >> >>"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % count,
            stream(b" "),
            *[page] * count,
        ]
    )


# --- archives ------------------------------------------------------------------------------------


def archive(kind: str, members: Mapping[str, bytes], **options: str) -> bytes:
    if kind == "zip" and not options:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, content in members.items():
                bundle.writestr(name, content)
        return buffer.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive")
        with libarchive.file_writer(str(path), kind, **options) as writer:
            for name, content in members.items():
                writer.add_file_from_memory(name, len(content), content)
        return path.read_bytes()


def locked_zip() -> bytes:
    return archive("zip", {"a.txt": b"closed words"}, options="zip:encryption=aes256", passphrase="secret")


def nested_zip(levels: int, content: bytes) -> bytes:
    for level in range(levels):
        content = archive("zip", {f"{level}.zip" if level else "a.txt": content})
    return content


def many_files(count: int) -> bytes:
    return archive("zip", {f"{number}.txt": b"x" for number in range(count)})


def fat_docx(size: int) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle,
        bundle.open("word/document.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(size // 1_000_000):
            member.write(b" " * 1_000_000)
    return buffer.getvalue()


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def _with_laughs(content: bytes, member: str, inside: str) -> bytes:
    """The same zip file with an entity that expands to two billion letters in one of its XML members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == member:
                text = data.decode("utf-8")
                head = text.index("?>") + 2 if text.startswith("<?xml") else 0
                at = text.index(inside) + len(inside)
                data = (text[:head] + LAUGHS + text[head:at] + "&j;" + text[at:]).encode()
            new.writestr(name, data)
    return buffer.getvalue()


def laughing_docx() -> bytes:
    return _with_laughs(docx_tracked("a", "b", "c"), "word/document.xml", "<w:ins><w:r><w:t>")


def laughing_xlsx() -> bytes:
    return _with_laughs(xlsx([["a"]]), "xl/workbook.xml", "<sheets>")


def laughing_odt() -> bytes:
    from samples.make import as_odt  # noqa: PLC0415 - only here

    return _with_laughs(as_odt("a", "en", "t"), "content.xml", "<text:p>")


def huge_png(width: int, height: int) -> bytes:
    """A one-bit picture of a billion dots in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    packed = b"".join(rows.compress(row * 1000) for _ in range(height // 1000)) + rows.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", packed)
        + chunk(b"IEND", b"")
    )


# --- MIME ----------------------------------------------------------------------------------------


def nested_mime(depth: int) -> bytes:
    head = b"From: a@b.example\r\nSubject: deep\r\nMessage-ID: <deep@torture.example>\r\n"
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    closing = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(depth)))
    return head + opening + b"Content-Type: text/plain\r\n\r\nThe innermost words.\r\n" + closing


def nested_messages(depth: int) -> bytes:
    content = b"From: a@b.example\r\nSubject: inmost\r\n\r\nThe innermost words.\r\n"
    for _ in range(depth):
        content = b"From: a@b.example\r\nSubject: outer\r\nContent-Type: message/rfc822\r\n\r\n" + content
    return content
