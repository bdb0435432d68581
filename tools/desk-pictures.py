"""Make the pictures of docs/desk.md from the samples: a real desk, a real browser.

    .venv/bin/python tools/desk-pictures.py

Needs `intake demo` to have run, and Debian's Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from core.config import load_config  # noqa: E402
from store.read import Reader  # noqa: E402
from web.accounts import add_account  # noqa: E402
from web.app import make_desk, make_server  # noqa: E402
from worker.office import Office  # noqa: E402

PICTURES = REPOSITORY / "docs" / "pictures"
PASSWORD = "for the pictures"  # noqa: S105 - of a desk that lives for seconds
PORT = 8765
COLOURS = 48


@contextmanager
def demo_desk() -> Iterator[tuple[str, Path]]:
    """A desk over a copy of the demo's data."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(
            REPOSITORY / "var" / "demo", data, ignore=shutil.ignore_patterns("models", "intake.lock", "accounts.json")
        )
        environment = {"INTAKE_DATA_DIR": str(data), "INTAKE_WEB_PORT": str(PORT)}
        config = load_config(REPOSITORY / "config.toml", environment)
        add_account(config.accounts_file, "ana", "reviewer", PASSWORD)
        server = make_server(make_desk(config, Office(config).consultation))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{PORT}", config.database
        server.should_exit = True


def shots(database: Path) -> Iterator[tuple[str, str, int]]:
    """Name, address, height."""
    with Reader(database) as reader:
        arabic = reader.value(
            "SELECT reply_id FROM review_queue JOIN replies USING (reply_id) WHERE language = 'ar' LIMIT 1"
        )
        scanned = reader.value(
            "SELECT replies.sha256 FROM replies JOIN attachments ON message = reply_id WHERE language = 'zh'"
            " AND content_type = 'application/pdf' LIMIT 1"
        )
    yield "overview", "/", 900
    yield "review", f"/review?reply={arabic}" if arabic else "/review", 760
    yield "reply", f"/reply/{scanned}", 760
    yield "states", "/states", 700


def take(page: Page, url: str, name: str, height: int) -> None:
    page.set_viewport_size({"width": 1240, "height": height})
    page.goto(url)
    page.wait_for_load_state("networkidle")
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    picture = Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(file, optimize=True)
    print(f"{file.relative_to(REPOSITORY)}  {file.stat().st_size // 1024} KiB")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with demo_desk() as (url, database), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(url + "/sign-in")
        page.fill("#name", "ana")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        for name, path, height in shots(database):
            take(page, url + path, name, height)
        browser.close()


if __name__ == "__main__":
    main()
