"""Bytes -> Message. Pure, and never raises: what cannot be read becomes a Problem on the message.

mail-parser reads addresses, dates, Received headers and defects; bodies and parts are taken by our own walk
of the MIME tree, since mail-parser drops parts without a file name and flattens forwarded messages.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as MimeMessage
from typing import Final, cast

import mailparser

from core.model import Attachment, Message, Origin, Problem, digest_of
from ingest.charsets import decode, decode_header_value
from ingest.html import html_to_text

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 500
TEXT_TYPES: Final = frozenset({"text/plain", "text/html"})
EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "message/rfc822": "eml",
}
MIN_PLAIN_SHARE: Final = 0.5
"""A plain alternative with less than this share of the HTML's letters is a stub ("please view as HTML")."""


def parse(content: bytes) -> Message:
    """Read one message (RFC 5322, RFC 2045 to 2049)."""
    try:
        return _parse(content)
    except Exception as error:  # noqa: BLE001 - bytes from anyone: whatever breaks, the message is kept and flagged
        problem = Problem("parse-failed", "message", f"{type(error).__name__}: {error}")
        return Message(message_id=_made_id(content), problems=(problem,))


def _parse(content: bytes) -> Message:
    problems: list[Problem] = []
    mime = email.message_from_bytes(content, policy=email.policy.compat32)
    headers = _headers(mime, problems)
    reader = _read_headers(mime, problems)
    walk = _Walk(problems)
    walk.visit(mime, "", 0)
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
    for value in head.get_all("received", []):
        if (moment := _date(str(value).rsplit(";", 1)[-1])) is not None:
            return moment
    return _date(str(head.get("date", "")))


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


def _headers(mime: MimeMessage, problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    decoded = []
    for name, value in mime.raw_items():
        text, found = decode_header_value(value, name)
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


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _message_id(headers: tuple[tuple[str, str], ...], content: bytes, problems: list[Problem]) -> str:
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


def _sender(headers: tuple[tuple[str, str], ...], problems: list[Problem]) -> tuple[str, str]:
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


def _sent_at(
    reader: mailparser.MailParser | None, headers: tuple[tuple[str, str], ...], problems: list[Problem]
) -> datetime | None:
    value = _first(headers, "date")
    if (moment := _date(value)) is not None:
        return moment
    if reader is not None and value and isinstance(reader.date, datetime):
        return reader.date.replace(tzinfo=UTC)  # mail-parser gives naive UTC
    problems.append(Problem("date-broken" if value else "date-missing", "date", value[:200]))
    for key, received in headers:
        if key == "received" and (moment := _date(received.rsplit(";", 1)[-1])) is not None:
            return moment
    return None


def _date(value: str) -> datetime | None:
    """An RFC 5322 date (section 3.3, and the obsolete forms of 4.3) in UTC."""
    try:
        moment = email.utils.parsedate_to_datetime(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@dataclass
class _Walk:
    """One pass over the MIME tree: text parts that are the body, and everything else as attachments."""

    problems: list[Problem]
    texts: list[tuple[str, Origin]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    parts: int = 0

    def visit(self, part: MimeMessage, number: str, depth: int) -> None:
        self.parts += 1
        if depth > MAX_DEPTH or self.parts > MAX_PARTS:
            self.problems.append(Problem("mime-too-large", number, "nesting or number of parts beyond the limit"))
            return
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            self._attach(part, number or "1", _embedded(part))
        elif part.is_multipart():
            self._multipart(part, kind, number, depth)
        elif self._is_body(part, kind):
            self.texts.append(self._text(part, kind, number))
        else:
            self._attach(part, number or "1", _payload(part))

    def body(self) -> tuple[str, Origin]:
        kept = [(text, origin) for text, origin in self.texts if text.strip()]
        if not kept:
            return "", "plain"
        return "\n\n".join(text for text, _ in kept), kept[0][1]

    def _multipart(self, part: MimeMessage, kind: str, number: str, depth: int) -> None:
        children = part.get_payload()
        if not isinstance(children, list):
            self.problems.append(Problem("multipart-empty", number, kind))
            return
        if kind == "multipart/alternative":
            self._alternative(cast(list[MimeMessage], children), number, depth)
            return
        for index, child in enumerate(children, 1):
            self.visit(child, _below(number, index), depth + 1)

    def _alternative(self, children: list[MimeMessage], number: str, depth: int) -> None:
        """The same content in several forms (RFC 2046, section 5.1.4): the plain one, unless it is a stub."""
        branches = []
        for index, child in enumerate(children, 1):
            branch = _Walk(self.problems, parts=self.parts)
            branch.visit(child, _below(number, index), depth + 1)
            self.parts = branch.parts
            self.attachments.extend(branch.attachments)
            branches.append(branch.body())
        plain = next((body for body in branches if body[1] == "plain" and body[0].strip()), None)
        rich = next((body for body in reversed(branches) if body[1] == "html" and body[0].strip()), None)
        if plain and rich and len(_letters(plain[0])) < MIN_PLAIN_SHARE * len(_letters(rich[0])):
            plain = None
        if chosen := plain or rich:
            self.texts.append(chosen)

    def _is_body(self, part: MimeMessage, kind: str) -> bool:
        named = part.get_filename() is not None
        return kind in TEXT_TYPES and not named and part.get_content_disposition() != "attachment"

    def _text(self, part: MimeMessage, kind: str, number: str) -> tuple[str, Origin]:
        text, found = decode(_payload(part), _charset(part), number or "body")
        self.problems.extend(found)
        if kind == "text/html":
            return html_to_text(text), "html"
        return text.replace("\r\n", "\n").replace("\r", "\n"), "plain"

    def _attach(self, part: MimeMessage, number: str, content: bytes) -> None:
        kind = part.get_content_type()
        name, found = decode_header_value(part.get_filename() or "", number)
        self.problems.extend(found)
        self.attachments.append(
            Attachment(
                name=_safe_name(name) or f"part-{number}.{EXTENSIONS.get(kind, 'bin')}",
                content_type=kind,
                content=content,
                part=number,
                inline=part.get_content_disposition() == "inline" or "content-id" in part,
            )
        )


def _below(number: str, index: int) -> str:
    return f"{number}.{index}" if number else str(index)


def _charset(part: MimeMessage) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None  # a broken parameter says as little as a missing one


def _payload(part: MimeMessage) -> bytes:
    """The part's bytes, its transfer encoding undone."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _embedded(part: MimeMessage) -> bytes:
    """The bytes of a message within the message; base64 around it, which RFC 2046 forbids, is undone too."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload:
        inner = cast(MimeMessage, payload[0])
        encoded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
        if encoded and not inner.keys() and isinstance(inner.get_payload(), str):
            inner["content-transfer-encoding"] = "base64"
            return _payload(inner)
        return inner.as_bytes(policy=email.policy.compat32)
    return _payload(part)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _safe_name(name: str) -> str:
    """The name without folders and control characters: it is shown, and written beside others."""
    base = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", base).strip()[:200]
