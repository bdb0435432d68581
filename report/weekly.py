"""The weekly intake summary: what arrived in an ISO 8601 week, and all that was known at its end."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.clock import to_iso
from core.consultation import Consultation
from core.errors import ConfigError
from store.read import Reader

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday to Sunday, numbered as ISO 8601 does."""

    monday: date

    @classmethod
    def parse(cls, text: str) -> Week:
        """From "2009-W29". Raises ConfigError for anything else."""
        found = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip().upper())
        try:
            if found:
                return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass
        raise ConfigError(f"'{text}' is no week", "Give a year and an ISO week, such as 2009-W29")

    @classmethod
    def of(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @property
    def name(self) -> str:
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    def bounds(self, consultation: Consultation) -> tuple[str, str]:
        """The week's first moment and the next week's, in UTC, by the office's clock."""
        start = datetime.combine(self.monday, time(), consultation.zone)
        end = datetime.combine(self.monday + timedelta(days=7), time(), consultation.zone)
        return to_iso(start), to_iso(end)


@dataclass(frozen=True, slots=True)
class Summary:
    """A week's figures, ready for any renderer; rows as store.read gives them."""

    reference: str
    title: str
    week: Week
    language: str
    days_left: int
    deadline: date
    replies_week: int
    replies_total: int
    by_kind: list[Row]
    by_language: list[Row]
    by_region: list[Row]
    areas: list[Row]
    new_topics: list[Row]
    review: list[Row]
    late: list[Row]
    corrections: list[Row]
    silent: list[Row]


def weekly_summary(reader: Reader, consultation: Consultation, week: Week, language: str = "en") -> Summary:
    """Gather one week. The same week gives the same figures whenever it is made, unless replies or readings changed."""
    figures = reader.week(*week.bounds(consultation))
    return Summary(
        reference=consultation.reference,
        title=consultation.title.get(language, ""),
        week=week,
        language=language,
        days_left=consultation.days_left(week.sunday),
        deadline=consultation.deadline,
        replies_week=sum(row["week"] for row in figures["by_kind"]),
        replies_total=sum(row["total"] for row in figures["by_kind"]),
        by_kind=figures["by_kind"],
        by_language=figures["by_language"],
        by_region=[{**row, "value": row["value"] or "State not known"} for row in figures["by_region"]],
        areas=[_area(row, figures["proposals"], language) for row in figures["areas"]],
        new_topics=figures["new_topics"],
        review=[{**row, "review_reasons": json.loads(row["review_reasons"])} for row in figures["review"]],
        late=figures["late"],
        corrections=figures["corrections"],
        silent=figures["silent"],
    )


def _area(row: Row, proposals: list[Row], language: str) -> Row:
    titles = json.loads(row["titles"])
    return {
        "letter": row["letter"],
        "title": titles.get(language) or titles.get("en") or next(iter(titles.values())),
        "week": row["week"],
        "replies": row["replies"],
        "states": row["states"],
        "regions": row["regions"],
        "proposals": [proposal for proposal in proposals if proposal["area"] == row["letter"]],
    }
