"""What every reader takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.model import Attachment, Origin, Problem


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one message's attachments; each is a key of config.toml's [attachments]."""

    seconds: float = 120
    message_seconds: float = 300
    memory_mib: int = 1024
    processes: int = 64
    max_mib: int = 50
    unpacked_mib: int = 100
    max_files: int = 200
    max_nesting: int = 5
    max_pages: int = 60
    max_text: int = 2_000_000
    ocr: bool = True
    ocr_dpi: int = 200


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader found in one file."""

    text: str = ""
    origin: Origin = "attachment"
    confidence: float | None = None
    """Mean certainty of optical character recognition, 0..1."""
    mail: bool = False
    """True for a forwarded message: its text has the forms of mail clients."""
    problems: tuple[Problem, ...] = ()
    children: tuple[Attachment, ...] = field(default=(), repr=False)
    """Files within the file, to be read in their turn."""


class Unreadable(ValueError):
    """A file that a reader knows it cannot read; `code` is the Problem's."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code


Reader = Callable[[Attachment, Limits], Extracted]
"""Raises whatever its library raises on a broken file; the child turns that into a Problem."""
