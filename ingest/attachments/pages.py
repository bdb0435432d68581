"""Pictures of pages made ready for reading: black scanner borders taken off, lines put level."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

WORKING_WIDTH: Final = 1000
STEEPEST: Final = 8.0
"""Degrees of skew looked for on either side."""
LEVEL: Final = 0.15
"""Less skew than this does no harm, and turning blurs."""
DARK: Final = 110
BORDER_SHARE: Final = 0.8
CONTRAST: Final = 40
STROKES: Final = 8
"""Changes between light and dark on one line."""


def straightened(page: Image.Image, dpi: int) -> Image.Image:
    """The upright page with its lines level: the angle at which rows of dark dots stand out most."""
    angle = skew_of(page)
    if abs(angle) < LEVEL:
        return page
    return page.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def skew_of(page: Image.Image) -> float:
    """Degrees, counter-clockwise, by which to turn the page; 0.0 where it has too little on it to tell."""
    scale = WORKING_WIDTH / max(1, page.width)
    small = page.resize((WORKING_WIDTH, max(1, round(page.height * scale))), Image.Resampling.BILINEAR)
    dark = np.argwhere(np.asarray(small) < 160)
    if len(dark) < 500:
        return 0.0
    if len(dark) > 60_000:
        dark = dark[:: len(dark) // 60_000 + 1]
    best = max(np.arange(-STEEPEST, STEEPEST + 0.1, 0.5), key=lambda angle: _sharpness(dark, float(angle)))
    fine = np.arange(best - 0.5, best + 0.51, 0.1)
    angle = float(max(fine, key=lambda angle: _sharpness(dark, float(angle))))
    # A page that is as sharp unturned is left alone.
    return angle if _sharpness(dark, angle) > 1.02 * _sharpness(dark, 0.0) else 0.0


def _sharpness(dark: np.ndarray, angle: float) -> float:
    """How unevenly the dots fall on rows when the page is turned counter-clockwise by `angle` degrees."""
    radians = np.deg2rad(angle)
    rows = np.round(dark[:, 0] * np.cos(radians) - dark[:, 1] * np.sin(radians)).astype(np.int64)
    counts = np.bincount(rows - rows.min())
    return float(np.square(counts.astype(np.float64)).sum())


def without_border(page: Image.Image) -> Image.Image:
    """The page without the black edges that a scanner leaves where the paper ends: they pass for pictures."""
    dots = np.asarray(page)
    if dots.ndim != 2 or min(dots.shape) < 100:
        return page
    dark = dots < DARK
    rows, columns = dark.mean(axis=1) > BORDER_SHARE, dark.mean(axis=0) > BORDER_SHARE
    top, bottom = _run_at_edges(rows)
    left, right = _run_at_edges(columns)
    if (top, bottom, left, right) == (0, 0, 0, 0):
        return page
    return page.crop((left, top, page.width - right, page.height - bottom))


def has_writing(page: Image.Image) -> bool:
    """Whether some line across or down the page crosses as many strokes as a word has; blank pages do not."""
    scale = WORKING_WIDTH / max(page.size)
    small = page.resize((max(1, round(page.width * scale)), max(1, round(page.height * scale))), Image.Resampling.BOX)
    dots = np.asarray(small if scale < 1 else page)
    lightest, darkest = float(np.percentile(dots, 99)), float(dots.min())
    if lightest - darkest < CONTRAST:
        return False
    dark = dots < (lightest + darkest) / 2
    return any(
        int((np.diff(way.astype(np.int8), axis=1) != 0).sum(axis=1).max(initial=0)) >= STROKES for way in (dark, dark.T)
    )


def _run_at_edges(dark: np.ndarray) -> tuple[int, int]:
    """How many dark rows stand at either end, at most a tenth of the page."""
    most = len(dark) // 10
    first = next((index for index in range(most) if not dark[index]), most)
    last = next((index for index in range(most) if not dark[-1 - index]), most)
    return (first if first < most else 0), (last if last < most else 0)
