"""Message -> texts: the body and what each attachment says, cut into labelled spans."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.model import BODY, Attachment, Message, Problem, Span, Text
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.sandbox import read_all
from ingest.charsets import readable
from ingest.quotes import split_text

NOT_READ: Final = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
    }
)
"""Attachments that are no document: they are kept in the raw message and listed, not read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the consultation lets us recognise in a text."""

    notes: Mapping[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()
    """The secretariat's, or ends of them ("@unodc.org")."""


def extract(message: Message, known: Known, limits: Limits, max_text: int = 4_000_000) -> tuple[Text, ...]:
    """The body first, then each attachment's text, files within files after the file that holds them."""
    texts = [_body(message, known)]
    deadline = time.monotonic() + limits.message_seconds
    pending: Sequence[Attachment] = [item for item in message.attachments if item.content_type not in NOT_READ]
    for depth in range(limits.max_nesting + 1):
        if not pending:
            break
        if depth == limits.max_nesting:
            texts.extend(_not_opened(attachment) for attachment in pending)
            break
        children: list[Attachment] = []
        for attachment, found in zip(pending, read_all(pending, limits, deadline), strict=True):
            texts.append(_text(attachment, found, known))
            children.extend(item for item in found.children if item.content_type not in NOT_READ)
        pending = children
        if sum(len(text.text) for text in texts) > max_text:
            break
    return tuple(_cut(texts, max_text))


def _not_opened(attachment: Attachment) -> Text:
    return Text(attachment.name, "", "attachment", problems=(Problem("attachment-too-deep", attachment.name),))


def _cut(texts: list[Text], most: int) -> list[Text]:
    """The texts as far as they go together; where one is cut it says so."""
    kept: list[Text] = []
    for text in texts:
        if len(text.text) > most:
            problem = Problem("text-too-long", text.source, f"cut at {most} characters")
            spans = tuple(replace(span, end=min(span.end, most)) for span in text.spans if span.start < most)
            text = replace(text, text=text.text[:most], spans=spans, problems=(*text.problems, problem))  # noqa: PLW2901
        kept.append(text)
        most -= len(text.text)
    return kept


def _body(message: Message, known: Known) -> Text:
    body = readable(message.body)
    spans = split_text(body, known.notes, known.titles, (*known.own_addresses, message.from_address))
    return Text(source=BODY, text=body, origin=message.body_origin, spans=spans)


def _text(attachment: Attachment, found: Extracted, known: Known) -> Text:
    text = readable(found.text)
    return Text(
        source=attachment.name,
        text=text,
        origin=found.origin,
        spans=_spans(text, found.mail, known),
        confidence=found.confidence,
        problems=found.problems,
    )


def _spans(text: str, mail: bool, known: Known) -> tuple[Span, ...]:
    """A forwarded message begins with its own head, which introduces the text and is none of it."""
    if not mail:
        return split_text(text, known.notes, known.titles, mail=False)
    head = text.find("\n\n") + 2 if "\n\n" in text else 0
    body = split_text(text[head:], known.notes, known.titles, known.own_addresses)
    shifted = tuple(Span(span.start + head, span.end + head, span.label) for span in body)
    return ((Span(0, head, "quoted"),) if head else ()) + shifted
