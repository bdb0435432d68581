"""Bytes to text, whatever the label says. Nothing is dropped: the raw message keeps what cannot be decoded."""

from __future__ import annotations

import codecs
import re
from email.header import decode_header
from typing import Final

from charset_normalizer import from_bytes

from core.model import Problem

SUPERSETS: Final = {
    # What mail programs write, and what the bytes then really are: the larger set reads the smaller one too.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
}
UNKNOWN: Final = frozenset({"", "unknown-8bit", "x-unknown", "8bit", "default", "binary"})
FALLBACK: Final = "cp1252"


_UNPRINTABLE: Final = {code: "\ufffd" for code in (0, *range(0xD800, 0xE000))}


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates, which no database or UTF-8 file takes, as U+FFFD; offsets stay."""
    if text.isascii() and "\0" not in text:
        return text
    return text.translate(_UNPRINTABLE)


def decode(data: bytes, declared: str | None, where: str = "") -> tuple[str, tuple[Problem, ...]]:
    """Text of `data`, and a Problem where its label was missing a codec or did not fit the bytes."""
    label = (declared or "").strip().strip("\"'").lower()
    if label not in UNKNOWN:
        codec = SUPERSETS.get(label, label)
        try:
            if codecs.lookup(codec)._is_text_encoding:
                return data.decode(codec), ()
        except LookupError:
            pass
        except UnicodeDecodeError:
            pass
    text, codec = _guess(data)
    if data.isascii() or (label in UNKNOWN and codec == "utf-8"):
        return text, ()
    code = "charset-missing" if label in UNKNOWN else "charset-wrong"
    return text, (Problem(code, where, f"labelled {label or 'nothing'}, read as {codec}"),)


def decode_header_value(value: object, where: str = "") -> tuple[str, tuple[Problem, ...]]:
    """A header's value with encoded words (RFC 2047) and raw 8-bit characters decoded, and unfolded.

    `value` is what the email package keeps: a str in which bytes beyond ASCII are surrogates (PEP 383), or a Header.
    """
    raw = str(value) if not hasattr(value, "encode") or isinstance(value, str) else value.encode()
    unfolded = re.sub(r"\r?\n[ \t]*", " ", raw)
    problems: list[Problem] = []
    if _has_surrogates(unfolded):
        text, found = decode(unfolded.encode("ascii", "surrogateescape"), None, where)
        return text.strip(), (*found, Problem("header-8bit", where, "raw 8-bit characters in a header"))
    pieces: list[str] = []
    for data, charset in _joined(_decoded_words(unfolded, where, problems)):
        if isinstance(data, str):
            pieces.append(data)
            continue
        text, found = decode(data, charset, where)
        pieces.append(text)
        problems.extend(found)
    return storable("".join(pieces)).strip(), tuple(problems)


def _decoded_words(text: str, where: str, problems: list[Problem]) -> list[tuple[bytes | str, str | None]]:
    try:
        return decode_header(text)
    except (ValueError, LookupError) as error:
        problems.append(Problem("encoded-word-broken", where, str(error)))
        return [(text, None)]


def _joined(words: list[tuple[bytes | str, str | None]]) -> list[tuple[bytes | str, str | None]]:
    """Neighbours of one charset as one: senders cut multi-byte characters in two, against RFC 2047, section 5."""
    joined: list[tuple[bytes | str, str | None]] = []
    for data, charset in words:
        if joined and isinstance(data, bytes) and isinstance(joined[-1][0], bytes) and joined[-1][1] == charset:
            joined[-1] = (joined[-1][0] + data, charset)
        else:
            joined.append((data, charset))
    return joined


def _has_surrogates(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _guess(data: bytes) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    best = from_bytes(data).best()
    if best is not None:
        codec = SUPERSETS.get(best.encoding, best.encoding)
        return data.decode(codec, "replace"), codec
    return data.decode(FALLBACK, "replace"), FALLBACK
