"""The scanner's folder: a letter that is laid into scans/ (or scans/post/, scans/fax/) is taken in, then put aside.

A file's name may begin with what is known of it: "JPN 2009-07-28 note.pdf" is of Japan and arrived that day. Without a day
the file's own time counts. What was taken in lies in scans/done/, what could not be in scans/refused/ with the reason.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from classify.states import load_states
from core.errors import IntakeError, SourceError
from core.model import Channel, RawMessage
from ingest.sources import LETTER_SUFFIXES, read_letter
from worker.intake import Intake
from worker.office import Office
from worker.pipeline import Tally

log = logging.getLogger("intake.scans")

DONE: Final = "done"
REFUSED: Final = "refused"
PLACES: Final[tuple[tuple[str, Channel], ...]] = (("", "post"), ("post", "post"), ("fax", "fax"))
NAME: Final = re.compile(r"^(?:(?P<state>[A-Z]{3})(?=[ _.-]))?[ _-]*(?P<day>\d{4}-\d{2}-\d{2})?")


@dataclass(frozen=True, slots=True)
class Scan:
    """A file in the scanner's folder."""

    path: Path
    channel: Channel
    received_at: datetime
    state: str | None


def make_folders(folder: Path) -> None:
    """Raises OSError."""
    for name in ("post", "fax"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def waiting(folder: Path, zone: ZoneInfo, settle_seconds: float) -> Iterator[Scan]:
    """Files that lie still: a scanner that is still writing has its file's time moving."""
    for place, channel in PLACES:
        if not (folder / place).is_dir():
            continue
        for path in sorted((folder / place).iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            changed = path.stat().st_mtime
            if time.time() - changed >= settle_seconds:
                yield _scan(path, channel, changed, zone)


def _scan(path: Path, channel: Channel, changed: float, zone: ZoneInfo) -> Scan:
    found = NAME.match(path.name)
    code = found["state"] if found else None
    state = code if code and load_states().by_code(code) else None
    return Scan(path, channel, _arrival(found["day"] if found else None, changed, zone), state)


def _arrival(day: str | None, changed: float, zone: ZoneInfo) -> datetime:
    """Noon of the day that the name gives, by the office's clock; else the file's own time."""
    try:
        return datetime.combine(date.fromisoformat(day or ""), clock(12), zone).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(changed, UTC).replace(microsecond=0)


def take_scans(intake: Intake) -> Tally:
    """Take in what lies in the scanner's folder. A file is moved only when its letter is stored."""
    office, total = intake.office, Tally()
    folder = office.config.scans_dir
    for scan in list(waiting(folder, office.consultation.zone, office.config.scans.settle_seconds)):
        letter = _letter(scan, folder)
        if letter is None:
            continue
        total += intake.take([letter])
        _move(scan.path, folder / DONE)
        log.info("letter taken in", extra={"file": scan.path.name, "channel": scan.channel})
    return total


def _letter(scan: Scan, folder: Path) -> RawMessage | None:
    try:
        return read_letter(scan.path, scan.channel, scan.received_at, scan.state)
    except SourceError as error:
        if scan.path.suffix.lower() in LETTER_SUFFIXES:
            log.error("a letter cannot be read", extra={"file": str(scan.path), "why": error.what})
            return None  # it may be readable the next time
        _refuse(scan.path, folder / REFUSED, error)
        return None


def _refuse(path: Path, folder: Path, error: IntakeError) -> None:
    log.error("not a letter", extra={"file": path.name, "why": error.what})
    target = _move(path, folder)
    target.with_name(f"{target.name}.why.txt").write_text(f"{error.what}. {error.mend}.\n", encoding="utf-8")


def _move(path: Path, folder: Path) -> Path:
    """Put a file aside under a name that is free."""
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return path.rename(target)


def scans_folder(office: Office) -> Path:
    """The scanner's folder, made where it is missing. Raises SourceError."""
    try:
        make_folders(office.config.scans_dir)
    except OSError as error:
        raise SourceError(
            f"{office.config.scans_dir} cannot be made ({error.strerror})",
            "Set scans.folder in config.toml to a folder this user may write to",
        ) from None
    return office.config.scans_dir
