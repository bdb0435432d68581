"""Pictures of pages, from scanners and fax gateways: PNG, JPEG, TIFF (all its pages), GIF, BMP, HEIC."""

from __future__ import annotations

import io
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Unreadable
from ingest.attachments.ocr import certainty, recognise_pages

MIN_SIDE: Final = 300
"""A picture with a shorter side, in pixels, is a logo or an icon, and no page."""
MAX_PIXELS: Final = 60_000_000
DEFAULT_DPI: Final = 200
FAX_RATIO: Final = 1.25
"""Resolutions that differ by more than this between the axes: a fax (204 x 98), its lines doubled before reading."""


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The recognised text of each frame; logos give none."""
    with _opened(attachment.content) as picture:
        if min(picture.size) < MIN_SIDE and picture.size[0] / max(1, picture.size[1]) < 3:
            return Extracted()
        if not limits.ocr:
            return Extracted(problems=(Problem("ocr-off", attachment.name),))
        frames = getattr(picture, "n_frames", 1)
        found = recognise_pages(_pages(picture, limits), limits.seconds)
    skipped = Problem("pages-skipped", attachment.name, f"{frames} pages, {len(found)} read")
    return Extracted(
        text="\n\n".join(page.text for page in found if page.text),
        origin="ocr",
        confidence=certainty(found),
        problems=(skipped,) if len(found) < frames else (),
    )


def _opened(content: bytes) -> Image.Image:
    """Raises Unreadable for a picture of more than MAX_PIXELS, before any of it is inflated."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow raises beyond twice that
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(content))
        except Image.DecompressionBombError:
            raise Unreadable("unpacked-too-large", f"a picture of more than {MAX_PIXELS} dots") from None


def read_heic(attachment: Attachment, limits: Limits) -> Extracted:
    """A telephone's picture, turned into PNG by libheif's program. Raises Unreadable without it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.heic"), Path(folder, "out.png")
        source.write_bytes(attachment.content)
        try:
            subprocess.run(["heif-convert", str(source), str(target)], capture_output=True, check=True)
        except FileNotFoundError:
            raise Unreadable("program-missing", "install Debian's libheif-examples") from None
        except subprocess.CalledProcessError as error:
            raise Unreadable("attachment-unreadable", error.stderr.decode("utf-8", "replace")[:200]) from None
        png = next(iter(sorted(Path(folder).glob("out*.png"))), None)
        content = png.read_bytes() if png else b""
    return read(Attachment(attachment.name, "image/png", content, attachment.part), limits)


def _pages(picture: Image.Image, limits: Limits) -> Iterator[tuple[Image.Image, int]]:
    for index, frame in enumerate(ImageSequence.Iterator(picture)):
        if index >= limits.max_pages:
            return
        yield _page(frame)


def _page(frame: Image.Image) -> tuple[Image.Image, int]:
    """Upright by its EXIF tag, flattened on white, in grey, with square pixels; and its resolution."""
    across, down = _resolution(frame)
    upright = ImageOps.exif_transpose(frame)
    if upright.size != frame.size:
        across, down = down, across
    if upright.mode in ("RGBA", "LA", "P", "PA"):
        rgba = upright.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        paper.alpha_composite(rgba)
        upright = paper
    grey = upright.convert("L")
    if across > down * FAX_RATIO:
        grey = grey.resize((grey.width, round(grey.height * across / down)), Image.Resampling.BICUBIC)
    elif down > across * FAX_RATIO:
        grey = grey.resize((round(grey.width * down / across), grey.height), Image.Resampling.BICUBIC)
    return grey, round(max(across, down))


def _resolution(frame: Image.Image) -> tuple[float, float]:
    """Dots an inch, across and down. A telephone's 72 is no scanner's: the default stands in for it."""
    across, down = (float(value) for value in frame.info.get("dpi", (DEFAULT_DPI, DEFAULT_DPI))[:2])
    if across < 73 or down < 73 or across > 1200 or down > 1200:
        return DEFAULT_DPI, DEFAULT_DPI
    return across, down
