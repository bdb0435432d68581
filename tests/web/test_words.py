"""The words of the pages: complete in the languages that are offered, prepared in the others."""

from __future__ import annotations

import re
import string
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from report.names import REASONS
from tests.make import REPOSITORY
from web.words import CATALOGUES, DOUBTS, KINDS, Words, chosen_language

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def in_the_source() -> set[object]:
    found = extract_from_dir(str(REPOSITORY / "web"), [("**.py", "python"), ("**.html", "jinja2")], keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if message}


def catalogue(language: str) -> dict[object, object]:
    with (CATALOGUES / language / "desk.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale=language) if message.id}


@pytest.mark.parametrize("language", ["fr", "ar", "es", "ru", "zh"])
def test_every_word_of_the_pages_stands_in_the_catalogue(in_the_source: set[object], language: str) -> None:
    assert len(in_the_source) > 200
    assert in_the_source - set(catalogue(language)) == set()
    assert set(catalogue(language)) - in_the_source == set()


def test_every_reason_for_review_has_a_name_here_and_in_the_reports() -> None:
    """The codes stand in the rooms that read."""
    sources = [
        path.read_text(encoding="utf-8")
        for room in ("classify", "ingest")
        for path in (REPOSITORY / room).rglob("*.py")
    ]
    codes = {code for text in sources for code in re.findall(r'ReviewReason\(\s*"([a-z-]+)"', text)}
    assert len(codes) > 10
    assert codes - set(DOUBTS) == set()
    assert codes - set(REASONS) == set()


def test_french_is_complete_and_keeps_the_gaps() -> None:
    for message, translated in catalogue("fr").items():
        originals, words = ((message,), (translated,)) if isinstance(message, str) else (message, translated)
        assert all(words), message
        for original, word in zip(originals, words, strict=True):
            assert _gaps(original) == _gaps(word), message


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text.replace("%", "")) if name} | set(
        re.findall("%d", text)
    )


@pytest.mark.parametrize(
    ("asked", "cookie", "accept", "language"),
    [
        ("fr", "en", "en", "fr"),
        ("", "fr", "en", "fr"),
        ("", "", "fr-CA,fr;q=0.9,en;q=0.1", "fr"),
        ("", "", "de, fr;q=0.4, en;q=0.9", "en"),
        ("xx", "../..", "de;q=broken,,;q=1.2.3", "en"),
        ("", "", "", "en"),
    ],
)
def test_the_language_that_a_person_wants(asked: str, cookie: str, accept: str, language: str) -> None:
    assert chosen_language(asked, cookie, accept, "en") == language


def test_moments_are_the_offices() -> None:
    words = Words("fr", ZoneInfo("Europe/Vienna"))
    assert words.moment("2009-07-31T22:30:00Z") == "1 août 2009, 00:30"
    assert words.day("2009-07-31") == "31 juil. 2009"
    assert words.moment(None) == "–"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("area-uncertain: “Le sort”: (c) at 57%", "Domaine incertain : « \u2068Le sort\u2069 » : (c), sûr à 57 %"),
        (
            "area-uncertain: “Le sort”: a new topic at 5%",
            "Domaine incertain : « \u2068Le sort\u2069 » : un nouveau thème, sûr à 5 %",
        ),
        ("kind-uncertain: enquiry at 41%", "Nature incertaine : Demande de renseignements, sûr à 41 %"),
        ("not-a-state: the sender seems to be an organization", "Semble venir d’une organisation"),
        ("something-new: with words", "something new : with words"),
    ],
)
def test_doubts_are_told_in_the_persons_language(reason: str, shown: str) -> None:
    assert Words("fr", ZoneInfo("UTC")).doubt(reason) == shown


def test_every_kind_has_a_name() -> None:
    from core.model import KINDS as KNOWN  # noqa: PLC0415

    assert set(KINDS) == set(KNOWN)
