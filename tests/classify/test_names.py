"""Every State is found by each of its names in each language: as written, in capitals, inflected, and as scans misread them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from classify.names import find_names
from classify.states import State, load_states
from core.model import LANGUAGES

GENITIVES = Path(__file__).with_name("russian_genitives.txt")
MENTIONS = {
    "en": "The delegation of {} took part.",
    "fr": "La délégation : {}, a pris part.",
    "es": "La delegación de {} participó.",
    "ru": "Участвовала делегация: {}, и другие.",
    "ar": "شارك وفد {} في الاجتماع.",
    "zh": "会议有{}代表团出席。",
}


def found_in(text: str, language: str) -> list[str]:
    return [name.code for name in find_names(text, language) if name.what == "name"]


def every_name() -> Iterator[tuple[State, str, str]]:
    for state in load_states().states:
        for language in LANGUAGES:
            for name in state.names[language]:
                yield state, language, name


def misses(cases: Iterator[tuple[str, str, str]]) -> list[tuple[str, str, list[str]]]:
    """Of (code, language, text): those where not this State, and it alone, is found."""
    return [(code, text, found) for code, language, text in cases if (found := found_in(text, language)) != [code]]


def genitives() -> Iterator[tuple[str, str]]:
    for line in GENITIVES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, *names = line.split(" | ")
            yield from ((code, name) for name in names)


def without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def broken_over_lines(name: str) -> str:
    return name.replace(" ", "\n") if len(name) > 16 else name


def test_no_name_belongs_to_two_states() -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for state, language, name in every_name():
        owners.setdefault((language, name.casefold()), set()).add(state.code)
    assert [key for key, codes in owners.items() if len(codes) > 1] == []


def test_each_name_as_written() -> None:
    assert misses((state.code, language, name) for state, language, name in every_name()) == []


def test_each_name_in_a_sentence() -> None:
    assert misses((state.code, lang, MENTIONS[lang].format(name)) for state, lang, name in every_name()) == []


def test_each_name_in_capitals_and_over_lines() -> None:
    names = [(state, lang, name) for state, lang, name in every_name() if lang != "zh"]
    assert misses((state.code, lang, name.upper()) for state, lang, name in names) == []
    assert misses((state.code, lang, broken_over_lines(name)) for state, lang, name in names) == []


def test_each_latin_name_without_accents() -> None:
    latin = [(state, lang, name) for state, lang, name in every_name() if lang in ("en", "fr", "es")]
    assert misses((state.code, lang, without_accents(name)) for state, lang, name in latin) == []


def test_each_russian_genitive() -> None:
    assert len({code for code, _ in genitives()}) == 194
    assert (
        misses((code, "ru", f"Постоянное представительство {name} при Отделении") for code, name in genitives()) == []
    )


@pytest.mark.parametrize("prefix", ["", "و", "ب", "ل", "ول"])
def test_each_arabic_name_with_prefixes(prefix: str) -> None:
    """ل before an article is written لل."""
    cases = []
    for state in load_states().states:
        for name in state.names["ar"]:
            joined = prefix[:-1] + "لل" + name[2:] if prefix.endswith("ل") and name.startswith("ال") else prefix + name
            cases.append((state.code, "ar", f"البعثة {joined} لدى المنظمة"))
    assert misses(iter(cases)) == []


def test_each_arabic_name_without_its_article() -> None:
    cases = [
        (state.code, "ar", f"وفد {name.removeprefix('ال')} لدى")
        for state in load_states().states
        for name in state.names["ar"]
        if name.startswith("ال") and " " not in name
    ]
    assert misses(iter(cases)) == []


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("BRAZlL", "en", ["BRA"]),
        ("lRELAND", "en", ["IRL"]),
        ("Braz1l and Ch1le", "en", ["BRA", "CHL"]),
        ("Dernocratic Republic of the Congo", "en", ["COD"]),
        ("Equatoria1 Guinea", "en", ["GNQ"]),
        ("Equatonal Guinea", "en", ["GNQ"]),
        ("Dernocratic People's Republic of Korea", "en", ["PRK"]),
        ("R E P U B L I C  O F  K E N Y A", "en", ["KEN"]),
        ("Кeния", "ru", ["KEN"]),
        ("the Mall", "en", []),
    ],
)
def test_what_a_scan_does_to_names(text: str, language: str, codes: list[str]) -> None:
    assert found_in(text, language) == codes


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("Niger", "en", ["NER"]),
        ("Nigeria", "en", ["NGA"]),
        ("Нигер и Нигерия", "ru", ["NER", "NGA"]),
        ("Нигером и Нигерией", "ru", ["NER", "NGA"]),
        ("النيجر ونيجيريا", "ar", ["NER", "NGA"]),
        ("尼日尔和尼日利亚", "zh", ["NER", "NGA"]),
        ("印度和印度尼西亚", "zh", ["IND", "IDN"]),
        ("几内亚、几内亚比绍、赤道几内亚和巴布亚新几内亚", "zh", ["GIN", "GNB", "GNQ", "PNG"]),
        ("Guinea, Guinea-Bissau, Equatorial Guinea; Papua New Guinea", "en", ["GIN", "GNB", "GNQ", "PNG"]),
        ("the Congo and the Democratic Republic of the Congo", "en", ["COG", "COD"]),
        ("Dominica and the Dominican Republic", "en", ["DMA", "DOM"]),
        ("多米尼克和多米尼加共和国", "zh", ["DMA", "DOM"]),
        ("Ireland, and not Northern Ireland", "en", ["IRL"]),
        ("Mexico, and not New Mexico", "en", ["MEX"]),
        ("the Organization of American States", "en", []),
        ("the Republic of Korea and the Democratic People's Republic of Korea", "en", ["KOR", "PRK"]),
        ("the Gulf of Guinea", "en", []),
        ("发展中国家", "zh", []),
        ("Southern Sudan", "en", []),
        ("we had turkey from fine china", "en", []),
        ("He told us", "en", []),
        ("الدعم المالي", "ar", []),
        ("сотрудничества того же рода", "ru", []),
        ("Lettre de Maurice Blanc", "en", []),
    ],
)
def test_homonyms(text: str, language: str, codes: list[str]) -> None:
    assert found_in(text, language) == codes
