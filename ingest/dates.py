"""When a message says that it was sent and when it arrived, in every form that mailers have written dates."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from babel import Locale
from dateutil import parser as dateutil_parser

from core.model import LANGUAGES

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""An earlier date is a clock that was never set."""
ZONES: Final = {"UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MSK": 3, "MSD": 4, "EET": 2, "EEST": 3,
                "WET": 0, "WEST": 1, "BST": 1, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "KST": 9}  # fmt: skip

NAMED_ZONE: Final = re.compile(r"\b(?!UTC?\b|GMT\b|Z\b)[A-Z]{3,4}\)?$")
"""A zone by its name alone, at the end: the email package takes those it does not know for UTC."""
KEPT_WORDS: Final = frozenset(
    {"am", "pm", "t", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)


def parse_date(value: str) -> datetime | None:
    """An RFC 5322 date (section 3.3, and the obsolete forms of 4.3), or any other form that says one moment; UTC."""
    value = re.sub(r"\s+", " ", value).strip()
    if not value:
        return None
    moment = _by_guess(value) if NAMED_ZONE.search(value) else _by_standard(value) or _by_guess(value)
    return moment if moment is not None and moment >= EARLIEST else None


def _by_standard(value: str) -> datetime | None:
    try:
        return _in_utc(email.utils.parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _by_guess(value: str) -> datetime | None:
    """Dates with month names of six languages, of ISO 8601, of asctime, with zones in brackets …"""
    words = re.sub(r"\([^)]*\)", " ", value[:200].lower().replace("年", "-").replace("月", "-").replace("日", " "))
    for name, month in _months():
        words = re.sub(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])\.?", month, words)
    words = re.sub(r"(?<![a-z])(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?", " ", words)
    words = re.sub(r"(?<![\w:])[^\W\d_]+\.?,?(?!\w)", _zone_or_nothing, words)
    if not re.search(r"\d{4}|\d{2}[-/. ]", words):
        return None
    offsets = {zone: hours * 3600 for zone, hours in ZONES.items()}
    try:
        day_first = not re.match(r"\s*\d{4}", words)
        return _in_utc(dateutil_parser.parse(words, tzinfos=offsets, dayfirst=day_first))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return None


def _zone_or_nothing(word: re.Match[str]) -> str:
    text = word.group()
    bare = text.strip(".,").lower()
    if bare in KEPT_WORDS:
        return text
    return bare.upper() if bare.upper() in ZONES else " "


@lru_cache(maxsize=1)
def _months() -> tuple[tuple[str, str], ...]:
    """Every month's name, wide and short, in six languages, longest first -> its English abbreviation."""
    english = Locale.parse("en").months["format"]["abbreviated"]
    names: dict[str, str] = {}
    for language in LANGUAGES:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(language).months[context][width].items():
                    plain = name.lower().rstrip(".")
                    if not plain[:1].isdigit():
                        names.setdefault(plain, f" {english[number]} ")
    return tuple(sorted(names.items(), key=lambda item: -len(item[0])))


def _in_utc(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def arrivals(headers: list[tuple[str, str]]) -> list[datetime]:
    """The moments of the Received headers (RFC 5321, section 4.4), the newest relay's first."""
    moments = (parse_date(value.rsplit(";", 1)[-1]) for name, value in headers if name.lower() == "received")
    return [moment for moment in moments if moment is not None]


def arrival_at(headers: list[tuple[str, str]], server: str) -> datetime | None:
    """When a server says that it received the mail: its uppermost Received header, since lower ones came with the mail."""
    own = re.compile(rf"\bby\s+{re.escape(server)}(?![\w.-])", re.IGNORECASE)
    stamped = next((value for name, value in headers if name.lower() == "received" and own.search(value)), None)
    return parse_date(stamped.rsplit(";", 1)[-1]) if stamped else None


def is_plausible(sent: datetime, received: list[datetime]) -> bool:
    """Whether a sender's clock agrees with the relays', give or take a day; a week in the queue is no fault."""
    return not received or sent <= max(received) + timedelta(days=1)
