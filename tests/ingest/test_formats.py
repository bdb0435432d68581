"""docs/formats.md says what the registry, the configuration and the list of dependencies say."""

from __future__ import annotations

import dataclasses
import re
import tomllib

import pytest

from core.config import AttachmentsConfig, MessagesConfig
from ingest.attachments.base import Limits
from ingest.attachments.registry import READERS
from ingest.mime import MimeLimits
from tests.make import REPOSITORY

PAGE = (REPOSITORY / "docs" / "formats.md").read_text(encoding="utf-8")
NO_BOUND = {"attachments.ocr_dpi"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below that heading."""
    table = re.search(r"(?:^\|.*\n)+", PAGE[PAGE.index(heading) :], re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.group().splitlines()[2:]]


def test_each_family_has_a_row_and_each_row_a_reader() -> None:
    assert [row[0] for row in rows("# What is read")] == list(READERS)


def test_each_library_is_a_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = {re.split(r"[<>=]", name)[0] for name in project["dependencies"]}
    debian = {line.split("#")[0].strip() for line in (REPOSITORY / "apt.txt").read_text(encoding="utf-8").splitlines()}
    for _, _, libraries, *_ in rows("# What is read"):
        assert set(libraries.split(", ")) <= python | debian | {"own"}


def test_each_limit_is_a_key_and_each_key_a_limit() -> None:
    keys = {f"messages.{key}" for key in MessagesConfig.model_fields} | {
        f"attachments.{key}" for key in AttachmentsConfig.model_fields
    }
    assert {key for key, _ in rows("## Limits")} == keys - NO_BOUND
    written = tomllib.loads((REPOSITORY / "config.toml").read_text(encoding="utf-8"))
    assert {f"{section}.{key}" for section in ("messages", "attachments") for key in written[section]} == keys


@pytest.mark.parametrize(("limits", "section"), [(Limits, AttachmentsConfig), (MimeLimits, MessagesConfig)])
def test_the_defaults_are_the_same_everywhere(limits: type, section: type) -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(limits)}
    configured = section().model_dump()  # type: ignore[operator]
    assert {key: configured[key] for key in defaults} == defaults


def test_each_problem_named_is_one_the_program_gives() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "ingest").rglob("*.py"))
    for _, codes in rows("## Limits"):
        for code in codes.split(", "):
            assert f'"{code}"' in source
