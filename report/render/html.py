"""A Document as one HTML page that mail programs show too: no script, nothing fetched, styles on the elements.

Outlook and webmail drop style sheets and flexible layouts, so tables carry their own widths, and everything that matters
stands in attributes that they keep. Charts are pictures with their figures as alternative text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

from report.document import Block, Chart, Document, Heading, Paragraph, Table, Voice, Voices
from report.render.text import shown
from report.render.typ import direction, pictures
from report.style import PLAIN, Style
from report.words import Words, words_of

FONT: Final = "font-family:'Noto Sans','Noto Sans Arabic','Noto Sans CJK SC',Arial,Helvetica,sans-serif"
CELL: Final = "padding:3px 8px;border-bottom:1px solid #767676;vertical-align:top"

PictureAddress = Callable[[str], str]
"""The address of a chart's picture by its name."""


def to_html(document: Document, style: Style = PLAIN) -> str:
    """One file; charts stand in it as data."""
    made = {name: base64.b64encode(content).decode() for name, content in pictures(document, style).items()}
    return html_with(document, style, lambda name: f"data:image/png;base64,{made[name]}")


def html_with(document: Document, style: Style, address: PictureAddress) -> str:
    """The page with its charts at addresses of the caller's choice (`cid:` in a mail, RFC 2392)."""
    return "".join(_Page(document, style, address).parts())


class _Page:
    def __init__(self, document: Document, style: Style, address: PictureAddress) -> None:
        self.document = document
        self.style = style
        self.address = address
        self.words: Words = words_of(document.language)
        self.start = "right" if self.words.right_to_left else "left"
        self.end = "left" if self.words.right_to_left else "right"

    def parts(self) -> Iterator[str]:
        document = self.document
        way = "rtl" if self.words.right_to_left else "ltr"
        title = escape(f"{document.title}, {document.reference}")
        yield f'<!DOCTYPE html>\n<html lang="{document.language}" dir="{way}">\n<head><meta charset="utf-8">'
        yield f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>\n'
        yield f'<body style="{FONT};font-size:15px;line-height:1.45;color:#1b1b1b;background:#ffffff;margin:0;padding:16px">\n'
        yield f'<div dir="{way}" style="max-width:780px;margin:0 auto;text-align:{self.start}">\n'
        for line in self.style.letterhead_of(document.language):
            yield f'<div style="font-size:13px">{escape(line)}</div>\n'
        yield f'<h1 style="font-size:24px;color:{self.style.colour};margin:12px 0 4px">{escape(document.title)}</h1>\n'
        yield f'<p style="margin:0 0 4px"><strong>{escape(document.reference)}</strong><br>{escape(document.subtitle)}</p>\n'
        for block in document.blocks:
            yield self._block(block)
        for line in self.style.signature_of(document.language):
            yield f"<div>{escape(line)}</div>\n"
        yield f'<p style="font-size:12px;color:#4a4a4a">{escape(document.made)}</p>\n</div>\n</body>\n</html>\n'

    def _block(self, block: Block) -> str:
        match block:
            case Heading(text, level):
                look = f"font-size:{19 if level == 1 else 16}px;color:{self.style.colour};margin:22px 0 6px"
                return f'<h{level + 1} style="{look}">{escape(text)}</h{level + 1}>\n'
            case Paragraph(text, small):
                size = "font-size:13px;color:#4a4a4a;" if small else ""
                return f'<p style="{size}margin:6px 0">{escape(text)}</p>\n'
            case Table():
                return "" if block.only_sheet else self._table(block)
            case Voices(items):
                return "".join(map(self._voice, items))
            case Chart():
                return self._picture(block)

    def _picture(self, chart: Chart) -> str:
        source, told = escape(self.address(chart.name), quote=True), escape(chart.alternative, quote=True)
        return (
            f'<p style="margin:12px 0 4px"><strong>{escape(chart.title)}</strong></p>\n'
            f'<img src="{source}" alt="{told}" width="640" style="max-width:100%;height:auto;border:0">\n'
        )

    def _table(self, table: Table) -> str:
        sides = [self.end if column.kind in ("number", "percent") else self.start for column in table.columns]
        head = "".join(
            f'<th scope="col" style="{CELL};text-align:{side};border-bottom-width:2px">{escape(column.title)}</th>'
            for column, side in zip(table.columns, sides, strict=True)
        )
        body = "".join(self._row(table, row, sides) for row in table.rows)
        return (
            '<table role="table" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:10px 0;font-size:14px">'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"
        )

    def _row(self, table: Table, row: tuple[object, ...], sides: list[str]) -> str:
        cells = []
        for place, (cell, column, side) in enumerate(zip(row, table.columns, sides, strict=True)):
            tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
            own = ' dir="auto"' if column.source_language else ""
            words = escape(shown(cell, column, self.words))  # type: ignore[arg-type]
            cells.append(f'<{tag}{scope}{own} style="{CELL};text-align:{side};font-weight:normal">{words}</{tag}>')
        return f"<tr>{''.join(cells)}</tr>\n"

    def _voice(self, voice: Voice) -> str:
        way = direction(voice.language)
        side = "right" if way == "rtl" else "left"
        new = ' <span title="' + escape(self.words("This week"), quote=True) + '">*</span>' if voice.new else ""
        return (
            f'<p style="margin:8px 0 2px"><strong>{escape(voice.who)}</strong>{new} '
            f'<span style="font-size:12px;color:#4a4a4a">{escape(voice.note)}</span></p>\n'
            f'<blockquote dir="{way}" lang="{escape(voice.language or "und", quote=True)}" style="margin:0 0 6px;'
            f'padding-{side}:10px;border-{side}:3px solid #767676;text-align:{side}">{escape(voice.quote)}</blockquote>\n'
        )
