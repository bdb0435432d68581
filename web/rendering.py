"""From figures to pages: the variables that every template has, and errors as pages."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Final

from datasette.utils.asgi import Forbidden, NotFound, Response
from markupsafe import Markup, escape

from store.standing import shown_areas
from web.accounts import may
from web.queries import BEGIN, END, queue_size, state_names
from web.words import N_, OFFERED, Words, chosen_language

LANGUAGE_COOKIE: Final = "desk_language"
View = Callable[[Any, Any], Awaitable[Any]]

ERRORS: Final = {
    "forbidden": (N_("Not for you"), N_("Your role does not allow this. Ask an administrator of the desk.")),
    "missing": (N_("Not found"), N_("There is no such page. The address may be cut short.")),
    "refused": (N_("That was not done"), ""),
    "fault": (N_("Something went wrong"), N_("Nothing stored was lost. The program’s log says more.")),
}


def role_of(request: Any) -> str | None:
    return (request.actor or {}).get("role")


def needs(role: str) -> Callable[[View], View]:
    """A page for people of that role or above; others sign in first, or are refused."""
    from web.sign_in import ask  # noqa: PLC0415 - each needs the other

    def wrap(view: View) -> View:
        @functools.wraps(view)
        async def guarded(datasette: Any, request: Any) -> Any:
            if request.actor is None:
                return ask(request)
            if not may(role_of(request), role):
                raise Forbidden("role")
            return await view(datasette, request)

        return guarded

    return wrap


def words_for(datasette: Any, request: Any) -> Words:
    desk = datasette.desk
    language = chosen_language(
        request.args.get("lang") or "",
        request.cookies.get(LANGUAGE_COOKIE, ""),
        request.headers.get("accept-language", ""),
        desk.config.web.language,
    )
    return Words(language, desk.zone)


async def read(datasette: Any, query: Callable[..., Any], *arguments: Any) -> Any:
    """Run a function of web.queries on a reading connection, in Datasette's pool."""
    return await datasette.get_database("intake").execute_fn(lambda connection: query(connection, *arguments))


async def page(datasette: Any, request: Any, template: str, status: int = 200, **variables: Any) -> Response:
    return Response.html(await datasette.render_template(template, variables, request=request), status=status)


async def error_page(datasette: Any, request: Any, status: int, what: str, detail: str = "") -> Response:
    if wants_json(request):
        return Response.json({"error": detail or what}, status=status)
    title, words = ERRORS[what]
    return await page(datasette, request, "desk_error.html", status=status, error_title=title, words=detail or words)


def wants_json(request: Any) -> bool:
    return "application/json" in request.headers.get("accept", "")


def not_found() -> NotFound:
    return NotFound("no such thing")


async def page_variables(datasette: Any, request: Any) -> dict[str, Any]:
    """What every template has: words, who looks, and what waits."""
    if request is None:
        return {}
    words, role, desk = words_for(datasette, request), role_of(request), datasette.desk
    names = await desk.figures.keep(f"states {words.language}", lambda: read(datasette, state_names, words.language))
    waiting = await desk.figures.get("waiting", lambda: read(datasette, queue_size)) if role else 0
    return {
        "t": words,
        "_": words.gettext,
        "ngettext": words.ngettext,
        "role": role,
        "can_review": may(role, "reviewer"),
        "can_administer": may(role, "administrator"),
        "waiting": waiting,
        "countries": dict(names),
        "consultation": desk.consultation,
        "days_left": desk.consultation.days_left(words.today()),
        "offered": OFFERED,
        "static_mark": datasette.static_mark,
        "marked": marked,
        "area_title": functools.partial(area_title, words.language),
        "shown_areas": shown_areas,
        "here": request.path,
    }


def marked(snippet: str) -> Markup:
    """A snippet with its found words marked; all else in it is escaped."""
    return Markup(str(escape(snippet)).replace(BEGIN, "<mark>").replace(END, "</mark>"))  # noqa: S704 - escaped just before


def area_title(language: str, titles: dict[str, str]) -> str:
    return titles.get(language) or titles.get("en") or next(iter(titles.values()), "")
