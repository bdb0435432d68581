from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger

from core.consultation import Consultation
from core.errors import AlreadyRunning, ConfigError
from report.weeks import Week
from tests.make import make_reading
from worker.lock import DataFolderLock, is_held
from worker.office import Office
from worker.reporting import write_weekly
from worker.schedule import back_off_seconds, missed_weeks, weekly_trigger

VIENNA = ZoneInfo("Europe/Vienna")


def at(day: int, hour: int) -> datetime:
    return datetime(2009, 7, day, hour, tzinfo=VIENNA)


@pytest.mark.parametrize(
    ("since", "now", "weeks"),
    [
        (at(20, 8), at(26, 23), []),
        (at(20, 6), at(20, 8), ["2009-W29"]),
        (at(12, 8), at(28, 8), ["2009-W28", "2009-W29", "2009-W30"]),
    ],
)
def test_weeks_that_were_missed(since: datetime, now: datetime, weeks: list[str]) -> None:
    trigger = CronTrigger.from_crontab("0 7 * * mon", timezone=VIENNA)
    assert [week.name for week in missed_weeks(trigger, since, now)] == weeks


def test_cron_runs_by_the_offices_clock(office: Office) -> None:
    trigger = weekly_trigger(office.config, office.consultation)
    fire = trigger.get_next_fire_time(None, datetime(2009, 7, 18, tzinfo=UTC))
    assert fire is not None
    assert fire.astimezone(VIENNA) == at(20, 7)


def test_wrong_cron_is_named(office: Office, consultation: Consultation) -> None:
    schedule = office.config.schedule.model_copy(update={"weekly_cron": "0 77 * * mon"})
    with pytest.raises(ConfigError, match="weekly_cron"):
        weekly_trigger(office.config.model_copy(update={"schedule": schedule}), consultation)


def test_back_off_grows_and_ends_at_a_quarter_of_an_hour() -> None:
    waits = [back_off_seconds(failures) for failures in range(1, 12)]
    assert 4 <= waits[0] <= 6
    assert waits[3] > 4 * waits[0]
    assert 720 <= waits[-1] <= 1080


def test_summary_is_written_in_every_form_and_kept(office: Office) -> None:
    with office.writer() as writer:
        writer.save([make_reading()])
    write_weekly(office, Week.parse("2009-W30"))
    names = {path.name for path in office.config.reports_dir.iterdir()}
    assert names == {f"weekly-2009-W30.en.{suffix}" for suffix in ("txt", "html", "docx", "pdf", "xlsx", "json")}
    with office.reader() as reader:
        assert reader.rows("SELECT week FROM summaries") == [{"week": "2009-W30"}]
        assert reader.value("SELECT count(*) FROM week_tallies") == 1


def test_one_process_at_a_time(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with DataFolderLock(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(AlreadyRunning, match="another intake process"), DataFolderLock(tmp_path):
            pass
    assert not is_held(tmp_path)
