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
from store.outbox import sendings
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


def mail_figures(reader: Reader) -> dict[str, object]:
    """For `intake status`: mail that is still to be sent, mail that needs a person's word, and why."""
    log = sendings(reader)
    stuck = [sending for sending in log if sending.state in ("perhaps_sent", "failed")]
    waiting = [sending for sending in log if sending.state in ("planned", "sending")]
    told = [f"{each.report} {each.period} {each.state.replace('_', ' ')}: {each.detail}" for each in (*stuck, *waiting)]
    return {
        "mail_to_send": len(waiting),
        "mail_needs_a_person": len(stuck),
        "mail_trouble": "; ".join(line for line, each in zip(told, (*stuck, *waiting), strict=True) if each.detail)
        or None,
    }


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
