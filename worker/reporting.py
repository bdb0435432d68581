"""Writes the weekly summary to reports/, in every format and language that is set, and keeps what was given."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from core.clock import now, to_iso
from report.make import Maker
from report.render import SUFFIXES
from report.style import load_style
from report.weekly import Summary, weekly_summary
from report.weekly import to_json as summary_json
from report.weeks import Week, weeks_with_mail
from store.figures import Figures, keep_summary, keep_tallies
from store.read import Reader
from worker.office import Office


def write_weekly(office: Office, week: Week) -> Summary:
    """Make the summary, write it to reports/ (`weekly-2009-W29.en.pdf`), each file whole or not at all, and keep it."""
    config = office.config
    keep_ended_weeks(office)
    with office.reader() as reader:
        summary = weekly_summary(reader, office.consultation, week)
        for language in config.report.languages:
            maker = maker_of(office, reader, language)
            for form in config.report.formats:
                path = config.reports_dir / f"weekly-{week.name}.{language}.{SUFFIXES[form]}"
                write_whole(path, maker.weekly(summary, form))
    keep_summary(config.database, week.name, summary.made_at, summary_json(summary))
    return summary


def keep_ended_weeks(office: Office) -> int:
    """Keep the tallies of all weeks that have ended. Returns how many were missing."""
    last = Week.of(now().astimezone(office.consultation.zone).date())
    with office.reader() as reader:
        bounds = list(weeks_with_mail(Figures(reader), office.consultation, last))
        return keep_tallies(reader, [(start, end) for start, end in bounds if end <= to_iso(now())])


def maker_of(office: Office, reader: Reader, language: str) -> Maker:
    return Maker(reader, office.consultation, language, load_style(office.config.report.style))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(temporary, 0o640)
    os.replace(temporary, path)
