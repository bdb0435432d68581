from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core.errors import ArchiveError
from ingest.archive import Archive
from tests.make import make_email, make_raw


def test_same_bytes_are_kept_once_and_come_back(tmp_path: Path) -> None:
    archive, raw = Archive(tmp_path), make_raw()
    path = archive.put(raw)
    assert archive.put(raw) == path
    assert archive.get(raw.digest) == raw.content
    assert list(archive.digests()) == [raw.digest]


def test_no_half_file_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(ArchiveError, match="Free some space"):
        Archive(tmp_path).put(make_raw())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_altered_file_is_noticed(tmp_path: Path) -> None:
    archive, raw = Archive(tmp_path), make_raw()
    path = archive.put(raw)
    path.write_bytes(make_email("something else"))
    with pytest.raises(ArchiveError, match="digest differs"):
        archive.get(raw.digest)


def test_no_access_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="cannot be written"):
        Archive(tmp_path / "file").put(make_raw())


def test_files_are_not_for_everyone(tmp_path: Path) -> None:
    path = Archive(tmp_path).put(make_raw())
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
