"""Backups: one tar file each, consistent though the daemon runs, read back before it counts, the oldest removed.

The database is copied first and the archive after it: a raw message is in the archive before its row is in the
database, so every row in the copy has its raw message in the backup. A raw message that came later has no row there;
`intake restore` reads it at its end.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from core.clock import now, to_iso
from core.errors import ArchiveError, DiskFull, IntakeError
from ingest.archive import NO_SPACE
from store.integrity import page_faults, reference_faults
from store.keeping import snapshot
from worker.office import Office

MANIFEST: Final = "manifest.json"
DATABASE: Final = "intake.db"
CHUNK: Final = 1024 * 1024
PREFIX: Final = "intake-"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and read back."""

    path: Path
    files: int
    octets: int
    removed: tuple[Path, ...] = ()


def back_up(office: Office, folder: Path, keep: int, encrypt_to: str = "") -> Backup:
    """Make, verify and rotate. Raises IntakeError, with no half backup left under a backup's name."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as work:
            return _back_up(office, folder, Path(work), keep, encrypt_to)
    except OSError as error:
        kind = DiskFull if error.errno in NO_SPACE else IntakeError
        raise kind(
            f"no backup in {folder} ({error.strerror or error})", "See that it exists, is writable and has room"
        ) from error


def _back_up(office: Office, folder: Path, work: Path, keep: int, encrypt_to: str) -> Backup:
    copy = work / DATABASE
    snapshot(office.config.database, copy)
    _see_that_it_is_whole(copy)
    made = work / "backup"
    with _sink(made, encrypt_to) as sink:
        digests = _write(sink, office, copy)
    if not encrypt_to:
        check(made)
    path = folder / f"{PREFIX}{now():%Y%m%dT%H%M%S.%fZ}.tar{_suffix(encrypt_to)}"
    _sync(made)
    os.replace(made, path)
    _sync(folder)
    return Backup(path, len(digests), path.stat().st_size, _rotate(folder, keep))


def _see_that_it_is_whole(copy: Path) -> None:
    faults = page_faults(copy) + reference_faults(copy)
    if faults:
        raise IntakeError(f"the database is damaged ({faults[0]}), so no backup was made", "Restore the last one")


def _write(sink: IO[bytes], office: Office, database: Path) -> dict[str, str]:
    """The tar's members, each with its digest in the manifest, which comes last."""
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, path in _members(office, database):
            digests[name] = _add(tar, name, path)
        manifest = {"made_at": to_iso(now()), "reference": office.consultation.reference, "files": digests}
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode, info.mtime = len(content), 0o600, int(now().timestamp())
        tar.addfile(info, io.BytesIO(content))
    return digests


def _members(office: Office, database: Path) -> Iterator[tuple[str, Path]]:
    yield DATABASE, database
    for digest in sorted(office.archive.digests()):
        yield f"archive/{digest[:2]}/{digest[2:4]}/{digest}.eml", office.archive.path_of(digest)
    config = office.config.base_dir / "config.toml"
    if config.is_file():
        yield "config.toml", config
    folder = office.consultation.folder
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"consultation/{folder.name}/{path.relative_to(folder)}", path


def _add(tar: tarfile.TarFile, name: str, path: Path) -> str:
    info = tarfile.TarInfo(name)
    status = path.stat()
    info.size, info.mtime, info.mode = status.st_size, status.st_mtime, 0o600
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        tar.addfile(info, file)
    return digest


def check(path: Path) -> dict[str, Any]:
    """Read a backup through: every file with the digest that the manifest says. Returns the manifest."""
    with path.open("rb") as file:
        return _read_through(file, None)


def restore(source: IO[bytes], data_dir: Path) -> dict[str, Any]:
    """Unpack a backup into an empty data folder. Raises ArchiveError when it is not whole; then nothing is left."""
    if data_dir.exists() and any(path.name not in ("models", "intake.lock") for path in data_dir.iterdir()):
        raise IntakeError(f"{data_dir} is not empty", "Move it away, or give --data-dir another folder")
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".restoring-") as work:
        manifest = _read_through(source, Path(work))
        (data_dir / "restored").mkdir()
        for path in sorted(Path(work).iterdir(), key=lambda path: path.name == DATABASE):  # the database comes last
            os.replace(
                path, data_dir / path.name if path.name in ("archive", DATABASE) else data_dir / "restored" / path.name
            )
    _sync(data_dir)
    return manifest


def _read_through(source: IO[bytes], target: Path | None) -> dict[str, Any]:
    found: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None or ".." in Path(member.name).parts or member.name.startswith("/"):
                    raise ArchiveError(f"the backup holds {member.name}, which is no file of a backup", _ANOTHER)
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                else:
                    found[member.name] = _copy(content, target / member.name if target else None, member.mtime)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise ArchiveError(f"this is no whole backup ({error})", _ANOTHER) from None
    if not manifest or manifest.get("files") != found:
        raise ArchiveError("the backup is cut short or altered: its files are not those of its manifest", _ANOTHER)
    return manifest


_ANOTHER: Final = "Take another one; an encrypted one is decrypted first: age -d -i KEY FILE | intake restore -"


def _copy(content: IO[bytes], target: Path | None, mtime: float) -> str:
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            file = stack.enter_context(target.open("xb"))
            os.fchmod(file.fileno(), 0o640 if target.name == DATABASE else 0o600)
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            if file:
                file.write(chunk)
        if file:
            file.flush()
            os.utime(file.fileno(), (mtime, mtime))
            os.fsync(file.fileno())
    return digest.hexdigest()


def _rotate(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove all but the newest; their names sort by time."""
    old = sorted(path for path in folder.glob(f"{PREFIX}*.tar*") if path.is_file())[:-keep]
    for path in old:
        path.unlink()
    return tuple(old)


# --- encryption, by programs that are there for it ---


def _suffix(encrypt_to: str) -> str:
    return f".{encrypt_to.split(':', 1)[0]}" if encrypt_to else ""


def _command(encrypt_to: str) -> list[str]:
    program, _, recipient = encrypt_to.partition(":")
    if shutil.which(program) is None:
        raise IntakeError(f"backup.encrypt_to: {program} is not installed", f"apt-get install {_PACKAGES[program]}")
    if program == "age":
        return ["age", "--encrypt", "--recipient", recipient]
    # Keys are taken from the keyring alone: gpg would ask the network for one that it does not have.
    trust = ("--trust-model", "always", "--no-auto-key-locate", "--no-auto-key-retrieve")
    return ["gpg", "--batch", *trust, "--encrypt", "--recipient", recipient]


_PACKAGES: Final = {"age": "age", "gpg": "gnupg"}


@contextlib.contextmanager
def _sink(path: Path, encrypt_to: str) -> Iterator[IO[bytes]]:
    """A file, or a program that encrypts into it; plain text never touches the disk but for the database's copy."""
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        if not encrypt_to:
            yield file
            return
        process = subprocess.Popen(
            _command(encrypt_to), stdin=subprocess.PIPE, stdout=file, stderr=subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            with contextlib.suppress(BrokenPipeError):
                yield process.stdin
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            said = process.stderr.read() if process.stderr else b""
            code = process.wait()
        if code:
            raise IntakeError(
                f"the backup could not be encrypted ({said.decode('utf-8', 'replace').strip()[:200]})",
                "See backup.encrypt_to: age:age1… or gpg:KEY, with the key in this user's keyring",
            )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
