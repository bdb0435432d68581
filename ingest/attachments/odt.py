"""OpenDocument texts (ISO/IEC 26300), read through odfdo."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from odfdo import Document

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits

BLOCKS: Final = frozenset({"text:p", "text:h"})
SKIPPED: Final = frozenset({"text:tracked-changes", "office:annotation", "text:sequence-decls", "text:note"})


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """Page header, paragraphs, headings, list items and table cells in their order, footer."""
    document = Document(io.BytesIO(attachment.content))
    blocks: list[str] = []
    for place in ("style:header", "style:footer"):
        found = [line for element in document.styles.get_elements(f"//{place}") for line in _blocks(element, "")]
        if place == "style:header":
            blocks = [*found, *_blocks(document.body, "")]
        else:
            blocks.extend(found)
    return Extracted("\n".join(blocks).strip())


def _blocks(element: Any, mark: str) -> Iterator[str]:
    for child in element.children:
        if child.tag in SKIPPED:
            continue
        if child.tag in BLOCKS:
            text = _inline(child).rstrip()
            yield f"{mark}{text}" if text else ""
            mark = ""
        elif child.tag == "text:list-item":
            yield from _blocks(child, "- ")
        else:
            yield from _blocks(child, mark)


def _inline(element: Any) -> str:
    """A paragraph's text with its tabs, spaces and line breaks (ODF 1.2, part 1, section 6.1)."""
    pieces = [element.text or ""]
    for child in element.children:
        if child.tag == "text:line-break":
            pieces.append("\n")
        elif child.tag == "text:tab":
            pieces.append("\t")
        elif child.tag == "text:s":
            pieces.append(" " * int(child.get_attribute("text:c") or 1))
        elif child.tag not in SKIPPED:
            pieces.append(_inline(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
