"""Pictures of pages, from scanners and fax gateways: PNG, JPEG, TIFF (all its pages), GIF, BMP."""

from __future__ import annotations

import io
import statistics
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.ocr import recognise

MIN_SIDE: Final = 300
"""A picture with a shorter side, in pixels, is a logo or an icon, and no page."""
MAX_PIXELS: Final = 60_000_000
DEFAULT_DPI: Final = 200


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The recognised text of each frame; logos give none."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    texts: list[str] = []
    confidences: list[float] = []
    problems: list[Problem] = []
    with Image.open(io.BytesIO(attachment.content)) as picture:
        if min(picture.size) < MIN_SIDE:
            return Extracted()
        if not limits.ocr:
            return Extracted(problems=(Problem("ocr-off", attachment.name),))
        for index, frame in enumerate(ImageSequence.Iterator(picture)):
            if index >= limits.max_pages:
                problems.append(Problem("pages-skipped", attachment.name, f"{limits.max_pages} read"))
                break
            found = recognise(_page(frame), _resolution(frame))
            texts.append(found.text)
            confidences.append(found.confidence)
    return Extracted(
        text="\n\n".join(text for text in texts if text),
        origin="ocr",
        confidence=statistics.fmean(confidences) if confidences else None,
        problems=tuple(problems),
    )


def _page(frame: Image.Image) -> Image.Image:
    """Upright by its EXIF tag, flattened on white, in grey."""
    upright = ImageOps.exif_transpose(frame)
    if upright.mode in ("RGBA", "LA", "P"):
        rgba = upright.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        paper.alpha_composite(rgba)
        upright = paper
    return upright.convert("L")


def _resolution(frame: Image.Image) -> int:
    dpi = frame.info.get("dpi", (DEFAULT_DPI,))[0]
    return int(dpi) if 70 <= dpi <= 1200 else DEFAULT_DPI
