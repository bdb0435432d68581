"""The pages, each: read figures, show a template."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from datasette.utils import validate_sql_select
from datasette.utils.asgi import Response

from core.errors import ArchiveError
from core.model import LANGUAGES, Attachment
from ingest.mime import safe_name
from report.clusters import gather
from web import queries as q
from web.export import FORMATS
from web.highlight import Block, Mark, blocks, place
from web.mail import file_of, html_of
from web.picture import DRAWN, draw
from web.rendering import needs, not_found, page, read, words_for

AREA_PAGE: Final = 100
KINDS_BY_KEY: Final = ("proposal", "correction", "no_proposal", "enquiry", "auto_reply", "bounce", "spam", "unrelated")
"""In the order of the keys 1 to 8."""
MAIL_POLICY: Final = "default-src 'none'; style-src 'self'; sandbox; frame-ancestors 'self'"
"""For a mail's HTML in its frame: no script, nothing fetched but our style sheet."""


@needs("viewer")
async def overview(datasette: Any, request: Any) -> Response:
    figures = await datasette.desk.figures.get("overview", lambda: read(datasette, q.overview))
    versions = await read(datasette, q.versions)
    answers = {row["status"]: row["states"] for row in figures["states"]}
    return await page(
        datasette,
        request,
        "overview.html",
        figures=figures,
        versions=versions,
        answers=answers,
        full=_full_days(figures),
    )


def _full_days(figures: q.Row) -> list[q.Row]:
    """The days from the first to the last, those without a reply too; at most the last six weeks."""
    counts = {row["day"]: row["replies"] for row in figures["days"]}
    if not counts:
        return []
    last, first = date.fromisoformat(max(counts)), date.fromisoformat(min(counts))
    first = max(first, last - timedelta(days=41))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [{"day": day.isoformat(), "replies": counts.get(day.isoformat(), 0)} for day in days]


@needs("viewer")
async def replies(datasette: Any, request: Any) -> Response:
    narrowed = q.Filter.of({key: request.args.get(key) for key in q.Filter.__slots__})
    number = page_number(request.args.get("page"))
    found, total = await read(datasette, q.list_replies, narrowed, number)
    names = await read(datasette, q.state_names, words_for(datasette, request).language)
    asked = {name: getattr(narrowed, name) for name in q.Filter.__slots__ if getattr(narrowed, name)}
    return await page(
        datasette,
        request,
        "replies.html",
        found=found,
        total=total,
        number=number,
        pages=max(1, math.ceil(total / q.PAGE)),
        narrowed=narrowed,
        states=names,
        asked=urlencode(asked),
        versions=await read(datasette, q.versions),
    )


def page_number(text: str | None) -> int:
    return min(max(int(text), 1), 100_000) if text and text.isdigit() and len(text) < 7 else 1


@needs("viewer")
async def reply(datasette: Any, request: Any) -> Response:
    digest = request.url_vars["digest"]
    number = await read(datasette, q.find_reply, digest)
    if number is None:
        raise not_found()
    shown = await read(datasette, q.reply, number)
    if shown["sha256"] != digest:
        return Response.redirect(f"/reply/{shown['sha256']}")
    return await page(
        datasette, request, "reply.html", **await _reply_variables(datasette, request, shown), then="reply"
    )


@needs("viewer")
async def review(datasette: Any, request: Any) -> Response:
    asked, after = whole_number(request.args.get("reply")), whole_number(request.args.get("after"))
    number = asked if asked is not None else await read(datasette, q.next_in_queue, after)
    shown = await read(datasette, q.reply, number) if number is not None else None
    waiting = await read(datasette, q.queue_size)
    if shown is None:
        return await page(
            datasette, request, "review_done.html", done=whole_number(request.args.get("done")), waiting=waiting
        )
    variables = await _reply_variables(datasette, request, shown)
    focus = whole_number(request.args.get("topic"))
    return await page(datasette, request, "review.html", **variables, waiting=waiting, focus=focus, then="review")


def whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 16 else None


async def _reply_variables(datasette: Any, request: Any, shown: q.Row) -> q.Row:
    """What a reply's page and the review page have in common."""
    words = words_for(datasette, request)
    files = await asyncio.to_thread(_files, datasette.desk.archive, shown)
    return {
        "reply": shown,
        "texts": [{**text, "blocks": _blocks(shown, text)} for text in shown["texts"] if text["text"].strip()],
        "files": files,
        "has_html": await asyncio.to_thread(_has_html, datasette.desk.archive, shown["sha256"]),
        "areas": await read(datasette, _areas),
        "states": await read(datasette, q.state_names, words.language),
        "history": [{**row, "shown": _shown_values(words, row)} for row in shown["history"]],
        "undoable": undoable(shown["history"]),
        "done": whole_number(request.args.get("done")),
        "undone": whole_number(request.args.get("undone")),
        "changed": bool(request.args.get("changed")),
        "kinds": list(
            enumerate(
                ("proposal", "correction", "no_proposal", "enquiry", "auto_reply", "bounce", "spam", "unrelated"), 1
            )
        ),
        "colleagues": sorted(datasette.desk.access.accounts),
    }


def _areas(connection: Any) -> list[q.Row]:
    return [
        {**row, "titles": json.loads(row["titles"])}
        for row in q.rows(connection, "SELECT letter, titles FROM areas ORDER BY letter")
    ]


def _files(archive: Any, shown: q.Row) -> list[q.Row]:
    """Attachments with what can be drawn of them; the text that was read of each lies beside it."""
    texts = {text["source"] for text in shown["texts"] if text["text"].strip()}
    return [
        {**row, "drawn": row["content_type"] in DRAWN, "read": row["name"] in texts} for row in shown["attachments"]
    ]


def _has_html(archive: Any, digest: str) -> bool:
    try:
        return b"text/html" in archive.get(digest)[:2_000_000].lower()
    except ArchiveError:
        return False


def _blocks(shown: q.Row, text: q.Row) -> list[Block]:
    marks = []
    for topic in shown["topics"]:
        found = (
            place(text["text"], topic["start"], topic["end"], topic["quote"])
            if topic["source"] == text["source"]
            else None
        )
        if found and not topic["rejected"]:
            marks.append(Mark(*found, topic["position"]))
    for item in shown["state_evidence"]:
        found = (
            place(text["text"], item["start"], item["end"], item["words"]) if item["source"] == text["source"] else None
        )
        if found:
            marks.append(Mark(*found, None))
    return blocks(text["text"], text["spans"], marks)


def undoable(history: list[q.Row]) -> int | None:
    """The last batch about this reply that still stands; the only one that can be taken back."""
    return next(
        (row["batch"] for row in history if not row["undone"] and row["field"] not in ("undo", "note")),
        None,
    )


def _shown_values(words: Any, row: q.Row) -> tuple[str, str]:
    """Before and after as a person reads them."""
    return _shown(words, row["field"], row["before"]), _shown(words, row["field"], row["after"])


def _shown(words: Any, field: str, text: str | None) -> str:
    if field in ("settled", "undo") or text is None:
        return ""
    if field == "kind":
        return str(words.name("kind", text))
    if field in ("late", "topic_rejected"):
        return str(words.gettext("yes") if text == "1" else words.gettext("no"))
    if field == "topic_areas":
        return ", ".join(f"({area})" if area else words.gettext("new topic") for area in json.loads(text))
    if field.startswith("topic_"):
        return _topic_words(json.loads(text))
    return text


def _topic_words(change: Any) -> str:
    if isinstance(change, dict) and "come" in change:
        return " · ".join(topic["quote"] for topic in change["come"])
    return str(change["quote"]) if isinstance(change, dict) else ""


# --- files of a reply ------------------------------------------------------------------------------


@needs("viewer")
async def mail(datasette: Any, request: Any) -> Response:
    """The mail's own HTML, sanitised, for a sandboxed frame."""
    markup = await asyncio.to_thread(html_of, datasette.desk.archive, request.url_vars["digest"])
    body = await datasette.render_template("mail.html", {"markup": markup}, request=request)
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response.html(body, headers=headers)


@needs("viewer")
async def raw(datasette: Any, request: Any) -> Response:
    digest = request.url_vars["digest"]
    content = await asyncio.to_thread(datasette.desk.archive.get, digest)
    return _download(content, f"{digest[:12]}.eml")


@needs("viewer")
async def file(datasette: Any, request: Any) -> Response:
    found = await _file(datasette, request)
    return _download(found.content, found.name)


@needs("viewer")
async def picture(datasette: Any, request: Any) -> Response:
    """A page of an attachment, drawn anew in a child with limits."""
    drawn = await asyncio.to_thread(draw, await _file(datasette, request), int(request.url_vars["page"]))
    if drawn is None:
        raise not_found()
    return Response(body=drawn, content_type="image/png", headers={"cache-control": "private, max-age=600"})


async def _file(datasette: Any, request: Any) -> Attachment:
    digest, part = request.url_vars["digest"], request.url_vars["part"]
    found = await asyncio.to_thread(file_of, datasette.desk.archive, digest, part)
    if found is None:
        raise not_found()
    return found


def _download(content: bytes, name: str) -> Response:
    """As a file to be kept, whatever it is: never shown by the browser in our pages' origin (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", safe_name(name))[:100] or "file"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe_name(name)[:200], safe='')}"
    headers = {"content-disposition": disposition, "content-security-policy": "default-src 'none'; sandbox"}
    return Response(body=content, content_type="application/octet-stream", headers=headers)


# --- areas, new topics, States ---------------------------------------------------------------------


@needs("viewer")
async def areas(datasette: Any, request: Any) -> Response:
    found = await datasette.desk.figures.get("areas", lambda: read(datasette, q.areas))
    most = max((row["replies"] for row in found), default=1) or 1
    return await page(datasette, request, "areas.html", found=found, most=most)


@needs("viewer")
async def area(datasette: Any, request: Any) -> Response:
    letter = request.url_vars["letter"]
    figures = datasette.desk.figures
    known = {row["letter"]: row for row in await figures.get("areas", lambda: read(datasette, q.areas))}
    if letter not in known:  # accepted a moment ago, or not at all
        known = {row["letter"]: row for row in await read(datasette, q.areas)}
    if letter not in known:
        raise not_found()
    found = await figures.get(f"area {letter}", lambda: read(datasette, q.area_proposals, letter))
    pages = max(1, math.ceil(len(found) / AREA_PAGE))
    number = min(page_number(request.args.get("page")), pages)
    part = found[(number - 1) * AREA_PAGE : number * AREA_PAGE]
    done = whole_number(request.args.get("done"))
    return await page(
        datasette, request, "area.html", area=known[letter], found=part, done=done, number=number, pages=pages
    )


@needs("viewer")
async def new_topics(datasette: Any, request: Any) -> Response:
    groups = await datasette.desk.figures.get("new topics", lambda: _gathered(datasette))
    total = sum(len(group["topics"]) for group in groups)
    return await page(
        datasette, request, "new_topics.html", groups=groups, total=total, most=q.MOST_NEW, languages=LANGUAGES
    )


async def _gathered(datasette: Any) -> list[q.Row]:
    """New topics in groups of like ones, and after them those that are like no other."""
    gathered = await asyncio.to_thread(gather, await read(datasette, q.area_proposals, None, q.MOST_NEW))
    groups = [{"alike": True, "topics": group} for group in gathered if len(group) > 1]
    single = [topic for group in gathered if len(group) == 1 for topic in group]
    return [*groups, {"alike": False, "topics": single}] if single else groups


@needs("viewer")
async def states(datasette: Any, request: Any) -> Response:
    found = await datasette.desk.figures.get("states", lambda: read(datasette, q.states))
    regions = [(region, list(members)) for region, members in itertools.groupby(found, key=lambda row: row["region"])]
    counted = [
        {
            "region": region,
            "states": members,
            **{
                status: sum(row["status"] == status for row in members)
                for status in ("replied", "no_proposal", "silent")
            },
        }
        for region, members in regions
    ]
    only = request.args.get("status") or ""
    return await page(datasette, request, "states.html", regions=counted, only=only)


# --- search, queries, files ------------------------------------------------------------------------


@needs("viewer")
async def search(datasette: Any, request: Any) -> Response:
    asked = (request.args.get("q") or "").strip()[:300]
    found = await read(datasette, q.search, asked) if asked else []
    return await page(datasette, request, "search.html", asked=asked, found=found)


@needs("viewer")
async def queries(datasette: Any, request: Any) -> Response:
    saved = await datasette.get_canned_queries("intake", request.actor)
    return await page(datasette, request, "queries.html", saved=saved, views=q.VIEWS)


@needs("viewer")
async def keys(datasette: Any, request: Any) -> Response:
    return await page(datasette, request, "keys.html")


@needs("viewer")
async def live(datasette: Any, request: Any) -> Response:
    return Response.json(await read(datasette, q.versions))


@needs("viewer")
async def export(datasette: Any, request: Any) -> Response:
    view, form = request.url_vars["view"], request.url_vars["form"]
    if view not in q.VIEWS:
        raise not_found()
    narrowed = q.Filter.of({key: request.args.get(key) for key in q.Filter.__slots__} if view == "replies" else {})
    where, parameters = narrowed.condition()
    narrowing = f" WHERE reply_id IN (SELECT id FROM messages WHERE {where}) ORDER BY received_at"  # noqa: S608
    sql = f"SELECT * FROM {view}" + (narrowing if view == "replies" else "")  # noqa: S608

    def rows(connection: Any) -> tuple[list[str], list[Any]]:
        cursor = connection.execute(sql, parameters)
        return [column[0] for column in cursor.description], [tuple(row) for row in cursor]

    return await _as_file(form, view, *await read(datasette, rows))


@needs("viewer")
async def export_query(datasette: Any, request: Any) -> Response:
    """Results of a query as a file with harmless cells, in the place of Datasette's own CSV."""
    name, form = request.url_vars.get("name"), request.url_vars["form"]
    saved = await datasette.get_canned_query("intake", name, request.actor) if name else None
    if saved is None:
        await datasette.ensure_permissions(request.actor, [("execute-sql", "intake")])
    sql = saved["sql"] if saved else (request.args.get("sql") or f'SELECT * FROM "{name}"')  # noqa: S608 - administrators only
    validate_sql_select(sql)
    parameters = {key: request.args.get(key) for key in re.findall(r":([a-z_]+)", sql)}
    results = await datasette.execute("intake", sql, parameters, truncate=False)
    columns = [column[0] for column in results.description]
    return await _as_file(form, name or "query", columns, [tuple(row) for row in results.rows])


async def _as_file(form: str, name: str, columns: list[str], rows: list[Any]) -> Response:
    content_type, make = FORMATS[form]
    content = await asyncio.to_thread(make, columns, rows)
    headers = {"content-disposition": f'attachment; filename="{re.sub(r"[^a-z_]", "", name)}.{form}"'}
    return Response(body=content, content_type=content_type, headers=headers)
