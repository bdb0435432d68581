"""Presentations (Office Open XML): titles, text boxes, tables, groups and speakers' notes, slide by slide."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pptx
from pptx.shapes.group import GroupShape

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """An empty line between slides."""
    slides = []
    for slide in pptx.Presentation(io.BytesIO(attachment.content)).slides:
        texts = list(_texts(slide.shapes))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            texts.append(slide.notes_slide.notes_text_frame.text)
        slides.append("\n".join(text.replace("\x0b", "\n") for text in texts if text.strip()))
    return Extracted("\n\n".join(slide for slide in slides if slide))


def _texts(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _texts(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield "\t".join(cell.text for cell in row.cells)
