"""The command line: `intake`. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from classify.kept import kept_models, model_there, use
from classify.states import load_states
from core.clock import now, to_iso
from core.config import Config, load_config
from core.errors import ConfigError, IntakeError, ModelError
from core.model import Channel
from ingest.mailbox import Stop
from ingest.sources import read_letter, read_mail
from worker import cli_keeping, cli_reports
from worker.checks import Finding, run_checks
from worker.daemon import RELOAD, Daemon, poll
from worker.demo import SAMPLES, run_demo
from worker.evaluating import GOLD, compare_with_baseline, evaluate_folder, load_answers, show, show_comparison
from worker.importing import import_mail
from worker.intake import Intake
from worker.learning import compare_models, show_change, train_new
from worker.logs import set_up_logging
from worker.office import Office
from worker.people import users_app
from worker.pipeline import Tally
from worker.reconcile import reconcile
from worker.reprocess import Reread, reprocess, stored_count
from worker.reviewing import Review
from worker.scans import take_scans
from worker.sending import send_alert
from worker.standing import lines, standing

app = typer.Typer(
    help="Intake and triage of replies to a consultation by note verbale.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(users_app, name="users")

cli_keeping.register(app)

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

INTERRUPTED: Final = 130
CHANNELS: Final = ("mail", "post", "fax")


@app.callback()
def main_options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", metavar="PATH", help="Another config.toml.")] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", help="Another data folder.")] = None,
) -> None:
    if context.resilient_parsing:
        return
    context.obj = lambda: _office(config, data_dir)


def _office(path: Path | None, data_dir: Path | None) -> Office:
    config: Config = load_config(path)
    if data_dir is not None:
        config = config.model_copy(update={"data_dir": data_dir.absolute()})
    set_up_logging(config.log)
    return Office(config)


def office_of(context: typer.Context) -> Office:
    """The office, made when a command needs it: `--help` works with a broken config.toml."""
    make: Callable[[], Office] = context.find_root().obj
    return make()


@app.command()
def init(context: typer.Context) -> None:
    """Make the data folder and the database."""
    office = office_of(context)
    with office.writer():
        pass
    out.print(f"{office.config.database} is ready for {office.consultation.reference}.")
    out.print("Next: `intake check`, then `intake run`.")


@app.command()
def check(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Look at mailbox, database, model, OCR and disk; say what to mend."""
    findings = run_checks(office_of(context))
    if as_json:
        _print_json([_fields(finding) for finding in findings])
    else:
        for finding in findings:
            mark = {"ok": "[green]ok  [/]", "off": "[yellow]off [/]", "bad": "[red]bad [/]"}[finding.status]
            out.print(f"{mark} {finding.what}: ", end="")
            out.print(finding.detail, markup=False)
            if finding.mend:
                out.print(f"       {finding.mend}", markup=False)
    if any(finding.status == "bad" for finding in findings):
        raise typer.Exit(1)


@app.command()
def run(
    context: typer.Context, once: Annotated[bool, typer.Option("--once", help="Poll once, then end.")] = False
) -> None:
    """Poll the mailbox and store replies, until stopped."""
    office = office_of(context)
    accounts = office.accounts()
    model = _model(office)
    if not once:
        raise typer.Exit(_run_daemon(context, office, model))
    tally = Tally()
    with office.writer() as writer, office.readers(model) as readers:
        reconcile(office, writer, readers)
        for account in accounts:
            tally += poll(office, account, readers, writer, Stop())
        tally += take_scans(Intake(office, readers, writer, threading.Lock()))
    out.print(f"{tally.seen} messages looked at, {tally.new} new.")
    if tally.held:
        out.print(f"{tally.held} could not be read and are held back; `intake retry` tries them again.")


def _run_daemon(context: typer.Context, office: Office, model: Path) -> int:
    with office.writer() as writer, office.guarded_readers(model) as readers:
        alert = functools.partial(send_alert, office) if office.config.alerts.recipients else None
        code = Daemon(office, readers, writer, lambda: office_of(context).accounts(), alert).run()
    if code == RELOAD:
        # The same process begins anew: with the new configuration, and with a new version of the program if there is one.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - itself, with its own arguments
    return code


@app.command("import")
def import_files(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="An .eml file, mbox, Maildir or folder; with --via, scanned letters.")
    ],
    via: Annotated[str, typer.Option(help="How it came: mail, post or fax.")] = "mail",
    received: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day a letter arrived, as 2009-07-28.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="XXX", help="The State (ISO 3166-1 alpha-3), when you know it.")
    ] = None,
) -> None:
    """Take in mail from files, or letters that came by post or fax."""
    office = office_of(context)
    stated = _known_state(state)
    if via not in CHANNELS:
        raise ConfigError(f"--via {via}: not known", f"Give one of {', '.join(CHANNELS)}")
    if via == "mail":
        if received or stated:
            raise ConfigError("--received and --state go with --via post or --via fax", "Mail says itself when it came")
        messages: Any = [message for path in paths for message in read_mail(path)]
    else:
        arrived = _arrival(received, office)
        channel: Channel = "post" if via == "post" else "fax"
        messages = [read_letter(path, channel, arrived, stated) for path in paths]
    with _progress() as progress:
        done = import_mail(office, messages, _model(office), _advance(progress, "reading", len(messages)))
    out.print(f"{done.seen} messages looked at, {done.new} new.")
    for refused in done.refused:
        err.print(f"not imported: {refused.path}: {refused.why}", markup=False)
    if done.refused:
        raise typer.Exit(1)


@app.command()
def status(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """What is stored, what awaits review, and how the daemon is."""
    figures = standing(office_of(context))
    if as_json:
        _print_json(figures)
        return
    for line in lines(figures):
        out.print(line, markup=False)


@app.command()
def train(
    context: typer.Context,
    on: Annotated[
        Path, typer.Option("--on", metavar="DIR", help="Replies with right answers to compare the models on.")
    ] = SAMPLES.parent,
    force: Annotated[bool, typer.Option("--force", help="Use the new model even if it is worse.")] = False,
) -> None:
    """Train from the consultation's examples and from decisions; use the new model unless it is worse."""
    office = office_of(context)
    office.prepare()
    answers = load_answers(on / GOLD if on.is_dir() else on)
    started = now()
    with _progress() as progress:
        trained = train_new(office, answers, _trained(progress))
        took = (now() - started).total_seconds()
        change = compare_models(office, trained, on, _advance(progress, "comparing", 2 * len(answers)))
    if trained.present == trained.new:
        out.print(f"{trained.new} is in use; nothing new to learn, {trained.decided} decisions in it.", markup=False)
        return
    out.print(f"{trained.new} trained in {took:.0f} s, {trained.decided} decisions in it.", markup=False)
    if change:
        show_change(change, out)
        if change.worse and not force:
            raise ModelError(
                f"the new model is worse ({', '.join(change.worse)}); {trained.present} stays in use",
                f"Look at what changed; `intake train --force` or `intake models --use {trained.new.name}` uses it",
            )
    use(office.consultation, office.config.models_dir, trained.new.name)
    out.print(f"{trained.new.name} is in use from now on; a running daemon takes it when it is reloaded.", markup=False)


@app.command()
def models(
    context: typer.Context,
    name: Annotated[str | None, typer.Option("--use", metavar="NAME", help="Put this one in use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The models that are kept, and which is in use."""
    office = office_of(context)
    folder = office.config.models_dir
    if name is not None:
        use(office.consultation, folder, name)
    used = model_there(office.consultation, folder)
    kept = kept_models(office.consultation, folder)
    if as_json:
        _print_json([{**asdict(item), "in_use": item.name == used} for item in kept])
        return
    for item in kept:
        state = "in use" if item.name == used else "" if item.fits else "of another version"
        figures = f"{item.examples:>6} examples, {item.decided:>4} from decisions"
        out.print(f"{item.name}  {item.trained_at or '-':<20}  {figures}  {state}".rstrip(), markup=False)
    if not kept:
        out.print("No model is kept yet; `intake train` makes one.")


@app.command()
def evaluate(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder with gold.jsonl and replies/, or a gold.jsonl.")],
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Beside TF-IDF and logistic regression, taught the same.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Read replies whose right answers are known, and compare."""
    office = office_of(context)
    model = _model(office)
    total = len(load_answers(path / GOLD if path.is_dir() else path))
    with _progress() as progress, office.readers(model) as readers:
        evaluation = evaluate_folder(path, readers, office.consultation.letters, _advance(progress, "reading", total))
    comparison = compare_with_baseline(path, model, office.consultation) if baseline else None
    if as_json:
        _print_json(evaluation.as_json() | ({"baseline": comparison.as_json()} if comparison else {}))
        return
    show(evaluation, out)
    if comparison:
        show_comparison(comparison, out)


@app.command("serve")
def serve_desk(context: typer.Context) -> None:
    """Serve the desk: pages for browsing, review and decisions."""
    office = office_of(context)
    with office.writer() if not office.config.database.exists() else contextlib.nullcontext():
        pass
    web = office.config.web
    err.print(
        f"The desk of {office.consultation.reference}: {web.public_url or f'http://{web.host}:{web.port}/'}",
        markup=False,
    )
    from web.app import serve  # noqa: PLC0415 - only this command needs a web server

    serve(office.config, office.consultation)


@app.command("review")
def review_queue(
    context: typer.Context,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who decides; default: your login name.")] = None,
) -> None:
    """Work through the review queue in this terminal."""
    office = office_of(context)
    review = Review(office, out, by) if by else Review(office, out)
    decisions = review.run()
    out.print(f"{decisions} decisions.", markup=False)


@app.command("reprocess")
def reprocess_all(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Read every stored reply anew with the present model; what people decided stays."""
    office = office_of(context)
    total = stored_count(office)
    model = _model(office)
    with _progress() as progress:
        advance = _advance(progress, "reading anew", total)
        reread = list(reprocess(office, model, dry_run=dry_run, advance=advance))
    if as_json:
        _print_json([item.as_json() for item in reread])
    else:
        _show_reread(reread, "would change" if dry_run else "changed")
    if any(item.fault for item in reread):
        raise typer.Exit(1)


def _show_reread(reread: list[Reread], verb: str) -> None:
    changed = [item for item in reread if item.differences]
    for item in changed:
        out.print(f"{item.message_id}  {item.state or 'State not known'}", markup=False)
        for difference in item.differences:
            shown = f"{difference.before or '-'} -> {difference.after or '-'}"
            out.print(f"    {difference.field}: {shown}", markup=False)
    for item in reread:
        if item.fault:
            err.print(f"not read: {item.message_id}: {item.fault}", markup=False)
    out.print(f"{len(reread)} replies read anew, {len(changed)} {verb}; every decision stays.", markup=False)


@app.command()
def demo(context: typer.Context) -> None:
    """Load the invented samples through the same pipeline and show the summary."""
    office = office_of(context)
    with _progress() as progress:
        shown = run_demo(office, _trained(progress), lambda total: _advance(progress, "reading the samples", total))
    sys.stdout.write(shown.summary)
    out.print()
    out.print("These replies are invented. What to type next:", markup=False)
    out.print(f"  sqlite3 {shown.database} 'select * from area_tally'", markup=False)  # noqa: S608 - shown, not run
    out.print(
        f"  sqlite3 -json {shown.database} 'select state, subject, review_reasons from review_queue'",  # noqa: S608
        markup=False,
    )
    out.print(f"  .venv/bin/intake --data-dir {shown.database.parent} report weekly --week 2009-W30", markup=False)
    out.print("  .venv/bin/intake check        (then point it at your own mailbox: see the README)", markup=False)


cli_reports.register(app)


# --- what the commands share ---------------------------------------------------------------------


def _model(office: Office) -> Path:
    office.prepare()
    with _progress() as progress:
        return office.model(_trained(progress))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _trained(progress: Progress) -> Callable[[str, int, int], None]:
    """Shows training's steps as one bar."""
    tasks: list[Any] = []

    def show(what: str, done: int, total: int) -> None:
        if not tasks:
            tasks.append(progress.add_task("", total=total))
        progress.update(tasks[0], description=what, completed=done)

    return show


def _advance(progress: Progress, what: str, total: int) -> Callable[[int], None]:
    task = progress.add_task(what, total=total)
    return lambda count: progress.advance(task, count)


def _known_state(code: str | None) -> str | None:
    if code is None:
        return None
    state = load_states().by_code(code.upper())
    if state is None:
        raise ConfigError(f"--state {code}: no State has that code", "Give an ISO 3166-1 alpha-3 code, such as JPN")
    return state.code


def _arrival(text: str | None, office: Office) -> datetime:
    """Noon of the day, by the office's clock: a letter has no hour."""
    if text is None:
        raise ConfigError("--received is missing", "Give the day the letter arrived, such as --received 2009-07-28")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--received {text}: no such day", "Give it as 2009-07-28") from None
    return datetime.combine(day, time(12), office.consultation.zone).astimezone(UTC)


def _fields(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "status": finding.status, "detail": finding.detail, "mend": finding.mend}


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def main() -> None:
    """The entry point: errors come out as two lines, and no traceback reaches a user."""
    os.umask(0o027)
    try:
        app()
    except IntakeError as error:
        err.print(f"intake: {error.what}.", markup=False, style="bold")
        err.print(f"        {error.mend}.", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last net: say it and keep the trace for whoever mends it
        _keep_fault(error)
        sys.exit(1)


def _keep_fault(error: Exception) -> None:
    with tempfile.NamedTemporaryFile(
        "w", prefix="intake-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"{to_iso(now())}\n")
        traceback.print_exception(error, file=file)
    err.print(f"intake: unexpected fault: {type(error).__name__}: {error}.", markup=False, style="bold")
    err.print(f"        Nothing stored was lost. Please report it with {file.name}.", markup=False)


if __name__ == "__main__":
    main()
