"""A summary as text for a terminal or a mail, as one HTML page, or as JSON."""

from __future__ import annotations

import dataclasses
import json
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

from report.weekly import Row, Summary, Week

WIDTH: Final = 100
QUOTE: Final = 160
KIND_NAMES: Final = {
    "proposal": "proposals",
    "correction": "corrections",
    "no_proposal": "answers without a proposal",
    "enquiry": "enquiries",
    "auto_reply": "automatic replies",
    "bounce": "delivery reports",
    "spam": "spam",
    "unrelated": "other mail",
}
LANGUAGE_NAMES: Final = {
    "ar": "Arabic",
    "zh": "Chinese",
    "en": "English",
    "fr": "French",
    "ru": "Russian",
    "es": "Spanish",
}
METHOD_NAMES: Final = {"letter": "by letter", "title": "by title", "model": "by the model", "human": "decided"}


def to_json(summary: Summary) -> str:
    """All figures, for programs. Keys are the fields of report.weekly.Summary."""
    fields = {field.name: getattr(summary, field.name) for field in dataclasses.fields(summary)}
    fields["week"] = summary.week.name
    return json.dumps(fields, ensure_ascii=False, indent=2, default=str)


def to_text(summary: Summary) -> str:
    """For a terminal, a mail or a printer with fixed width."""
    return "\n".join(_text_lines(summary)).rstrip() + "\n"


def to_html(summary: Summary) -> str:
    """One page without scripts or anything fetched; words of replies are escaped, their direction left to the browser."""
    return "".join(_html_parts(summary))


RENDERERS: Final[dict[str, Callable[[Summary], str]]] = {"text": to_text, "html": to_html, "json": to_json}


def sender(row: Row) -> str:
    """The State's name, with the group it speaks for."""
    name = row.get("name") or row.get("state") or "State not known"
    return f"{name} (for {row['on_behalf_of']})" if row.get("on_behalf_of") else name


def shortened(words: str, limit: int = QUOTE) -> str:
    """One line of at most `limit` characters, cut between words where there are any."""
    line = " ".join(words.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"


def days_left_words(summary: Summary) -> str:
    if summary.days_left > 0:
        return f"{summary.days_left} days left after this week until {summary.deadline:%d %B %Y}"
    if summary.days_left == 0:
        return f"the deadline, {summary.deadline:%d %B %Y}, is the last day of this week"
    return f"the deadline, {summary.deadline:%d %B %Y}, has passed"


def period(week: Week) -> str:
    return f"{week.name}, {week.monday:%d %B} to {week.sunday:%d %B %Y}"


# --- text ----------------------------------------------------------------------------------------


def _text_lines(summary: Summary) -> Iterator[str]:
    yield f"WEEKLY INTAKE SUMMARY  {summary.reference}"
    yield summary.title
    yield f"Week {period(summary.week)}; {days_left_words(summary)}"
    yield ""
    yield f"Replies: {summary.replies_week} this week, {summary.replies_total} in all; {len(summary.silent)} States silent"
    yield from _text_table("By kind", summary.by_kind, KIND_NAMES)
    yield from _text_table("By language", summary.by_language, LANGUAGE_NAMES)
    yield from _text_table("By regional group", summary.by_region, {})
    yield from _heading("Topics by area")
    for area in summary.areas:
        yield from _wrapped(f"({area['letter']}) {area['title']}", "", "    ")
        yield f"    {_area_figures(area)}"
        for row in area["proposals"]:
            yield from _text_proposal(row)
    yield from _heading(f"New topics ({len(summary.new_topics)})")
    for row in summary.new_topics:
        yield from _text_proposal(row)
    yield from _heading(f"Awaiting review ({len(summary.review)})")
    for row in summary.review:
        yield from _wrapped(
            f"{row['received_at'][:10]}  {row['state'] or '???'}  {shortened(row['subject'], 70)}", "  ", "    "
        )
        for reason in row["review_reasons"]:
            yield from _wrapped(reason, "      - ", "        ")
    yield from _heading(f"Late replies ({len(summary.late)})")
    for row in summary.late:
        yield from _wrapped(f"{row['received_at'][:10]}  {sender(row)}: {shortened(row['subject'], 80)}", "  ", "    ")
    yield from _heading(f"Corrections this week ({len(summary.corrections)})")
    for row in summary.corrections:
        yield from _wrapped(f"{row['received_at'][:10]}  {sender(row)}, replaces {row['replaces']}", "  ", "    ")


def _text_table(title: str, rows: list[Row], names: dict[str, str]) -> Iterator[str]:
    yield from _heading(title)
    for row in rows:
        yield f"  {_padded(_name(row['value'], names), 34)}{row['week']:>5} this week {row['total']:>6} in all"


def _text_proposal(row: Row) -> Iterator[str]:
    mark = "*" if row["this_week"] else " "
    sure = f"{METHOD_NAMES[row['method']]}, {row['confidence']:.0%}{', late' if row['late'] else ''}"
    yield from _wrapped(f"{sender(row)}: “{shortened(row['quote'])}” [{sure}]", f"    {mark} ", "      ")


def _area_figures(area: Row) -> str:
    return f"{area['replies']} replies ({area['week']} this week), {area['states']} States, {area['regions']} regional groups"


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)


def _wrapped(text: str, first: str, other: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=other, break_on_hyphens=False) or [first]


def _padded(text: str, width: int) -> str:
    """Padded to columns of a terminal, in which a Chinese character takes two."""
    columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(0, width - columns)


def _name(value: str | None, names: dict[str, str]) -> str:
    return names.get(value or "", value or "not known")


# --- HTML ----------------------------------------------------------------------------------------

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #767676; } h3 { font-size: 1rem; }
table { border-collapse: collapse; } th, td { text-align: start; padding: .2rem 1.2rem .2rem 0; vertical-align: top; }
td.figure, th.figure { text-align: end; } blockquote { margin: .2rem 0 .6rem; padding-inline-start: .8rem; border-inline-start: 3px solid #767676; }
.small { color: #4a4a4a; font-size: .9rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


def _html_parts(summary: Summary) -> Iterator[str]:
    title = f"Weekly intake summary {summary.week.name}, {summary.reference}"
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style></head>\n<body>\n<h1>Weekly intake summary, {escape(summary.reference)}</h1>\n"
    yield f"<p>{escape(summary.title)}<br>Week {escape(period(summary.week))}; {escape(days_left_words(summary))}</p>\n"
    yield f"<p><strong>{summary.replies_week}</strong> replies this week, <strong>{summary.replies_total}</strong> in all; "
    yield f"{len(summary.silent)} States silent.</p>\n"
    yield _html_table("By kind", summary.by_kind, KIND_NAMES)
    yield _html_table("By language", summary.by_language, LANGUAGE_NAMES)
    yield _html_table("By regional group", summary.by_region, {})
    yield "<h2>Topics by area</h2>\n"
    for area in summary.areas:
        yield f"<h3>({escape(area['letter'])}) {escape(area['title'])}</h3>\n<p class=small>{escape(_area_figures(area))}</p>\n"
        yield from (_html_proposal(row) for row in area["proposals"])
    yield f"<h2>New topics ({len(summary.new_topics)})</h2>\n"
    yield from (_html_proposal(row) for row in summary.new_topics)
    yield _html_list(f"Awaiting review ({len(summary.review)})", [_review_words(row) for row in summary.review])
    yield _html_list(
        f"Late replies ({len(summary.late)})",
        [f"{row['received_at'][:10]} {sender(row)}: {row['subject']}" for row in summary.late],
    )
    corrections = [
        f"{row['received_at'][:10]} {sender(row)}, replaces {row['replaces']}" for row in summary.corrections
    ]
    yield _html_list(f"Corrections this week ({len(corrections)})", corrections)
    yield "</body>\n</html>\n"


def _review_words(row: Row) -> str:
    return f"{row['received_at'][:10]} {row['state'] or 'State not known'}: {row['subject']}: {'; '.join(row['review_reasons'])}"


def _html_table(title: str, rows: list[Row], names: dict[str, str]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(_name(row["value"], names))}</th>'
        f'<td class="figure">{row["week"]}</td><td class="figure">{row["total"]}</td></tr>'
        for row in rows
    )
    head = '<tr><td></td><th class="figure" scope="col">This week</th><th class="figure" scope="col">In all</th></tr>'
    return f"<h2>{escape(title)}</h2>\n<table><thead>{head}</thead><tbody>{body}</tbody></table>\n"


def _html_proposal(row: Row) -> str:
    language = escape(row["language"] or "", quote=True)
    sure = f"{METHOD_NAMES[row['method']]}, {row['confidence']:.0%}{', late' if row['late'] else ''}"
    return (
        f'<p>{escape(sender(row))} <span class="small">({escape(sure)}; {escape(row["source"])})</span></p>'
        f'<blockquote dir="auto" lang="{language}">{escape(shortened(row["quote"], 400))}</blockquote>\n'
    )


def _html_list(title: str, items: list[str]) -> str:
    body = "".join(f'<li dir="auto">{escape(item)}</li>' for item in items)
    return f"<h2>{escape(title)}</h2>\n<ul>{body}</ul>\n" if items else f"<h2>{escape(title)}</h2>\n<p>None.</p>\n"


def render(summary: Summary, form: str) -> str:
    return RENDERERS[form](summary)
