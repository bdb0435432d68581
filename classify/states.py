"""The States and groups that a consultation can hear from, with all their names.

The names are data (classify/data/states.toml) with Babel's CLDR names beside them. How they are found in a text is told in
classify/names.py, what a name says of the sender in classify/roles.py, and who replies in classify/resolve.py.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale

from core.model import LANGUAGES

DATA: Final = Path(__file__).with_name("data") / "states.toml"


@dataclass(frozen=True, slots=True)
class State:
    """A Member or observer State, as of the consultation's date."""

    code: str
    alpha2: str
    group: str
    short: dict[str, str]
    formal: dict[str, str]
    names: dict[str, tuple[str, ...]]
    """Every name in each language: short, formal, former, abbreviated."""
    adjectives: dict[str, tuple[str, ...]]
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """States that speak with one voice: a regional group, the European Union."""

    code: str
    name: dict[str, str]
    names: dict[str, tuple[str, ...]]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class States:
    states: tuple[State, ...]
    groups: tuple[Group, ...]
    elsewhere: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Places and bodies that have a State's name in theirs and are none: the Gulf of Guinea, Northern Ireland."""

    def by_code(self, code: str) -> State | None:
        return next((state for state in self.states if state.code == code), None)


@lru_cache(maxsize=1)
def load_states() -> States:
    """The list of States with all their names."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return States(
        states=tuple(_state(fields) for fields in data["state"]),
        groups=tuple(_group(fields) for fields in data.get("group", [])),
        elsewhere={language: tuple(names) for language, names in data.get("elsewhere", {}).items()},
    )


def _state(fields: dict[str, Any]) -> State:
    return State(
        code=fields["code"],
        alpha2=fields["alpha2"],
        group=fields["group"],
        short=fields["short"],
        formal=fields["formal"],
        names={language: _names(fields, language) for language in LANGUAGES},
        adjectives={language: tuple(words) for language, words in fields.get("adjectives", {}).items()},
        domains=tuple(fields.get("tld", [fields["alpha2"].lower()])),
    )


def _names(fields: dict[str, Any], language: str) -> tuple[str, ...]:
    found = [fields["short"][language], fields["formal"][language], *fields.get("aliases", {}).get(language, [])]
    found.append(_cldr(language).territories.get(fields["alpha2"], ""))
    return tuple(dict.fromkeys(name for name in found if name))


def _group(fields: dict[str, Any]) -> Group:
    names = {
        language: tuple(dict.fromkeys([fields["name"][language], *fields.get("aliases", {}).get(language, [])]))
        for language in LANGUAGES
        if language in fields["name"]
    }
    return Group(fields["code"], fields["name"], names, tuple(fields.get("members", ())))


@lru_cache(maxsize=8)
def _cldr(language: str) -> Locale:
    return Locale.parse({"zh": "zh_Hans"}.get(language, language))
