"""One language's words, numbers, dates and alphabetical order: gettext catalogues, CLDR by Babel.

Message ids are the English words. A catalogue is `report/locale/<language>.po`, read as it stands: nothing to compile.
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from core.errors import ConfigError
from core.model import LANGUAGES
from report.collation import sort_key

CATALOGUES: Final = Path(__file__).with_name("locale")
ARABIC_DIGITS: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
"""United Nations documents in Arabic write numbers so; Babel gives Western digits in dates."""

ARABIC_SIGNS: Final = str.maketrans({",": "٬", ".": "٫", "%": "٪", "\u200e": None})

LOCALES: Final = {"en": "en_GB", "zh": "zh_Hans_CN"}
"""The United Nations write English as in Britain, and Chinese in simplified characters."""

Item = TypeVar("Item")


class Words:
    """How to say things in one of the six languages. Call it with an English message: `words("In all")`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(LOCALES.get(language, language))
        self.right_to_left = language == "ar"
        self._catalogue = _catalogue(language)

    def __call__(self, message: str, **fields: object) -> str:
        """The message in this language; `{name}` is filled in, numbers and dates as the language writes them."""
        return self._filled(self._catalogue.gettext(message), fields)

    def count(self, one: str, many: str, number: int, **fields: object) -> str:
        """A message that depends on a number, which it names {n}; Arabic has six forms, Russian three."""
        return self._filled(self._catalogue.ngettext(one, many, number), {"n": number, **fields})

    def number(self, value: int | float) -> str:
        return self._signs(format_decimal(value, locale=self.locale))

    def plain(self, value: int) -> str:
        """A year or a sheet number: digits without grouping."""
        return self._digits(str(value))

    def percent(self, share: float) -> str:
        """0.87 as "87%", with the sign and space that the language puts."""
        return self._signs(format_percent(round(share, 2), locale=self.locale))

    def day(self, value: date, width: str = "long") -> str:
        return self._digits(format_date(value, width, locale=self.locale))

    def short_day(self, value: date) -> str:
        """Day and month in figures, for axes."""
        pattern = {"en": "d MMM", "zh": "M月d日"}.get(self.language, "d/M" if self.language != "ru" else "dd.MM")
        return self._digits(format_date(value, pattern, locale=self.locale))

    def weekday(self, value: date) -> str:
        name: str = get_day_names("wide", "stand-alone", self.locale)[value.weekday()]
        return name

    def moment(self, value: datetime, zone: ZoneInfo) -> str:
        return self._digits(format_datetime(value, "medium", tzinfo=zone, locale=self.locale))

    def show(self, value: object) -> str:
        """Any cell of a table, as a person reads it."""
        if isinstance(value, bool):
            return self("yes") if value else self("no")
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, date):
            return self.day(value, "medium")
        return "" if value is None else str(value)

    def ordered(self, items: Iterable[Item], name: Callable[[Item], str]) -> list[Item]:
        """In the language's own alphabetical order."""
        return sorted(items, key=lambda item: sort_key(name(item), self.language))

    def joined(self, names: Iterable[str]) -> str:
        return self._catalogue.pgettext("between items of a list", ", ").join(names)

    def _filled(self, message: str, fields: dict[str, Any]) -> str:
        if not fields:
            return message
        return message.format_map({key: self._field(value) for key, value in fields.items()})

    def _field(self, value: object) -> str:
        if isinstance(value, date) and not isinstance(value, datetime):
            return self.day(value)
        return self.show(value)

    def _signs(self, text: str) -> str:
        return self._digits(text.translate(ARABIC_SIGNS) if self.language == "ar" else text)

    def _digits(self, text: str) -> str:
        return text.translate(ARABIC_DIGITS) if self.language == "ar" else text


@functools.cache
def words_of(language: str) -> Words:
    """Raises ConfigError for a language that is none of the six."""
    if language not in LANGUAGES:
        raise ConfigError(f"--lang {language}: not known", f"Give one of {', '.join(LANGUAGES)}")
    return Words(language)


def _catalogue(language: str) -> gettext.NullTranslations:
    file = CATALOGUES / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
