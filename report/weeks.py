"""Weeks as ISO 8601 numbers them, by the office's clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.clock import from_iso, to_iso
from core.consultation import Consultation
from core.errors import ConfigError
from store.figures import Bounds, Figures


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
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=number) for number in range(7))

    def bounds(self, consultation: Consultation) -> Bounds:
        """The week's first moment and the next week's, in UTC, by the office's clock."""
        start = datetime.combine(self.monday, time(), consultation.zone)
        end = datetime.combine(self.monday + timedelta(days=7), time(), consultation.zone)
        return to_iso(start), to_iso(end)


def weeks_with_mail(figures: Figures, consultation: Consultation, last: Week) -> Iterator[Bounds]:
    """Every week until `last` in which something arrived, and `last` itself; empty stretches are jumped over."""
    arrival = figures.next_arrival()
    while arrival is not None:
        week = Week.of(office_day(arrival, consultation))
        if week.monday >= last.monday:
            break
        bounds = week.bounds(consultation)
        yield bounds
        arrival = figures.next_arrival(bounds[1])
    yield last.bounds(consultation)


def office_day(moment: str, consultation: Consultation) -> date:
    """The day of a stored time, by the office's clock."""
    return from_iso(moment).astimezone(consultation.zone).date()
