"""docs/data.md names every column of every view, and none that is not there."""

from __future__ import annotations

import re

from store.write import Writer
from tests.make import REPOSITORY


def test_every_column_is_explained(writer: Writer) -> None:
    page = (REPOSITORY / "docs" / "data.md").read_text(encoding="utf-8")
    sections = {
        name.strip(): body
        for heading, body in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        for name in heading.split(",")
    }
    for view in writer.db.view_names():
        columns = {row["name"] for row in writer.db.query(f"SELECT name FROM pragma_table_info('{view}')")}
        told = set(re.findall(r"\b[a-z_0-9]+\b", sections[view]))
        assert columns <= told, (view, columns - told)
        first = {
            name.strip()
            for cell in re.findall(r"^\| ([a-z_, 0-9]+) \|", sections[view], re.MULTILINE)
            for name in cell.split(",")
        } - {"column"}
        assert first <= columns, (view, first - columns)
