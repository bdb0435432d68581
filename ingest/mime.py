"""The walk over the MIME tree (RFC 2045 to 2049): which texts are the body, and what is an attachment.

It is our own because mail-parser drops parts without a file name and flattens forwarded messages. Nothing is
decided by a part's name, nothing is lost: what is no body becomes an attachment, what cannot be read a Problem.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message as MimeMessage
from typing import Final, cast

from core.model import Attachment, Origin, Problem
from ingest.charsets import decode, decode_header_value
from ingest.cms import NotSigned, signed_content
from ingest.html import page_text
from ingest.transfer import binhex_file, take_uuencoded, unflow, unframe_pgp

NAMING: Final = frozenset({"content-type", "content-disposition"})
TEXT_TYPES: Final = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text"})
MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
ELSEWHERE: Final = frozenset({"message/partial", "message/external-body"})
"""A piece of a message that was cut up, or a link (RFC 2046, section 5.2)."""
SIGNED_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "application/ms-tnef": "dat",
    "application/pkcs7-signature": "p7s",
    "application/pgp-signature": "asc",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
}
MIN_PLAIN_SHARE: Final = 0.5
"""A plain alternative with less than this share of the HTML's letters is a stub ("please view as HTML")."""


@dataclass(frozen=True, slots=True)
class MimeLimits:
    """Bounds on one message; each is a key of config.toml's [messages]."""

    max_mib: int = 100
    max_parts: int = 500
    max_depth: int = 20
    header_kib: int = 1024
    html_elements: int = 100_000


def bounded(content: bytes, limits: MimeLimits, problems: list[Problem]) -> bytes:
    """`content` cut to what can be read in bounded time and memory; each cut is a Problem, the archive keeps all."""
    if len(content) > limits.max_mib * 1024 * 1024:
        problems.append(Problem("message-too-large", "message", f"first {limits.max_mib} MiB read"))
        content = content[: limits.max_mib * 1024 * 1024]
    break_ = re.search(rb"\r?\n\r?\n", content)
    head_end = break_.start() if break_ else len(content)
    if head_end > limits.header_kib * 1024:
        problems.append(Problem("header-too-large", "message", f"first {limits.header_kib} KiB read"))
        kept = content.rfind(b"\n", 0, limits.header_kib * 1024)
        content = content[: kept if kept > 0 else limits.header_kib * 1024] + content[head_end:]
    # Before the tree is built: a message of nothing but boundary lines takes kilobytes of memory a line.
    most = limits.max_parts * 20
    if content.count(b"\n--") > most:
        problems.append(Problem("mime-too-large", "message", "too many boundary lines; the rest is not read"))
        at = -1
        for _ in range(most):
            at = content.find(b"\n--", at + 1)
        content = content[:at]
    return content


def read_tree(content: bytes, problems: list[Problem]) -> MimeMessage:
    """The parsed tree; nesting deeper than the parser's own bound leaves the headers and the first text."""
    try:
        return email.message_from_bytes(content, policy=email.policy.compat32)
    except RecursionError:
        problems.append(Problem("mime-too-large", "message", "nested beyond all bounds"))
        flat = re.sub(rb"(?im)^content-type:[ \t]*multipart/[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", b"X-Nested: yes", content)
        return email.message_from_bytes(flat, policy=email.policy.compat32)


@dataclass
class Walk:
    """One pass over the MIME tree: text parts that are the body, and everything else as attachments."""

    problems: list[Problem]
    limits: MimeLimits = MimeLimits()
    texts: list[tuple[str, Origin]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    parts: int = 0

    def visit(self, part: MimeMessage, number: str = "", depth: int = 0) -> None:
        self.parts += 1
        if depth > self.limits.max_depth or self.parts > self.limits.max_parts:
            self._too_large(number)
            return
        kind = part.get_content_type()
        if kind in ELSEWHERE:
            self._elsewhere(part, kind, number or "1")
        elif kind in MESSAGE_TYPES:
            self._attach(part, number or "1", embedded(part))
        elif part.is_multipart():
            self._multipart(part, kind, number, depth)
        elif kind in SIGNED_TYPES:
            self._signed(part, number, depth)
        elif self._is_body(part, kind):
            self._take_text(part, kind, number)
        else:
            self._leaf(part, kind, number or "1")

    def body(self) -> tuple[str, Origin]:
        kept = [(text, origin) for text, origin in self.texts if text.strip()]
        if not kept:
            return "", "plain"
        return "\n\n".join(text for text, _ in kept), kept[0][1]

    def _too_large(self, number: str) -> None:
        if not any(problem.code == "mime-too-large" for problem in self.problems):
            self.problems.append(Problem("mime-too-large", number, "nesting or number of parts beyond the limit"))

    def _multipart(self, part: MimeMessage, kind: str, number: str, depth: int) -> None:
        children = part.get_payload()
        if not isinstance(children, list):
            self.problems.append(Problem("multipart-empty", number, kind))
            return
        if kind == "multipart/encrypted":
            self.problems.append(Problem("encrypted", number or "message", part.get_param("protocol", "") or kind))  # type: ignore[arg-type]
        if kind == "multipart/alternative":
            self._alternative(cast(list[MimeMessage], children), number, depth)
            return
        for index, child in enumerate(cast(list[MimeMessage], children), 1):
            self.visit(child, _below(number, index), depth + 1)

    def _alternative(self, children: list[MimeMessage], number: str, depth: int) -> None:
        """The same content in several forms (RFC 2046, section 5.1.4): the plain one, unless it is a stub."""
        branches = []
        for index, child in enumerate(children, 1):
            branch = Walk(self.problems, self.limits, parts=self.parts)
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
        return kind in TEXT_TYPES and not _file_name(part) and part.get_content_disposition() != "attachment"

    def _take_text(self, part: MimeMessage, kind: str, number: str) -> None:
        content = payload(part)
        label = charset_of(part) or (_meta_charset(content) if kind == "text/html" else None)
        text, found = decode(content, label, number or "body")
        self.problems.extend(found)
        if kind in ("text/html", "text/enriched", "text/richtext"):
            markup = text if kind == "text/html" else _without_enriched(text)
            text, found = page_text(markup, number or "body", self.limits.html_elements)
            self.problems.extend(found)
            self.texts.append((text, "html"))
            return
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if str(part.get_param("format", "")).lower() == "flowed":
            text = unflow(text, str(part.get_param("delsp", "")).lower() == "yes")
        text, found = unframe_pgp(text, number or "body")
        self.problems.extend(found)
        text, files = take_uuencoded(text)
        for index, (name, data) in enumerate(files, 1):
            self._add(name, "application/octet-stream", data, f"{number or '1'}.u{index}")
        self.texts.append((text, "plain"))

    def _signed(self, part: MimeMessage, number: str, depth: int) -> None:
        """S/MIME (RFC 8551, section 3.5.2): what was signed is a MIME entity within; what was encrypted stays closed."""
        try:
            inner = email.message_from_bytes(signed_content(payload(part)), policy=email.policy.compat32)
        except NotSigned as error:
            self.problems.append(Problem(error.code, number or "message", str(error)))
            self._attach(part, number or "1", payload(part))
        else:
            self.visit(inner, _below(number, 1), depth + 1)

    def _elsewhere(self, part: MimeMessage, kind: str, number: str) -> None:
        self.problems.append(Problem(kind.replace("/", "-"), number, "its content is elsewhere; nothing is fetched"))
        self._attach(part, number, embedded(part))

    def _leaf(self, part: MimeMessage, kind: str, number: str) -> None:
        content = payload(part)
        if kind in ("application/mac-binhex40", "application/binhex") and (found := binhex_file(content)):
            self._add(_file_name(part) or found[0], "application/octet-stream", found[1], number)
            return
        self._attach(part, number, content)

    def _attach(self, part: MimeMessage, number: str, content: bytes) -> None:
        kind = part.get_content_type()
        name, found = decode_header_value(_file_name(part), number)
        self.problems.extend(found)
        inline = part.get_content_disposition() == "inline" or "content-id" in part
        self._add(name, kind, content, number, inline=inline)

    def _add(self, name: str, kind: str, content: bytes, number: str, *, inline: bool = False) -> None:
        shown = safe_name(name) or f"part-{number}.{EXTENSIONS.get(kind, 'bin')}"
        self.attachments.append(Attachment(shown, kind, content, part=number, inline=inline))


def _below(number: str, index: int) -> str:
    return f"{number}.{index}" if number else str(index)


def _file_name(part: MimeMessage) -> str:
    """The file's name (RFC 2183, RFC 2231, and the older name= of Content-Type); "" for none or a broken one."""
    return str(_forgiving(_decoded_names(part).get_filename) or "")


def _decoded_names(part: MimeMessage) -> MimeMessage:
    """The part's two headers that name files, raw 8-bit characters in them decoded: the library takes those out."""
    raw = [(name, value) for name, value in part.raw_items() if name.lower() in NAMING and not _is_ascii(value)]
    if not raw:
        return part
    names = MimeMessage()
    for name, value in part.raw_items():
        if name.lower() in NAMING:
            names[name] = re.sub(r"[\r\n]+", " ", str(value) if _is_ascii(value) else decode_header_value(value)[0])
    return names


def _is_ascii(value: object) -> bool:
    return str(value).isascii()


def charset_of(part: MimeMessage) -> str | None:
    """The part's charset label; a broken parameter says as little as a missing one."""
    found = _forgiving(part.get_content_charset)
    return str(found) if found else None


def _forgiving(get: Callable[[], object]) -> object:
    try:
        return get()
    except (LookupError, ValueError, TypeError, AttributeError, email.errors.MessageError):
        return None


def _meta_charset(content: bytes) -> str | None:
    """What an unlabelled page says of itself (HTML Living Standard, 4.2.5.4)."""
    found = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]+)", content[:4096], re.IGNORECASE)
    return found.group(1).decode("ascii") if found else None


def _without_enriched(text: str) -> str:
    """text/enriched (RFC 1896): its commands are unknown elements to a browser, a blank line is a paragraph."""
    return "<p>" + text.replace("<<", "&lt;").replace("\n\n", "</p><p>") + "</p>"


def payload(part: MimeMessage) -> bytes:
    """The part's bytes, its transfer encoding undone (RFC 2045, section 6)."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError):  # uuencode and base64 that the library gives up on
        raw = part.get_payload()
        content = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""
    return content if isinstance(content, bytes) else b""


def embedded(part: MimeMessage) -> bytes:
    """The bytes of a message within the message; base64 around it, which RFC 2046 forbids, is undone too."""
    inner_part = part.get_payload()
    if isinstance(inner_part, list) and inner_part:
        inner = cast(MimeMessage, inner_part[0])
        encoded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
        if encoded and not inner.keys() and isinstance(inner.get_payload(), str):
            inner["content-transfer-encoding"] = "base64"
            return payload(inner)
        return _as_bytes(inner)
    return payload(part)


def _as_bytes(inner: MimeMessage) -> bytes:
    try:
        return inner.as_bytes(policy=email.policy.compat32)
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        # A header that cannot be written again; the texts can.
        texts = (payload(leaf) for leaf in inner.walk() if not leaf.is_multipart())
        return b"Content-Type: text/plain\n\n" + b"\n\n".join(texts)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def safe_name(name: str) -> str:
    """The name without folders, control and direction-changing characters: it is shown, and written beside others."""
    base = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", base).strip()[:200]
