"""What a report says, before any format: titles, paragraphs, tables, proposals in their own words, charts.

Every renderer takes the same Document, so that the figures of all formats are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from core.errors import ConfigError

Cell = str | int | float | date | None
"""Numbers and dates keep their types: a renderer writes them in the language, a spreadsheet as values."""

Kind = Literal["text", "number", "percent", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    kind: Kind = "text"
    source_language: bool = False
    """True where the words are a sender's own: their language and direction may differ from the report's."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header row. The first column names the row. `sheet` is the sheet of a workbook that takes it."""

    sheet: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    section: str = ""
    """What the rows are about, where several tables share a sheet."""
    only_sheet: bool = False
    """True: pages show the same otherwise (as Voices); only workbooks, CSV and the like take the table."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A proposal in the sender's own words."""

    who: str
    quote: str
    language: str
    note: str
    """How sure, where it stands."""
    new: bool = False
    """Came in this report's period."""


@dataclass(frozen=True, slots=True)
class Voices:
    items: tuple[Voice, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    parts: tuple[int, ...]
    """One figure for each of the chart's series."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, in stacked parts."""

    series: tuple[str, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Replies of each period as columns; `marked` is the label of the one that the deadline falls in."""

    bars: tuple[Bar, ...]
    marked: str
    mark: str
    """What stands at that column."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """One tile a State: its code, and its status 0, 1 or 2, row by row of regional groups."""

    statuses: tuple[str, str, str]
    rows: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    drawing: Bars | Timeline | Tiles
    alternative: str
    """All figures in words, for who does not see the picture."""


Block = Heading | Paragraph | Table | Voices | Chart


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    subtitle: str
    language: str
    blocks: tuple[Block, ...]
    reference: str = ""
    made: str = ""
    """When and from what it was made, for the foot of each page."""
    letterhead: tuple[str, ...] = field(default=())
    signature: tuple[str, ...] = field(default=())

    def tables(self) -> Iterable[Table]:
        return (block for block in self.blocks if isinstance(block, Table))

    def charts(self) -> Iterable[Chart]:
        return (block for block in self.blocks if isinstance(block, Chart))


def check_form(form: str, known: Iterable[str]) -> None:
    if form not in known:
        raise ConfigError(f"--format {form}: not known", f"Give one of {', '.join(known)}")
