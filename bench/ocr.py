"""Scans in six languages, read by intake and by plain `tesseract`: character error rates, side by side.

Run with `make bench-ocr`. The pages are set from the consultation's note and the sample letters, then printed and
scanned by program: 200 dots an inch, fax (204 x 98, one bit), turned by 90, 180 and 270 degrees, 3 degrees askew, in two columns.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import typst
from PIL import Image, ImageFilter
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.progress import track
from rich.table import Table

from core.model import LANGUAGES, Attachment
from ingest.attachments.base import Limits
from ingest.attachments.image import read
from samples.make import FONTS, as_pdf, note_text, scanned

LENGTH = 1500
PACKS = {"ar": "ara", "zh": "chi_sim", "en": "eng", "fr": "fra", "ru": "rus", "es": "spa"}
Page = Image.Image
Scan = tuple[str, bytes]
"""What stands on a page, and the file that shows it."""


def page_of(language: str) -> tuple[str, Page]:
    text = note_text(language)[: LENGTH // (3 if language == "zh" else 1)]
    text = text[: text.rfind("\n")] if "\n" in text else text
    return text, scanned(text, language, f"bench-{language}")[0]


def crisp(language: str) -> Page:
    """The page as it was printed, for the fax: its own scanner does the spoiling."""
    text, _ = page_of(language)
    document = pypdfium2.PdfDocument(as_pdf(text, language, "fax"))
    return document[0].render(scale=204 / 72).to_pil().convert("L")


def upright(language: str) -> Scan:
    text, page = page_of(language)
    return text, tiff(page, (200, 200))


def fax(language: str) -> Scan:
    page = crisp(language)
    coarse = page.resize((page.width, round(page.height * 98 / 204)), Image.Resampling.BOX)
    one_bit = coarse.point(lambda value: 255 if value > 150 else 0).convert("1")
    return page_of(language)[0], tiff(one_bit, (204, 98), "group3")


def turned(degrees: int) -> Callable[[str], Scan]:
    def scan(language: str) -> Scan:
        text, page = page_of(language)
        return text, tiff(page.rotate(degrees, expand=True, fillcolor=255), (200, 200))

    return scan


def columns(language: str) -> Scan:
    """Two columns below a letterhead."""
    text = note_text(language)[: 1200 if language != "zh" else 500]
    text = text[: text.rfind("\n")]
    fonts, direction = ", ".join(f'"{font}"' for font in FONTS), "rtl" if language == "ar" else "ltr"
    source = (
        f'#set page(paper: "a4", columns: 2)\n#set text(font: ({fonts}), size: 11pt, dir: {direction})\n'
        '#place(top + center, scope: "parent", float: true)[#text(size: 20pt)[MINISTRY]\\ #line(length: 100%)]\n'
        + "\n\n".join(f"#text({json.dumps(line, ensure_ascii=False)})" for line in text.splitlines() if line.strip())
    )
    page = pypdfium2.PdfDocument(typst.compile(source.encode()))[0].render(scale=200 / 72).to_pil().convert("L")
    return f"MINISTRY\n{text}", tiff(page.filter(ImageFilter.GaussianBlur(0.4)), (200, 200))


def tiff(page: Page, dpi: tuple[int, int], compression: str = "tiff_lzw") -> bytes:
    buffer = io.BytesIO()
    page.save(buffer, "TIFF", dpi=dpi, compression=compression)
    return buffer.getvalue()


CONDITIONS: dict[str, Callable[[str], Scan]] = {
    "200 dpi": upright,
    "fax 204x98": fax,
    "turned 90": turned(90),
    "turned 180": turned(180),
    "turned 270": turned(270),
    "askew 3": turned(3),
    "two columns": columns,
}


def ours(content: bytes) -> str:
    return read(Attachment("page.tif", "image/tiff", content, "2"), Limits()).text


def plain(content: bytes, language: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".tif") as file:
        Path(file.name).write_bytes(content)
        command = ["tesseract", file.name, "-", "-l", PACKS[language]]
        return subprocess.run(command, capture_output=True, check=False).stdout.decode()


def error_rate(wanted: str, got: str) -> float:
    a, b = (bare(text) for text in (wanted, got))
    return Levenshtein.distance(a, b) / max(1, len(a))


def bare(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate({0x200E: None, 0x200F: None, 0x0640: None})
    return "".join(text.replace("’", "'").replace("–", "-").replace("—", "-").split())


@dataclass(frozen=True)
class Row:
    """One page: error rates of intake and of tesseract, and the seconds that each took."""

    condition: str
    language: str
    ours: float
    plain: float
    our_seconds: float
    plain_seconds: float


def measure(condition: str, language: str) -> Row:
    text, content = CONDITIONS[condition](language)
    started = time.perf_counter()
    found = ours(content)
    middle = time.perf_counter()
    other = plain(content, language)
    ended = time.perf_counter()
    return Row(condition, language, error_rate(text, found), error_rate(text, other), middle - started, ended - middle)


def main() -> None:
    conditions = sys.argv[1:] or list(CONDITIONS)
    pages = [(condition, language) for condition in conditions for language in LANGUAGES]
    table = Table("page", "language", "intake CER", "tesseract CER", "seconds", "tesseract s")
    for page in track(pages, "reading", console=Console(stderr=True)):
        row = measure(*page)
        if not sys.stderr.isatty():
            print(row, file=sys.stderr, flush=True)
        table.add_row(
            *page, f"{row.ours:.2%}", f"{row.plain:.2%}", f"{row.our_seconds:.1f}", f"{row.plain_seconds:.1f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
