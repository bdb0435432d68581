"""Tables read back from each format, as a program of another maker reads them."""

from __future__ import annotations

import csv
import io
import re

import docx
import openpyxl
from lxml import html


def html_tables(content: bytes) -> list[list[list[str]]]:
    tree = html.fromstring(content.decode())
    return [
        [["".join(cell.itertext()) for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")]
        for table in tree.xpath("//table")
    ]


def docx_tables(content: bytes) -> list[list[list[str]]]:
    tables = docx.Document(io.BytesIO(content)).tables
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in tables]


def xlsx_sheets(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def text_figures(content: str) -> list[list[list[str]]]:
    """The figures of each table of a text: columns stand where the rule of dashes says; a folded row has one line of figures."""
    tables = []
    lines = content.replace("\u200f", "").splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"-+(  -+)+", line):
            spans = [match.span() for match in re.finditer("-+", line)]
            rows = []
            for row in lines[number + 1 :]:
                if not row.strip():
                    break
                wide = "".join(char * (2 if "\u2e80" < char < "\uffa0" else 1) for char in row)
                rows.append([wide[start:end].strip() for start, end in spans])
            tables.append(rows)
    return tables
