"""A page of a PDF, or a picture, drawn anew as PNG in a child with limits: no file of a stranger reaches a browser as it is.

python -m web.picture PAGE KIND < file > page.png
"""

from __future__ import annotations

import ctypes
import io
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from core.model import Attachment

ROOT: Final = Path(__file__).resolve().parent.parent
SECONDS: Final = 20
WIDTH: Final = 1100
MEMORY: Final = 1024 * 1024 * 1024
NO_NETWORK: Final = 0x10000000 | 0x40000000
"""CLONE_NEWUSER | CLONE_NEWNET (linux/sched.h)."""
MAX_PIXELS: Final = 60_000_000
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/tiff", "image/bmp", "image/webp"})
DRAWN: Final = PICTURES | {"application/pdf"}


def draw(file: Attachment, page: int) -> bytes | None:
    """The page (from 0) as PNG; None where the file has no such page or cannot be drawn."""
    if file.content_type not in DRAWN:
        return None
    kind = "pdf" if file.content_type == "application/pdf" else "picture"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "web.picture", str(page), kind],
            input=file.content,
            capture_output=True,
            timeout=SECONDS,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"\x89PNG") else None


def main() -> None:
    content = sys.stdin.buffer.read()
    _confine()
    page, kind = int(sys.argv[1]), sys.argv[2]
    sys.stdout.buffer.write(_pdf_page(content, page) if kind == "pdf" else _picture(content, page))


def _confine() -> None:
    """No network where the kernel allows that, no new file, and bounded memory and time (unshare(2), getrlimit(2))."""
    ctypes.CDLL(None).unshare(NO_NETWORK)
    for what, bound in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (bound, bound))


def _pdf_page(content: bytes, number: int) -> bytes:
    import pypdfium2  # noqa: PLC0415 - loaded within the limits

    page = pypdfium2.PdfDocument(content)[number]
    scale = min(WIDTH / max(page.get_width(), 1), 3.0)
    return _png(page.render(scale=scale).to_pil())


def _picture(content: bytes, number: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - loaded within the limits

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    picture = Image.open(io.BytesIO(content))
    picture.seek(number)
    picture.thumbnail((WIDTH, WIDTH * 2))
    return _png(picture)


def _png(picture: object) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", optimize=False)  # type: ignore[attr-defined]
    return out.getvalue()


if __name__ == "__main__":
    main()
