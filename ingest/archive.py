"""The raw archive: every message as it came, by the SHA-256 of its bytes, before anything else is done with it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.errors import ArchiveError, ArchiveFull
from core.model import RawMessage, digest_of

NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)
INCOMING: Final = ".incoming-"


class Archive:
    """A folder of `ab/cd/abcd….eml`. Files are written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:4] / f"{digest}.eml"

    def put(self, raw: RawMessage) -> Path:
        """Keep a message for good: it is on the disk when this returns. The same bytes are kept once.

        Raises ArchiveError: disk full, read-only, or no access.
        """
        path = self.path_of(raw.digest)
        if path.exists():
            return path
        try:
            _write_durably(path, raw.content, raw.received_at.timestamp())
        except OSError as error:
            kind = ArchiveFull if error.errno in NO_SPACE else ArchiveError
            raise kind(f"{path} cannot be written ({error.strerror or error})", _mend(error)) from error
        return path

    def get(self, digest: str) -> bytes:
        """The bytes of a kept message. Raises ArchiveError when they are gone or altered."""
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ArchiveError(
                f"{path} cannot be read ({error.strerror or error})", "Restore it from a backup"
            ) from error
        if digest_of(content) != digest:
            raise ArchiveError(f"{path} is not what was put there: its digest differs", "Restore it from a backup")
        return content

    def arrived_at(self, digest: str) -> datetime:
        """When the message reached the secretariat."""
        return datetime.fromtimestamp(self.path_of(digest).stat().st_mtime, UTC)

    def remove(self, digest: str) -> None:
        """Remove a message for good. Only retention does so; nothing happens when it is gone already."""
        path = self.path_of(digest)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)

    def clear_away(self) -> int:
        """Remove what a crash left half written; call it while no other process writes. Returns how many."""
        left = list(self.folder.glob(f"??/??/{INCOMING}*"))
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def digests(self) -> Iterator[str]:
        """All that is kept, in no particular order."""
        for path in self.folder.glob("??/??/*.eml"):
            yield path.stem


def _write_durably(path: Path, content: bytes, arrived: float) -> None:
    """Temporary file, fsync, rename, fsync of the folders: after a crash there is the whole file or none.

    The file's own time is that of the arrival: it is not in the bytes, and a database made anew needs it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=INCOMING)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.utime(file.fileno(), (arrived, arrived))
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mend(error: OSError) -> str:
    if error.errno in NO_SPACE:
        return "Free some space on that disk; the message stays on the server and is fetched again"
    if error.errno == errno.EROFS:
        return "The disk is read-only: mount it writable, or set data_dir to another one"
    return "See that this user may write to data_dir"
