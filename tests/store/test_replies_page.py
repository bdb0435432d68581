"""docs/replies.md: each query in it runs, and each weight in it is the program's."""

from __future__ import annotations

import re

from classify.roles import WEIGHTS
from store.write import Writer
from tests.make import REPOSITORY

PAGE = (REPOSITORY / "docs" / "replies.md").read_text(encoding="utf-8")


def test_each_query_runs(writer: Writer) -> None:
    queries = re.findall(r"^    (select .*?);$", PAGE, re.MULTILINE)
    assert len(queries) == 3
    for query in queries:
        assert list(writer.db.query(query)) == []


def test_each_weight_is_the_programs() -> None:
    table = re.findall(r"^\| ([a-z, ']+) \| ([\d., ]+) \|", PAGE, re.MULTILINE)
    told: dict[str, float] = {}
    for names, weights in table:
        roles = [name.strip() for name in names.split(",")]
        values = [float(value) for value in weights.split(",")]
        told.update(zip(roles, values if len(values) == len(roles) else values * len(roles), strict=True))
    roles = {name: weight for name, weight in told.items() if name in WEIGHTS}
    assert roles == {name: WEIGHTS[name] for name in roles}
    assert len(roles) == len(WEIGHTS)
