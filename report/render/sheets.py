"""A Document's tables as a workbook (XLSX) and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from typing import Any, Final

import xlsxwriter

from report.document import Cell, Column, Document, Table
from report.style import PLAIN, Style
from report.words import words_of

MAX_NAME: Final = 31
"""Of a sheet, in Excel."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_xlsx(document: Document, style: Style = PLAIN) -> bytes:
    """One sheet a kind of table: numbers and dates as values, header row frozen, with filters."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"title": document.title, "subject": f"{document.reference}, {document.subtitle}"})
    order = {"reading_order": 2} if words_of(document.language).right_to_left else {}
    forms = {
        "head": book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top", **order}),
        "text": book.add_format({"text_wrap": True, "valign": "top", **order}),
        "own": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "percent": book.add_format({"num_format": "0%", "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
    }
    for name, tables in _sheets(document).items():
        sheet = book.add_worksheet(name)
        if words_of(document.language).right_to_left:
            sheet.right_to_left()
        _fill(sheet, tables, forms, words_of(document.language)("Figures"))
    book.close()
    return made.getvalue()


def _sheets(document: Document) -> dict[str, list[Table]]:
    sheets: dict[str, list[Table]] = {}
    for table in document.tables():
        name = "".join(char for char in table.sheet if char not in "[]:*?/\\'")[:MAX_NAME]
        sheets.setdefault(name, []).append(table)
    return sheets


def _fill(sheet: Any, tables: list[Table], forms: dict[str, Any], first: str) -> None:
    columns = _columns(tables, first)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.title, forms["head"])
    number = 0
    for table in tables:
        for row in table.rows:
            number += 1
            for place, (cell, column) in enumerate(zip(_cells(table, row, tables), columns, strict=False)):
                _write(sheet, number, place, cell, forms["own" if column.source_language else column.kind])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)
    sheet.autofit(420)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _columns(tables: list[Table], first: str) -> tuple[Column, ...]:
    """Tables of several sections share a sheet: the section is its first column, the widest table gives the others."""
    if not any(table.section for table in tables):
        return tables[0].columns
    widest = max(tables, key=lambda table: len(table.columns))
    return (Column(first), Column(""), *widest.columns[1:])


def _cells(table: Table, row: tuple[Cell, ...], tables: list[Table]) -> tuple[Cell, ...]:
    if not any(each.section for each in tables):
        return row
    width = max(len(each.columns) for each in tables)
    # A table with one figure gives it under the last column ("In all").
    return (table.section, row[0], *[None] * (width - len(row)), *row[1:])


def _write(sheet: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    if cell is None or cell == "":
        sheet.write_blank(row, place, None, form)
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, datetime.combine(cell, time()), form)
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell, form)
    else:
        sheet.write_string(row, place, cell, form)  # never a formula or a link, whatever a sender wrote


def to_csv(document: Document, style: Style = PLAIN) -> bytes:
    """All tables in one: sheet, section, row, column, value. UTF-8 with a byte order mark, so that Excel reads it."""
    made = io.StringIO()
    writer = csv.writer(made)
    words = words_of(document.language)
    writer.writerow([words("Sheet"), words("Section"), words("Row"), words("Column"), words("Value")])
    for table in document.tables():
        for number, row in enumerate(table.rows, 1):
            for cell, column in zip(row[1:], table.columns[1:], strict=True):
                name = str(row[0]) if table.section or len(table.rows) == 1 else str(row[0] or number)
                writer.writerow(
                    [_safe(value) for value in (table.sheet, table.section, name, column.title, _plain(cell))]
                )
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def _plain(cell: Cell) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _safe(value: str) -> str:
    """A spreadsheet takes text that begins so for a formula (CWE-1236): an apostrophe before it stops that."""
    return f"'{value}" if value.startswith(FORMULA) else value
