"""The pages without a script: who sees what, decisions as forms, files."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import openpyxl
import pytest

from tests.web.conftest import PASSWORD, Running, post
from web.accounts import add_account, remove_account

PAGES = (
    "/",
    "/review",
    "/replies",
    "/replies?kind=proposal&page=1",
    "/areas",
    "/areas/e",
    "/new-topics",
    "/states",
    "/states?status=silent",
    "/search",
    "/search?q=victims",
    "/queries",
    "/keys",
    "/intake/areas_by_region",
    "/intake/proposals_of_an_area?area=e",
)


def reply_where(desk: Running, condition: str) -> dict[str, object]:
    [row] = desk.rows(f"SELECT * FROM replies WHERE {condition} ORDER BY reply_id LIMIT 1")
    return row


def test_every_page_answers_each_role_and_nobody_else(desk_web: Running) -> None:
    reply = f"/reply/{reply_where(desk_web, 'needs_review')['sha256']}"
    for name in ("vic", "ana", "root"):
        with desk_web.client(name) as client:
            for path in (*PAGES, reply):
                assert client.get(path).status_code == 200, (name, path)
    with desk_web.client() as client:
        for path in (*PAGES, reply, f"{reply}/raw", "/export/replies.csv", "/live", "/intake", "/-/versions"):
            answer = client.get(path, follow_redirects=False)
            assert answer.status_code in (302, 401, 403), path
            assert "CU 2009" not in answer.text or "/sign-in" in answer.headers.get("location", "")


def test_a_viewer_decides_nothing(desk_web: Running) -> None:
    reply = reply_where(desk_web, "needs_review")
    with desk_web.client("vic") as client:
        assert "All right as it stands" not in client.get("/review").text
        answer = post(client, "/decide", reply=reply["reply_id"], revision=1, field="kind", value="spam")
        assert answer.status_code == 403
        assert post(client, "/undo", batch=1).status_code == 403
        assert post(client, "/accept-area", title_en="x", topics=1).status_code == 403
    assert desk_web.rows("SELECT * FROM decisions") == []


def test_sql_is_for_administrators_and_only_reads(desk_web: Running) -> None:
    for name in ("vic", "ana"):
        with desk_web.client(name) as client:
            for path in (
                "/intake?sql=select+1",
                "/intake/messages",
                "/intake",
                "/intake.csv?sql=select+1",
                "/_internal",
            ):
                assert client.get(path).status_code == 403, path
    with desk_web.client("root") as client:
        assert "42" in client.get("/intake?sql=select+6*7").text
        assert client.get("/intake/messages").status_code == 200
        for statement in (
            "delete from messages",
            "update messages set kind = 'spam'",
            "attach 'x' as y",
            "pragma journal_mode=delete",
        ):
            assert client.get("/intake", params={"sql": statement}).status_code == 400
        slow = "with recursive c(n) as (select 1 union all select n + 1 from c) select max(n) from c"
        begun = time.monotonic()
        assert client.get("/intake", params={"sql": slow}).status_code == 400
        assert time.monotonic() - begun < desk_web.config.web.sql_seconds + 5
    assert desk_web.rows("SELECT count(*) AS n FROM messages")[0]["n"] > 30


def test_decisions_as_forms(desk_web: Running) -> None:
    reply = reply_where(desk_web, "kind = 'proposal' AND NOT needs_review")
    address = f"/reply/{reply['sha256']}"
    with desk_web.client("ana") as client:
        answer = post(
            client,
            "/decide",
            reply=reply["reply_id"],
            revision=reply["revision"],
            field="state",
            value="FJI",
            then="reply",
        )
        assert answer.status_code == 200
        assert str(answer.url).startswith(desk_web.url + address)
        assert "Fiji" in answer.text
        stale = post(
            client,
            "/decide",
            reply=reply["reply_id"],
            revision=reply["revision"],
            field="state",
            value="TON",
            then="reply",
        )
        assert "changed while you looked at it" in stale.text
        assert reply_where(desk_web, f"reply_id = {reply['reply_id']}")["state"] == "FJI"
        [batch] = [row["batch"] for row in desk_web.rows("SELECT batch FROM decision_log")]
        assert "Undone" in post(client, "/undo", batch=batch, then="reply").text
    assert reply_where(desk_web, f"reply_id = {reply['reply_id']}")["state"] == reply["state"]


def test_nonsense_is_answered_with_its_mend(desk_web: Running) -> None:
    with desk_web.client("ana") as client:
        for fields in (
            {},
            {"reply": "1", "revision": "1", "field": "kind", "value": "poem"},
            {"reply": "99999", "revision": "1", "field": "settled"},
            {"reply": "x", "revision": "1"},
            {"reply": "1", "revision": "1", "field": "state", "value": "<script>"},
            {"reply": "1", "revision": "1", "field": "topic_areas", "topic": "99999", "areas": "a"},
        ):
            answer = post(client, "/decide", **fields)
            assert answer.status_code == 400, fields
            assert "That was not done" in answer.text
        for path in ("/reply/" + "0" * 64, "/areas/z", "/reply/../x", "/nothing", "/export/messages.csv"):
            assert client.get(path).status_code == 404, path


def test_files_of_views(desk_web: Running) -> None:
    total = desk_web.rows("SELECT count(*) AS n FROM replies")[0]["n"]
    with desk_web.client("vic") as client:
        table = list(csv.DictReader(io.StringIO(client.get("/export/replies.csv").content.decode("utf-8-sig"))))
        assert len(table) == total
        assert table[0]["sha256"]
        assert len(json.loads(client.get("/export/replies.json?kind=spam").text)) == 1
        book = openpyxl.load_workbook(io.BytesIO(client.get("/export/area_tally.xlsx").content))
        assert [cell.value for cell in book.active[1]] == ["area", "replies", "states", "regions"]
        assert client.get("/intake/areas_by_region.csv").text.startswith("\ufeffregion,area,states")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("indemnisation", "fr"),
        ("INDEMNIZACION", "es"),
        ("被害人", "zh"),
        ("议题", "zh"),
        ("الضحايا", "ar"),
        ("жертв", "ru"),
        ('"victims"', "en"),
    ],
)
def test_search_in_six_languages(desk_web: Running, words: str, language: str) -> None:
    with desk_web.client("vic") as client:
        page = client.get("/search", params={"q": words}).text
    assert "<mark>" in page
    assert {"fr": "French", "es": "Spanish", "zh": "Chinese", "ar": "Arabic", "ru": "Russian", "en": "English"}[
        language
    ] in page


def test_sessions(desk_web: Running, samples_data: Path) -> None:
    accounts = desk_web.config.accounts_file
    with desk_web.client("vic") as client:
        assert client.get("/replies").status_code == 200
        add_account(accounts, "vic", "viewer", "another password")  # a changed password ends sessions
        assert client.get("/replies", follow_redirects=False).status_code == 302
    with desk_web.client("ana") as client:
        cookie = client.cookies["desk_session"]
        remove_account(accounts, "ana")
        assert client.get("/replies", follow_redirects=False).status_code == 302
        client.cookies.set("desk_session", cookie[:-3] + "xyz")
        assert client.get("/replies", follow_redirects=False).status_code == 302
    with desk_web.client("ben") as client:
        post(client, "/sign-out")
        assert client.get("/replies", follow_redirects=False).status_code == 302


def test_sessions_end(start: Callable[..., Running], samples_data: Path) -> None:
    desk = start(samples_data, session_hours=1 / 3600)
    with desk.client("vic") as client:
        time.sleep(1.2)
        assert client.get("/replies", follow_redirects=False).status_code == 302


def test_wrong_passwords_have_to_wait(start: Callable[..., Running], samples_data: Path) -> None:
    desk = start(samples_data, sign_in_tries=3)
    with desk.client() as client:
        codes = [post(client, "/sign-in", name="ana", password="wrong").status_code for _ in range(4)]
        assert codes == [401, 401, 401, 429]
        right = post(client, "/sign-in", name="ana", password=PASSWORD)
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) > 200


def test_the_proxy_is_believed_only_from_its_address(start: Callable[..., Running], samples_data: Path) -> None:
    named = {"X-Remote-User": "ana"}
    closed = start(samples_data)
    assert httpx.get(closed.url + "/replies", headers=named).status_code == 302
    elsewhere = start(samples_data, proxy_addresses=("192.0.2.0/24",))
    assert httpx.get(elsewhere.url + "/replies", headers=named).status_code == 302
    behind = start(samples_data, proxy_addresses=("127.0.0.1",))
    assert "Signed in as ana, reviewer" in httpx.get(behind.url + "/replies", headers=named).text
    stranger = {"X-Remote-User": "unknown@office.example"}
    assert ", viewer" in httpx.get(behind.url + "/replies", headers=stranger).text
    assert httpx.post(behind.url + "/decide", headers=stranger, data={"reply": 1}).status_code == 403


def test_forms_of_other_sites_are_refused(start: Callable[..., Running], samples_data: Path) -> None:
    desk = start(samples_data, proxy_addresses=("127.0.0.1",))
    form = {"reply": 1, "revision": 1, "field": "kind", "value": "spam"}
    with desk.client("ana") as client:
        assert client.post("/decide", data=form).status_code == 403  # no token
        token = {"csrftoken": client.cookies["ds_csrftoken"]}
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            assert client.post("/decide", data={**form, **token}, headers=headers).status_code == 403
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
    ):  # no cookie at all: the proxy signs in
        answer = httpx.post(desk.url + "/decide", data=form, headers={"X-Remote-User": "ana", **headers})
        assert answer.status_code == 403
    assert desk.rows("SELECT * FROM decisions") == []


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-out"]
)
def test_signing_in_leads_to_no_other_site(desk_web: Running, target: str) -> None:
    with desk_web.client() as client:
        client.get("/sign-in")
        form = {"csrftoken": client.cookies["ds_csrftoken"], "name": "vic", "password": PASSWORD, "next": target}
        answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_headers_bind_the_browser(desk_web: Running) -> None:
    with desk_web.client("vic") as client:
        for path in ("/", "/replies", "/nothing", "/sign-in", "/export/replies.csv", "/desk/desk.js"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] in ("DENY", "SAMEORIGIN")
        for path in PAGES:
            page = client.get(path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=\"|javascript:", page), path
    cookie = next(
        line
        for line in httpx.post(desk_web.url + "/sign-in", **_sign_in_form(desk_web)).headers.get_list("set-cookie")
        if "desk_session" in line
    )
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


def _sign_in_form(desk: Running) -> dict[str, object]:
    first = httpx.get(desk.url + "/sign-in")
    token = first.cookies["ds_csrftoken"]
    return {"data": {"csrftoken": token, "name": "vic", "password": PASSWORD}, "cookies": {"ds_csrftoken": token}}


def test_nobody_may_serve_a_desk_without_people(samples_data: Path) -> None:
    from core.config import load_config  # noqa: PLC0415
    from core.errors import ConfigError  # noqa: PLC0415
    from web.app import check_settings  # noqa: PLC0415

    config = load_config(None, {"INTAKE_DATA_DIR": str(samples_data / "none")})
    assert config.web.host == "127.0.0.1"
    with pytest.raises(ConfigError, match="nobody may use the desk"):
        check_settings(config)
