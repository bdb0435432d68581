"""Mail that lies in files: .eml, mbox, Maildir, folders of them; and scanned letters that came by post or fax."""

from __future__ import annotations

import email.policy
import mailbox
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from core.errors import SourceError
from core.model import Channel, RawMessage, digest_of
from ingest.parse import looks_like_mail, received_date

MAIL_SUFFIXES: Final = frozenset({".eml", ".msg822", ".mail"})
LETTER_SUFFIXES: Final = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".docx", ".odt", ".rtf", ".txt"}
)
CHANNEL_HEADER: Final = "X-Intake-Channel"
LETTER_SENDER: Final = "paper@intake.invalid"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not imported, and why."""

    path: Path
    why: str


def read_mail(path: Path) -> Iterator[RawMessage | Refused]:
    """Every message in a file or folder, in a steady order. Raises SourceError for a path that is no mail."""
    if not path.exists():
        raise SourceError(
            f"{path}: no such file or folder", "Give the path of an .eml file, an mbox, a Maildir or a folder"
        )
    if path.is_dir():
        yield from _folder(path)
        return
    found = list(_file(path))
    if found and isinstance(found[0], Refused):
        raise SourceError(
            f"{path} is no mail: {found[0].why}",
            "Import .eml files, an mbox or a Maildir; a scanned letter with `intake import FILE --via post --received DATE`",
        )
    yield from found


def read_letter(path: Path, channel: Channel, received_at: datetime, state: str | None) -> RawMessage:
    """A letter that came on paper, as a message: the file becomes its attachment, so that it goes the same way as mail.

    The same file, channel and date give the same bytes, and are stored once.
    """
    if path.suffix.lower() not in LETTER_SUFFIXES:
        known = ", ".join(sorted(LETTER_SUFFIXES))
        raise SourceError(f"{path}: a letter is expected as one of {known}", "Scan it to PDF or TIFF")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror})", "See the path and the file's access rights"
        ) from None
    main, _, sub = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["From"] = LETTER_SENDER
    letter["Date"] = format_datetime(received_at)
    letter["Subject"] = f"Letter received by {channel}: {path.name}"
    letter["Message-ID"] = f"<{digest_of(content)[:32]}.{received_at:%Y%m%d}@{channel}.intake.invalid>"
    letter[CHANNEL_HEADER] = channel
    letter.set_content("")
    letter.add_attachment(content, maintype=main, subtype=sub, filename=path.name)
    letter.set_boundary(digest_of(content)[:40])
    return RawMessage(letter.as_bytes(), received_at.astimezone(UTC), channel=channel, stated_state=state)


def _folder(folder: Path) -> Iterator[RawMessage | Refused]:
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        for place in ("new", "cur"):
            for path in sorted((folder / place).iterdir()):
                if path.is_file():
                    yield from _eml(path)
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _folder(path)
        elif path.is_file():
            yield from _file(path)


def _file(path: Path) -> Iterator[RawMessage | Refused]:
    try:
        with path.open("rb") as file:
            head = file.read(5)
    except OSError as error:
        yield Refused(path, f"cannot be read ({error.strerror})")
        return
    if head == b"From " and path.suffix.lower() not in MAIL_SUFFIXES:
        yield from _mbox(path)
    else:
        yield from _eml(path)


def _eml(path: Path) -> Iterator[RawMessage | Refused]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield Refused(path, f"cannot be read ({error.strerror})")
        return
    if not looks_like_mail(content):
        yield Refused(path, "it does not begin with a mail's headers (From, Date, Subject …)")
        return
    yield _raw(content, path)


def _mbox(path: Path) -> Iterator[RawMessage | Refused]:
    """Messages of an mbox (RFC 4155), with ">From " lines put right (mboxrd)."""
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            content = re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key))
            yield (
                _raw(content, path) if looks_like_mail(content) else Refused(path, f"message {number} has no headers")
            )
    finally:
        box.close()


def _raw(content: bytes, path: Path) -> RawMessage:
    arrived = received_date(content) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return RawMessage(content, arrived)
