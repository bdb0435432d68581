"""A reviewer at work, in a real browser: by keyboard alone, beside a colleague, in scripts of every direction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.conftest import PASSWORD, Running

SignIn = Callable[..., Page]


def waiting(desk: Running) -> int:
    return len(desk.rows("SELECT * FROM review_queue"))


def shown_reply(page: Page) -> int:
    return int(page.locator("#work").get_attribute("data-reply") or 0)


def press(page: Page, key: str, path: str = "/decide") -> None:
    """Press a key that decides, and wait until the desk has answered and shows what comes next."""
    with page.expect_response(lambda answer: path in answer.url), page.expect_event("framenavigated"):
        page.keyboard.press(key)


def test_signing_in_and_the_whole_queue_by_keyboard(desk_web: Running, chromium: Any) -> None:
    page = chromium.new_context().new_page()
    page.goto(desk_web.url + "/review")
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#work")).to_be_visible()
    left = waiting(desk_web)
    assert left >= 3
    for number in range(left, 0, -1):
        before = shown_reply(page)
        press(page, "Enter")
        if number > 1:
            expect(page.locator(f'#work:not([data-reply="{before}"])')).to_be_visible()
        assert waiting(desk_web) == number - 1
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    press(page, "z", "/undo") if page.locator("#work").count() else page.get_by_role("button", name="Undo").press(
        "Enter"
    )
    expect(page.locator("#work")).to_be_visible()
    assert waiting(desk_web) == 1
    page.context.close()


def test_areas_kind_rejection_and_undo_by_keyboard(desk_web: Running, sign_in: SignIn) -> None:
    [row] = desk_web.rows(
        "SELECT reply_id, count(*) AS n FROM proposals WHERE status = 'current' AND reply_id IN"
        " (SELECT reply_id FROM replies WHERE needs_review) GROUP BY reply_id HAVING count(DISTINCT topic_id) > 1 LIMIT 1"
    )
    reply = row["reply_id"]
    page = sign_in(desk_web, "ana")
    page.goto(f"{desk_web.url}/review?reply={reply}")

    def areas(position: int) -> list[Any]:
        found = desk_web.rows(
            f"SELECT area, method FROM proposals WHERE reply_id = {reply} AND position = {position} ORDER BY area"
        )
        return [(item["area"], item["method"]) for item in found]

    page.keyboard.press("ArrowDown")
    press(page, "h")
    assert areas(2) == [("h", "human")]
    page.goto(f"{desk_web.url}/review?reply={reply}")
    page.keyboard.press("ArrowDown")
    press(page, "Shift+A")
    assert areas(2) == [("a", "human"), ("h", "human")]
    page.goto(f"{desk_web.url}/review?reply={reply}")
    press(page, "0")
    assert areas(1) == [(None, "human")]
    page.goto(f"{desk_web.url}/review?reply={reply}")
    press(page, "-")
    assert desk_web.rows(f"SELECT status FROM proposals WHERE reply_id = {reply} AND position = 1") == [
        {"status": "rejected"}
    ]
    press(page, "z", "/undo")
    assert areas(1) == [(None, "human")]
    page.goto(f"{desk_web.url}/review?reply={reply}")
    press(page, "4")
    assert desk_web.rows(f"SELECT kind, kind_method FROM replies WHERE reply_id = {reply}") == [
        {"kind": "enquiry", "kind_method": "human"}
    ]


@pytest.mark.slow
def test_two_topics_become_one(desk_web: Running, sign_in: SignIn) -> None:
    [row] = desk_web.rows(
        "SELECT reply_id, count(DISTINCT topic_id) AS n FROM current_proposals GROUP BY reply_id HAVING n > 1 LIMIT 1"
    )
    page = sign_in(desk_web, "ana")
    page.goto(f"{desk_web.url}/review?reply={row['reply_id']}")
    press(page, "+")
    left = desk_web.rows(
        f"SELECT count(DISTINCT topic_id) AS n FROM current_proposals WHERE reply_id = {row['reply_id']}"
    )
    assert left == [{"n": row["n"] - 1}]


@pytest.mark.slow
def test_keys_can_be_turned_off(desk_web: Running, sign_in: SignIn) -> None:
    page = sign_in(desk_web, "ana")
    page.goto(desk_web.url + "/review")
    page.get_by_role("button", name="Keys are on").click()
    page.locator("h1").click()
    for key in ("Enter", "h", "7"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert desk_web.rows("SELECT * FROM decisions") == []


def test_a_new_area_is_accepted(desk_web: Running, sign_in: SignIn) -> None:
    before = desk_web.rows("SELECT replies FROM area_tally WHERE area IS NULL")[0]["replies"]
    page = sign_in(desk_web, "ana")
    page.goto(desk_web.url + "/new-topics")
    for box in page.locator("input[name=topics]").all()[:2]:
        box.check()
    page.get_by_label("English").fill("Trafficking in children")
    page.get_by_role("button", name="Accept as a new area").click()
    expect(page.get_by_role("heading", name="(i) Trafficking in children")).to_be_visible()
    tally = {row["area"]: row["replies"] for row in desk_web.rows("SELECT * FROM area_tally")}
    assert tally["i"] == 2
    assert tally.get(None, 0) <= before
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/reply/**")
    assert "i" not in {row["area"] for row in desk_web.rows("SELECT * FROM area_tally")}


def test_a_second_reviewer_is_told(desk_web: Running, sign_in: SignIn) -> None:
    first, second = sign_in(desk_web, "ana"), sign_in(desk_web, "ben")
    first.goto(desk_web.url + "/review")
    second.goto(desk_web.url + "/review")
    assert shown_reply(first) == shown_reply(second)
    press(first, "7")
    with second.expect_response(lambda answer: "/decide" in answer.url) as told:
        second.keyboard.press("4")
    assert told.value.status == 409
    expect(second.get_by_role("alert")).to_contain_text("changed while you looked at it")
    assert [row["decided_by"] for row in desk_web.rows("SELECT * FROM decisions")] == ["ana"]


def test_a_viewer_has_no_button_and_no_key(desk_web: Running, sign_in: SignIn) -> None:
    page = sign_in(desk_web, "vic")
    page.goto(desk_web.url + "/review")
    assert page.locator("form[action='/decide'] button").count() == 0
    for key in ("Enter", "h", "7", "-", "+"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert desk_web.rows("SELECT * FROM decisions") == []


@pytest.mark.slow
def test_without_a_script(desk_web: Running, sign_in: SignIn) -> None:
    page = sign_in(desk_web, "ana", java_script_enabled=False)
    page.goto(desk_web.url + "/review")
    before = waiting(desk_web)
    page.get_by_role("button", name="All right as it stands").click()
    assert waiting(desk_web) == before - 1
    page.get_by_role("button", name="Undo").click()
    assert waiting(desk_web) == before


@pytest.mark.slow
def test_news_of_a_decision_reach_an_open_page(desk_web: Running, sign_in: SignIn) -> None:
    page = sign_in(desk_web, "vic")
    page.clock.install()
    page.goto(desk_web.url + "/")
    with desk_web.client("ana") as client:
        from tests.web.conftest import post  # noqa: PLC0415

        post(client, "/decide", reply=1, revision=1, field="kind", value="spam", then="reply")
    page.clock.fast_forward(16_000)
    expect(page.get_by_role("status").filter(has_text="Something new arrived.")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "zh"])
def test_arabic_and_chinese_stand_right(desk_web: Running, sign_in: SignIn, language: str) -> None:
    [row] = desk_web.rows(
        f"SELECT sha256 FROM replies WHERE language = '{language}' AND reply_id IN (SELECT reply_id FROM proposals WHERE source = 'body') LIMIT 1"
    )
    page = sign_in(desk_web, "ana")
    page.goto(f"{desk_web.url}/reply/{row['sha256']}")
    mark = page.locator("mark.topic").first
    expect(mark).to_be_visible()
    words = mark.locator("xpath=ancestor::div[contains(@class,'words')]").first
    assert words.evaluate("e => getComputedStyle(e).direction") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("html").get_attribute("dir") == "ltr"
    inside = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert inside
    quote = page.locator(".topic-card blockquote").first
    assert re.search("[\u0600-\u06ff]" if language == "ar" else "[\u4e00-\u9fff]", quote.inner_text())


ADDRESSES = (
    "/",
    "/review",
    "REPLY",
    "/replies",
    "/areas",
    "/areas/e",
    "/new-topics",
    "/states",
    "/search?q=victims",
    "/queries",
    "/keys",
    "/intake/areas_by_region",
    "/intake?sql=select+1",
    "/nothing",
)


@pytest.mark.parametrize("width", [1280, pytest.param(360, marks=pytest.mark.slow)])
def test_nothing_bars_anybody(desk_web: Running, sign_in: SignIn, width: int) -> None:
    """axe-core: WCAG 2.2 AA and its best practices, no violation; and nothing runs over the edge of the screen."""
    page = sign_in(desk_web, "root", viewport={"width": width, "height": 800}, bypass_csp=True)
    reply = desk_web.rows("SELECT sha256 FROM replies WHERE language = 'ar' LIMIT 1")[0]["sha256"]
    wrong = []
    for address in (*ADDRESSES, "/sign-in"):
        path = f"/reply/{reply}" if address == "REPLY" else address
        if address == "/sign-in":
            page.context.clear_cookies()
        page.goto(desk_web.url + path)
        page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
        wrong += [(path, item["id"], item["nodes"][0]["html"][:160]) for item in found.response["violations"]]
        if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
            wrong.append((path, "runs over the edge", ""))
    assert wrong == []
