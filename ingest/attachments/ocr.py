"""Optical character recognition through the `tesseract` program: page put upright, script first, several readings.

A page is read in more than one way, since each of Tesseract's page modes drops lines on some pages (on Arabic ones
modes 3 and 4 up to a fifth of the text); the reading with the most text that it is sure of is kept.
"""

from __future__ import annotations

import csv
import io
import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

from ingest.attachments.pages import has_writing, straightened, without_border

PROGRAM: Final = "tesseract"
PACKS: Final = {
    "Latin": ("eng", "fra", "spa"),
    "Cyrillic": ("rus", "eng"),
    "Arabic": ("ara", "eng"),
    "Han": ("chi_sim",),
}
LAYOUTS: Final = {"Arabic": ("4", "6"), "Latin": ("3", "6"), "Cyrillic": ("3", "6"), "Han": ("3", "6")}
"""Page segmentation modes by script, the usual best first."""
FULLER: Final = 1.03
"""A later reading must be worth this much more than an earlier one: lines that were dropped, not noise."""
READ_AT: Final = {"Arabic": 200}
"""Resolution in dots an inch at which a script is read best; others are read as they come, faint ones enlarged."""
SMALLEST: Final = 150
ENLARGED: Final = 300
ARABIC_MARKS: Final = {",": "،", ";": "؛", "?": "؟"}
SURE: Final = 0.7
VERY_SURE: Final = 0.93
"""A first reading as sure as this, with a plausible amount of text, needs no second one."""
MIN_LETTERS: Final = 15
TIME_SHARE: Final = 0.8
"""Of the time for a file: what is left of it is for what was read to be given back."""
MAX_PIXELS: Final = 12_000_000
FINEST: Final = 300
"""A finer scan is reduced to this: Tesseract was trained at it, and time grows with the dots."""
AT_ONCE: Final = max(1, min(4, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Recognised:
    """Text read from one page, and the mean of its words' certainty (0..1), weighted by their length."""

    text: str
    confidence: float

    @property
    def worth(self) -> float:
        """How many characters it is sure of: the fuller and surer of two readings has more."""
        return self.confidence**2 * len(re.sub(r"\s", "", self.text))


class OcrMissing(RuntimeError):
    """Tesseract or a language pack is not installed."""


def recognise_pages(pages: Iterable[tuple[Image.Image, int]], seconds: float) -> list[Recognised]:
    """Read pages (grey image, dots an inch), a few at once, in their order; the first ones, as far as the time goes."""
    deadline = time.monotonic() + TIME_SHARE * seconds
    with ThreadPoolExecutor(AT_ONCE) as readers:
        waiting = []
        found: list[Recognised] = []
        for page, dpi in pages:
            if time.monotonic() >= deadline:
                break
            waiting.append(readers.submit(recognise, page, dpi, deadline))
            if len(waiting) > AT_ONCE:  # no more pages in memory than are being read
                found.append(waiting.pop(0).result())
        return [*found, *(future.result() for future in waiting)]


def recognise(page: Image.Image, dpi: int, deadline: float) -> Recognised:
    """Read one page; what is not done at `deadline` (of time.monotonic()) is left. Raises OcrMissing without Tesseract."""
    page, dpi = _reduced(without_border(page), dpi)
    if not has_writing(page):
        return Recognised("", 1.0)
    return _Reader(page, dpi, deadline).best()


@dataclass(frozen=True, slots=True)
class _Reader:
    """The readings of one page."""

    page: Image.Image
    dpi: int
    deadline: float

    def best(self) -> Recognised:
        turn, script = self._orientation()
        upright = straightened(_turned(self.page, turn), self.dpi)
        best = self._read_as(upright, script) if script else Recognised("", 0.0)
        if best.confidence >= SURE and len(best.text) >= MIN_LETTERS:
            return best
        # A page with few letters, or a faint one: the script and the turn are guesses, so others are tried.
        others = (self._read_as(upright, candidate) for candidate in PACKS if candidate != script)
        best = max([best, *others], key=lambda found: found.worth)
        if best.confidence < SURE:
            turns = (other for other in (0, 90, 180, 270) if other != turn)
            ways = (self._read(_turned(self.page, way), self.dpi, script or "Latin", "3") for way in turns)
            best = max([best, *ways], key=lambda found: found.worth)
        return best

    def _read_as(self, page: Image.Image, script: str) -> Recognised:
        """The best reading of an upright page in one script."""
        page, dpi = _at(page, self.dpi, script)
        best = Recognised("", 0.0)
        for layout in LAYOUTS[script]:
            found = self._read(page, dpi, script, layout)
            best = found if found.worth > FULLER * best.worth else best
            if found.confidence >= VERY_SURE and script != "Arabic":
                break
        return best

    def _orientation(self) -> tuple[int, str | None]:
        """Clockwise degrees to turn the page by, and its script; (0, None) where Tesseract cannot tell."""
        report = self._run(["--dpi", str(self.dpi), "--psm", "0", "-l", "osd"], self.page)
        turn = re.search(r"Rotate: (\d+)", report)
        script = re.search(r"Script: (\w+)", report)
        sure = re.search(r"Orientation confidence: ([\d.]+)", report)
        trusted = bool(sure and float(sure.group(1)) >= 1.0)
        name = script.group(1) if script else ""
        known = {"Japanese": "Han", "Hangul": "Han", "HanS": "Han", "HanT": "Han"}.get(name, name)
        return (int(turn.group(1)) if turn and trusted else 0), known if known in PACKS else None

    def _read(self, page: Image.Image, dpi: int, script: str, layout: str) -> Recognised:
        table = self._run(["--dpi", str(dpi), "--psm", layout, "-l", _languages(script), "tsv"], page)
        return _from_table(table, script)

    def _run(self, arguments: list[str], page: Image.Image) -> str:
        """What Tesseract prints about the page; nothing where it fails or the time is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return ""
        try:
            return _tesseract(["stdin", "stdout", *arguments], _png(page), left).decode("utf-8", "replace")
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return ""


def _turned(page: Image.Image, degrees: int) -> Image.Image:
    """Turned clockwise."""
    return page.rotate(-degrees, expand=True, fillcolor=255) if degrees else page


def _reduced(page: Image.Image, dpi: int) -> tuple[Image.Image, int]:
    """The page with no more dots than reading needs."""
    factor = min(1.0, FINEST / dpi, (MAX_PIXELS / max(1, page.width * page.height)) ** 0.5)
    if factor >= 0.95:
        return page, dpi
    size = (max(1, round(page.width * factor)), max(1, round(page.height * factor)))
    return page.resize(size, Image.Resampling.LANCZOS), max(1, round(dpi * factor))


def _at(page: Image.Image, dpi: int, script: str) -> tuple[Image.Image, int]:
    wanted = READ_AT.get(script, dpi)
    if wanted >= dpi >= SMALLEST:
        return page, dpi
    if dpi < SMALLEST:
        wanted = ENLARGED
    factor = wanted / dpi
    size = (max(1, round(page.width * factor)), max(1, round(page.height * factor)))
    return page.resize(size, Image.Resampling.LANCZOS), wanted


def certainty(pages: Sequence[Recognised]) -> float | None:
    """Of all pages together: each counts by what is on it; None for no page."""
    if not pages:
        return None
    return statistics.fmean([page.confidence for page in pages], weights=[1 + len(page.text) for page in pages])


def installed_packs() -> frozenset[str]:
    """The language packs Tesseract finds; empty when the program is missing."""
    try:
        listed = _tesseract(["--list-langs"], b"", 30).decode()
    except (OcrMissing, subprocess.SubprocessError):
        return frozenset()
    return frozenset(line.strip() for line in listed.splitlines()[1:])


@cache
def _languages(script: str) -> str:
    packs = [pack for pack in PACKS[script] if pack in installed_packs()]
    if not packs:
        raise OcrMissing(f"no Tesseract pack for {script}: install tesseract-ocr-{PACKS[script][0].replace('_', '-')}")
    return "+".join(packs)


def _from_table(output: str, script: str) -> Recognised:
    """Lines, paragraphs and certainty out of Tesseract's table, a row a word."""
    table = csv.DictReader(io.StringIO(output), delimiter="\t", quoting=csv.QUOTE_NONE)
    lines: dict[tuple[str, str, str], list[str]] = {}
    weights: list[tuple[float, int]] = []
    for row in table:
        word = (row["text"] or "").strip()
        if row["level"] != "5" or not word:
            continue
        lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(word)
        weights.append((max(0.0, float(row["conf"])) / 100, len(word)))
    text = _layout(lines, "" if script == "Han" else " ")
    # The Latin comma and question mark that are read for the Arabic ones.
    text = re.sub(r"(?<=[\u0600-\u06ff]) ?([,;?])", lambda mark: ARABIC_MARKS[mark.group(1)], text)
    return Recognised(text, _mean(weights))


def _layout(lines: dict[tuple[str, str, str], list[str]], joint: str) -> str:
    text: list[str] = []
    paragraph: tuple[str, str] | None = None
    for (block, number, _), words in lines.items():
        if paragraph is not None and paragraph != (block, number):
            text.append("")
        paragraph = (block, number)
        text.append(_joined(words, joint))
    return "\n".join(text)


def _joined(words: list[str], joint: str) -> str:
    if joint:
        return joint.join(words)
    # Chinese is written without spaces; Latin words and numbers within it keep theirs.
    return re.sub(
        r"(?<=[\w])\s(?=[\u3000-\u9fff\uff00-\uffef])|(?<=[\u3000-\u9fff\uff00-\uffef])\s", "", " ".join(words)
    )


def _mean(weights: list[tuple[float, int]]) -> float:
    if not weights:
        return 0.0
    return statistics.fmean([value for value, _ in weights], weights=[length for _, length in weights])


def _png(page: Image.Image) -> bytes:
    buffer = io.BytesIO()
    page.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _tesseract(arguments: list[str], stdin: bytes, seconds: float) -> bytes:
    # One thread each: Tesseract's own threads slow each other down and defeat the limits.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            [PROGRAM, *arguments], input=stdin, capture_output=True, check=True, env=environment, timeout=seconds
        )
    except FileNotFoundError:
        raise OcrMissing("tesseract is not installed: run `make setup`, or apt-get install tesseract-ocr") from None
    return done.stdout
