"""The doctor: each thing the program needs, whether it is there, and how to mend it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from classify.examples import load_passages
from classify.kept import model_there
from core.errors import ConfigError, IntakeError
from ingest.attachments.ocr import PACKS, installed_packs
from ingest.mailbox import Mailbox
from report.style import load_style, missing_fonts
from worker.office import Office
from worker.schedule import weekly_trigger
from worker.sending import smtp_server
from worker.smtp import look

Status = Literal["ok", "off", "bad"]
LOW_DISK: Final = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """`off`: a capability that is not set up, and without which the rest works. `bad`: something to mend."""

    what: str
    status: Status
    detail: str
    mend: str = ""


def run_checks(office: Office) -> list[Finding]:
    """All checks, in the order in which they depend on each other. Changes nothing."""
    return [finding for check in CHECKS for finding in _guarded(check, office)]


def _guarded(check: Callable[[Office], Iterator[Finding]], office: Office) -> Iterator[Finding]:
    try:
        yield from check(office)
    except IntakeError as error:
        yield Finding(check.__name__.lstrip("_").replace("_", " "), "bad", error.what, error.mend)


def _consultation(office: Office) -> Iterator[Finding]:
    consultation = office.consultation
    weekly_trigger(office.config, consultation)
    areas = f"{len(consultation.areas)} areas, {', '.join(consultation.languages)}, until {consultation.deadline}"
    yield Finding("consultation", "ok", f"{consultation.reference}: {areas}")


def _data_folder(office: Office) -> Iterator[Finding]:
    folder = office.config.data_dir
    if not folder.is_dir():
        yield Finding("data folder", "off", f"{folder} is not there yet", "Run `intake init`")
        return
    if not os.access(folder, os.W_OK):
        yield Finding("data folder", "bad", f"{folder} cannot be written to", "Change its owner, or set data_dir")
        return
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK:
        yield Finding("data folder", "bad", f"{free // 2**20} MiB left on the disk of {folder}", "Free some space")
        return
    yield Finding("data folder", "ok", f"{folder}, {free // 2**30} GiB free")


def _database(office: Office) -> Iterator[Finding]:
    if not office.config.database.is_file():
        yield Finding("database", "off", f"{office.config.database} is not there yet", "Run `intake init`")
        return
    with office.reader() as reader:
        result = reader.value("PRAGMA quick_check")
        counts = reader.counts()
    if result != "ok":
        yield Finding(
            "database", "bad", f"damaged: {result}", "Restore a backup, or move it away and import the archive"
        )
        return
    yield Finding("database", "ok", f"{counts['replies']} replies, {counts['needs_review']} to review")


def _model(office: Office) -> Iterator[Finding]:
    consultation = office.consultation
    name = model_there(consultation, office.config.models_dir)
    examples = sum(len(load_passages(consultation, code)) for code in consultation.languages)
    if name is None:
        yield Finding(
            "model", "off", f"not trained yet ({examples} examples)", "Run `intake train`, or any command that needs it"
        )
        return
    yield Finding("model", "ok", f"{name}, trained on {examples} examples")


def _ocr(office: Office) -> Iterator[Finding]:
    wanted = {pack for packs in PACKS.values() for pack in packs}
    missing = sorted(wanted - installed_packs())
    if missing == sorted(wanted):
        yield Finding("scanned letters", "off", "Tesseract is not installed", "Run `make setup` as root")
    elif missing:
        names = " ".join(f"tesseract-ocr-{pack.replace('_', '-')}" for pack in missing)
        yield Finding(
            "scanned letters", "off", f"no Tesseract pack for {', '.join(missing)}", f"apt-get install {names}"
        )
    else:
        yield Finding("scanned letters", "ok", "Tesseract with all six languages")


def _mailbox(office: Office) -> Iterator[Finding]:
    try:
        accounts = office.accounts()
    except ConfigError as error:
        status: Status = "bad" if office.config.mailbox.host else "off"
        yield Finding("mailbox", status, error.what, error.mend)
        return
    for account in accounts:
        with Mailbox(account) as mailbox:
            yield Finding("mailbox", "ok", f"{account.name}: {mailbox.count()} messages")


def _outgoing_mail(office: Office) -> Iterator[Finding]:
    if not office.config.send.host:
        yield Finding(
            "outgoing mail", "off", "no SMTP server is set", "Set send.host and send.recipients to mail summaries"
        )
        return
    server = smtp_server(office)
    look(server)
    yield Finding("outgoing mail", "ok", f"{server.where} for {len(office.config.send.recipients)} recipients")


def _report_fonts(office: Office) -> Iterator[Finding]:
    load_style(office.config.report.style)
    missing = missing_fonts()
    if missing:
        packages = "apt-get install fonts-noto-core fonts-noto-cjk"
        yield Finding("fonts of reports", "off", f"no font for {', '.join(missing)}", packages)
    else:
        yield Finding("fonts of reports", "ok", "for all six languages")


CHECKS: Final = (_consultation, _data_folder, _database, _model, _ocr, _mailbox, _outgoing_mail, _report_fonts)
