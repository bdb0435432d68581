"""What the daemon does and when: polls, and the weekly summary, also one that was missed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from core.clock import from_iso
from core.config import Config
from core.consultation import Consultation
from core.errors import ConfigError
from report.weeks import Week
from store.read import Reader

FIRST_BACK_OFF_SECONDS: Final = 5.0
MAX_BACK_OFF_SECONDS: Final = 900.0
LOGIN_REFUSED_SECONDS: Final = 3600.0
"""A refused sign-in is not tried again soon: many servers lock the account."""


def weekly_trigger(config: Config, consultation: Consultation) -> CronTrigger:
    """Raises ConfigError for a cron line that APScheduler does not take."""
    return cron_trigger("schedule.weekly_cron", config.schedule.weekly_cron, consultation.zone)


def cron_trigger(key: str, line: str, zone: ZoneInfo) -> CronTrigger:
    """The trigger of a cron line, by the office's clock. Raises ConfigError that names its key."""
    try:
        return CronTrigger.from_crontab(line, timezone=zone)
    except ValueError as error:
        raise ConfigError(
            f"{key}: {line!r} is not accepted ({error})",
            'Expected: minute hour day month weekday, such as "0 7 * * mon"',
        ) from None


def back_off_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: doubled each time, with jitter, a quarter of an hour at most."""
    return with_jitter(min(MAX_BACK_OFF_SECONDS, FIRST_BACK_OFF_SECONDS * 2.0 ** min(failures - 1, 20)))


def with_jitter(seconds: float) -> float:
    """A fifth more or less, so that many clients do not come back at one moment."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


def missed_weeks(trigger: CronTrigger, since: datetime, now: datetime) -> list[Week]:
    """The weeks whose summary fell due after `since` and until `now`: each the week before the trigger's day."""
    weeks: list[Week] = []
    fire = trigger.get_next_fire_time(None, since)
    while fire is not None and fire <= now:
        week = week_due(fire)
        if week not in weeks:
            weeks.append(week)
        fire = trigger.get_next_fire_time(fire, fire + timedelta(seconds=1))
    return weeks


def week_due(fire: datetime) -> Week:
    return Week.of(fire.date() - timedelta(days=7))


def last_made(reader: Reader) -> datetime | None:
    """When the last summary was made, or else the daemon first started; None on a new database."""
    made = reader.last_event("weekly summary")
    first = reader.rows("SELECT at FROM events WHERE name = 'daemon started' ORDER BY id LIMIT 1")
    at = made["at"] if made else first[0]["at"] if first else None
    return from_iso(at) if at else None
