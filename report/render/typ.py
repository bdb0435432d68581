"""A Document as Typst source, which sets the pages of the PDF and the charts of every format."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import typst

from core.errors import IntakeError
from report.document import (
    Bars,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Heading,
    Paragraph,
    Table,
    Tiles,
    Timeline,
    Voices,
)
from report.render.text import columns, shown
from report.style import Style
from report.words import Words, words_of

PRELUDE: Final = Path(__file__).with_name("page.typ")
CHART_WIDTH: Final = "16cm"
PIXELS_PER_INCH: Final = 150
ARABIC: Final = frozenset({"ar", "fa", "ur", "he"})


def compiled(source: str, form: Literal["pdf", "png"], style: Style) -> bytes:
    """Typst's PDF or PNG. Raises IntakeError with Typst's own words: a font or logo of the style folder is not whole."""
    compiler = _compiler(style.folder)
    try:
        if form == "pdf":
            made = compiler.compile(source.encode(), format="pdf", pdf_standards=["ua-1"])
        else:
            made = compiler.compile(source.encode(), format="png", ppi=PIXELS_PER_INCH)
    except (RuntimeError, ValueError) as error:
        raise IntakeError(
            f"the report could not be set as {form}: {error}", "See that the style folder's fonts and logo are whole"
        ) from None
    first = made[0] if isinstance(made, list) else made
    return first or b""


@functools.cache
def _compiler(folder: Path | None) -> typst.Compiler:
    """Finding fonts takes longer than setting a page: one compiler for all."""
    return typst.Compiler(root=folder, font_paths=[folder] if folder else [])


def chart_png(chart: Chart, language: str, style: Style) -> bytes:
    words = words_of(language)
    page = f"#set page(width: {CHART_WIDTH}, height: auto, margin: 2mm, fill: white)\n"
    return compiled(preamble(words, style) + page + drawing(chart, words), "png", style)


def preamble(words: Words, style: Style) -> str:
    fonts = ", ".join(quoted(font) for font in style.fonts(words.language))
    way = "rtl" if words.right_to_left else "ltr"
    region = ', region: "cn"' if words.language == "zh" else ""
    tall = "#set text(..tall)\n#set par(leading: 0.35em)\n" if words.right_to_left else ""
    return (
        PRELUDE.read_text(encoding="utf-8")
        + f"\n#set text(font: ({fonts},), size: 10pt, lang: {quoted(words.language)}, dir: {way}, fallback: true{region})\n"
        + tall
    )


def drawing(chart: Chart, words: Words) -> str:
    """A call of one of the prelude's drawing functions."""
    match chart.drawing:
        case Bars(series, bars):
            rows = (
                f"({text(bar.label)}, {array(map(str, bar.parts))}, {text(words.number(sum(bar.parts)))})"
                for bar in bars
            )
            way = "rtl" if words.right_to_left else "ltr"
            return f"#bars({array(map(text, series))}, {array(rows)}, {way})\n"
        case Timeline(bars, marked, mark):
            place = next((number for number, bar in enumerate(bars) if bar.label == marked), -1)
            rows = (f"({text(bar.label)}, {bar.parts[0]}, {text(words.number(bar.parts[0]))})" for bar in bars)
            return f"#timeline({array(rows)}, {place}, {text(f'{mark}: {marked}')})\n"
        case Tiles(statuses, regions):
            rows = (
                f"({text(region)}, {array(f'({quoted(code)}, {status})' for code, status in states)})"
                for region, states in regions
            )
            return f"#tiles({array(map(text, statuses))}, {array(rows)})\n"


def quoted(words: str) -> str:
    """A Typst string."""
    plain = "".join(char for char in words if char >= " " or char in "\n\t")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def text(words: str) -> str:
    """Content that shows the words as they are: nothing in them is markup."""
    return f"text({quoted(words)})"


def array(items: Iterable[object]) -> str:
    """A Typst array, also of one item."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


def direction(language: str) -> str:
    return "rtl" if language in ARABIC else "ltr"


class Setter:
    """Sets the blocks of one document."""

    def __init__(self, document: Document, style: Style) -> None:
        self.document = document
        self.style = style
        self.words = words_of(document.language)

    def source(self) -> str:
        return "".join(self._parts())

    def _parts(self) -> Iterator[str]:
        document, style = self.document, self.style
        yield preamble(self.words, style)
        yield f"#set document(title: {quoted(f'{document.title}, {document.reference}')})\n"
        foot = f"{array(map(text, (document.reference, document.made)))}"
        yield (
            f"#set page(paper: {quoted(style.paper)}, margin: (x: 2.2cm, top: 2cm, bottom: 2cm), footer: context {{ "
            f"set text(size: 7.5pt); grid(columns: (1fr, auto, 1fr), align: (start, center, end), ..{foot}, "
            f"{self._page_number()}) }})\n"
        )
        yield f"#show heading: set text(fill: rgb({quoted(style.colour)}))\n"
        yield "#show heading.where(level: 1): set text(size: 17pt)\n#show heading.where(level: 2): set text(size: 13pt)\n"
        yield "#show heading.where(level: 3): set text(size: 10.5pt)\n#show heading: set block(above: 14pt, below: 8pt)\n"
        yield self._letterhead()
        yield f"#heading(level: 1, {text(document.title)})\n#text(size: 11pt, {quoted(document.subtitle)})\n\n"
        for block in document.blocks:
            yield self._block(block)
        yield self._signature()

    def _page_number(self) -> str:
        """Digits as the language writes them."""
        shown = 'str(counter(page).get().first()) + " / " + str(counter(page).final().first())'
        return f"arabic-digits({shown})" if self.words.right_to_left else shown

    def _letterhead(self) -> str:
        lines, logo = self.style.letterhead_of(self.document.language), self.style.logo
        if not lines and logo is None:
            return ""
        told = quoted(lines[0] if lines else self.document.title)
        picture = f"image({quoted('/' + logo.name)}, height: 16mm, alt: {told})" if logo else "none"
        return f"#letterhead({picture}, {array(map(text, lines))})\n"

    def _signature(self) -> str:
        lines = self.style.signature_of(self.document.language)
        return f"#v(14pt)\n#{array(map(text, lines))}.join(linebreak())\n" if lines else ""

    def _block(self, block: Block) -> str:
        match block:
            case Heading(words, level):
                return f"#heading(level: {level + 1}, {text(words)})\n"
            case Paragraph(words, small):
                size = "8.5pt" if small else "10pt"
                return f"#text(size: {size}, {quoted(words)})\n\n"
            case Table():
                return "" if block.only_sheet else self._table(block)
            case Voices(items):
                return "".join(
                    f"#voice({text(item.who)}, {text(item.quote)}, {quoted(item.language or 'en')}, "
                    f"{direction(item.language)}, {text(item.note)}, {str(item.new).lower()})\n"
                    for item in items
                )
            case Chart():
                picture = drawing(block, self.words).removeprefix("#").strip()
                return (
                    f"#figure(alt: {quoted(block.alternative)}, kind: image, supplement: none, numbering: none, "
                    f"outlined: false, caption: figure.caption(position: top, {text(block.title)}), {picture})\n"
                )

    def _table(self, table: Table) -> str:
        ends = [column.kind in ("number", "percent") for column in table.columns]
        widths = [self._width(table, place) for place in range(len(table.columns))]
        rows = (
            array(self._cell(cell, column) for cell, column in zip(row, table.columns, strict=True))
            for row in table.rows
        )
        header = array(text(column.title) for column in table.columns)
        return f"#figures({array(widths)}, {header}, {array(rows)}, {array(str(end).lower() for end in ends)})\n"

    def _width(self, table: Table, place: int) -> str:
        """Figures need what the longest word of their title needs; words share the rest by how long they are."""
        column = table.columns[place]
        if column.kind == "day":
            return "auto"
        if column.kind in ("number", "percent"):
            few = sum(each.kind in ("number", "percent") for each in table.columns) <= 3
            widest = max(map(columns, column.title.split()), default=3)
            return "auto" if few else f"{min(9.0, 1.4 + 0.66 * widest):.1f}em"
        longest = max((columns(str(row[place] or "")) for row in table.rows), default=0)
        return f"{max(1.0, min(4.0, longest / 16)):.1f}fr"

    def _cell(self, cell: Cell, column: Column) -> str:
        return text(shown(cell, column, self.words))


def typst_source(document: Document, style: Style) -> str:
    return Setter(document, style).source()


def to_pdf(document: Document, style: Style) -> bytes:
    """Tagged PDF that keeps to PDF/UA-1: headings, header rows, alternative texts, language, title."""
    return compiled(typst_source(document, style), "pdf", style)


def pictures(document: Document, style: Style) -> dict[str, bytes]:
    """The charts as PNG, by name."""
    charts: Sequence[Chart] = tuple(document.charts())
    return {chart.name: chart_png(chart, document.language, style) for chart in charts}
