"""`intake status`: what is stored, and how the daemon is."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from worker.daemon import status_file
from worker.lock import is_held
from worker.office import Office
from worker.reporting import mail_figures

Figures = dict[str, Any]


def standing(office: Office) -> Figures:
    """Counts, last polls, what is held back; `daemon` is what a running one last said of itself."""
    with office.reader() as reader:
        polled, failed = reader.last_event("poll"), reader.last_event("poll failed")
        backup, verified = reader.last_event("backup"), reader.last_event("raw missing")
        running = is_held(office.config.data_dir)
        return {
            "reference": office.consultation.reference,
            "data_dir": str(office.config.data_dir),
            "running": running,
            **reader.counts(),
            "days_left": office.consultation.days_left(datetime.now(office.consultation.zone).date()),
            "last_poll": polled["at"] if polled else None,
            "last_failed_poll": failed["at"] if failed else None,
            "last_failure": failed["detail"] if failed else None,
            "last_backup": backup["at"] if backup else None,
            **mail_figures(reader),
            "raw_missing": verified["detail"] if verified else None,
            "held": [{name: row[name] for name in HELD} for row in reader.held()],
            "not_given": [asdict(row) for row in reader.not_given()],
            "daemon": _said(office) if running else None,
        }


HELD = ("sha256", "received_at", "reason", "attempts", "held_at")


def lines(figures: Figures) -> list[str]:
    """For a person."""
    plain = {name: value for name, value in figures.items() if name not in ("held", "not_given", "daemon")}
    shown = [f"{name.replace('_', ' '):<18} {'-' if value is None else value}" for name, value in plain.items()]
    daemon = figures["daemon"]
    if daemon:
        shown.append(f"{'daemon':<18} {'well' if daemon['well'] else 'unwell'} at {daemon['at']}")
        shown += [f"  {problem}" for problem in daemon["problems"]]
        shown += [f"  {_mailbox(mailbox)}" for mailbox in daemon["mailboxes"]]
    for row in figures["held"]:
        shown.append(f"held back: {row['sha256'][:16]} of {row['received_at']}: {row['reason']} (`intake retry`)")
    return shown + [_not_given(row) for row in figures["not_given"] if row["tries"]]


def _not_given(row: Figures) -> str:
    ends = "held back (`intake retry`)" if row["set_aside_at"] else "asked for again with each connection"
    return (
        f"not given by its server: UID {row['uid']} of {row['mailbox']}, since {row['first_at']}: {row['why']}; {ends}"
    )


def _mailbox(mailbox: Figures) -> str:
    last = mailbox["last_good_poll"] or "never"
    fault = f"; {mailbox['failures']} failures since: {mailbox['fault']}" if mailbox["failures"] else ""
    return f"{mailbox['name']}: last read {last}{fault}"


def _said(office: Office) -> Figures | None:
    try:
        said: Figures = json.loads(status_file(office.config.data_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said
