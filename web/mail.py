"""What the archive holds of a reply: its files, and its HTML made harmless."""

from __future__ import annotations

import email
import email.policy
from typing import Final

import nh3

from core.model import Attachment
from ingest.archive import Archive
from ingest.parse import parse

TAGS: Final = frozenset(
    {
        "a",
        "abbr",
        "address",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
    }
)
"""No script, style, form, frame, picture or link to a sheet: nothing that runs or is fetched."""
ATTRIBUTES: Final = {
    "*": {"dir", "lang", "align"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
}


def files_of(archive: Archive, digest: str) -> tuple[Attachment, ...]:
    """The attachments as sent. Raises ArchiveError when the message is gone or altered."""
    return parse(archive.get(digest)).attachments


def file_of(archive: Archive, digest: str, part: str) -> Attachment | None:
    return next((item for item in files_of(archive, digest) if item.part == part), None)


def html_of(archive: Archive, digest: str) -> str:
    """The mail's own HTML, sanitised; empty where it has none. Raises ArchiveError."""
    message = email.message_from_bytes(archive.get(digest), policy=email.policy.default)
    try:
        part = message.get_body(preferencelist=("html",))
        markup = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, KeyError, IndexError, TypeError, AssertionError):
        return ""  # its text is shown all the same: the tolerant reader found it
    return sanitised(markup) if isinstance(markup, str) else ""


def sanitised(markup: str) -> str:
    """HTML that neither runs nor fetches nor leads anywhere: links lose their target, pictures go."""
    return nh3.clean(
        markup,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        clean_content_tags={"script", "style", "title", "template", "noscript", "svg", "math"},
        url_schemes=set(),
        link_rel=None,
    )
