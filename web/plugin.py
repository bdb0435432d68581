"""The hooks by which Datasette takes up the desk."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from datasette import hookimpl
from datasette.utils.asgi import Base400, Forbidden, NotFound
from datasette.views.base import DatasetteError

from core.errors import ChangedMeanwhile, IntakeError
from web import actions, pages, sign_in
from web.access import from_elsewhere, header
from web.accounts import may
from web.rendering import error_page, page_variables

log = logging.getLogger("intake.web")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-store",
}
STATIC_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
}
LARGEST_FORM: Final = 1_000_000
Scope = dict[str, Any]


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    return [
        (r"^/$", pages.overview),
        (r"^/replies$", pages.replies),
        (r"^/reply/(?P<digest>[0-9a-f]{8,64})$", pages.reply),
        (r"^/reply/(?P<digest>[0-9a-f]{64})/mail$", pages.mail),
        (r"^/reply/(?P<digest>[0-9a-f]{64})/raw$", pages.raw),
        (r"^/reply/(?P<digest>[0-9a-f]{64})/file/(?P<part>[0-9.]{1,40})$", pages.file),
        (r"^/reply/(?P<digest>[0-9a-f]{64})/page/(?P<part>[0-9.]{1,40})/(?P<page>[0-9]{1,3})$", pages.picture),
        (r"^/review$", pages.review),
        (r"^/areas$", pages.areas),
        (r"^/areas/(?P<letter>[a-z])$", pages.area),
        (r"^/new-topics$", pages.new_topics),
        (r"^/states$", pages.states),
        (r"^/search$", pages.search),
        (r"^/queries$", pages.queries),
        (r"^/keys$", pages.keys),
        (r"^/live$", pages.live),
        (r"^/export/(?P<view>[a-z_]+)\.(?P<form>csv|json|xlsx)$", pages.export),
        (r"^/intake(/(?P<name>[^/.]+))?\.(?P<form>csv|xlsx)$", pages.export_query),
        (r"^/decide$", actions.decide),
        (r"^/undo$", actions.undo),
        (r"^/accept-area$", actions.accept_area),
        (r"^/sign-in$", sign_in.sign_in),
        (r"^/sign-out$", sign_in.sign_out),
        (r"^/language$", sign_in.language),
    ]


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> Any:
    return datasette.desk.access.actor(request.scope, request.cookies)


@hookimpl(trylast=True)
def permission_allowed(datasette: Any, actor: Any, action: str, resource: Any) -> bool:
    """Datasette's own pages: saved queries for everybody who is signed in, the rest for administrators."""
    role = (actor or {}).get("role")
    if resource == "_internal" or (isinstance(resource, tuple) and resource[0] == "_internal"):
        return False
    if action in ("view-instance", "view-query"):
        return may(role, "viewer")
    if action in ("view-database", "view-table", "execute-sql"):
        return may(role, "administrator")
    return False


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> Any:
    return page_variables(datasette, request)


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    async def answer() -> Any:
        if request.actor is None:
            return sign_in.ask(request)
        return await error_page(datasette, request, 403, "forbidden")

    return answer


@hookimpl(tryfirst=True)
def handle_exception(datasette: Any, request: Any, exception: BaseException) -> Any:
    """Every fault as a page that says what to do; nothing of a reply goes to the log."""

    async def answer() -> Any:
        if isinstance(exception, IntakeError):
            status = 409 if isinstance(exception, ChangedMeanwhile) else 400
            return await error_page(datasette, request, status, "refused", f"{exception.what}. {exception.mend}.")
        if isinstance(exception, NotFound):
            return await error_page(datasette, request, 404, "missing")
        if isinstance(exception, Forbidden):
            return await error_page(datasette, request, 403, "forbidden")
        if isinstance(exception, DatasetteError | Base400):
            status = getattr(exception, "status", 400)
            return await error_page(
                datasette, request, status, "refused", str(getattr(exception, "message", exception))
            )
        log.error("a page failed", exc_info=exception, extra={"path": request.path})
        return await error_page(datasette, request, 500, "fault")

    return answer


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    """Before every page: forms from elsewhere are refused. After it: the headers that bind the browser."""

    def wrap(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def guarded(scope: Scope, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            if scope["method"] not in ("GET", "HEAD"):
                refusal = _refusal(scope)
                if refusal:
                    await _say(send, *refusal)
                    return

            async def send_with_headers(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": _bound(scope, message.get("headers") or [])}
                await send(message)

            await app(scope, receive, send_with_headers)

        return guarded

    return wrap


def _refusal(scope: Scope) -> tuple[int, str] | None:
    if from_elsewhere(scope):
        return 403, "A form of another site is not taken."
    length = header(scope, "content-length")
    if not length.isdigit() or int(length) > LARGEST_FORM:
        return 413, "The form is too large."
    return None


async def _say(send: Any, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *((k.encode(), v.encode()) for k, v in HEADERS.items())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


def _bound(scope: Scope, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Our headers, where the page has not set its own; static files may be kept, and a sandboxed frame may fetch its sheet."""
    own = {**HEADERS, **STATIC_HEADERS} if scope["path"].startswith("/desk/") else HEADERS
    set_already = {name.lower() for name, _ in headers}
    return [*headers, *((k.encode(), v.encode()) for k, v in own.items() if k.encode() not in set_already)]
