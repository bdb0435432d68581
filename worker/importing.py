"""Taking in mail from files, in groups, through the same pipeline as the mailbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.model import RawMessage
from ingest.sources import Refused
from worker.office import Office
from worker.pipeline import Tally, take_in


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and the files it did not take."""

    seen: int
    new: int
    refused: tuple[Refused, ...]


def import_mail(
    office: Office, found: Sequence[RawMessage | Refused], model: Path, advance: Callable[[int], None] = lambda _: None
) -> Imported:
    """Store every message in `found`. What is stored already is passed over."""
    refused = tuple(item for item in found if isinstance(item, Refused))
    messages = [item for item in found if isinstance(item, RawMessage)]
    total = Tally()
    with office.writer() as writer, office.readers(model) as readers:
        for tally in take_in(_groups(messages, office.config.processing.group), office.archive, readers, writer):
            total += tally
            advance(tally.seen)
    return Imported(total.seen, total.new, refused)


def _groups(messages: Sequence[RawMessage], size: int) -> Iterator[list[RawMessage]]:
    for first in range(0, len(messages), size):
        yield list(messages[first : first + size])
