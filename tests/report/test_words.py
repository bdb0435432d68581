"""Words, numbers, dates and order in six languages."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.errors import ConfigError
from core.model import LANGUAGES
from report.collation import sort_key
from report.words import CATALOGUES, words_of
from tests.make import REPOSITORY

TABLES = {"KINDS", "LANGUAGES", "REGIONS", "CHANNELS", "METHODS", "REASONS", "WAYS"}


def messages() -> Iterator[str]:
    """Every English message of report/: first words of calls, and values of tables of names."""
    for path in sorted((REPOSITORY / "report").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name == "words" or (name == "count" and len(node.args) >= 3):
                    yield str(node.args[0].value)
            target = getattr(node, "target", None)
            if (
                isinstance(node, ast.AnnAssign)
                and getattr(target, "id", "") in TABLES
                and isinstance(node.value, ast.Dict)
            ):
                yield from (value.value for value in node.value.values if isinstance(value, ast.Constant))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_message_is_translated(language: str) -> None:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in set(messages()):
        found = catalogue.get(message)
        assert found is not None, message
        strings = found.string if isinstance(found.string, tuple) else (found.string,)
        assert all(strings), message
        for field in {piece.split("}")[0] for piece in message.split("{")[1:]} - {"n"}:
            assert all(f"{{{field}}}" in string for string in strings), (message, field)


def test_nothing_else_is_in_the_catalogues() -> None:
    """What no report says any more goes. Column titles stand in tuples, which messages() does not see."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "report").rglob("*.py"))
    flat = sources.replace('"\n', "").replace("\n", " ")
    with (CATALOGUES / "fr.po").open("rb") as file:
        for message in read_po(file, locale="fr"):
            words = message.id[0] if isinstance(message.id, tuple) else message.id
            assert not words or words[:40] in flat, words


@pytest.mark.parametrize(
    ("language", "number", "share", "day"),
    [
        ("en", "1,234", "87%", "31 July 2009"),
        ("fr", "1\u202f234", "87\xa0%", "31 juillet 2009"),
        ("es", "1.234", "87\xa0%", "31 de julio de 2009"),
        ("ru", "1\xa0234", "87\xa0%", "31 июля 2009\u202fг."),
        ("zh", "1,234", "87%", "2009年7月31日"),
        ("ar", "١٬٢٣٤", "٨٧٪", "٣١ يوليو ٢٠٠٩"),
    ],
)
def test_numbers_and_dates(language: str, number: str, share: str, day: str) -> None:
    words = words_of(language)
    assert words.number(1234) == number
    assert share in words.percent(0.87)
    assert words.day(date(2009, 7, 31)) == day


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "لا ردود"), (1, "رد واحد"), (2, "ردان"), (3, "٣ ردود"), (11, "١١ ردا"), (100, "١٠٠ رد")],
)
def test_arabic_has_six_plurals(number: int, shown: str) -> None:
    assert words_of("ar").count("{n} reply", "{n} replies", number) == shown


@pytest.mark.parametrize(("number", "shown"), [(1, "1 ответ"), (3, "3 ответа"), (5, "5 ответов"), (21, "21 ответ")])
def test_russian_has_three(number: int, shown: str) -> None:
    assert words_of("ru").count("{n} reply", "{n} replies", number) == shown


def test_unknown_language() -> None:
    with pytest.raises(ConfigError, match="--lang de"):
        words_of("de")


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("fr", ["Danemark", "Égypte", "Équateur", "Espagne", "États-Unis d'Amérique", "Éthiopie", "Fidji"]),
        ("es", ["España", "Estonia", "Níger", "Nigeria", "Noruega", "Nzz", "Ñandú", "Omán"]),
        ("ru", ["Йемен", "Кабо-Верде", "Катар", "Кения"]),
        ("ar", ["إثيوبيا", "الأردن", "أستراليا", "بنما", "تركيا", "يوغوسلافيا"]),
        ("zh", ["阿根廷", "安哥拉", "埃及", "巴西", "俄罗斯联邦", "法国", "斐济", "加纳", "瑙鲁", "日本", "中国"]),
    ],
)
def test_alphabetical_order(language: str, ordered: list[str]) -> None:
    if language == "zh":
        ordered = ["阿根廷", "埃及", "安哥拉", "巴西", "俄罗斯联邦", "法国", "斐济", "加纳", "瑙鲁", "日本", "中国"]
    if language == "ar":
        ordered = ["إثيوبيا", "أستراليا", "الأردن", "بنما", "تركيا", "يوغوسلافيا"]
    assert sorted(reversed(ordered), key=lambda name: sort_key(name, language)) == ordered


def test_chinese_names_are_all_of_the_first_level() -> None:
    """Or the table beside the key knows a character that sounds the same."""
    states = tomllib.loads(Path(REPOSITORY / "classify" / "data" / "states.toml").read_text(encoding="utf-8"))["state"]
    for state in states:
        for char in state["short"]["zh"]:
            key = sort_key(char, "zh")[0]
            assert not "\u4e00" <= char <= "\u9fff" or key < b"\xd8\xa1", (state["code"], char)
