"""Commands that make reports: `intake report …`, and mail out of them: `intake send`, `intake drafts`."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.errors import ConfigError, IntakeError
from report.document import check_form
from report.drafts import Kind
from report.render import FORMS
from report.weeks import Week
from report.words import words_of
from store.outbox import sendings
from worker.drafting import Draft, Passed, acknowledgements, put, reminders
from worker.office import Office
from worker.reporting import maker_of, write_weekly, write_whole
from worker.sending import plan_weekly, send_due, settle, smtp_server, weekly_mail

report_app = typer.Typer(help="Reports from the database.", no_args_is_help=True)
out = Console(soft_wrap=True, highlight=False)

Lang = Annotated[str, typer.Option("--lang", metavar="fr", help="ar, zh, en, fr, ru or es.")]
Form = Annotated[str, typer.Option("--format", help=f"{', '.join(FORMS)}.")]
Output = Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file.")]


@report_app.command("weekly")
def report_weekly(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(metavar="2009-W29", help="An ISO week; default: this one.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="As it was given by the end of that day; default: as known now.")
    ] = None,
    language: Lang = "en",
    form: Form = "text",
    output: Output = None,
) -> None:
    """The weekly intake summary."""
    office = _office(context)
    _check_page(language, form, output)
    chosen = Week.parse(week) if week else Week.of(datetime.now(office.consultation.zone).date())
    moment = _end_of_day(_day("--as-of", as_of), office) if as_of else None
    with office.reader() as reader:
        maker = maker_of(office, reader, language)
        content = maker.weekly(maker.summary(chosen, moment), form)
    _give(content, output)


@report_app.command("bureau")
def report_bureau(
    context: typer.Context,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="What had arrived by the end of that day; default: today.")
    ] = None,
    language: Lang = "en",
    form: Form = "text",
    output: Output = None,
) -> None:
    """The Bureau's sheet: which topics could be chosen, counted in several ways."""
    office = _office(context)
    _check_page(language, form, output)
    day = _day("--until", until) if until else None
    with office.reader() as reader:
        content = maker_of(office, reader, language).bureau(form, day)
    _give(content, output)


@report_app.command("silent")
def report_silent(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(metavar="2009-W29", help="At that week's end; default: now.")] = None,
    language: Lang = "en",
    form: Form = "text",
    output: Output = None,
) -> None:
    """The States that have not answered."""
    office = _office(context)
    _check_page(language, form, output)
    chosen = Week.parse(week) if week else Week.of(datetime.now(office.consultation.zone).date())
    with office.reader() as reader:
        maker = maker_of(office, reader, language)
        content = maker.silent(maker.summary(chosen), form)
    _give(content, output)


def _check_page(language: str, form: str, output: Path | None) -> None:
    words_of(language)
    check_form(form, FORMS)
    if output is None and form in ("docx", "pdf", "xlsx") and sys.stdout.isatty():
        raise ConfigError(f"--format {form} is no text for a terminal", "Give --output FILE")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text}: no such day", "Give it as 2009-07-28") from None


def _end_of_day(day: date, office: Office) -> datetime:
    return datetime.combine(day, time(23, 59, 59), office.consultation.zone).astimezone(UTC)


def _give(content: bytes, output: Path | None) -> None:
    """To standard output, or to a file, whole or not at all."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        write_whole(output, content)
    except OSError as error:
        raise IntakeError(
            f"{output} cannot be written ({error.strerror})", "Give --output a path you may write to"
        ) from None
    out.print(f"{output} written.", markup=False)


def send(
    context: typer.Context,
    week: Annotated[
        str | None, typer.Option(metavar="2009-W29", help="Make that week's summary and plan its mail, unless it is.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    log: Annotated[bool, typer.Option("--log", help="What was planned and sent.")] = False,
    again: Annotated[
        str | None, typer.Option(metavar="2009-W29", help="Send a mail again that failed or was perhaps sent.")
    ] = None,
    settled: Annotated[
        str | None, typer.Option(metavar="2009-W29", help="Count a mail that was perhaps sent as sent.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Mail the weekly summary that is due: once a week, to send.recipients."""
    office = _office(context)
    smtp_server(office)
    if log:
        _show_log(office, as_json)
        return
    for period, state in ((again, "planned"), (settled, "sent")):
        if period:
            settle(office, period, state)
    if week:
        _plan(office, Week.parse(week), dry_run)
    if dry_run:
        return
    done = send_due(office)
    for sending, state in done:
        out.print(f"{sending.report} {sending.period}: {state.replace('_', ' ')}", markup=False)
    if not done:
        out.print("Nothing is due.")
    if any(state != "sent" for _, state in done):
        raise typer.Exit(1)


drafts_app = typer.Typer(help="Drafts of mail that a person looks at and sends.", no_args_is_help=True)
ToMailbox = Annotated[
    bool, typer.Option("--to-mailbox", help="Into the mailbox's Drafts folder; default: .eml files in drafts/.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]


@drafts_app.command("acknowledgements")
def draft_acknowledgements(context: typer.Context, to_mailbox: ToMailbox = False, dry_run: DryRun = False) -> None:
    """An acknowledgement of each reply that has none, in its language; none for automatic mail or spam."""
    office = _office(context)
    with office.reader() as reader:
        made = list(acknowledgements(office, reader))
    for each in made:
        if isinstance(each, Passed):
            out.print(f"no answer to {each.message_id}: {each.why}", markup=False)
    _put(office, "acknowledgement", [each for each in made if isinstance(each, Draft)], to_mailbox, dry_run)


@drafts_app.command("reminders")
def draft_reminders(context: typer.Context, to_mailbox: ToMailbox = False, dry_run: DryRun = False) -> None:
    """A reminder to each silent State that has none."""
    office = _office(context)
    with office.reader() as reader:
        made = list(reminders(office, reader))
    _put(office, "reminder", made, to_mailbox, dry_run)


def _put(office: Office, kind: Kind, made: list[Draft], to_mailbox: bool, dry_run: bool) -> None:
    if dry_run or not made:
        for each in made:
            out.print(f"{each.name}: {each.mail['To'] or 'no address'}: {each.mail['Subject']}", markup=False)
        out.print(f"{len(made)} drafts; nothing was written.")
        return
    out.print(f"{len(made)} drafts written to {put(office, kind, made, to_mailbox)}; none is sent.", markup=False)


def _plan(office: Office, week: Week, dry_run: bool) -> None:
    if not dry_run:
        plan_weekly(office, write_weekly(office, week))
        return
    with office.reader() as reader:
        summary = maker_of(office, reader, office.config.send.language).summary(week)
    mail = weekly_mail(office, summary)
    for name in ("From", "To", "Subject", "Message-ID"):
        out.print(f"{name}: {mail[name]}", markup=False)
    for part in mail.iter_attachments():
        out.print(f"  {part.get_filename()}, {len(part.get_content())} octets", markup=False)
    out.print("Nothing was sent.")


def _show_log(office: Office, as_json: bool) -> None:
    with office.reader() as reader:
        rows = sendings(reader)
    if as_json:
        sys.stdout.write(json.dumps([dataclasses.asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n")
        return
    for row in rows:
        words = f"{row.report} {row.period}  {row.state.replace('_', ' '):<13} {row.changed_at}  {row.detail}"
        out.print(words.rstrip(), markup=False)


def _office(context: typer.Context) -> Office:
    make: Callable[[], Office] = context.find_root().obj
    return make()


def register(app: typer.Typer) -> None:
    app.add_typer(report_app, name="report")
    app.command()(send)
    app.add_typer(drafts_app, name="drafts")
