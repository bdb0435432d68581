"""Encodings within a text: format=flowed, uuencoded and BinHex files, and the frame of an inline PGP signature."""

from __future__ import annotations

import binascii
import re
from typing import Final

from core.model import Problem

UU_BEGIN: Final = re.compile(r"^begin(?:-base64)? ([0-7]{3,4}) (\S[^\n]{0,200})$", re.MULTILINE)
UU_END: Final = re.compile(r"^(?:end|====)[ \t]*$", re.MULTILINE)
PGP_SIGNED: Final = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: [^\n]*\n)*\n(.*?)^-----BEGIN PGP SIGNATURE-----\n.*?(?:^-----END PGP SIGNATURE-----[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
PGP_ENCRYPTED: Final = "-----BEGIN PGP MESSAGE-----"


def unflow(text: str, delsp: bool) -> str:
    """Lines of a paragraph joined again (RFC 3676, section 4): a line that ends in a space goes on in the next.

    Quoted lines of one depth are joined among themselves; a signature's "-- " is never joined.
    """
    lines: list[str] = []
    depth = 0
    flowing = False
    for raw in text.split("\n"):
        quoted = re.match(r">*", raw)
        marks = len(quoted.group()) if quoted else 0
        line = raw[marks:].removeprefix(" ")  # space-stuffing
        if flowing and marks == depth and line != "-- ":
            lines[-1] += line
        else:
            lines.append(("> " * marks if marks else "") + line)
        flowing = line.endswith(" ") and line != "-- "
        depth = marks
        if flowing and delsp:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)


def take_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """(text without them, [(name, content)]) for files uuencoded in a body, as before MIME (POSIX uuencode)."""
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    at = 0
    while begin := UU_BEGIN.search(text, at):
        end = UU_END.search(text, begin.end())
        bottom = end.start() if end else len(text)
        data = _uudecoded(text[begin.end() : bottom], begin.group().startswith("begin-base64"))
        if data is None:  # the word "begin" in a text
            kept.append(text[at : begin.end()])
            at = begin.end()
            continue
        files.append((begin.group(2).strip(), data))
        kept.append(text[at : begin.start()])
        at = end.end() if end else len(text)
    return "".join([*kept, text[at:]]), files


def _uudecoded(block: str, base64: bool) -> bytes | None:
    lines = [line for line in block.split("\n") if line.strip() and line.strip() != "`"]
    if not lines:
        return None
    data = bytearray()
    for line in lines:
        try:
            data += binascii.a2b_base64(line) if base64 else binascii.a2b_uu(line.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError, ValueError):
            repaired = _repaired_uu(line)
            if repaired is None:
                return bytes(data) if data else None
            data += repaired
    return bytes(data)


def _repaired_uu(line: str) -> bytes | None:
    """A line with trailing spaces lost or garbage behind it: the first character tells how much of it counts."""
    wanted = ((ord(line[0]) - 32) & 63) * 4 // 3 + 4 if line else 0
    try:
        return binascii.a2b_uu(line.ljust(wanted)[:wanted].encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None


def unframe_pgp(text: str, where: str) -> tuple[str, tuple[Problem, ...]]:
    """A cleartext-signed body without its frame (RFC 9580, section 7); a Problem where the body is encrypted."""
    if PGP_ENCRYPTED in text:
        return text, (Problem("encrypted", where, "PGP"),)

    def plain(frame: re.Match[str]) -> str:
        return re.sub(r"^- ", "", frame.group(1), flags=re.MULTILINE)

    return PGP_SIGNED.sub(plain, text), ()


# --- BinHex 4.0 (RFC 1741) -----------------------------------------------------------------------

HQX_ALPHABET: Final = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
RUN: Final = 0x90


def binhex_file(content: bytes) -> tuple[str, bytes] | None:
    """(name, data fork) of a BinHex file, or None when it is none."""
    found = re.search(rb"\(This file must be converted with BinHex[^\n]*\n\s*:([^:]*):?", content)
    if not found:
        return None
    values = [HQX_ALPHABET.find(chr(byte)) for byte in found.group(1) if byte not in b"\r\n\t "]
    if -1 in values:
        return None
    data = _unrun(_six_to_eight(values))
    if len(data) < 1 or len(data) < data[0] + 22:
        return None
    name = data[1 : 1 + data[0]].decode("mac_roman", "replace")
    header = 1 + data[0] + 1  # the name and its version byte
    length = int.from_bytes(data[header + 10 : header + 14], "big")
    start = header + 20
    return name, data[start : start + length]


def _six_to_eight(values: list[int]) -> bytes:
    bits = count = 0
    out = bytearray()
    for value in values:
        bits = (bits << 6 | value) & 0xFFFFFF
        count += 6
        if count >= 8:
            count -= 8
            out.append(bits >> count & 0xFF)
    return bytes(out)


def _unrun(data: bytes) -> bytes:
    """Runs undone: a byte, 0x90, how often it stands there; 0x90 0x00 is the byte 0x90."""
    out = bytearray()
    at = 0
    while at < len(data):
        if data[at] != RUN:
            out.append(data[at])
            at += 1
            continue
        times = data[at + 1] if at + 1 < len(data) else 0
        if times == 0:
            out.append(RUN)
        elif out:
            out.extend(out[-1:] * (times - 1))
        at += 2
    return bytes(out)
