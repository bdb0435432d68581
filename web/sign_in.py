"""Signing in and out, and choosing the language."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from datasette.utils.asgi import Response

from web.access import SESSION_COOKIE
from web.accounts import password_fits
from web.rendering import LANGUAGE_COOKIE, page, wants_json
from web.words import OFFERED

YEAR: Final = 365 * 24 * 3600


def ask(request: Any) -> Response:
    """To the sign-in page, and back afterwards; a program is told."""
    if wants_json(request):
        return Response.json({"error": "sign in first"}, status=401)
    if request.method != "GET":
        return Response.redirect("/sign-in")
    return Response.redirect(f"/sign-in?next={quote(request.full_path, safe='')}")


async def form_of(request: Any) -> dict[str, list[str]]:
    """The form's fields, each with all its values."""
    return parse_qs((await request.post_body()).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)


async def sign_in(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return await _show(datasette, request, safe_target(request.args.get("next") or "/"))
    form = await form_of(request)
    name, password = form.get("name", [""])[0].strip(), form.get("password", [""])[0]
    target = safe_target(form.get("next", ["/"])[0])
    desk = datasette.desk
    keys = (f"name {name}", f"address {desk.access.client(request.scope)}")
    wait = desk.limit.wait(*keys)
    if wait:
        answer = await _show(datasette, request, target, name, wait=wait, status=429)
        answer.headers["retry-after"] = str(wait)
        return answer
    account = desk.access.accounts.get(name)
    desk.limit.failed(*keys)  # counted before the check: tries at the same moment count, too
    if not await asyncio.to_thread(password_fits, account, password):
        return await _show(datasette, request, target, name, wrong=True, status=401)
    desk.limit.succeeded(*keys)
    response = Response.redirect(target, status=303)
    seconds = int(desk.config.web.session_hours * 3600)
    cookie = desk.access.session_for(account)
    response.set_cookie(
        SESSION_COOKIE, cookie, max_age=seconds, httponly=True, samesite="lax", secure=desk.access.https
    )
    return response


async def sign_out(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return Response.redirect("/")
    response = Response.redirect("/sign-in", status=303)
    response.set_cookie(
        SESSION_COOKIE, "", max_age=0, httponly=True, samesite="lax", secure=datasette.desk.access.https
    )
    return response


async def language(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return Response.redirect("/")
    form = await form_of(request)
    response = Response.redirect(safe_target(form.get("next", ["/"])[0]), status=303)
    chosen = form.get("language", [""])[0]
    if chosen in OFFERED:
        secure = datasette.desk.access.https
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return response


def safe_target(target: str) -> str:
    """A path of this desk, or its first page: never another site."""
    parts = urlsplit(target)
    clean = all(letter.isprintable() and letter != "\\" for letter in target)
    own = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if clean and own and not parts.path.startswith("/sign-") else "/"


async def _show(
    datasette: Any, request: Any, target: str, name: str = "", *, wrong: bool = False, wait: int = 0, status: int = 200
) -> Response:
    return await page(
        datasette,
        request,
        "sign_in.html",
        status=status,
        target=target,
        name=name,
        wrong=wrong,
        wait_minutes=-(-wait // 60),
    )
