"""Bytes -> Message. Pure, and never raises: what cannot be read becomes a Problem on the message.

mail-parser reads addresses, dates, Received headers and defects; bodies and parts are taken by our own walk
of the MIME tree, since mail-parser drops parts without a file name and flattens forwarded messages.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import logging
import re
from datetime import UTC, datetime
from email.message import Message as MimeMessage
from typing import Final

import mailparser

from core.model import Message, Problem, digest_of
from ingest.charsets import decode_header_value
from ingest.dates import arrivals, is_plausible, parse_date
from ingest.mime import MimeLimits, Walk, bounded, charset_of, read_tree

DEFAULT_LIMITS: Final = MimeLimits()
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)  # it logs whole headers; here they become Problems
Headers = tuple[tuple[str, str], ...]


def parse(content: bytes, limits: MimeLimits = DEFAULT_LIMITS) -> Message:
    """Read one message (RFC 5322, RFC 2045 to 2049)."""
    try:
        return _parse(content, limits)
    except Exception as error:  # noqa: BLE001 - bytes from anyone: whatever breaks, the message is kept and flagged
        problem = Problem("parse-failed", "message", f"{type(error).__name__}: {error}")
        return Message(message_id=_made_id(content), problems=(problem,))


def _parse(content: bytes, limits: MimeLimits) -> Message:
    problems: list[Problem] = []
    mime = read_tree(bounded(content, limits, problems), problems)
    headers = _headers(mime, problems)
    reader = _read_headers(mime, problems)
    walk = Walk(problems, limits)
    walk.visit(mime)
    body, origin = walk.body()
    name, address = _sender(headers, problems)
    return Message(
        message_id=_message_id(headers, content, problems),
        subject=_first(headers, "subject"),
        from_address=address,
        from_name=name,
        sent_at=_sent_at(reader, headers, problems),
        in_reply_to=_first(headers, "in-reply-to"),
        headers=headers,
        body=body,
        body_origin=origin,
        attachments=tuple(walk.attachments),
        problems=tuple(problems),
    )


def received_date(content: bytes) -> datetime | None:
    """When a message read from a file arrived: its newest Received header, else its Date (UTC); None without either."""
    head = email.message_from_bytes(content.split(b"\r\n\r\n", 1)[0].split(b"\n\n", 1)[0] + b"\n\n")
    received = arrivals([("received", str(value)) for value in head.get_all("received", [])])
    return received[0] if received else parse_date(str(head.get("date", "")))


def looks_like_mail(content: bytes) -> bool:
    """Whether the bytes begin with a header section that has at least one header of a mail."""
    known = {"from", "date", "subject", "received", "message-id", "to", "return-path", "mime-version"}
    head = content.lstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")[:65536]
    if head.startswith(b"From "):
        head = head.split(b"\n", 1)[-1]
    for line in head.splitlines():
        if not line.strip():
            return False
        if line[:1] in b" \t":
            continue
        name, colon, _ = line.partition(b":")
        if not colon or not re.fullmatch(rb"[!-9;-~]+[ \t]*", name):
            return False
        if name.strip().lower().decode("ascii") in known:
            return True
    return False


def _headers(mime: MimeMessage, problems: list[Problem]) -> Headers:
    """Every header, decoded; raw 8-bit ones by the charset that the first text names."""
    hint = next((label for part in mime.walk() if not part.is_multipart() and (label := charset_of(part))), None)
    decoded = []
    for name, value in mime.raw_items():
        text, found = decode_header_value(value, name, hint)
        decoded.append((name.lower(), text))
        problems.extend(found)
    return tuple(decoded)


def _read_headers(mime: MimeMessage, problems: list[Problem]) -> mailparser.MailParser | None:
    try:
        reader = mailparser.MailParser(mime)
        problems.extend(Problem("mime-defect", "message", name) for name in sorted(reader.defects_categories))
        return reader
    except Exception as error:  # noqa: BLE001 - a third-party parser over hostile bytes; our own walk goes on
        problems.append(Problem("header-parser-failed", "message", f"{type(error).__name__}: {error}"))
        return None


def _first(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _message_id(headers: Headers, content: bytes, problems: list[Problem]) -> str:
    found = re.search(r"<[^<>\s]+>", _first(headers, "message-id"))
    if found:
        return found.group()
    if bare := _first(headers, "message-id").strip():
        return f"<{bare.strip('<>').strip()}>"
    problems.append(Problem("message-id-missing", "message-id"))
    return _made_id(content)


def _made_id(content: bytes) -> str:
    """A stable Message-ID for mail without one, under a name that can never be real (RFC 2606)."""
    return f"<{digest_of(content)[:32]}@missing-message-id.invalid>"


def _sender(headers: Headers, problems: list[Problem]) -> tuple[str, str]:
    for name in ("from", "sender", "reply-to", "return-path"):
        if value := _first(headers, name):
            display, address = email.utils.parseaddr(value)
            if "@" not in address and (found := re.search(r"[^\s<>,;\"']+@[^\s<>,;\"']+", value)):
                address, display = found.group(), value[: found.start()].strip(" <\"'")
            if "@" in address:
                return display.strip().strip("\"'"), address.strip().lower()
            if name == "from":
                problems.append(Problem("from-unreadable", "from", value[:200]))
                return value.strip(), ""
    problems.append(Problem("from-missing", "from"))
    return "", ""


def _sent_at(reader: mailparser.MailParser | None, headers: Headers, problems: list[Problem]) -> datetime | None:
    """The Date header where it says a moment that the relays' clocks allow, else the oldest Received header."""
    value = _first(headers, "date")
    received = arrivals(list(headers))
    moment = parse_date(value)
    if moment is None and reader is not None and value and isinstance(reader.date, datetime):
        moment = parse_date(reader.date.replace(tzinfo=UTC).isoformat())  # mail-parser gives naive UTC
    if moment is not None and is_plausible(moment, received):
        return moment
    code = "date-missing" if not value else "date-broken" if moment is None else "date-implausible"
    problems.append(Problem(code, "date", value[:200]))
    return received[-1] if received else moment
