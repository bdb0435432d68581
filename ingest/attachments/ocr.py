"""Optical character recognition through the `tesseract` program: orientation and script first, then the script's languages."""

from __future__ import annotations

import csv
import io
import os
import re
import statistics
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

PROGRAM: Final = "tesseract"
PACKS: Final = {
    "Latin": ("eng", "fra", "spa"),
    "Cyrillic": ("rus",),
    "Arabic": ("ara",),
    "Han": ("chi_sim",),
}
LAYOUTS: Final = {"Arabic": ("6",)}
"""Page segmentation modes by script; on an Arabic page modes 3 and 4 drop whole lines."""
DEFAULT_LAYOUT: Final = ("3",)
SURE: Final = 0.7
MIN_LETTERS: Final = 15


@dataclass(frozen=True, slots=True)
class Recognised:
    """Text read from one page, and the mean of its words' certainty (0..1), weighted by their length."""

    text: str
    confidence: float


class OcrMissing(RuntimeError):
    """Tesseract or a language pack is not installed."""


def recognise(page: Image.Image, dpi: int) -> Recognised:
    """Read one page. Raises OcrMissing without Tesseract; the page then goes to a person."""
    turn, script = _orientation(page, dpi)
    upright = page.rotate(-turn, expand=True, fillcolor=255) if turn else page
    best = Recognised("", 0.0)
    for candidate in _scripts_to_try(script):
        for layout in LAYOUTS.get(candidate, DEFAULT_LAYOUT):
            best = max(best, _read(upright, dpi, candidate, layout), key=_worth)
        if best.confidence >= SURE and len(best.text) >= MIN_LETTERS:
            break
    return best


def installed_packs() -> frozenset[str]:
    """The language packs Tesseract finds; empty when the program is missing."""
    try:
        listed = _run(["--list-langs"], b"").decode()
    except OcrMissing:
        return frozenset()
    return frozenset(line.strip() for line in listed.splitlines()[1:])


def _scripts_to_try(script: str | None) -> tuple[str, ...]:
    """The script that was found, then the others: on a page with few letters the finding is a guess."""
    return tuple(dict.fromkeys(name for name in (script, *PACKS) if name in PACKS))


def _worth(found: Recognised) -> float:
    return found.confidence * min(1.0, len(found.text) / MIN_LETTERS)


@cache
def _languages(script: str) -> str:
    packs = [pack for pack in PACKS[script] if pack in installed_packs()]
    if not packs:
        raise OcrMissing(f"no Tesseract pack for {script}: install tesseract-ocr-{PACKS[script][0].replace('_', '-')}")
    return "+".join(packs)


def _orientation(page: Image.Image, dpi: int) -> tuple[int, str | None]:
    """Clockwise degrees to turn the page by, and its script; (0, None) where Tesseract cannot tell."""
    try:
        report = _run(["stdin", "stdout", "--dpi", str(dpi), "--psm", "0", "-l", "osd"], _png(page)).decode()
    except subprocess.CalledProcessError:
        return 0, None
    turn = re.search(r"Rotate: (\d+)", report)
    script = re.search(r"Script: (\w+)", report)
    sure = re.search(r"Orientation confidence: ([\d.]+)", report)
    trusted = bool(sure and float(sure.group(1)) >= 1.0)
    name = script.group(1) if script else None
    return (int(turn.group(1)) if turn and trusted else 0), {"Japanese": "Han", "Hangul": "Han"}.get(name or "", name)


def _read(page: Image.Image, dpi: int, script: str, layout: str) -> Recognised:
    arguments = ["stdin", "stdout", "--dpi", str(dpi), "--psm", layout, "-l", _languages(script), "tsv"]
    table = csv.DictReader(
        io.StringIO(_run(arguments, _png(page)).decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    lines: dict[tuple[str, str, str], list[str]] = {}
    weights: list[tuple[float, int]] = []
    for row in table:
        word = (row["text"] or "").strip()
        if row["level"] != "5" or not word:
            continue
        lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(word)
        weights.append((max(0.0, float(row["conf"])) / 100, len(word)))
    return Recognised(_layout(lines, "" if script == "Han" else " "), _mean(weights))


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


def _run(arguments: list[str], stdin: bytes) -> bytes:
    # One thread each: Tesseract's own threads slow each other down and defeat the limits.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            [PROGRAM, *arguments], input=stdin, capture_output=True, check=True, env=environment, timeout=300
        )
    except FileNotFoundError:
        raise OcrMissing("tesseract is not installed: run `make setup`, or apt-get install tesseract-ocr") from None
    return done.stdout
