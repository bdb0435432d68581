"""What people do: decisions from forms, with or without a script in the browser."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from core.errors import ChangedMeanwhile, DecisionError
from store.decide import Change, Decider
from web.queries import value
from web.rendering import needs, read, wants_json
from web.sign_in import form_of

NEW: Final = "new"
NONE: Final = "none"
Form = dict[str, list[str]]


@needs("reviewer")
async def decide(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return Response.redirect("/review")
    form = await form_of(request)
    number, revision = whole(form, "reply"), whole(form, "revision")
    change = change_from(form)

    def act(decider: Decider) -> Any:
        return decider.decide(number, [change], by=request.actor["id"], revision=revision, why=one(form, "why"))

    try:
        done = await datasette.desk.decide(act)
    except ChangedMeanwhile as error:
        return await _changed(datasette, request, form, number, error)
    return await _go_on(datasette, request, form, number, done.batch, done.needs_review)


@needs("reviewer")
async def undo(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return Response.redirect("/review")
    form = await form_of(request)
    batch = whole(form, "batch")
    changed = await datasette.desk.decide(
        lambda decider: decider.undo(batch, by=request.actor["id"], why=one(form, "why"))
    )
    if one(form, "then") == "review" and changed:
        return _answer(request, f"/review?{urlencode({'reply': changed[0], 'undone': batch})}")
    if changed:
        return _answer(request, f"/reply/{await _digest(datasette, changed[0])}?undone={batch}")
    return _answer(request, "/areas")


@needs("reviewer")
async def accept_area(datasette: Any, request: Any) -> Response:
    if request.method != "POST":
        return Response.redirect("/new-topics")
    form = await form_of(request)
    titles = {name.removeprefix("title_"): values[0] for name, values in form.items() if name.startswith("title_")}
    topics = [int(topic) for topic in form.get("topics", []) if topic.isdigit()]
    if not topics:
        raise DecisionError("no topic was chosen", "Choose the topics that the new area is made of")
    letter, batch = await datasette.desk.decide(
        lambda decider: decider.accept_area(titles, topics, by=request.actor["id"], why=one(form, "why"))
    )
    return _answer(request, f"/areas/{letter}?done={batch}")


# --- forms to decisions ----------------------------------------------------------------------------


def one(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()


def whole(form: Form, name: str) -> int:
    text = one(form, name)
    if not text.isdigit():
        raise DecisionError(f"the form lacks its {name}", "Load the page again")
    return int(text)


def change_from(form: Form) -> Change:
    """One decision out of a form's fields. Raises DecisionError: fields that are missing."""
    field = one(form, "field")
    topic = (
        whole(form, "topic") if field.startswith("topic_") and field not in ("topic_added", "topic_merged") else None
    )
    if field == "topic_merged":
        chosen = sorted({int(number) for number in form.get("topics", []) if number.isdigit()})
        return Change(field, chosen[1:], chosen[0] if chosen else None)
    return Change(field, _value(field, form), topic)


def _value(field: str, form: Form) -> Any:
    text = one(form, "value")
    if field in ("state", "group", "assignee"):
        return None if text in ("", NONE) else text
    if field in ("late", "topic_rejected"):
        return text == "1"
    if field == "duplicate_of":
        return int(text) if text.isdigit() else None
    if field == "replaces":
        return None if text == "auto" else [int(number) for number in text.split(",") if number.isdigit()]
    if field == "topic_areas":
        return areas_from(form)
    if field == "topic_added":
        return text, areas_from(form)
    if field == "topic_split":
        return text.splitlines()
    return text or None if field in ("settled", "flagged") else text


def areas_from(form: Form) -> list[str | None]:
    return [None if letter == NEW else letter for letter in form.get("areas", []) if letter] or [None]


# --- where to go afterwards ------------------------------------------------------------------------


async def _go_on(datasette: Any, request: Any, form: Form, number: int, batch: int, needs_review: bool) -> Response:
    then = one(form, "then")
    if then == "review":
        where = {"reply": number} if needs_review else {"after": number}
        topic = {"topic": one(form, "topic")} if needs_review and one(form, "topic") else {}
        return _answer(request, f"/review?{urlencode({**where, **topic, 'done': batch})}")
    return _answer(request, f"/reply/{await _digest(datasette, number)}?done={batch}")


async def _changed(datasette: Any, request: Any, form: Form, number: int, error: ChangedMeanwhile) -> Response:
    """The reply as it is now, with the news that it changed."""
    where = (
        f"/review?reply={number}" if one(form, "then") == "review" else f"/reply/{await _digest(datasette, number)}?"
    )
    target = f"{where}&changed=1"
    if wants_json(request):
        return Response.json({"next": target, "error": str(error)}, status=409)
    return Response.redirect(target, status=303)


async def _digest(datasette: Any, number: int) -> str:
    return str(await read(datasette, value, "SELECT sha256 FROM messages WHERE id = ?", [number]))


def _answer(request: Any, target: str) -> Response:
    if wants_json(request):
        return Response.json({"next": target})
    return Response.redirect(target, status=303)
