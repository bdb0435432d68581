"""The data folder's disk: taking in stops before it is full."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.errors import DiskFull

MIB = 2**20


def free_mib(folder: Path) -> int:
    return shutil.disk_usage(folder).free // MIB


def see_that_there_is_room(folder: Path, min_free_mib: int) -> None:
    """Raises DiskFull below the least that must stay free: SQLite and the archive need room to end cleanly."""
    free = free_mib(folder)
    if free < min_free_mib:
        raise DiskFull(
            f"{free} MiB are left on the disk of {folder}, and {min_free_mib} must stay free",
            "Free some space; mail stays on the server meanwhile and is taken in afterwards",
        )
