"""Commands of whoever runs the program: verify, retry, backup, restore, export, purge."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console

from core.errors import ConfigError, IntakeError
from store.not_given import NotGivenYet
from worker.backup import back_up, check, restore
from worker.checks import Finding
from worker.export import VIEWS, export
from worker.intake import Intake
from worker.not_given import retry_set_aside, set_aside
from worker.office import Office
from worker.purge import Selection, export_sender, of_sender, older_than, purge
from worker.reconcile import read_the_rest
from worker.retry import held_back, retry
from worker.verify import verify

out = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Lay these commands beside the others."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def verify_all(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Do not compare with the mail server.")] = False,
    as_json: Json = False,
) -> None:
    """Whether all that is kept is whole: digests, references, full text, evidence, and the server's messages."""
    office = _office(context)
    watched = bool(office.config.mailbox.host or office.config.mailboxes) and not offline
    show_findings(verify(office, office.accounts() if watched else ()), as_json)


def retry_held(
    context: typer.Context,
    chosen: Annotated[
        list[str] | None, typer.Argument(help="Digests or their beginnings, or uid:NUMBER; default: all.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show them, and try none.")] = False,
    as_json: Json = False,
) -> None:
    """Try messages again that ended their reader, and ask again for those that their server never gave."""
    office = _office(context)
    rows, not_given = _chosen(office, chosen or ())
    if listed or not (rows or not_given):
        _show_held(rows, not_given, as_json)
        return
    with office.writer() as writer, office.guarded_readers(office.model()) as readers:
        still = {item.raw.digest[:16]: item.reason for item in retry(office, rows, readers, writer)}
        intake = Intake(office, readers, writer, threading.Lock())
        accounts = office.accounts() if not_given else ()
        still |= {f"uid:{row.uid} of {row.mailbox}": why for row, why in retry_set_aside(not_given, accounts, intake)}
    tried = len(rows) + len(not_given)
    if as_json:
        print_json({"tried": tried, "held_back": list(still)})
    else:
        out.print(f"{tried} tried, {tried - len(still)} stored, {len(still)} still held back.")
        for name, why in still.items():
            out.print(f"  {name}: {why}", markup=False)
    if still:
        raise typer.Exit(1)


def _chosen(office: Office, names: Sequence[str]) -> tuple[list[dict[str, Any]], list[NotGivenYet]]:
    """By digest: what is in the archive. By uid:NUMBER: what is on the server alone. Without names all of both."""
    uids = [_uid(name) for name in names if name.startswith("uid:")]
    digests = [name for name in names if not name.startswith("uid:")]
    rows = held_back(office, digests) if digests or not uids else []
    return rows, set_aside(office, uids) if uids or not digests else []


def _uid(name: str) -> int:
    number = name.removeprefix("uid:")
    if not number.isascii() or not number.isdigit():
        raise ConfigError(f"{name}: no UID", "Such as uid:17; `intake retry --list` shows them")
    return int(number)


def _show_held(rows: Sequence[dict[str, Any]], not_given: Sequence[NotGivenYet], as_json: bool) -> None:
    if as_json:
        print_json([*rows, *map(asdict, not_given)])
        return
    for row in rows:
        out.print(f"{row['sha256'][:16]}  {row['received_at']}  {row['attempts']} times  {row['reason']}", markup=False)
    for item in not_given:
        name = f"uid:{item.uid} of {item.mailbox}"
        out.print(f"{name}  since {item.first_at}  {item.tries} times  {item.why}", markup=False)
    if not (rows or not_given):
        out.print("No message is held back.")


def back_up_all(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: backup.folder.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="How many stay; default: backup.keep.")] = None,
    encrypt_to: Annotated[str | None, typer.Option(metavar="RECIPIENT", help="age:KEY or gpg:KEY.")] = None,
    as_json: Json = False,
) -> None:
    """Back up database, archive and configuration; the daemon may run meanwhile."""
    office = _office(context)
    settings = office.config.backup
    made = back_up(
        office,
        to or office.config.backup_dir,
        keep or settings.keep,
        settings.encrypt_to if encrypt_to is None else encrypt_to,
    )
    if as_json:
        print_json({"path": str(made.path), "files": made.files, "octets": made.octets})
        return
    out.print(f"{made.path}: {made.files} files, {made.octets / 2**20:.1f} MiB.", markup=False)
    for path in made.removed:
        out.print(f"{path.name} removed.", markup=False)


def restore_all(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup; - reads it from standard input.")],
    only_check: Annotated[bool, typer.Option("--check", help="Read it through, and restore nothing.")] = False,
) -> None:
    """Unpack a backup into an empty data folder, and verify it."""
    office = _office(context)
    if only_check:
        manifest = check(source)
        out.print(f"{source}: {len(manifest['files'])} files of {manifest['made_at']}, all whole.", markup=False)
        return
    with _opened(source) as file:
        manifest = restore(file, office.config.data_dir)
    out.print(f"{len(manifest['files'])} files of {manifest['made_at']} restored.", markup=False)
    if (office.config.data_dir / "restored").is_dir():
        out.print(f"Configuration and consultation lie in {office.config.data_dir / 'restored'}.", markup=False)
    if count := read_the_rest(office):
        out.print(f"{count} messages that came while the backup was made: read now.", markup=False)
    show_findings(verify(office), as_json=False)


def export_views(
    context: typer.Context,
    output: Annotated[Path, typer.Option(metavar="DIR", help="A folder, or with --sender a zip file.")],
    form: Annotated[str, typer.Option("--format", help="csv, json or parquet.")] = "csv",
    view: Annotated[list[str] | None, typer.Option(help="Only this view; may be repeated.")] = None,
    sender: Annotated[str | None, typer.Option(metavar="ADDRESS", help="All that is held on one sender.")] = None,
) -> None:
    """Write the views to files, or all that is held on one sender."""
    office = _office(context)
    if sender is not None:
        chosen = _of_sender(office, sender)
        count = export_sender(office, chosen, output)
        out.print(f"{output}: {count} messages of {sender}.", markup=False)
        return
    for path in export(office, form, output, view or VIEWS):
        out.print(f"{path} written.", markup=False)


def purge_old(
    context: typer.Context,
    before: Annotated[str | None, typer.Option(metavar="DATE", help="What arrived before 2010-07-31.")] = None,
    sender: Annotated[str | None, typer.Option(metavar="ADDRESS", help="All of one sender.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove replies for good: raw, read and decided; only their digest and the reason stay on record."""
    office = _office(context)
    if (before is None) == (sender is None):
        raise ConfigError("give either --before or --sender", "Such as `intake purge --before 2010-07-31 --dry-run`")
    chosen = older_than(office, _day(before)) if before else _of_sender(office, sender or "")
    for row in chosen.rows if dry_run else ():
        out.print(f"{row['sha256'][:16]}  {row['received_at']}  {row['state'] or '-'}  {row['subject']}", markup=False)
    if dry_run or not chosen.rows:
        out.print(f"{len(chosen.rows)} messages would be removed." if dry_run else "Nothing to remove.")
        return
    _agree(chosen, yes)
    with office.writer() as writer:
        count = purge(office, writer, chosen)
    out.print(f"{count} messages removed. Backups that hold them are not touched: see docs/operations.md.")


def _of_sender(office: Office, address: str) -> Selection:
    chosen = of_sender(office, address)
    if not chosen.rows:
        raise IntakeError(f"nothing is held on {address}", "See the exact address in the replies view: from_address")
    return chosen


def _agree(chosen: Selection, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError(f"{len(chosen.rows)} messages would be removed for good", "Give --yes, if that is meant")
    typer.confirm(f"Remove {len(chosen.rows)} messages for good?", abort=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--before {text}: no such day", "Give it as 2010-07-31") from None


# --- what the commands share ---


def show_findings(findings: Sequence[Finding], as_json: bool) -> None:
    """Each finding on its line, with its mend; exit code 1 when something is bad."""
    if as_json:
        print_json(
            [{name: getattr(finding, name) for name in ("what", "status", "detail", "mend")} for finding in findings]
        )
    else:
        for finding in findings:
            colour = {"ok": "green", "off": "yellow", "bad": "red"}[finding.status]
            out.print(f"[{colour}]{finding.status:<4}[/] ", end="")
            out.print(f"{finding.what}: {finding.detail}", markup=False)
            if finding.mend:
                out.print(f"       {finding.mend}", markup=False)
    if any(finding.status == "bad" for finding in findings):
        raise typer.Exit(1)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def _office(context: typer.Context) -> Office:
    make: Callable[[], Office] = context.find_root().obj
    return make()


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[IO[bytes]]:
    if str(source) == "-":
        yield sys.stdin.buffer
        return
    try:
        with source.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise IntakeError(f"{source}: no such file", "Give the path of a backup") from None


COMMANDS: dict[str, Callable[..., None]] = {
    "verify": verify_all,
    "retry": retry_held,
    "backup": back_up_all,
    "restore": restore_all,
    "export": export_views,
    "purge": purge_old,
}
